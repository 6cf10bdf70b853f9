public import Core

/// Entries go to one more place from now on (AUD-133).
public struct AuditSinkCreated: AuditEvent {
    /// The row of the catalogue.
    public static let type = AuditEventType("audit_sink_created", risk: .medium, class: .platform, component: "platform", requires: [.sink])
    private let sink: AuditSink

    /// Tells of it.
    package init(_ sink: AuditSink) {
        self.sink = sink
    }

    /// The sink, and the org that owns it.
    public var references: AuditReferences { sink.references }
    /// One line.
    public var summary: String { "sink \(sink.id) made: \(sink.kind.rawValue)" }
    /// What goes there. Where that is may hold a secret: of the address only the host is told.
    public var data: [String: JSONValue] {
        [
            "kind": .string(sink.kind.rawValue), "host": .string(sink.host), "minimum_risk": .string(sink.filter.minimumRisk.rawValue),
            "classes": .array(sink.filter.classes.map(\.rawValue).sorted().map { .string($0) }),
            "chain": sink.filter.chain.map { .string($0) } ?? .null,
        ]
    }
}

/// A sink is not tried any more (AUD-089): it has failed for too long, or somebody stopped it. Nothing is lost: it goes on where it stopped.
public struct AuditSinkPaused: AuditEvent {
    /// The row of the catalogue.
    public static let type = AuditEventType("audit_sink_paused", risk: .high, class: .platform, component: "platform", requires: [.sink])
    private let sink: AuditSink

    /// Tells of it.
    package init(_ sink: AuditSink) {
        self.sink = sink
    }

    /// The sink, and the org that owns it.
    public var references: AuditReferences { sink.references }
    /// One line.
    public var summary: String { "sink \(sink.id) paused behind place \(sink.progress.seal)" }
    /// How far it has got, and since when it fails.
    public var data: [String: JSONValue] {
        [
            "seal": .integer(sink.progress.seal), "failing_since": sink.health.failingSince.map { .string($0.description) } ?? .null,
            "attempts": .integer(Int64(sink.health.attempts)),
        ]
    }
}

/// A sink goes on where it stopped, or from an earlier place (AUD-088, AUD-089).
public struct AuditSinkResumed: AuditEvent {
    /// The row of the catalogue.
    public static let type = AuditEventType("audit_sink_resumed", risk: .medium, class: .platform, component: "platform", requires: [.sink])
    private let sink: AuditSink

    /// Tells of it.
    package init(_ sink: AuditSink) {
        self.sink = sink
    }

    /// The sink, and the org that owns it.
    public var references: AuditReferences { sink.references }
    /// One line.
    public var summary: String { "sink \(sink.id) goes on behind place \(sink.progress.seal)" }
    /// From where on it goes on.
    public var data: [String: JSONValue] { ["seal": .integer(sink.progress.seal), "position": .integer(sink.progress.position)] }
}

/// Entries do not go to a place any more, for good (AUD-085).
public struct AuditSinkRemoved: AuditEvent {
    /// The row of the catalogue.
    public static let type = AuditEventType("audit_sink_removed", risk: .high, class: .platform, component: "platform", requires: [.sink])
    private let sink: AuditSink

    /// Tells of it.
    package init(_ sink: AuditSink) {
        self.sink = sink
    }

    /// The sink, and the org that owned it.
    public var references: AuditReferences { sink.references }
    /// One line.
    public var summary: String { "sink \(sink.id) removed" }
    /// Where it was, and how far it had got.
    public var data: [String: JSONValue] { ["host": .string(sink.host), "seal": .integer(sink.progress.seal)] }
}

extension AuditSink {
    fileprivate var references: AuditReferences {
        AuditReferences(AuditReference(id)).adding(owner?.orgReference)
    }
}

/// The types about sinks.
public enum SinkAuditEvents {
    /// Those of the first sinks.
    package static let first = [AuditSinkCreated.type, AuditSinkPaused.type]
    /// Those that came with the sinks of orgs.
    package static let later = [AuditSinkResumed.type, AuditSinkRemoved.type]
    /// Their rows of the catalogue.
    public static let types = first + later
}
