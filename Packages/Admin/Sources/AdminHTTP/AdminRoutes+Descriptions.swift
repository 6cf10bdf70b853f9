internal import Admin
internal import Audit
internal import AuditHTTP
internal import Core
internal import HTTPServer
internal import Identity
internal import Observability
internal import Orgs
internal import OrgsHTTP

extension AdminRoutes {
    static func access(_ permission: OperatorPermission) -> RouteAccess {
        let roles = OperatorRole.allCases.filter { $0.permissions.contains(permission) }.map(\.rawValue).joined(separator: ", ")
        return RouteAccess(
            "Operators with the permission \(permission.rawValue): \(roles).",
            schemes: [.init("operator_token", ["type": "http", "scheme": "bearer"])], refusals: []
        ).refusing(OperatorProblem.unauthorized, OperatorProblem.missing(permission))
    }

    static let reason = Schema.string.limited("minLength", 10).limited("maxLength", 500)
        .means("Why; the header X-Actor-Reason may carry it instead.")

    static func write(_ operation: String, _ purpose: String, for permission: OperatorPermission) -> RouteDescription {
        RouteDescription(operation, purpose, for: access(permission))
            .header("X-Actor-Reason", .string, "Why, of 10 to 500 characters; the body may carry it as `reason`.")
            .header("If-Match", .string, "The `ETag` of what was read: nothing is done when it has changed meanwhile.")
            .refuses(OperatorProblem.changed("\"v\""))
            .refuses(Problem.invalidField("reason", message: "must have 10 to 500 characters; the header X-Actor-Reason may carry it"))
    }

    static var descriptions: [RouteDescription] {
        orgs + throttling + people + signingIn + accounts + callers + log + deskDescriptions + approvalDescriptions + mailDescriptions + [
            RouteDescription("get_operators_document", "Gives this document.", for: access(.read))
                .answers(.ok, "The document (OpenAPI 3.1).", .any)
        ]
    }

    private static var orgs: [RouteDescription] {
        [
            RouteDescription("list_all_orgs", "Lists all orgs, the newest first.", for: access(.read))
                .query("name", .string, "With this in the name, whatever its case.").query(
                    "status", .words(of: Org.State.self), "In this state."
                )
                .query("type", .words("personal", "team", "enterprise"), "Of this type.")
                .query("plan", .text("ladybug-standard"), "With a live subscription of this plan.")
                .query("owner_id", .id("user"), "Owned by this person.").query("created_since", .instant, "Made from then on.")
                .query("past_due", .boolean, "With, or without, a payment that failed.")
                .query("limit", Schema.integer.limited("minimum", 1).limited("maximum", 200), "How many; 50 without.")
                .query("cursor", .string, "`next_cursor` of the page before.")
                .answers(.ok, "A page of orgs.", .object("OrgListPage", ["orgs": .array(of: summary), "next_cursor": .string.orNull]))
                .refuses(
                    Problem.badRequest("There is no filter of this name."),
                    Problem.badRequest("The cursor is not one of this list.", code: "INVALID_FORMAT")),
            RouteDescription("get_any_org", "Shows an org with everything about it.", for: access(.read))
                .answers(.ok, "The org.", detail).refuses(Problem.notFound),
            write("set_org_limits", "Sets limits of an org; what is left out stays, null means unlimited.", for: .changeLimits)
                .takes(
                    Schema.object([:]).withOptional([
                        "max_graphs": Schema.integer.orNull, "max_members": Schema.integer.orNull, "reason": reason,
                    ])
                ).answers(.ok, "The org.", detail).refuses(Problem.notFound, AdminBodies.aboveCap).refuses(OrgsError.nothingToChange),
            write("freeze_org", "Makes an org read-only and tells its owners.", for: .freeze)
                .takes(Schema.object(["cause": .words(of: FreezeReason.self)]).withOptional(["reason": reason]))
                .answers(.ok, "The org.", detail).refuses(Problem.notFound).refuses(OrgsError.deleted),
            write("thaw_org", "Ends that, and tells its owners.", for: .thaw)
                .mayTake(Schema.object([:]).withOptional(["reason": reason])).answers(.ok, "The org.", detail).refuses(Problem.notFound)
                .refuses(OrgsError.deleted, OrgsError.lastOwner),
        ]
    }

