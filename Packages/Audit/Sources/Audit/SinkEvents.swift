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

    /// The sink.
    public var references: AuditReferences { AuditReferences(AuditReference(sink.id)) }
    /// One line.
    public var summary: String { "sink \(sink.id) made: \(sink.kind.rawValue)" }
    /// What goes there. Where that is may hold a secret and is not told.
    public var data: [String: JSONValue] {
        [
            "kind": .string(sink.kind.rawValue), "minimum_risk": .string(sink.filter.minimumRisk.rawValue),
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

    /// The sink.
    public var references: AuditReferences { AuditReferences(AuditReference(sink.id)) }
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

/// The types about sinks.
public enum SinkAuditEvents {
    /// Their rows of the catalogue.
    public static let types = [AuditSinkCreated.type, AuditSinkPaused.type]
}
