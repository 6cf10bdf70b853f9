internal import Billing
internal import Core
internal import HTTPServer
internal import Identity
internal import IdentityHTTP

extension MoneyRoutes {
    static var descriptions: [RouteDescription] { owed + artificial }

    private static var owed: [RouteDescription] {
        [
            RouteDescription("list_account_credits", "Shows what an org is owed, and every credit of it.", for: .billingAdministrator)
                .paged(default: 20)
                .answers(
                    .ok, "Balance and credits, in minor units of the currency.",
                    .object(
                        "AccountCredits",
                        [
                            "balance": .integer, "currency": .text("usd"), "balance_local": .integer, "balance_provider": .integer,
                            "credits": .array(of: credit), "next_cursor": .string.orNull,
                        ])
                ).refuses(MoneyRefusal.notFound).refuses(BillingError.notFound, BillingError.ownerRequired),
            RouteDescription("list_account_credit_entries", "Lists every movement of an org's account credit.", for: .billingAdministrator)
                .paged(default: 50)
                .answers(
                    .ok, "A page of the ledger.",
                    .object("AccountCreditEntries", ["entries": .array(of: entry), "next_cursor": .string.orNull])
                )
                .refuses(MoneyRefusal.notFound).refuses(BillingError.notFound, BillingError.ownerRequired),
        ]
    }

    private static var artificial: [RouteDescription] {
        [
            RouteDescription("list_credit_pools", "Lists the pools of AI credits of an org.", for: .billingReader)
                .answers(
                    .ok, "The pools and their sums.",
                    .object(
                        "CreditPools",
                        ["pools": .array(of: pool), "total_allocation": .number, "total_used": .number, "total_left": .number])
                ).refuses(MoneyRefusal.notFound).refuses(BillingError.notFound, BillingError.adminRequired),
            RouteDescription(
                "get_credit_summary", "Shows the AI credits of a graph in the present window.", for: .signedIn(with: .graphRead)
            )
            .noting("Whoever has a role on the graph.")
            .answers(
                .ok, "The credits.",
                .object(
                    "CreditSummaryResponse",
                    [
                        "graph_id": .text("kg0123456789abcdef"), "graph_tier": .text("ladybug-standard"), "current_balance": .number,
                        "monthly_allocation": .number, "consumed_this_month": .number, "transaction_count": .integer,
                        "usage_percentage": .number, "last_allocation_date": .instant.orNull,
                    ])
            ).refuses(MoneyRefusal.notFound).refuses(BillingError.notOrgMember).refuses(Problem.graphViewerRequired),
            RouteDescription(
                "list_credit_transactions", "Lists what the AI credits of a graph were spent on.", for: .signedIn(with: .graphRead)
            )
            .noting("Whoever has a role on the graph.")
            .query("limit", Schema.integer.limited("minimum", 1).limited("maximum", 1_000), "How many; 100 without.")
            .query("offset", Schema.integer.limited("minimum", 0), "How many to pass by.")
            .query("transaction_type", .words(of: CreditTransaction.Kind.self), "Of this kind alone.")
            .query("operation_type", .string, "Of this use alone.").query("start_date", .text("2026-01-01"), "From this day on.")
            .query("end_date", .text("2026-01-31"), "To this day, which is part of the range.")
            .answers(
                .ok, "The transactions.",
                .object(
                    "CreditTransactions",
                    [
                        "transactions": .array(of: transaction), "summary": .map(of: use), "total_count": .integer,
                        "filtered_count": .integer, "date_range": .object(["start": .text("all"), "end": .text("all")]),
                    ])
            ).refuses(MoneyRefusal.notFound).refuses(BillingError.notOrgMember).refuses(Problem.graphViewerRequired),
        ]
    }

    private static var credit: Schema {
        .object(
            "AccountCredit",
            [
                "id": .id("bacr"), "amount": .integer, "remaining": .integer, "currency": .text("usd"),
                "source": .words(of: AccountCredit.Source.self), "reason": .string, "subscription_id": .id("bsub").orNull,
                "invoice_id": .id("binv").orNull, "expires_at": .instant.orNull, "created_at": .instant,
            ])
    }

    private static var entry: Schema {
        .object(
            "AccountCreditEntry",
            [
                "id": .string, "credit_id": .id("bacr"), "sequence": .integer, "kind": .words(of: AccountCreditEntry.Kind.self),
                "home": .text("local"), "amount": .integer, "currency": .text("usd"), "balance_after": .integer,
                "remaining_after": .integer, "invoice_id": .id("binv").orNull, "reason": .string.orNull, "created_at": .instant,
            ])
    }

    private static var pool: Schema {
        .object(
            "CreditPool",
            [
                "id": .string, "resource_type": .words("graph", "repository"), "resource_id": .text("kg0123456789abcdef"),
                "plan_name": .text("ladybug-standard"), "user_id": .id("user").orNull, "window_start": .instant, "window_end": .instant,
                "allocation": .number, "used": .number, "left": .number,
            ])
    }

    private static var transaction: Schema {
        .object(
            "CreditTransaction",
            [
                "id": .string, "type": .words(of: CreditTransaction.Kind.self), "amount": .number, "description": .string,
                "metadata": Schema.object(["balance_after": .number]).withOptional(["operation_type": .string]), "created_at": .instant,
                "operation_id": .string.orNull, "idempotency_key": .string, "request_id": .string.orNull, "user_id": .id("user").orNull,
            ])
    }

    private static var use: Schema {
        .object(
            "CreditUse",
            [
                "operation_type": .string, "total_amount": .number, "transaction_count": .integer, "average_amount": .number,
                "first_transaction": .instant, "last_transaction": .instant,
            ])
    }
}

extension RouteDescription {
    /// A list that comes in pages.
    fileprivate func paged(default count: Int) -> RouteDescription {
        query("limit", Schema.integer.limited("minimum", 1).limited("maximum", 100), "How many; \(count) without.")
            .query("cursor", .string, "`next_cursor` of the page before.")
            .refuses(Problem.badRequest("The cursor is not one of this list.", code: "INVALID_FORMAT"))
    }
}

extension Problem {
    /// What a member of the org without a role on the graph is told.
    static let graphViewerRequired = Problem(status: .forbidden, code: "FORBIDDEN", detail: "This needs the role viewer on the graph.")
}
