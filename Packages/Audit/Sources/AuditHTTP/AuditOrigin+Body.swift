internal import Audit

extension AuditEntryBody {
    /// What goes on behind an actor, with ids as people know them.
    static func shown(_ origin: AuditOrigin, _ describe: (AuditReference) -> String?) -> AuditOrigin {
        func named(_ pointer: AuditOrigin.Pointer?) -> AuditOrigin.Pointer? {
            pointer.map { .init(kind: $0.kind, id: $0.reference.flatMap(describe) ?? $0.id) }
        }
        var shown = origin
        shown.credential = origin.credential.map { credential in
            let pointer = credential.id.map { AuditOrigin.Pointer(kind: credential.kind, id: $0) }
            return .init(kind: credential.kind, id: named(pointer)?.id, prefix: credential.prefix)
        }
        shown.onBehalfOf = named(origin.onBehalfOf)
        shown.initiatedBy = named(origin.initiatedBy)
        shown.cause = named(origin.cause)
        return shown
    }
}
