internal import Audit
internal import AuditProof
internal import Core
internal import Cryptography
internal import FoundationEssentials
internal import Observability
internal import Postgres

/// The statements that insert one entry.
struct AuditInsertion {
    /// Inserts the entry.
    let statement: Statement
    /// Inserts what is personal in it; `nil` when nothing is.
    let aside: Statement?

    init(_ entry: some AuditEvent, by actor: AuditActor, id: AuditEntryID, at now: Instant) throws {
        var columns: Statement = ""
        var values: Statement = ""
        var taken: Set<AuditReferenceKind> = []
        var kept: [AuditReference] = []
        var further: [JSONValue] = []
        var left: [JSONValue] = []
        for reference in entry.references.all {
            guard taken.insert(reference.kind).inserted else {
                if further.count < AuditSizes.furtherReferences {
                    further.append(Self.stored(reference))
                    kept.append(reference)
                } else {
                    left.append(Self.stored(reference))
                }
                continue
            }
            kept.append(reference)
            columns += ", \(identifier: "ref_" + reference.kind.rawValue)"
            switch reference.key {
            case .id(let uuid): values += ", \(uuid)"
            case .text(let text): values += ", \(text)"
            }
        }
        let (actorID, actorText) = Self.key(of: actor.reference)
        let context = LogContext.current
        let summary = AuditSizes.line(AuditRedaction.shown(entry.summary))
        var facts = entry.data
        if !left.isEmpty { facts["references_left"] = AuditSizes.hashed(.array(left)) }
        var data = AuditSizes.bounded(data: AuditRedaction.shown(.object(facts)))
        var changes = AuditSizes.bounded(changes: AuditRedaction.shown(JSONValue.array(entry.changes.map(\.value))))
        let part =
            entry.personal.isEmpty
            ? nil : AuditPrivatePart(of: AuditSizes.bounded(personal: entry.personal), salt: RandomBytes.make(count: 16))
        let type = type(of: entry).type
        let origin = AuditOrigin(
            context.origin?.facts, of: entry.references, by: actor, isTelling: type.eventClass == .notification)?.value
        func bytes() -> [UInt8] {
            CanonicalEntry(
                id: id, type: (type.name, type.eventClass.rawValue, type.component), risk: entry.risk, at: now,
                actor: .init(kind: actor.kind, reference: actor.reference, component: actor.component), references: kept,
                requestID: context.requestID, traceID: context.trace?.traceID, origin: origin, summary: summary, data: data,
                changes: changes,
                privateDigest: part?.digest
            ).bytes
        }
        var canonical = bytes()
        if canonical.count > AuditSizes.canonical {
            changes = AuditSizes.shortened(changes: changes)
            canonical = bytes()
        }
        if canonical.count > AuditSizes.canonical {
            data = AuditSizes.hashed(data)
            canonical = bytes()
        }
        let head: Statement = """
            INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_reference_kind, actor_id, actor_text, actor_component,
                request_id, trace_id, origin, summary, data, changes, further_references, canonical, private_digest,
                retention_group
            """
        let fields: Statement = """
            ) VALUES (\(id), \(type.name), \(entry.risk.rawValue), \(now), \(actor.kind), \(actor.reference?.kind.rawValue),
                \(actorID), \(actorText), \(actor.component), \(context.requestID), \(context.trace?.traceID), \(origin),
                \(summary), \(data), \(changes), \(JSONValue.array(further)), \(canonical), \(part?.digest),
                \(AuditRetentionGroup(of: type).rawValue)
            """
        statement = head + columns + fields + values + ")"
        // Whom it concerns is kept whoever may read it: an erasure finds it by that.
        let person = (kept + [actor.reference].compactMap(\.self)).first { $0.kind == .user }
        let org = kept.first { $0.kind == .org }
        aside = part.map { part in
            """
            INSERT INTO audit.private_part (entry_id, occurred_at, class, ref_org, ref_user, is_shared, salt, body)
            VALUES (\(id), \(now), \(type.eventClass.rawValue), \(Self.key(of: org).0),
                \(Self.key(of: person).0), \(entry.isPersonalShared), \(part.salt), \(part.body))
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

    private static func stored(_ reference: AuditReference) -> JSONValue {
        switch reference.key {
        case .id(let uuid): ["kind": .string(reference.kind.rawValue), "id": .string(uuid.uuidString.lowercased())]
        case .text(let text): ["kind": .string(reference.kind.rawValue), "text": .string(text)]
        }
    }
}
