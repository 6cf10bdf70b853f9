public import Core

/// What the ledger of mails knows of the words that were said before a graph is destroyed (GRA-057, IDL-057).
public struct NoticeProof: Sendable, Hashable {
    /// What one owner was told of, by mails that a relay accepted.
    public struct Owner: Sendable, Hashable {
        /// When the mail about the suspension was accepted.
        public let suspension: Instant?
        /// When the newest last warning was accepted.
        public let lastWarning: Instant?

        /// Tells of one owner.
        public init(suspension: Instant?, lastWarning: Instant?) {
            self.suspension = suspension
            self.lastWarning = lastWarning
        }
    }

    /// Whether idleness ended what paid for the graph, and whether that was told.
    public enum IdleEnd: String, Sendable, CaseIterable {
        /// Something else ended it.
        case none
        /// A mail about the decision was accepted.
        case told
        /// None was.
        case untold
    }

    /// The owners that the org has now.
    public let owners: [Owner]
    /// Whether idleness ended it.
    public let idleEnd: IdleEnd

    /// Puts the proof together.
    public init(owners: [Owner], idleEnd: IdleEnd) {
        self.owners = owners
        self.idleEnd = idleEnd
    }
}

/// Reads what was said. Nothing is destroyed by the passing of time without it; whoever commands a destruction needs none.
public protocol NoticeReading<Transaction>: Sendable {
    /// The transactions it reads in.
    associatedtype Transaction

    /// What the owners of a suspended graph were told since its suspension.
    func proof(for graph: Graph, in transaction: Transaction) async throws -> NoticeProof
}

/// A word that nobody can be shown to have had.
public enum MissingNotice: String, Sendable, Codable, CaseIterable {
    /// That the graph is suspended and until when it is kept.
    case suspension
    /// That it is destroyed tomorrow.
    case lastWarning = "last_warning"
    /// That the subscription ends because nobody used it.
    case idleDecision = "idle_decision"
}
