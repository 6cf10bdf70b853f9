internal import Core
internal import FoundationEssentials

/// What goes on behind the actor of an entry: by what way and with which credential it was done, for whom, by which attempt at a job, who began it all,
/// and what led to it (AUD-017 to AUD-019).
public struct AuditOrigin: Sendable, Hashable, Codable {
    /// Something by its kind and its id. The kind is one of references, `entry`, or `system` with a part of the product.
    public struct Pointer: Sendable, Hashable, Codable {
        /// The kind.
        public let kind: String
        /// The id: a UUID in lower case, a text, or the id of an entry.
        public let id: String

        /// Points to something.
        public init(kind: String, id: String) {
            self.kind = kind
            self.id = id
        }

        /// Reads a kind, a colon and an id.
        init?(_ text: String?) {
            guard let parts = text?.split(separator: ":", maxSplits: 1), parts.count == 2 else { return nil }
            self.init(kind: String(parts[0]), id: String(parts[1]))
        }

        /// The thing, where it is of one of the product's kinds.
        public var reference: AuditReference? {
            guard let kind = AuditReferenceKind(rawValue: kind) else { return nil }
            return kind.isText
                ? AuditReference(kind: kind, key: .text(id)) : UUID(uuidString: id).map { AuditReference(kind: kind, key: .id($0)) }
        }

        var value: JSONValue { ["kind": .string(kind), "id": .string(id)] }
    }

    /// By what the caller proved itself.
    public struct Credential: Sendable, Hashable, Codable {
        /// `session`, `api_key`, `operator_session` or `operator_token`.
        public let kind: String
        /// Its id.
        public let id: String?
        /// The first eight characters of an API key.
        public let prefix: String?

        /// Names a credential.
        public init(kind: String, id: String?, prefix: String?) {
            self.kind = kind
            self.id = id
            self.prefix = prefix
        }

        var value: JSONValue {
            var members: [String: JSONValue] = ["kind": .string(kind)]
            if let id { members["id"] = .string(id) }
            if let prefix { members["prefix"] = .string(prefix) }
            return .object(members)
        }
    }

    /// An attempt at a job.
    public struct Attempt: Sendable, Hashable, Codable {
        /// The number of the job.
        public let id: String
        /// Which attempt it was, from 1.
        public let attempt: Int

        /// Names an attempt.
        public init(id: String, attempt: Int) {
            self.id = id
            self.attempt = attempt
        }
    }

    /// By what way: `api`, `console`, `worker`, `cli` or `page`.
    public var surface: String?
    /// By what the caller proved itself.
    public var credential: Credential?
    /// For whom the actor acted.
    public var onBehalfOf: Pointer?
    /// The attempt that did it.
    public var job: Attempt?
    /// Who enqueued the job, or what that came from.
    public var initiatedBy: Pointer?
    /// What led to it: an entry, a provider's event, a decision, or a job that began by itself.
    public var cause: Pointer?

    /// Knows nothing yet.
    public init() {}

    enum CodingKeys: String, CodingKey {
        case surface
        case credential
        case onBehalfOf = "on_behalf_of"
        case job
        case initiatedBy = "initiated_by"
        case cause
    }
}
