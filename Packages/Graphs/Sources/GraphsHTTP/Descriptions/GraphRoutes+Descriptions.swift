internal import Billing
internal import Core
internal import Graphs
internal import HTTPServer
internal import Identity
internal import IdentityHTTP
internal import Operations

extension RouteAccess {
    /// Whoever has a role on the graph; to anybody else it is not there.
    static var reader: RouteAccess {
        signedIn(with: .graphRead).only(
            "Whoever has a role on the graph; to people of another org it is not there.", GraphError.notFound,
            GraphError.roleTooWeak(needed: .viewer), GraphError.sharedRepository)
    }

    /// Admins of the graph.
    static var administrator: RouteAccess {
        signedIn(with: .graphAdmin).only(
            "Admins of the graph; to people without a role on it, it is not there.", GraphError.notFound,
            GraphError.roleTooWeak(needed: .admin), GraphError.sharedRepository)
    }
}

extension GraphRoutes {
    static var descriptions: [RouteDescription] { commands + commandDescriptions + catalogues + reading + logins }

    private static var commands: [RouteDescription] {
        [
            RouteDescription("create_graph", "Makes a graph, and buys its subscription.", for: .signedIn(with: .graphAdmin))
                .noting("Owners and admins of the org; the org must have a card on file or pay by invoice.").repeatable()
                .takes(
                    Schema(decoding: CreateGraphBody.self).telling("instance_tier", "`ladybug-standard` without.")
                        .telling("custom_schema", "A schema of one's own.").telling("create_entity", "Make the first entity; true without.")
                        .telling(
                            "source_backup_id",
                            "A completed backup of the same org, also of a graph that is gone: contents, schema and extensions are its own."
                        )
                )
                .answers(.accepted, "The operation that makes it.", GraphSchemas.envelope, headers: location)
                .refuses(
                    GraphError.orgAdminRequired, GraphError.orgOwnerRequired, GraphError.orgRequired, GraphError.limitReached(limit: 3),
                    GraphError.tierAtCapacity(.standard), GraphError.unknownTier(.standard), GraphError.operationRunning(nil)
                )
                .refuses(
                    GraphError.notFound, GraphError.backupNotCompleted(.expired), GraphError.backupTooLarge(bytes: 11 << 30, cap: 10 << 30),
                    GraphError.engineUnsupported(.restore)
                )
                .refuses(
                    GraphError.billing(.providerTimeout), GraphError.billing(.alreadySubscribed),
                    GraphError.paymentRequired(code: "PAYMENT_METHOD_REQUIRED", message: "A payment method is required."),
                    GraphError.paymentRequired(code: "PAYMENT_DECLINED", message: "The card was declined."),
                    GraphError.paymentRequired(code: "PAYMENT_ACTION_REQUIRED", message: "The payment needs to be confirmed by you."),
                    GraphError.paymentRequired(code: "CUSTOMER_IN_DISPUTE", message: "A payment of the organisation is disputed.")),
            RouteDescription("get_graphs", "Lists the graphs that the caller has a role on.", for: .signedIn(with: .graphRead))
                .query("include_ended", .boolean, "Also graphs that are deleted.")
                .answers(
                    .ok, "The graphs.",
                    .object("UserGraphsResponse", ["graphs": .array(of: GraphSchemas.listed), "selectedGraphId": GraphSchemas.id.orNull])),
            RouteDescription("delete_graph", "Deletes a graph, and ends its subscription.", for: .administrator).repeatable()
                .noting("Owners of the graph's org.")
                .takes(
                    Schema(decoding: DeleteGraphBody.self).telling("confirm", "The id of the graph.")
                        .telling("at_period_end", "Not before the end of what is paid.")
                )
                .answers(.accepted, "The operation that deletes it.", GraphSchemas.envelope, headers: location)
                .refuses(
                    GraphError.orgOwnerRequired, GraphError.orgAdminRequired, GraphError.deleteProtected, GraphError.alreadyCanceled,
                    GraphError.upgrading, GraphError.subscriptionBusy, GraphError.operationRunning(nil),
                    GraphError.periodEndNeedsActive(.pastDue), GraphError.periodEndUnknown, GraphError.notActive(.provisioning)
                )
                .refuses(Problem.badRequest("confirm must be the id of the graph: kg0123456789abcdef.", code: "CONFIRM_MISMATCH"))
                .refuses(GraphError.billing(.providerTimeout), GraphError.billing(.cancellationFinal)),
            RouteDescription("set_selected_graph", "Says which graph the caller works on.", for: .signedIn(with: .graphRead))
                .takes(Schema(decoding: SelectedGraphBody.self))
                .answers(.ok, "It is selected.", .object(["success": .boolean, "message": .string, "data": .null]))
                .refuses(GraphError.notFound, GraphError.roleTooWeak(needed: .viewer), GraphError.sharedRepository),
        ]
    }