    private static var throttling: [RouteDescription] {
        let networks = Schema.object(
            "BlockedNetworks",
            [
                "networks": .array(
                    of: .object(["network": .text("203.0.113.9/32"), "until": .instant, "cause": .string, "failures": .integer]))
            ])
        return [
            RouteDescription("list_rate_limits", "Shows how many requests are taken.", for: access(.read)).answers(
                .ok, "The limits by category.",
                .object(
                    "RateLimitList",
                    [
                        "enabled": .boolean,
                        "categories": .array(
                            of: .object(["category": .string, "limit": .integer, "seconds": .integer, "strict": .boolean])),
                    ])),
            RouteDescription("list_throttles", "Lists the networks that are shut out.", for: access(.read))
                .answers(.ok, "The networks, the latest end first.", networks),
            write("block_network", "Shuts a network out until an instant.", for: .changeThrottles)
                .takes(Schema.object(["address": .text("203.0.113.9"), "until": .instant]).withOptional(["reason": reason]))
                .answers(.ok, "All networks that are shut out.", networks),
            write("unblock_network", "Lets a network in again and forgets its failures.", for: .changeThrottles)
                .takes(Schema.object(["address": .text("203.0.113.9")]).withOptional(["reason": reason]))
                .answers(.ok, "All networks that are shut out.", networks).refuses(Problem.notFound),
        ]
    }

    private static var people: [RouteDescription] {
        let levels = Schema.object(
            "LogLevelList",
            ["levels": .array(of: .object(["component": .text("jobs"), "level": .words(of: LogLevel.self), "until": .instant]))])
        return [
            RouteDescription("list_operators", "Lists all operators, those who ended included.", for: access(.read)).answers(
                .ok, "The operators.",
                .object(
                    "OperatorList",
                    [
                        "operators": .array(
                            of: .object(
                                "Operator",
                                [
                                    "id": .id("opr"), "name": .string, "email": .string.orNull, "role": .words(of: OperatorRole.self),
                                    "created_at": .instant, "disabled_at": Schema.instant.orNull,
                                ]))
                    ])),
            write("disable_operator", "Ends an operator; the name stays in the history.", for: .manageOperators)
                .mayTake(Schema.object([:]).withOptional(["reason": reason])).answers(.noContent, "Done, or done before.")
                .refuses(Problem.notFound, lastSuperadmin),
            write("set_operator_address", "Says where an operator reads mail.", for: .manageOperators)
                .takes(Schema.object(["email": .text("ops@example.com")]).withOptional(["reason": reason]))
                .answers(.noContent, "Done, or done before.").refuses(Problem.notFound, addressTaken),
            RouteDescription("list_log_levels", "Shows which parts write their lines from another level on.", for: access(.read))
                .answers(.ok, "The parts.", levels),
            write(
                "set_log_level", "Lets a part write its lines from a level on, on all nodes, for at most 15 minutes.", for: .changeLogLevels
            )
            .takes(
                Schema.object(["level": .words(of: LogLevel.self), "minutes": Schema.integer.limited("minimum", 1).limited("maximum", 15)])
                    .withOptional(["reason": reason])
            ).answers(.ok, "All parts that differ.", levels).refuses(Problem.notFound),
        ]
    }

    private static var signingIn: [RouteDescription] {
        let hold = Schema.object(
            "LegalHold", ["id": .id("ahold"), "kind": .words("org", "user", "graph"), "subject_id": .string, "set_at": .instant])
        return [
            RouteDescription("list_legal_holds", "Lists what is kept for a court.", for: access(.manageHolds)).answers(
                .ok, "The holds.", .object("LegalHoldList", ["legal_holds": .array(of: hold)])),
            write("set_legal_hold", "Keeps what concerns an org, a person or a graph from being archived and erased.", for: .manageHolds)
                .takes(Schema.object(["subject_id": .string]).withOptional(["reason": reason]))
                .answers(.created, "The hold, or the one that was set before.", hold),
            write("lift_legal_hold", "Lets it go the way of everything else again, once a second operator consents.", for: .manageHolds)
                .query("validate_only", .boolean, "The answer is what would be.")
                .mayTake(Schema.object([:]).withOptional(["reason": reason]))
                .answers(.accepted, "A second operator has to consent.", ApprovalBodies.asked)
                .answers(.ok, "With `validate_only`: what would follow.", .any).answers(.noContent, "Done.").refuses(Problem.notFound),
            write(
                "invite_operator", "Admits an operator; the link, which is mailed, or without an address is shown once, enrols a passkey.",
                for: .manageOperators
            )
            .takes(
                Schema.object(["name": .string, "role": .words(of: OperatorRole.self)]).withOptional([
                    "email": .text("ops@example.com"), "reason": reason,
                ])
            )
            .answers(
                .created, "The operator.",
                .object(
                    "InvitedOperator",
                    [
                        "id": .id("opr"), "name": .string, "role": .words(of: OperatorRole.self), "mailed_to": Schema.string.orNull,
                        "enrolment_link": Schema.string.orNull, "enrolment_link_until": .instant,
                    ])
            ).refuses(addressTaken),
            write(
                "invite_operator_again", "Mails another link to an operator who has enrolled no passkey; those before work no more.",
                for: .manageOperators
            )
            .mayTake(Schema.object([:]).withOptional(["reason": reason]))
            .answers(.accepted, "It is on its way.", .object(["enrolment_link_until": .instant]))
            .refuses(Problem.notFound, alreadyEnrolled, addressUnknown),
            RouteDescription("list_operator_sessions", "Lists who is signed in to the console.", for: access(.manageOperators)).answers(
                .ok, "The sessions.",
                .object(
                    "OperatorSessionList",
                    [
                        "sessions": .array(
                            of: .object([
                                "id": .id("ops"), "operator_id": .id("opr"), "name": .string, "network": .string, "started_at": .instant,
                                "seen_at": .instant,
                            ]))
                    ])),
            write("end_operator_session", "Ends a session of the console.", for: .manageOperators)
                .mayTake(Schema.object([:]).withOptional(["reason": reason])).answers(.noContent, "Done, or done before.")
                .refuses(Problem.notFound),
        ]
    }

