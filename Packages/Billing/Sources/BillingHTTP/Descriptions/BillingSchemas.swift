internal import Billing
public import HTTPServer

/// What Billing answers, as schemas; also for the routes of the packages above.
public enum BillingSchemas {
    /// How something is to end.
    static var cancellation: Schema {
        Schema(decoding: CancelSubscriptionBody.self)
            .telling("immediate", "At once; `confirm` must then be the id of what ends.")
            .telling("user_id", "Of a seat: the member whose seat ends; else the caller's own. Admins and owners only.")
    }

    /// A subscription.
    public static var subscription: Schema {
        .object(
            "GraphSubscriptionResponse",
            [
                "id": .id("bsub"), "resource_type": .words(of: ResourceType.self), "resource_id": .text("kg0123456789abcdef"),
                "plan_name": .text("ladybug-standard"), "plan_display_name": .text("Standard"),
                "billing_interval": .text("monthly"), "status": .words(of: Subscription.Status.self), "base_price_cents": .integer,
                "created_at": .instant, "user_id": .id("user").orNull, "current_period_start": .instant.orNull,
                "current_period_end": .instant.orNull, "started_at": .instant.orNull, "canceled_at": .instant.orNull,
                "ends_at": .instant.orNull, "operation_id": .id("op").orNull, "cancellation_type": .text("period_end").orNull,
                "cancellation_origin": .text("customer").orNull, "reversible_until": .instant.orNull, "keep_requested_at": .instant.orNull,
                "provider_sync": .text("confirmed"), "grace_deadline": .instant.orNull, "trial_end": .instant.orNull,
                "collection_paused": .boolean,
            ])
    }

    static var checkout: Schema {
        .object(
            "CheckoutResponse",
            [
                "checkout_url": .text("https://checkout.example.com/c/pay/cs_1").orNull, "session_id": .text("cs_1").orNull,
                "subscription_id": .id("bsub").orNull, "requires_checkout": .boolean, "billing_disabled": .boolean,
            ])
    }

    static var checkoutStatus: Schema {
        .object(
            "CheckoutStatusResponse",
            [
                "status": .words("pending_payment", "provisioning", "active", "failed", "canceled"), "subscription_id": .id("bsub"),
                "resource_id": .text("kg0123456789abcdef").orNull, "operation_id": .id("op").orNull, "error": .string.orNull,
            ])
    }

    static var customer: Schema {
        .object(
            "BillingCustomer",
            [
                "org_id": .id("org"), "has_payment_method": .boolean, "invoice_billing_enabled": .boolean,
                "payment_methods": .array(
                    of: method),
                "created_at": .instant, "stripe_customer_id": .text("cus_1").orNull, "synced_at": .instant.orNull,
            ])
    }

    static var method: Schema {
        .object(
            "PaymentMethod",
            [
                "id": .text("pm_1"), "type": .text("card"), "is_default": .boolean, "brand": .text("visa").orNull,
                "last4": .text("4242").orNull, "exp_month": .integer.orNull, "exp_year": .integer.orNull,
            ])
    }

    static var line: Schema {
        .object(
            "InvoiceLineItem",
            [
                "description": .text("Standard"), "amount": .integer, "quantity": .integer, "period_start": .instant.orNull,
                "period_end": .instant.orNull,
            ])
    }

    static var invoice: Schema {
        .object(
            "Invoice",
            [
                "id": .id("binv"), "status": .words(of: Invoice.Status.self), "amount_due": .integer, "amount_paid": .integer,
                "amount_credited": .integer, "currency": .text("usd"), "created": .instant, "line_items": .array(of: line),
                "number": .string.orNull,
                "due_date": .instant.orNull, "paid_at": .instant.orNull, "invoice_pdf": .string.orNull,
                "hosted_invoice_url": .string.orNull, "subscription_id": .id("bsub").orNull,
            ])
    }

    static var invoices: Schema {
        .object(
            "InvoicesResponse",
            [
                "invoices": .array(of: invoice),
                "total_count": .integer, "has_more": .boolean,
            ])
    }

    static var upcoming: Schema {
        .object(
            "UpcomingInvoice",
            [
                "amount_due": .integer, "currency": .text("usd"), "period_start": .instant, "period_end": .instant,
                "line_items": .array(of: line), "subscription_id": .id("bsub").orNull,
            ]
        ).orNull
    }

    static var offering: Schema {
        .object(
            "ServiceOfferingsResponse",
            [
                "billing_enabled": .boolean,
                "graph_subscriptions": .object([
                    "description": .string, "pricing_model": .text("per_graph"), "tiers": .array(of: tier), "notes": .array(of: .string),
                ]),
                "repository_subscriptions": .object([
                    "description": .string, "pricing_model": .text("per_organization"), "repositories": .array(of: repository),
                    "notes": .array(of: .string),
                ]),
                "operation_costs": .object([
                    "description": .string, "ai_operations": .map(of: .number), "token_pricing": .map(of: .map(of: .number)),
                    "included_operations": .array(of: .string), "notes": .array(of: .string),
                ]),
                "summary": .object([
                    "total_graph_tiers": .integer, "total_repositories": .integer, "enabled_repositories": .integer,
                    "coming_soon_repositories": .integer,
                ]),
            ])
    }

    private static var tier: Schema {
        .object(
            "OfferedTier",
            [
                "name": .text("ladybug-standard"), "display_name": .text("Standard"), "description": .string,
                "monthly_price_per_graph": .number, "monthly_credits_per_graph": .integer, "infrastructure": .string,
                "features": .array(of: .string), "backup_retention_days": .integer, "priority_support": .boolean,
                "api_rate_multiplier": .number, "backend": .string, "max_subgraphs": .integer, "instance_type": .string.orNull,
                "instance_storage_limit_gb": .number, "available": .boolean,
            ])
    }

    private static var repository: Schema {
        .object(
            "OfferedRepository",
            [
                "type": .text("sec"), "name": .string, "description": .string, "enabled": .boolean, "coming_soon": .boolean,
                "plans": .array(
                    of: .object(
                        "OfferedRepositoryPlan",
                        [
                            "plan": .text("starter"), "name": .string, "monthly_price": .number, "monthly_credits": .integer,
                            "access_level": .text("read"), "features": .array(of: .string), "rate_limits": .map(of: .integer.orNull),
                        ])),
            ])
    }
}
