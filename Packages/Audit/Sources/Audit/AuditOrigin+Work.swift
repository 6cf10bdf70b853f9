public import Core
internal import FoundationEssentials
public import Observability

extension AuditOrigin {
    /// What an entry that is written from a piece of work says of it; `nil` where nothing is known.
    ///
    /// - Parameters:
    ///   - facts: what is known of the work.
    ///   - told: whether the entry is of what people are told: then it comes from the fact that the same work recorded before it.
    public init?(_ facts: WorkOrigin.Facts?, of references: AuditReferences, by actor: AuditActor, isTelling told: Bool) {
        guard let facts else { return nil }
        surface = facts.surface
        credential = facts.credential.map { Credential(kind: $0.kind, id: $0.id, prefix: $0.prefix) }
        onBehalfOf = Pointer(facts.onBehalfOf)
        job = facts.attempt.map { Attempt(id: String($0.job), attempt: $0.number) }
        if job != nil { initiatedBy = Pointer(facts.initiator) }
        if let entry = told ? facts.latest ?? facts.cause : facts.cause {
            cause = Pointer(kind: "entry", id: entry)
        } else if case .provider(let event) = actor {
            cause = event.pointer
        } else if let decision = references.all.first(where: { $0.kind == .decision }) {
            cause = decision.pointer
        } else if let job {
            cause = Pointer(kind: AuditReferenceKind.job.rawValue, id: job.id)
        }
    }

    /// As it is hashed and kept.
    public var value: JSONValue {
        var members: [String: JSONValue] = [:]
        if let surface { members["surface"] = .string(surface) }
        if let credential { members["credential"] = credential.value }
        if let onBehalfOf { members["on_behalf_of"] = onBehalfOf.value }
        if let job { members["job"] = ["id": .string(job.id), "attempt": .integer(Int64(job.attempt))] }
        if let initiatedBy { members["initiated_by"] = initiatedBy.value }
        if let cause { members["cause"] = cause.value }
        return .object(members)
    }
}

extension AuditReference {
    /// It by its kind and its id.
    public var pointer: AuditOrigin.Pointer {
        switch key {
        case .id(let uuid): .init(kind: kind.rawValue, id: uuid.uuidString.lowercased())
        case .text(let text): .init(kind: kind.rawValue, id: text)
        }
    }
}

extension AuditActor {
    /// The actor by a kind, a colon and an id, as work goes on with it.
    public var handedOn: String {
        switch self {
        case .system(let component): "system:" + component
        case .user(let reference), .operator(let reference), .provider(let reference), .link(let reference), .anonymous(let reference):
            reference.pointer.kind + ":" + reference.pointer.id
        }
    }
}
