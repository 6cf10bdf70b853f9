public import Billing
public import Core

/// A command that waits for the consent of a second operator (ADM-016): exactly what was asked for, and what would follow from it.
public struct OperatorApproval: IdentifiedEntity, Sendable, Hashable {
    /// The id of an approval.
    public typealias ID = Identifier<OperatorApproval>
    /// `apr`
    public static let idPrefix = "apr"

    /// How far it is.
    public enum Status: String, Sendable, Hashable, CaseIterable {
        /// Nobody has decided.
        case open
        /// A second operator consented.
        case given
        /// A second operator did not.
        case refused
        /// It is being carried out.
        case underWay = "under_way"
        /// It was carried out.
        case done
        /// What it is about changed before it was carried out: it is to be asked for again.
        case stale
    }

    /// The request that waits, as it came.
    public struct Command: Sendable, Hashable {
        /// The route.
        public let operation: String
        /// The method.
        public let method: String
        /// Path and query.
        public let target: String
        /// What the path names.
        public let places: [String: String]
        /// The body.
        public let body: JSONValue
        /// Why, in the words of whoever asks.
        public let reason: String

        /// Describes a request.
        public init(operation: String, method: String, target: String, places: [String: String], body: JSONValue, reason: String) {
            self.operation = operation
            self.method = method
            self.target = target
            self.places = places
            self.body = body
            self.reason = reason
        }
    }

    /// The id.
    public let id: ID
    /// Who asked.
    public let asker: Operator.ID
    /// What for.
    public let command: Command
    /// What it is about, as it was then.
    public let facts: JSONValue
    /// How far it is.
    public let status: Status
    /// Until when it can be decided and carried out.
    public let expiresAt: Instant

    /// Describes an approval.
    public init(id: ID, asker: Operator.ID, command: Command, facts: JSONValue, status: Status, expiresAt: Instant) {
        self.id = id
        self.asker = asker
        self.command = command
        self.facts = facts
        self.status = status
        self.expiresAt = expiresAt
    }
}

/// Why nothing came of an approval.
public enum ApprovalRefusal: Error, Hashable, Sendable {
    /// There is none.
    case notFound
    /// Nobody consents to what they asked for themselves.
    case own
    /// Somebody else asked for it.
    case another
    /// It is in no state for that.
    case state(OperatorApproval.Status)
    /// Its day is over.
    case expired
    /// What it is about is not as it was.
    case changed
}

/// Keeps what waits for a second operator; each step is one transaction with its entry.
public protocol OperatorApprovals: Sendable {
    /// Keeps a command until somebody decides.
    ///
    /// Those who may decide are told by mail, and whoever asked is told of the decision (NOT-169).
    ///
    /// - Parameters:
    ///   - permission: what a second operator needs to consent.
    ///   - cause: why it takes two, in words.
    ///   - effects: what would follow.
    func ask(
        for command: OperatorApproval.Command, by person: Operator.ID, approving permission: OperatorPermission, cause: String,
        effects: CommandEffects, facts: JSONValue
    ) async throws -> OperatorApproval
    /// One of them.
    func approval(_ id: OperatorApproval.ID) async throws -> OperatorApproval?
    /// Consents, or does not.
    ///
    /// - Throws: ``ApprovalRefusal``.
    func decide(_ id: OperatorApproval.ID, consenting: Bool, because reason: String, by person: Operator.ID) async throws
    /// Begins to carry it out: one call alone.
    ///
    /// - Throws: ``ApprovalRefusal``.
    func begin(_ id: OperatorApproval.ID, by person: Operator.ID) async throws
    /// Notes how it ended: done, stale, or given as before where nothing came of it.
    func end(_ id: OperatorApproval.ID, as status: OperatorApproval.Status) async throws
}

/// How long an approval can be given and carried out.
public let approvalLifetime: Duration = .hours(24)

/// What an operator may do alone on one day (ADM-017).
public protocol OperatorAllowances: Sendable {
    /// Takes an amount from what is left of today.
    ///
    /// - Returns: whether there was so much left; otherwise nothing was taken.
    func take(_ amount: Int64, of kind: AllowanceKind, by person: Operator.ID) async throws -> Bool
    /// How much is left of today.
    func left(of kind: AllowanceKind, for person: Operator.ID) async throws -> Int64
    /// Gives an amount back: it was not used, or a second operator consented to more.
    func giveBack(_ amount: Int64, of kind: AllowanceKind, to person: Operator.ID) async throws
}

/// What is counted by operator and day.
public enum AllowanceKind: String, Sendable, Hashable, CaseIterable {
    /// Money given away as refunds and credits, in minor units.
    case money
    /// Records of people that were shown whole on purpose.
    case reveals

    /// How much of it is free on a day.
    public var daily: Int64 {
        switch self {
        case .money: 2_000_00
        case .reveals: 200
        }
    }
}
