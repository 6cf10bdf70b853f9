internal import Billing
internal import Core

/// Turns an intent into the exact request of it; the same intent always gives the same bytes (STR-008).
enum StripeRequests {
    static func request(for intent: ProviderIntent, isSandboxMode: Bool) -> ProviderRequest {
        switch intent.command {
        case .createCustomer(let customer): createCustomer(customer, intent)
        case .updateCustomer(let contact):
            post(
                "/v1/customers/\(part(contact.customer))",
                [
                    ("email", contact.email.map(FormValue.string) ?? .clear),
                    ("address", contact.address.map { .map([("line1", .string($0))]) } ?? .clear),
                ])
        case .createProduct(let product): createProduct(product, intent, isSandboxMode: isSandboxMode)
        case .createPrice(let price): createPrice(price, intent)
        case .openCheckout(let session): openCheckout(session, intent)
        case .expireCheckout(let session): post("/v1/checkout/sessions/\(part(session))/expire", [])
        case .createSubscription(let sale): createSubscription(sale, intent)
        case .cancelAtPeriodEnd(let id): post("/v1/subscriptions/\(part(id))", [("cancel_at_period_end", true)])
        case .cancelNow(let id):
            // Ended without a bill of the provider's own: unused time is our decision (STR-030, BIL-060).
            ProviderRequest(
                method: "DELETE",
                path: "/v1/subscriptions/\(part(id))?" + StripeForm.encode([("invoice_now", false), ("prorate", false)]), body: "")
        case .takeBackEnd(let id):
            post("/v1/subscriptions/\(part(id))", [("cancel_at", .clear), ("cancel_at_period_end", false)])
        case .setIdleEnd(let end):
            post(
                "/v1/subscriptions/\(part(end.subscription))",
                [
                    ("cancel_at_period_end", true), ("metadata", .map([(ProviderTerms.markName, .string(end.mark))])),
                    ("cancellation_details", .map([("comment", "Not used for two periods; called off by Trellis.")])),
                ])
        case .clearIdleEnd(let end):
            post(
                "/v1/subscriptions/\(part(end.subscription))",
                [
                    ("cancel_at_period_end", false), ("metadata", .map([(ProviderTerms.markName, .clear)])),
                    ("cancellation_details", .map([("comment", .clear)])),
                ])
        case .clearIdleMark(let end):
            post("/v1/subscriptions/\(part(end.subscription))", [("metadata", .map([(ProviderTerms.markName, .clear)]))])
        case .refund(let refund): self.refund(refund, intent)
        case .renameProduct(let product, let name): post("/v1/products/\(part(product))", [("name", .string(name))])
        case .openSetup(let setup): openSetup(setup, intent)
        case .setDefaultMethod(let customer, let method):
            post(
                "/v1/customers/\(part(customer))",
                [("invoice_settings", .map([("default_payment_method", .string(method.rawValue))]))])
        case .setSubscriptionMethod(let subscription, let method):
            post("/v1/subscriptions/\(part(subscription))", [("default_payment_method", .string(method.rawValue))])
        case .detachMethod(let method): post("/v1/payment_methods/\(part(method))/detach", [])
        case .payInvoice(let invoice): post("/v1/invoices/\(part(invoice))/pay", [])
        case .changePrice(let change): changePrice(change)
        case .moveBalance(let move): moveBalance(move, intent)
        case .issueCreditNote(let move, let invoice): issueCreditNote(move, on: invoice, intent)
        case .openPortal(let customer, let returnURL):
            post("/v1/billing_portal/sessions", [("customer", .string(customer.rawValue)), ("return_url", .string(returnURL))])
        }
    }

    private static func createCustomer(_ customer: ProviderCommand.Customer, _ intent: ProviderIntent) -> ProviderRequest {
        post(
            "/v1/customers",
            [
                ("email", .optional(customer.email)), ("name", .optional(customer.name)),
                ("metadata", tags(intent, org: customer.org.description)),
            ])
    }

    private static func createProduct(
        _ product: ProviderCommand.Product, _ intent: ProviderIntent, isSandboxMode: Bool
    ) -> ProviderRequest {
        post(
            "/v1/products",
            [
                ("name", .string(product.name)),
                (
                    "metadata",
                    tags(
                        intent,
                        more: [
                            ("trellis_plan", .string(product.plan.key.description)),
                            ("trellis_plan_version", .integer(Int64(product.plan.version))),
                            ("trellis_mode", isSandboxMode ? "sandbox" : "live"),
                        ])
                ),
            ])
    }

    private static func createPrice(_ price: ProviderCommand.Price, _ intent: ProviderIntent) -> ProviderRequest {
        post(
            "/v1/prices",
            [
                ("product", .string(price.product.rawValue)), ("currency", .string(price.amount.currency.code)),
                ("unit_amount", .integer(price.amount.minorUnits)),
                ("recurring", .map([("interval", price.interval == .annual ? "year" : "month"), ("interval_count", 1)])),
                ("lookup_key", .string(price.lookupKey)), ("metadata", tags(intent)),
            ])
    }

