internal import Billing
internal import Core
internal import Graphs
internal import HTTPServer
internal import Identity
internal import IdentityHTTP
internal import Operations

extension GraphRoutes {
    static var commandDescriptions: [RouteDescription] {
        [
            RouteDescription(
                "update_graph_metadata", "Changes what a graph is called, what is said about it and its labels.", for: .administrator
            ).repeatable()
                .takes(
                    Schema(decoding: GraphMetadataBody.self).telling("graph_name", "1 to 255 characters; left out, it stays.")
                        .telling("description", "At most 1000 characters; an empty text clears it.")
                        .telling("tags", "At most 20 of 50 characters; they replace the list, and an empty list clears it.")
                )
                .answers(.ok, "The metadata after the change.", GraphSchemas.envelope, headers: ["Location": "The operation."])
                .refuses(GraphError.nothingToChange),
            RouteDescription("set_delete_protection", "Protects a graph from deletion, or ends that.", for: .administrator).repeatable()
                .noting("Admins of the graph protect it; only owners of its org take that back.")
                .takes(Schema(decoding: ProtectionBody.self).telling("enabled", "Whether it is protected."))
                .answers(.ok, "The protection as it is.", GraphSchemas.envelope, headers: ["Location": "The operation."])
                .refuses(GraphError.orgOwnerRequired),
            RouteDescription("reactivate_graph", "Takes back the end of a graph's subscription.", for: .reader).repeatable()
                .noting("Owners of the graph's org, as long as the end lies ahead. The payment provider is asked first.")
                .answers(.ok, "The graph stays.", GraphSchemas.envelope, headers: ["Location": "The operation."])
                .refuses(
                    GraphError.orgOwnerRequired, GraphError.noSubscription, GraphError.cancellationFinal, GraphError.endedByOperators,
                    GraphError.billing(.providerTimeout)),
            RouteDescription("undelete_graph", "Buys a suspended graph again, as it was.", for: .reader).repeatable()
                .noting("Owners of the graph's org, until its destruction begins: a new subscription to its tier, paid as a creation is.")
                .answers(
                    .accepted, "The operation; done at once unless the payment is not decided yet.", GraphSchemas.envelope,
                    headers: ["Location": "The operation."]
                )
                .refuses(
                    GraphError.orgOwnerRequired, GraphError.notSuspended(.active), GraphError.undeletionTooLate,
                    GraphError.stillPaidFor(.pastDue), GraphError.operationRunning(nil), GraphError.unknownTier(.large)
                )
                .refuses(
                    GraphError.billing(.providerTimeout),
                    GraphError.paymentRequired(code: "PAYMENT_METHOD_REQUIRED", message: "A payment method is required."),
                    GraphError.paymentRequired(code: "PAYMENT_DECLINED", message: "The card was declined."),
                    GraphError.paymentRequired(code: "PAYMENT_ACTION_REQUIRED", message: "The payment needs to be confirmed by you."),
                    GraphError.paymentRequired(code: "CUSTOMER_IN_DISPUTE", message: "A payment of the organisation is disputed.")),
            RouteDescription("change_tier", "Moves a graph to another tier, up or down.", for: .reader).repeatable()
                .noting("Owners of the graph's org. What the graph holds must fit; a change that fails is taken back as a whole.")
                .takes(
                    Schema(decoding: ChangeTierBody.self).telling("new_tier", "`ladybug-standard`, `ladybug-large` or `ladybug-xlarge`.")
                        .telling("quote", "A quote of the last 10 minutes: the change costs that, or it is refused.")
                )
                .answers(.accepted, "The operation that changes it.", GraphSchemas.envelope, headers: ["Location": "The operation."])
                .refuses(
                    GraphError.orgOwnerRequired, GraphError.noSubscription, GraphError.subscriptionNotActive(.pastDue),
                    GraphError.upgrading,
                    GraphError.unknownTier(.large), GraphError.sameTier(.large), GraphError.tierTooSmall(bytes: 2, cap: 1),
                    GraphError.tierAtCapacity(.large), GraphError.operationRunning(nil), GraphError.notActive(.suspended)
                )
                .refuses(
                    GraphError.billing(.providerTimeout), GraphError.billing(.quoteExpired), GraphError.billing(.quoteChanged),
                    GraphError.paymentRequired(code: "CUSTOMER_IN_DISPUTE", message: "A payment of the organisation is disputed.")),
            RouteDescription("explain_graph", "Tells what the caller may do with a graph now, and why.", for: .reader)
                .noting("Decided by the code that answers the requests themselves; `next_change_at` is when an answer changes by itself.")
                .answers(.ok, "Each action with its answer, and the facts behind them.", GraphSchemas.explanation),
            RouteDescription("get_graph_usage", "Tells what a graph used over a time.", for: .reader)
                .noting("From measures, the ledger of credits and operations; a part that is not asked for is null.")
                .query("time_range", .words(of: UsageRange.self), "`30d` without.")
                .query("include_storage", .boolean, "How large it was; true without.")
                .query("include_credits", .boolean, "What its credits were spent on; true without.")
                .query("include_performance", .boolean, "How work on it went; false without.")
                .query("include_events", .boolean, "The newest fifty measures and lines of the ledger; false without.")
                .answers(.ok, "The parts that were asked for.", GraphSchemas.usage),
            RouteDescription("get_graph_metrics", "Counts what is in a graph.", for: .reader)
                .noting("While the database cannot be measured, `storage` holds only `error`.")
                .answers(.ok, "Counts by label and type, and the storage.", GraphSchemas.metrics)
                .refuses(GraphError.notOfRepositories),
        ]
    }
}
