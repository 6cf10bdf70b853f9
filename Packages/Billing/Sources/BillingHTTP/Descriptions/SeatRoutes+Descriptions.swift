internal import Billing
internal import Core
internal import HTTPServer
internal import Identity
internal import IdentityHTTP

extension SeatRoutes {
    static var descriptions: [RouteDescription] {
        [
            RouteDescription("get_graph_subscription", "Shows what pays for a graph, or the caller's seat of a repository.", for: reader)
                .noting("Who has any role on a graph may read; of a repository everybody sees the own seat only.")
                .answers(.ok, "The subscription that runs or is ending, else the newest one.", BillingSchemas.subscription)
                .refuses(BillingError.notFound).refuses(Problem.graphViewerRequired),
            RouteDescription("create_repository_subscription", "Buys a seat of a shared repository.", for: writer)
                .noting("The org that the request acts for pays. The seat can be used as soon as the answer is there.")
                .takes(
                    Schema(decoding: CreateSeatBody.self).telling("plan_name", "As GET /v1/offering names it.")
                        .telling("user_id", "A member of the org whose seat it is; else the caller's own. Admins and owners only.")
                )
                .answers(.created, "The subscription.", BillingSchemas.subscription)
                .refuses(
                    BillingError.notFound, BillingError.notARepository, BillingError.unknownPlan("gold"), BillingError.subscriberNotMember,
                    BillingError.paymentMethodRequired, BillingError.customerInDispute,
                    BillingError.paymentDeclined("The card was declined."),
                    BillingError.paymentActionRequired(url: nil), BillingError.alreadySubscribed, BillingError.salesPaused
                ).refuses(IdentityError.orgRequired).refuses(Problem.graphViewerRequired)
                .refuses(Problem(status: .badRequest, code: "PLAN_NOT_AVAILABLE", detail: "The plan gold cannot be bought now."))
                .provider().rehearsable(isAnsweredElse: true),
            RouteDescription(
                "change_subscription_plan", "Changes the plan of a seat at once, or how often a seat or graph is billed.", for: owner
            )
            .noting("The payment provider is asked first. The plan of a graph changes by change-tier.")
            .query("validate_only", .boolean, "Only say what it would cost and what would follow; the answer names the quote.")
            .takes(
                Schema(decoding: ChangePlanBody.self).telling("new_plan_name", "As GET /v1/offering names it.")
                    .telling("user_id", "Whose seat; else the caller's own.")
                    .telling("billing_interval", "monthly or annual; as now when left out. A graph takes it with its present plan.")
                    .telling("quote", "A quote of the last 10 minutes: the change costs that, or it is refused.")
            )
            .answers(.ok, "The subscription; with `validate_only` the quote in its place.", BillingSchemas.subscription)
            .refuses(
                BillingError.notFound, BillingError.quoteExpired, BillingError.quoteChanged,
                BillingError.unknownPlan("gold"), BillingError.samePlan(.repository("sec", "starter")),
                BillingError.subscriptionNotActive(.pastDue), BillingError.subscriptionBusy(.upgrading), BillingError.customerInDispute,
                BillingError.paymentDeclined("The card was declined."), BillingError.paymentActionRequired(url: nil)
            ).refuses(IdentityError.orgRequired).refuses(Problem.graphViewerRequired)
            .refuses(Problem(status: .badRequest, code: "PLAN_NOT_AVAILABLE", detail: "The plan gold cannot be bought now."))
            .refuses(
                Problem(
                    status: .badRequest, code: "CHANGE_AT_CANONICAL_PATH",
                    detail: "Change it with POST /v1/graphs/kg0123456789abcdef/operations/change-tier.")
            ).provider(),
            RouteDescription("cancel_repository_subscription", "Ends a seat, at the end of what is paid or at once.", for: writer)
                .noting("Without a body it ends with the period.")
                .mayTake(BillingSchemas.cancellation)
                .answers(.ok, "The subscription.", BillingSchemas.subscription)
                .refuses(
                    BillingError.notFound, BillingError.confirmMismatch, BillingError.cancelRequiresImmediate(.pastDue),
                    BillingError.subscriptionBusy(.upgrading), BillingError.subscriptionBusy(.provisioning), BillingError.alreadyCanceled,
                    BillingError.periodEndUnknown
                ).refuses(IdentityError.orgRequired).refuses(Problem.graphViewerRequired)
                .refuses(
                    Problem(
                        status: .badRequest, code: "CANCEL_AT_CANONICAL_PATH",
                        detail: "End it with POST /v1/graphs/kg0123456789abcdef/operations/delete-graph.")
                ).provider().rehearsable(isAnsweredElse: false),
        ]
    }

    private static var reader: RouteAccess {
        RouteAccess.signedIn(with: .billingRead).only("Who has a role on the graph, or the seat.", BillingError.notOrgMember)
    }

    private static var owner: RouteAccess {
        RouteAccess.signedIn(with: .billingWrite).only(
            "Owners of the org that pays.", BillingError.notOrgMember, BillingError.ownerRequired)
    }

    private static var writer: RouteAccess {
        RouteAccess.signedIn(with: .billingWrite).only(
            "Members for their own seats, admins and owners for all.", BillingError.notOrgMember, BillingError.adminRequired)
    }
}
