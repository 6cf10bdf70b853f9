public import Core

/// A refusal that can be brought about as often as somebody likes, without valid credentials or by naming what belongs to others. It is written in full once a
/// minute for each network and route; further ones are counted (AUD-028).
public protocol ClientDenial: AuditEvent {
    /// Where the caller came from.
    var client: NetworkClient { get }
    /// The method and the template of the route that was called, never the path itself (AUD-055).
    var route: String { get }
    /// The person, where the caller has proved to be one. Such callers are counted each for themselves, and what they do is never shed.
    var caller: AuditReference? { get }
}

extension ClientDenial {
    /// Nobody is known.
    public var caller: AuditReference? { nil }
    /// The network, where nothing else is known.
    public var references: AuditReferences { AuditReferences(AuditReference(client)) }
    /// Where.
    public var data: [String: JSONValue] { ["route": .string(route)] }

    /// Who did it: the person, else somebody of the network.
    public var actor: AuditActor { caller.map { .user($0) } ?? .anonymous(AuditReference(client)) }
}

/// Takes denials down: in full, or as a count.
public protocol DenialLog: Sendable {
    /// Writes a denial that is the first of its minute, in a transaction of its own, before the answer is sent (AUD-024); others are counted without
    /// asking the database anything.
    ///
    /// - Throws: when the first cannot be written; the next is the first then.
    func note(_ denial: some ClientDenial) async throws
}

/// More denials came than a node writes: they were counted, and this says so (AUD-028).
public struct SecurityEventsShed: AuditEvent {
    /// The row of the catalogue.
    public static let type = AuditEventType(
        "security_events_shed", risk: .critical, class: .security, component: "platform", requires: [.node])
    /// The process that counted.
    public let node: Node.ID
    /// How many of each type there were.
    public let counts: [String: Int64]
    /// Since when.
    public let since: Instant

    /// Tells of what was only counted.
    package init(node: Node.ID, counts: [String: Int64], since: Instant) {
        self.node = node
        self.counts = counts
        self.since = since
    }

    /// The process.
    public var references: AuditReferences { AuditReferences(AuditReference(node)) }
    /// One line.
    public var summary: String { "\(counts.values.reduce(0, +)) denials were counted only" }
    /// How many, of what, and since when.
    public var data: [String: JSONValue] {
        [
            "count": .integer(counts.values.reduce(0, +)), "types": .object(counts.mapValues { .integer($0) }),
            "since": .string(since.description),
        ]
    }
}
