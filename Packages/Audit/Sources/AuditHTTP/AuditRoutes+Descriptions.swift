internal import Audit
internal import Core
public import HTTPServer

extension AuditRoutes {
    static func descriptions(_ access: RouteAccess) -> [RouteDescription] {
        [
            RouteDescription("list_org_audit", "Lists what happened in an org, the newest first.", for: access)
                .query("type", .text("org.created"), "Of these types; may stand several times.")
                .query("class", .words(of: AuditClass.self), "Of these classes; may stand several times.")
                .query("risk_min", .words(of: AuditRisk.self), "Of at least this risk.")
                .query("actor_id", .id("user"), "By this person.").query("request_id", .id("req"), "Of this request.")
                .query("since", .instant, "Not before.").query("until", .instant, "Before.")
                .query("reference", .id("sub"), "About this thing; may stand several times.")
                .query("operation_id", .id("op"), "About this operation.")
                .query("cursor", .string, "`next_cursor` of the page before.")
                .query("limit", Schema.integer.limited("minimum", 1).limited("maximum", 200), "How many; 50 without.")
                .answers(.ok, "A page of the log.", page)
                .refuses(
                    Problem.badRequest("There is no filter of this name."),
                    Problem.badRequest("The cursor is not one of this list.", code: "INVALID_INPUT")),
            proof(access),
        ]
    }

    private static func proof(_ access: RouteAccess) -> RouteDescription {
        RouteDescription(
            "get_org_audit_proof", "Proves that an entry stands in the log, without anything of other entries, for `trellis audit prove`.",
            for: access
        )
        .answers(
            .ok, "The proof.",
            .object(
                "AuditProof",
                [
                    "kind": .words("audit_proof"), "format": .integer, "canonical": .string, "chain": .string, "position": .integer,
                    "previous": .string, "following": .array(of: .string),
                    "path": .array(of: .object(["hash": .string, "side": .words("left", "right")])), "checkpoint": .string,
                    "signature": .string,
                ])
        )
        .refuses(.notFound, pending)
    }

    /// What goes on behind an actor.
    private static var origin: Schema {
        let pointer = Schema.object(["kind": .text("user"), "id": .string])
        return .object("AuditOrigin", [:]).withOptional([
            "surface": .words("api", "console", "worker", "cli", "page"),
            "credential": Schema.object(["kind": .text("session")]).withOptional(["id": .string, "prefix": .string]),
            "on_behalf_of": pointer, "job": .object(["id": .string, "attempt": .integer]), "initiated_by": pointer, "cause": pointer,
        ])
    }

    /// A page of the log.
    public static var page: Schema {
        .object(
            "AuditPage",
            [
                "entries": .array(
                    of: .object(
                        "AuditEntry",
                        [
                            "id": .id("aud"), "type": .text("org.created"), "risk": .words(of: AuditRisk.self), "at": .instant,
                            "actor": Schema.object(["kind": .text("user")]).withOptional(["id": .id("user").orNull]),
                            "references": .array(of: .object(["kind": .text("org"), "id": .id("org")])), "summary": .string,
                            "data": .map(of: .any), "changes": .array(of: .any), "sealed": .boolean,
                        ]
                    ).withOptional(["position": .integer, "link_hash": .string, "private": .map(of: .any), "origin": origin])),
                "next_cursor": .string.orNull,
            ])
    }
}