    private static func openCheckout(_ session: ProviderCommand.Session, _ intent: ProviderIntent) -> ProviderRequest {
        let tags = tags(intent, org: session.org.description, subscription: session.subscription.description)
        var data: [(String, FormValue)] = [("metadata", tags)]
        if session.trialDays > 0 { data.append(("trial_period_days", .integer(Int64(session.trialDays)))) }
        return post(
            "/v1/checkout/sessions",
            [
                ("mode", "subscription"), ("customer", .string(session.customer.rawValue)),
                ("line_items", .list([.map([("price", .string(session.price.rawValue)), ("quantity", 1)])])),
                ("client_reference_id", .string(session.subscription.description)),
                ("success_url", .string(session.successURL)), ("cancel_url", .string(session.cancelURL)),
                ("expires_at", .instant(session.expiresAt)),
                ("allow_promotion_codes", session.allowPromotionCodes ? true : .absent), ("metadata", tags),
                ("subscription_data", .map(data)),
            ])
    }

    private static func openSetup(_ setup: ProviderCommand.MethodSetup, _ intent: ProviderIntent) -> ProviderRequest {
        let wish: [(String, FormValue)] = setup.makesDefault ? [("trellis_make_default", "true")] : []
        let tags = tags(intent, org: setup.org.description, more: wish)
        return post(
            "/v1/checkout/sessions",
            [
                ("mode", "setup"), ("customer", .string(setup.customer.rawValue)), ("currency", "usd"),
                ("success_url", .string(setup.returnURL)), ("cancel_url", .string(setup.returnURL)), ("metadata", tags),
                ("setup_intent_data", .map([("metadata", tags)])),
            ])
    }

    private static func createSubscription(_ sale: ProviderCommand.Sale, _ intent: ProviderIntent) -> ProviderRequest {
        post(
            "/v1/subscriptions",
            [
                ("customer", .string(sale.customer.rawValue)),
                ("items", .list([.map([("price", .string(sale.price.rawValue)), ("quantity", 1)])])),
                ("default_payment_method", .string(sale.method.rawValue)),
                // A decline leaves nothing behind at the provider, so that the sale is simply refused (T9).
                ("payment_behavior", "error_if_incomplete"),
                ("trial_period_days", sale.trialDays > 0 ? .integer(Int64(sale.trialDays)) : .absent),
                ("backdate_start_date", sale.period.map { .instant($0.start) } ?? .absent),
                ("billing_cycle_anchor", sale.period.map { .instant($0.end) } ?? .absent),
                // The time up to the anchor is a part of a cycle by the provider's words, and charged only like this.
                ("proration_behavior", sale.period == nil ? .absent : "create_prorations"),
                ("expand", StripeExpansion.form([.latestInvoice])),
                ("metadata", tags(intent, org: sale.org.description, subscription: sale.subscription.description)),
            ])
    }

    private static func changePrice(_ change: ProviderCommand.PriceChange) -> ProviderRequest {
        post(
            "/v1/subscriptions/\(part(change.subscription))",
            fields(of: change) + [
                // A decline leaves the old price in force (BIL-065).
                ("payment_behavior", isChargedNow(change) ? "error_if_incomplete" : .absent),
                ("expand", StripeExpansion.form([.latestInvoice])),
            ])
    }

    /// Another interval begins a period, which is charged at once whatever becomes of the rest of the old one.
    private static func isChargedNow(_ change: ProviderCommand.PriceChange) -> Bool {
        change.proration == .alwaysInvoice || change.restartsPeriod == true
    }

    /// What is changed, for the change itself and for its preview.
    static func fields(of change: ProviderCommand.PriceChange) -> [(String, FormValue)] {
        [
            ("items", .list([.map([("id", .string(change.item.rawValue)), ("price", .string(change.price.rawValue))])])),
            ("proration_behavior", .string(change.proration.rawValue)),
            // The way back counts from the same instant, so that both sum to nothing (BIL-067).
            ("proration_date", change.proration == .none ? .absent : .instant(change.from)),
        ]
    }

    private static func refund(_ refund: ProviderCommand.Refund, _ intent: ProviderIntent) -> ProviderRequest {
        post(
            "/v1/refunds",
            [
                ("payment_intent", .string(refund.payment.rawValue)), ("amount", .integer(refund.amount.minorUnits)),
                ("metadata", tags(intent, subscription: refund.subscription.description)),
            ])
    }

    private static func tags(
        _ intent: ProviderIntent, org: String? = nil, subscription: String? = nil, more: [(String, FormValue)] = []
    ) -> FormValue {
        .map(
            [
                ("trellis_intent", .string(intent.id.description)), ("trellis_org", .optional(org ?? intent.org?.description)),
                ("trellis_subscription", .optional(subscription)),
            ] + more)
    }

    private static func post(_ path: String, _ fields: [(String, FormValue)]) -> ProviderRequest {
        ProviderRequest(method: "POST", path: path, body: StripeForm.encode(fields))
    }

    static func part(_ id: ProviderID) -> String {
        StripeForm.escapePath(id.rawValue)
    }
}
