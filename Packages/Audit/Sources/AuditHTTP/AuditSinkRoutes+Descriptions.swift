internal import Audit
internal import Core
internal import HTTPServer

extension AuditSinkRoutes {
    static let notFound = Problem(status: .notFound, code: "AUDIT_SINK_NOT_FOUND", detail: "The org has no such sink.")
    static let tooMany = Problem(
        status: .conflict, code: "AUDIT_SINK_LIMIT_REACHED", detail: "An org may have \(AuditSink.maximumPerOrg) sinks.")
    static let destination = Problem.badRequest("Nothing may be sent to the URL.", code: "AUDIT_SINK_DESTINATION_REFUSED")
    static let innerDestination = Problem.badRequest(
        "Nothing may be sent to the URL: its address is not public.", code: "AUDIT_SINK_DESTINATION_NOT_PUBLIC")

    static func descriptions(_ access: RouteAccess) -> [RouteDescription] {
        [
            RouteDescription("list_org_audit_sinks", "Lists where an org's log goes to as it grows.", for: access)
                .answers(.ok, "The sinks, the oldest first.", .object("AuditSinkList", ["sinks": .array(of: sink("AuditSink"))])),
            RouteDescription("create_org_audit_sink", "Has an org's log sent somewhere as it grows.", for: access)
                .noting(
                    """
                    What is in the log already goes there first. An `https` address gets posts of JSON Lines, signed as outgoing webhooks are, with the \
                    bearer token if one is given; `syslog+tls` gets messages of syslog. The secret is in this answer and in no other.
                    """
                )
                .takes(
                    Schema(decoding: AuditSinkBody.self).telling("url", "`https://…` or `syslog+tls://host:port`, at a public address.")
                        .telling("classes", "What the entries are about; everything without.")
                        .telling("risk_min", "How much they matter at least; low without.")
                        .telling("bearer_token", "Sent as `Authorization: Bearer …`; for https only.")
                )
                .answers(.created, "The sink and its secret.", sink("NewAuditSink").with(["secret": .text("whsec_…").orNull]))
                .refuses(tooMany, destination, innerDestination),
            RouteDescription("get_org_audit_sink", "Reads a sink.", for: access)
                .answers(.ok, "The sink.", sink("AuditSink")).refuses(notFound),
            RouteDescription("delete_org_audit_sink", "Removes a sink.", for: access).answers(.noContent, "It is removed.")
                .refuses(notFound),
            RouteDescription("pause_org_audit_sink", "Stops a sink; nothing is lost.", for: access)
                .answers(.ok, "The sink.", sink("AuditSink")).refuses(notFound),
            RouteDescription("resume_org_audit_sink", "Lets a sink go on at once.", for: access)
                .noting("Where it stopped, or behind an earlier position of the org's chain: what lies behind that is sent once more.")
                .mayTake(
                    Schema(decoding: AuditSinkResumption.self)
                        .telling("after_position", "The last position that the receiver has; 0 for one that has nothing.")
                )
                .answers(.ok, "The sink.", sink("AuditSink")).refuses(notFound),
        ]
    }

    private static func sink(_ name: String) -> Schema {
        .object(
            name,
            [
                "id": .id(AuditSinkEntity.idPrefix), "org_id": .id("org"), "kind": .words("http", "syslog"), "url": .string,
                "classes": .array(of: .words(of: AuditClass.self)), "risk_min": .words(of: AuditRisk.self),
                "state": .words("running", "failing", "paused"), "position": .integer, "failing_since": .instant.orNull,
                "last_error": .string.orNull, "paused_at": .instant.orNull, "created_by": .id("user"), "created_at": .instant,
            ])
    }
}
