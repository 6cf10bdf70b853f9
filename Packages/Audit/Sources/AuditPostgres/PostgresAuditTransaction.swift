public import Audit
public import Core
internal import FoundationEssentials
internal import Observability
public import Postgres

/// The log by SQL on a transaction: adopt it to record facts together with what makes them true.
public protocol PostgresAuditTransaction: AuditTransaction {
    /// The transaction.
    var postgres: PostgresTransaction { get }
    /// The business time.
    var dateSource: any DateSource { get }
}

extension PostgresAuditTransaction {
    /// Inserts the entry; the only place of the product that does.
    @discardableResult
    public func record(_ entry: some AuditEvent, by actor: AuditActor) async throws -> AuditEntryID {
        let now = dateSource.now
        let id = AuditEntryID.make(at: now)
        if let key = entry.deduplicationKey {
            let claimed = try await postgres.execute(
                "INSERT INTO audit.deduplication (key, entry_id) VALUES (\(key), \(id)) ON CONFLICT (key) DO NOTHING")
            if claimed == 0 {
                let rows = try await postgres.query("SELECT entry_id FROM audit.deduplication WHERE key = \(key)")
                if let first = try rows.first?.decode("entry_id", as: AuditEntryID.self) { return first }
            }
        }
        try await rememberNetworks(entry.references.all + [actor.reference].compactMap(\.self), at: now)
        try await postgres.execute(AuditInsertion(entry, by: actor, id: id, at: now).statement)
        return id
    }

    /// A network is known by being seen; its row is made with the first entry that refers to it.
    private func rememberNetworks(_ references: [AuditReference], at now: Instant) async throws {
        for case (.networkClient, .text(let network)) in references.map({ ($0.kind, $0.key) }) {
            try await postgres.execute(
                "INSERT INTO audit.network_client (network, first_seen) VALUES (\(network), \(now)) ON CONFLICT (network) DO NOTHING")
        }
    }
}

/// The statement that inserts one entry.
struct AuditInsertion {
    let statement: Statement

    init(_ entry: some AuditEvent, by actor: AuditActor, id: AuditEntryID, at now: Instant) throws {
        var columns: Statement = ""
        var values: Statement = ""
        var taken: Set<AuditReferenceKind> = []
        var further: [JSONValue] = []
        for reference in entry.references.all {
            guard taken.insert(reference.kind).inserted else {
                further.append(Self.stored(reference))
                continue
            }
            columns += ", \(identifier: "ref_" + reference.kind.rawValue)"
            switch reference.key {
            case .id(let uuid): values += ", \(uuid)"
            case .text(let text): values += ", \(text)"
            }
        }
        let (actorID, actorText) = Self.key(of: actor.reference)
        let context = LogContext.current
        let changes = AuditRedaction.shown(try JSON.decode(JSONValue.self, from: JSON.encode(entry.changes)))
        let summary = String(AuditRedaction.shown(entry.summary).prefix(200))
        let data = AuditRedaction.shown(.object(entry.data))
        let type = type(of: entry).type
        let canonical = CanonicalEntry(
            id: id, type: (type.name, type.eventClass.rawValue, type.component), risk: entry.risk, at: now,
            actor: .init(kind: actor.kind, reference: actor.reference, component: actor.component), references: entry.references.all,
            requestID: context.requestID, traceID: context.trace?.traceID, summary: summary, data: data, changes: changes
        ).bytes
        let head: Statement = """
            INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_reference_kind, actor_id, actor_text, actor_component,
                request_id, trace_id, summary, data, changes, further_references, canonical
            """
        let fields: Statement = """
            ) VALUES (\(id), \(type.name), \(entry.risk.rawValue), \(now), \(actor.kind), \(actor.reference?.kind.rawValue),
                \(actorID), \(actorText), \(actor.component), \(context.requestID), \(context.trace?.traceID),
                \(summary), \(data), \(changes), \(JSONValue.array(further)), \(canonical)
            """
        statement = head + columns + fields + values + ")"
    }

    private static func key(of reference: AuditReference?) -> (UUID?, String?) {
        switch reference?.key {
        case .id(let uuid): (uuid, nil)
        case .text(let text): (nil, text)
        case nil: (nil, nil)
        }
    }

    private static func stored(_ reference: AuditReference) -> JSONValue {
        switch reference.key {
        case .id(let uuid): ["kind": .string(reference.kind.rawValue), "id": .string(uuid.uuidString.lowercased())]
        case .text(let text): ["kind": .string(reference.kind.rawValue), "text": .string(text)]
        }
    }
}
