internal import Audit
internal import AuditProof
internal import AuditStorage
internal import Core
internal import FoundationEssentials
internal import Postgres

/// The statements that insert one entry.
struct AuditInsertion {
    /// Inserts the entry.
    let statement: Statement
    /// Inserts what is personal in it; `nil` when nothing is.
    let aside: Statement?

    init(_ record: AuditRecord) {
        var columns: Statement = ""
        var values: Statement = ""
        var taken: Set<AuditReferenceKind> = []
        var further: [JSONValue] = []
        for reference in record.references {
            guard taken.insert(reference.kind).inserted else {
                further.append(AuditRecord.stored(reference))
                continue
            }
            columns += ", \(identifier: "ref_" + reference.kind.rawValue)"
            switch reference.key {
            case .id(let uuid): values += ", \(uuid)"
            case .text(let text): values += ", \(text)"
            }
        }
        let actor = record.actor
        let (actorID, actorText) = Self.key(of: actor.reference)
        let head: Statement = """
            INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_reference_kind, actor_id, actor_text, actor_component,
                request_id, trace_id, origin, summary, data, changes, further_references, canonical, private_digest,
                retention_group
            """
        let fields: Statement = """
            ) VALUES (\(record.id), \(record.type.name), \(record.risk.rawValue), \(record.at), \(actor.kind),
                \(actor.reference?.kind.rawValue), \(actorID), \(actorText), \(actor.component), \(record.requestID), \(record.traceID),
                \(record.origin), \(record.summary), \(record.data), \(record.changes), \(JSONValue.array(further)), \(record.canonical),
                \(record.privatePart?.digest), \(AuditRetentionGroup(of: record.type).rawValue)
            """
        statement = head + columns + fields + values + ")"
        // Whom it concerns is kept whoever may read it: an erasure finds it by that.
        let person = (record.references + [actor.reference].compactMap(\.self)).first { $0.kind == .user }
        let org = record.references.first { $0.kind == .org }
        aside = record.privatePart.map { part in
            """
            INSERT INTO audit.private_part (entry_id, occurred_at, class, ref_org, ref_user, is_shared, salt, body)
            VALUES (\(record.id), \(record.at), \(record.type.eventClass.rawValue), \(Self.key(of: org).0),
                \(Self.key(of: person).0), \(record.isPersonalShared), \(part.salt), \(part.body))
            """
        }
    }

    private static func key(of reference: AuditReference?) -> (UUID?, String?) {
        switch reference?.key {
        case .id(let uuid): (uuid, nil)
        case .text(let text): (nil, text)
        case nil: (nil, nil)
        }
    }
}
