internal import Synchronization

/// Where work comes from: by what way it reached the product, by which credential, who began it, and which recorded fact led to it. A request and a
/// job each carry one; what is enqueued and told from within goes on with it. The log of record is told of it, log lines are not.
///
/// It is filled in while the work goes on: who calls is known only once the caller was looked up.
public final class WorkOrigin: Sendable {
    /// What the caller proved itself by.
    public struct Credential: Sendable, Hashable {
        /// Such as `session` or `api_key`.
        public let kind: String
        /// Its id as a UUID in lower case; `nil` where it has none.
        public let id: String?
        /// The characters by which people recognise it, where it has such.
        public let prefix: String?

        /// Names a credential.
        public init(kind: String, id: String?, prefix: String? = nil) {
            self.kind = kind
            self.id = id
            self.prefix = prefix
        }
    }

    /// The attempt at a job.
    public struct Attempt: Sendable, Hashable {
        /// The number of the job.
        public let job: Int64
        /// Which attempt it is, from 1.
        public let number: Int

        /// Names an attempt.
        public init(job: Int64, number: Int) {
            self.job = job
            self.number = number
        }
    }

    /// What is known so far.
    public struct Facts: Sendable, Hashable {
        /// By what way: `api`, `console`, `worker`, `cli`, `page`.
        public var surface: String?
        /// By what the caller proved itself.
        public var credential: Credential?
        /// For whom the caller acts, as `user:` and a UUID; `nil` for itself.
        public var onBehalfOf: String?
        /// Who began it all, as a kind, a colon and an id.
        public var initiator: String?
        /// The recorded fact that led to this work, by its id.
        public var cause: String?
        /// The attempt at a job that does it.
        public var attempt: Attempt?
        /// The fact that this work recorded last, by its id: what is enqueued from now on comes from it.
        public var latest: String?

        /// Knows nothing yet.
        public init() {}
    }

    private let known: Mutex<Facts>

    /// Takes what is known at the beginning.
    public init(_ facts: Facts = Facts()) {
        known = Mutex(facts)
    }

    /// Work that came in from outside.
    public convenience init(surface: String) {
        var facts = Facts()
        facts.surface = surface
        self.init(facts)
    }

    /// An attempt at a job, with what it was handed when it was enqueued.
    public convenience init(attempt: Attempt, handed: String?) {
        var facts = Facts()
        facts.surface = "worker"
        facts.attempt = attempt
        let words = (handed ?? "").split(separator: " ", omittingEmptySubsequences: false).map { $0 == "-" ? "" : String($0) }
        facts.initiator = words.first.flatMap { $0.isEmpty ? nil : $0 }
        facts.cause = words.dropFirst().first.flatMap { $0.isEmpty ? nil : $0 }
        self.init(facts)
    }

    /// What is known by now.
    public var facts: Facts { known.withLock { $0 } }

    /// Adds what became known.
    public func note(_ change: (inout Facts) -> Void) {
        known.withLock { change(&$0) }
    }

    /// What a job or an event goes on with: who began it all and which fact led to it; `nil` where neither is known.
    public var handedOn: String? {
        let facts = facts
        let cause = facts.latest ?? facts.cause
        guard facts.initiator != nil || cause != nil else { return nil }
        return Self.word(facts.initiator) + " " + Self.word(cause)
    }

    /// What is no word of a bounded length is left out: work is never refused for where it comes from.
    private static func word(_ text: String?) -> String {
        guard let text, text.utf8.count <= 96, !text.utf8.contains(UInt8(ascii: " ")) else { return "-" }
        return text
    }
}
