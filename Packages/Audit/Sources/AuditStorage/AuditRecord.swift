public import Audit
public import AuditProof
public import Core
internal import Cryptography
internal import FoundationEssentials
internal import Observability

/// A fact as every store keeps it: shortened where it shows what an entry never shows whole, bounded, with the bytes that are hashed (AUD-011, AUD-014,
/// AUD-033, AUD-053). Two stores that are told of one fact keep the same bytes, but for its id, its time and the salt of what is personal.
public struct AuditRecord: Sendable {
    /// The id.
    public let id: AuditEntryID
    /// The row of the catalogue.
    public let type: AuditEventType
    /// How much it matters.
    public let risk: AuditRisk
    /// When it happened, by the business clock.
    public let at: Instant
    /// Who did it.
    public let actor: AuditActor
    /// What it is about: the first thing of each kind, and twenty further ones at most.
    public let references: [AuditReference]
    /// One line.
    public let summary: String
    /// Facts beyond the references.
    public let data: JSONValue
    /// The fields that changed, as ``Audit/AuditChange/value`` has them, or a digest of them where they are too many.
    public let changes: JSONValue
    /// What goes on behind the actor, as ``Audit/AuditOrigin/value`` has it.
    public let origin: JSONValue?
    /// The request or job in which it was recorded.
    public let requestID: String?
    /// The trace to which that belongs.
    public let traceID: String?
    /// What is personal in it, kept beside it; `nil` when nothing is.
    public let privatePart: AuditPrivatePart?
    /// Whether the org and the person that it is about may read what is personal in it.
    public let isPersonalShared: Bool
    /// The chain to which it belongs (AUD-036).
    public let chain: String
    /// The bytes that are hashed and kept.
    public let canonical: [UInt8]

    /// Forms a record in the work at hand, which gives it request, trace and origin.
    public init(_ entry: some AuditEvent, by actor: AuditActor, id: AuditEntryID, at now: Instant) {
        let context = LogContext.current
        let (kept, left) = Self.divided(entry.references.all)
        let summary = AuditSizes.line(AuditRedaction.shown(entry.summary))
        var facts = entry.data
        if !left.isEmpty { facts["references_left"] = AuditSizes.hashed(.array(left.map(Self.stored))) }
        var data = AuditSizes.bounded(data: AuditRedaction.shown(.object(facts)))
        var changes = AuditSizes.bounded(changes: AuditRedaction.shown(JSONValue.array(entry.changes.map(\.value))))
        let part =
            entry.personal.isEmpty
            ? nil : AuditPrivatePart(of: AuditSizes.bounded(personal: entry.personal), salt: RandomBytes.make(count: 16))
        let type = Swift.type(of: entry).type
        let risk = entry.risk
        let origin = AuditOrigin(
            context.origin?.facts, of: entry.references, by: actor, isTelling: type.eventClass == .notification)?.value
        func formed() -> CanonicalEntry {
            CanonicalEntry(
                id: id, type: (type.name, type.eventClass.rawValue, type.component), risk: risk, at: now,
                actor: .init(kind: actor.kind, reference: actor.reference, component: actor.component), references: kept,
                requestID: context.requestID, traceID: context.trace?.traceID, origin: origin, summary: summary, data: data,
                changes: changes, privateDigest: part?.digest)
        }
        var form = formed()
        var canonical = form.bytes
        if canonical.count > AuditSizes.canonical {
            changes = AuditSizes.shortened(changes: changes)
            form = formed()
            canonical = form.bytes
        }
        if canonical.count > AuditSizes.canonical {
            data = AuditSizes.hashed(data)
            form = formed()
            canonical = form.bytes
        }
        self.id = id
        self.type = type
        self.risk = risk
        at = now
        self.actor = actor
        references = kept
        self.summary = summary
        self.data = data
        self.changes = changes
        self.origin = origin
        requestID = context.requestID
        traceID = context.trace?.traceID
        privatePart = part
        isPersonalShared = entry.isPersonalShared
        chain = form.chain
        self.canonical = canonical
    }

    /// Lets what the same piece of work records later come from this one, where that is asked for (AUD-019): a store says so once it has taken the record.
    public func handOn() {
        LogContext.current.origin?.note { facts in
            facts.latest = id.description
            if facts.initiator == nil { facts.initiator = actor.handedOn }
        }
    }

    /// The first of each kind and twenty further ones, in their order; and those that are left.
    private static func divided(_ references: [AuditReference]) -> (kept: [AuditReference], left: [AuditReference]) {
        var taken: Set<AuditReferenceKind> = []
        var (kept, left, further): ([AuditReference], [AuditReference], Int) = ([], [], 0)
        for reference in references {
            if taken.insert(reference.kind).inserted {
                kept.append(reference)
            } else if further < AuditSizes.furtherReferences {
                further += 1
                kept.append(reference)
            } else {
                left.append(reference)
            }
        }
        return (kept, left)
    }

    /// A reference as a store keeps it where it has no column of its own.
    package static func stored(_ reference: AuditReference) -> JSONValue {
        switch reference.key {
        case .id(let uuid): ["kind": .string(reference.kind.rawValue), "id": .string(uuid.uuidString.lowercased())]
        case .text(let text): ["kind": .string(reference.kind.rawValue), "text": .string(text)]
        }
    }
}

extension AuditRecord {
    /// The entry as it is read.
    ///
    /// - Parameter seal: where it stands in its chain; `nil` until it is sealed.
    /// - Throws: `DecodingError` where what was recorded has not the form of an entry.
    public func entry(seal: AuditSeal?) throws -> AuditEntry {
        func read<Value: Decodable>(_ value: JSONValue) throws -> Value { try JSON.decode(Value.self, from: JSON.encode(value)) }
        return AuditEntry(
            id: id, type: type.name, risk: risk, at: at, actor: (actor.kind, actor.reference, actor.component),
            references: references.dropFirst().reduce(AuditReferences(references[0])) { $0.adding($1) }, summary: summary,
            data: try read(data), changes: try read(changes),
            personal: try privatePart.map { try JSON.decode([String: JSONValue].self, from: $0.body) }, seal: seal, requestID: requestID,
            origin: try origin.map { try read($0) })
    }
}