    private static var catalogues: [RouteDescription] {
        [
            RouteDescription("get_available_graph_tiers", "Lists the tiers of graphs.", for: .signedIn)
                .query("include_disabled", .boolean, "Also tiers that are not on sale.")
                .answers(.ok, "The tiers.", .object("AvailableGraphTiersResponse", ["tiers": .array(of: GraphSchemas.tier)])),
            RouteDescription("get_available_extensions", "Lists the schemas that a graph can begin with.", for: .signedIn)
                .answers(
                    .ok, "The schemas.",
                    .object(
                        "AvailableExtensionsResponse",
                        [
                            "extensions": .array(
                                of: .object([
                                    "name": .text("roboledger"), "description": .string, "display_name": .text("Ledger"),
                                    "enabled": .boolean,
                                ]))
                        ])),
            RouteDescription("get_graph_capacity", "Tells whether there is room for new graphs.", for: .signedIn)
                .answers(
                    .ok, "Each tier.",
                    .object(
                        "GraphCapacityResponse",
                        [
                            "tiers": .array(
                                of: .object([
                                    "tier": .text("ladybug-standard"), "display_name": .text("Standard"),
                                    "status": .words("ready", "at_capacity"), "message": .string,
                                ]))
                        ])),
        ]
    }

    private static var reading: [RouteDescription] {
        [
            RouteDescription("get_graph", "Shows a graph, or a shared repository at which the caller has a seat.", for: .reader).answers(
                .ok, "The graph.", GraphSchemas.record),
            RouteDescription("get_database_info", "Shows what a graph's database holds.", for: .reader)
                .answers(.ok, "Size and contents.", GraphSchemas.info),
            RouteDescription("get_database_health", "Shows how a graph's database is.", for: .reader)
                .noting("Figures of the machine are `null` on shared hosts; of a shared repository nothing is known.").answers(
                    .ok, "The condition.", GraphSchemas.health),
            RouteDescription("get_graph_limits", "Shows every cap of a graph, and how much of it is used.", for: .reader)
                .answers(.ok, "The caps.", GraphSchemas.limits),
            RouteDescription("list_graph_members", "Lists who has a role on a graph.", for: .administrator)
                .answers(
                    .ok, "The people.",
                    .object(
                        "GraphMemberListResponse",
                        ["members": .array(of: GraphSchemas.member), "total": .integer, "graph_id": GraphSchemas.id])),
        ]
    }

    private static var logins: [RouteDescription] {
        [
            RouteDescription("create_graph_credential", "Makes a login of a graph's database.", for: .administrator)
                .mayTake(
                    Schema(decoding: CredentialBody.self)
                        .refining("mode", Schema.words("rw", "ro").orNull.means("`rw` without."))
                )
                .answers(
                    .created, "The login; its password is shown once.", GraphSchemas.newCredential,
                    headers: ["Cache-Control": "`no-store`: the answer carries a secret."]
                )
                .refuses(
                    GraphError.credentialLimitReached, GraphError.notActive(.provisioning), GraphError.hostUnavailable,
                    GraphError.orgAdminRequired, GraphError.engineUnsupported(.logins)),
            RouteDescription("rotate_graph_credential", "Makes a login that takes the place of another.", for: .administrator)
                .mayTake(
                    Schema(decoding: RotationBody.self).telling(
                        "overlap_seconds", "For how long the old one works on: 0 to 604800; a day when left out.")
                )
                .answers(
                    .created, "The new login; its password is shown once.", GraphSchemas.newCredential,
                    headers: ["Cache-Control": "`no-store`: the answer carries a secret."]
                )
                .refuses(
                    GraphError.credentialNotFound, GraphError.credentialLimitReached, GraphError.notActive(.suspended),
                    GraphError.hostUnavailable),
            RouteDescription("list_graph_credentials", "Lists the logins of a graph's database.", for: .administrator)
                .answers(
                    .ok, "The logins, without passwords.",
                    .object(
                        "GraphCredentialList",
                        [
                            "credentials": .array(of: GraphSchemas.credential("GraphCredential")), "total": .integer,
                            "host": .text("graphs.example.com").orNull.means("Where the database is reached now."), "port": .integer.orNull,
                        ])),
            RouteDescription("revoke_graph_credential", "Ends a login of a graph's database.", for: .administrator)
                .answers(.noContent, "It has ended.").refuses(GraphError.credentialNotFound, GraphError.hostUnavailable),
        ]
    }

    private static var location: [String: String] { ["Location": "The operation."] }
}

extension RouteDescription {
    /// A command that can be repeated with a key (OPS-007 to OPS-016).
    func repeatable() -> RouteDescription {
        noting("Repeated with the same Idempotency-Key, the call does nothing again and gets the first answer.")
            .header("Idempotency-Key", Schema.text("7c1f").limited("maxLength", 255), "1 to 255 visible ASCII characters.")
            .refuses(GraphError.idempotency(.keyReused), GraphError.idempotency(.inProgress))
            .refuses(
                Problem(
                    status: .unprocessableContent, code: "INVALID_INPUT", detail: "metadata.graph_name: is required",
                    fields: [.init(location: ["body", "metadata", "graph_name"], message: "is required", type: "missing")],
                    keepsTextDetail: true))
    }
}