    private static var log: [RouteDescription] {
        let strange = Problem.badRequest("There is no filter of this name.")
        let cursor = Problem.badRequest("The cursor is not one of this list.", code: "INVALID_INPUT")
        return [
            RouteDescription(
                "list_audit", "Lists the entries of all chains, the newest first; without read_audit `org_id` is needed.",
                for: access(.readOrgAudit)
            )
            .query("type", .text("org_created"), "Of these types; may stand several times.")
            .query("class", .words(of: AuditClass.self), "Of these classes; may stand several times.")
            .query("risk_min", .words(of: AuditRisk.self), "Of at least this risk.").query("actor_id", .id("user"), "By this person.")
            .query("operator_id", .id("opr"), "By this operator.").query("component", .text("billing"), "By this part of the product.")
            .query("org_id", .id("org"), "About this org.").query("request_id", .id("req"), "Of this request.")
            .query("reference", .id("bsub"), "About this thing; may stand several times.")
            .query("operation_id", .id("op"), "About this operation.")
            .query("follow", .id("baud"), "What led to this entry and what it led to: everything of its trace.")
            .query("since", .instant, "Not before.").query("until", .instant, "Before.")
            .query("cursor", .string, "`next_cursor` of the page before.")
            .query("limit", Schema.integer.limited("minimum", 1).limited("maximum", 200), "How many; 50 without.")
            .answers(.ok, "A page of the log.", AuditRoutes.page).refuses(strange, cursor),
            RouteDescription(
                "list_notes", "Lists the notes on an org, a person, a graph or a subscription, the newest first.", for: access(.read)
            )
            .query("cursor", .string, "`next_cursor` of the page before.")
            .query("limit", Schema.integer.limited("minimum", 1).limited("maximum", 200), "How many; 50 without.")
            .answers(.ok, "A page of entries; `private.note` is the text.", AuditRoutes.page).refuses(Problem.notFound, cursor),
            write("add_note", "Adds a note to an org, a person, a graph or a subscription. It is never changed.", for: .addNotes)
                .takes(
                    Schema.object(["text": Schema.string.limited("minLength", 1).limited("maxLength", 2_000)]).withOptional([
                        "reason": reason
                    ])
                )
                .answers(.noContent, "It is there.").refuses(Problem.notFound),
        ]
    }

    private static let summaryFields: KeyValuePairs<String, Schema> = [
        "id": .id("org"), "name": Schema.string.orNull, "type": .string, "status": .words(of: Org.State.self), "created_at": .instant,
        "members": .integer, "graphs": .integer, "past_due": .boolean,
    ]

    private static var summary: Schema { .object("OrgInList", summaryFields) }

    private static var detail: Schema {
        Schema.object("OrgInFull", summaryFields).with([
            "frozen_reason": Schema.string.orNull, "purge_at": Schema.instant.orNull,
            "limits": .object([
                "max_graphs": Schema.integer.orNull, "max_members": Schema.integer.orNull, "graphs_held": .integer,
                "graphs_reserved": .integer, "source": .string,
            ]), "member_list": .array(of: .object(["user_id": .id("user"), "role": .string, "joined_at": .instant])),
            "subscriptions": .array(
                of: .object([
                    "id": .id("bsub"), "plan": .string, "status": .string, "period_end": Schema.instant.orNull,
                    "ends_at": Schema.instant.orNull,
                ])), "graph_list": .array(of: .object(["id": .text("kg0123456789abcdef"), "tier": .string, "status": .string])),
            "billing": Schema.object(["invoice_billing": .boolean, "payment_terms": .string]).orNull, "credits": .map(of: .integer),
            "open_drift": .integer,
        ])
    }
}

extension RouteAccess {
    fileprivate func refusing(_ problems: Problem...) -> RouteAccess {
        var copy = self
        copy.refusals += problems
        return copy
    }
}
