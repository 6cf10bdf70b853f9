internal import Billing
internal import Core
internal import HTTPServer
internal import Identity
internal import IdentityHTTP

extension RouteAccess {
    /// Members of the org who may see what it pays.
    static var billingReader: RouteAccess {
        signedIn(with: .billingRead).only("Members of the org.", BillingError.notOrgMember)
    }

    /// Owners and admins.
    static var billingAdministrator: RouteAccess {
        signedIn(with: .billingRead).only("Admins and owners of the org.", BillingError.notOrgMember, BillingError.adminRequired)
    }

    /// Owners.
    static var billingOwner: RouteAccess { billingOwner(with: .billingWrite) }

    /// Owners, by a key with a scope.
    static func billingOwner(with scope: Scope) -> RouteAccess {
        signedIn(with: scope).only(
            "Owners of the org.", BillingError.notOrgMember, BillingError.ownerRequired, BillingError.adminRequired)
    }
}

extension BillingRoutes {
    static var descriptions: [RouteDescription] { buying + reading }

    private static var buying: [RouteDescription] {
        [
            RouteDescription("create_checkout_session", "Opens the provider's page on which a first purchase is paid.", for: .billingOwner)
                .noting(
                    "Nothing is made before the provider confirms the payment. A deployment without billing answers `billing_disabled`."
                )
                .takes(
                    Schema(decoding: CreateCheckoutBody.self).refining("resource_type", .words(of: ResourceType.self))
                        .telling("plan_name", "As GET /v1/offering names it.")
                        .telling("resource_config", "What is to be made: for a graph, the body of POST /v1/graphs.")
                        .telling("org_id", "The org that pays; else the one of X-Org-Id or of the session.")
                )
                .answers(.created, "Where to pay.", BillingSchemas.checkout)
                .refuses(
                    BillingError.unknownPlan("gold"), BillingError.orgConflict, BillingError.checkoutNotRequired,
                    BillingError.paymentMethodOnFile, BillingError.customerInDispute, BillingError.graphLimitReached(limit: 3),
                    BillingError.checkoutAlreadyPaid, BillingError.alreadySubscribed, BillingError.notFound, BillingError.salesPaused
                ).refuses(IdentityError.orgRequired, IdentityError.emailNotVerified)
                .refuses(Problem(status: .badRequest, code: "PLAN_NOT_AVAILABLE", detail: "The plan gold cannot be bought now."))
                .refuses(Problem(status: .conflict, code: "TIER_AT_CAPACITY", detail: "There is no room for the tier now. Try later."))
                .provider().rehearsable(isAnsweredElse: true),
            RouteDescription("get_checkout_status", "Tells how far a purchase is.", for: .signedIn(with: .billingRead))
                .noting("The caller must belong to the org that buys; to anybody else there is no such checkout.")
                .answers(.ok, "How far.", BillingSchemas.checkoutStatus).refuses(BillingError.notFound, BillingError.notOrgMember),
            RouteDescription(
                "create_portal_session", "Opens the provider's page on which cards and invoices are managed.", for: .billingOwner
            )
            .answers(
                .ok, "Where it is.",
                .object(
                    "PortalSessionResponse",
                    ["portal_url": .text("https://billing.example.com/p/session/1").orNull, "billing_disabled": .boolean])
            ).refuses(BillingError.noProviderCustomer, BillingError.notFound).provider().rehearsable(isAnsweredElse: false),
            RouteDescription("cancel_org_subscription", "Ends a subscription, at the end of what is paid or at once.", for: .billingOwner)
                .noting("Graphs and seats of repositories end at paths of their own, which the refusal names.")
                .mayTake(BillingSchemas.cancellation).answers(.ok, "The subscription.", BillingSchemas.subscription)
                .refuses(
                    BillingError.notFound, BillingError.confirmMismatch, BillingError.cancelRequiresImmediate(.pastDue),
                    BillingError.subscriptionBusy(.upgrading), BillingError.subscriptionBusy(.provisioning), BillingError.alreadyCanceled,
                    BillingError.periodEndUnknown, BillingError.cancellationFinal
                ).refuses(
                    Problem(
                        status: .badRequest, code: "CANCEL_AT_CANONICAL_PATH",
                        detail: "End it with POST /v1/graphs/kg0123456789abcdef/operations/delete-graph.")
                ).provider().rehearsable(isAnsweredElse: false),
        ]
    }

    private static var reading: [RouteDescription] {
        [
            RouteDescription("get_org_billing_customer", "Shows how an org pays.", for: .billingReader)
                .answers(.ok, "The paying party; the provider's ids for owners only.", BillingSchemas.customer)
                .refuses(BillingError.notFound, BillingError.adminRequired),
            RouteDescription("list_org_subscriptions", "Lists the subscriptions of an org.", for: .billingReader)
                .query("include_unprovisioned", .boolean, "Also purchases that never came to anything.")
                .answers(.ok, "The subscriptions.", .array(of: BillingSchemas.subscription)).refuses(BillingError.notFound),
            RouteDescription("get_org_subscription", "Shows a subscription.", for: .billingReader)
                .answers(.ok, "The subscription.", BillingSchemas.subscription).refuses(BillingError.notFound),
            RouteDescription("list_org_invoices", "Lists the invoices of an org, the newest first.", for: .billingAdministrator)
                .query("limit", Schema.integer.limited("minimum", 1).limited("maximum", 100), "How many; 10 without.")
                .answers(.ok, "The invoices.", BillingSchemas.invoices).refuses(BillingError.notFound, BillingError.ownerRequired),
            RouteDescription("get_org_upcoming_invoice", "Shows what will be charged next.", for: .billingAdministrator)
                .answers(.ok, "The invoice to come, or `null`.", BillingSchemas.upcoming)
                .refuses(BillingError.notFound, BillingError.ownerRequired).provider(),
        ]
    }
}

extension OfferingRoutes {
    static var descriptions: [RouteDescription] {
        [
            RouteDescription("get_service_offerings", "Gives the public price list.", for: .everybody)
                .header("If-None-Match", .string, "The ETag of the list that the caller has.")
                .answers(
                    .ok, "The list.", BillingSchemas.offering, headers: ["ETag": "Of the list.", "Cache-Control": "How long to keep it."]
                )
                .answers(Status(rawValue: 304), "The caller has the present one.")
        ]
    }
}

extension WebhookRoutes {
    static var descriptions: [RouteDescription] {
        ["receive_stripe_event", "receive_stripe_event_at_admin_path"].map { operation in
            RouteDescription(operation, "Takes the payment provider's events.", for: provider)
                .noting("An event that was delivered before is taken again and changes nothing.")
                .takes(Schema.any.means("An event as the provider sends it."))
                .answers(.ok, "The event is kept.", .object("EventReceipt", ["received": .boolean]))
                .refuses(WebhookRejection.missingSignature, WebhookRejection.invalidSignature, WebhookRejection.notAnEvent)
                .refuses(
                    Problem(
                        status: .serviceUnavailable, code: "INTAKE_FULL", detail: "Too many events at this moment; deliver again later.",
                        headers: ["Retry-After": "1"]))
        }
    }

    private static var provider: RouteAccess {
        RouteAccess(
            "The payment provider, by the signature of the delivery.",
            schemes: [.init("stripe_signature", ["type": "apiKey", "in": "header", "name": "Stripe-Signature"])], refusals: [])
    }
}

extension CheckoutPages {
    static var descriptions: [RouteDescription] {
        [
            ("show_checkout_success_page", "Where the provider sends a payer who paid."),
            ("show_checkout_canceled_page", "Where the provider sends a payer who left."),
            ("show_billing_return_page", "Where the provider sends somebody who managed cards and invoices."),
        ].map { operation, purpose in
            RouteDescription(operation, purpose, for: .everybody).noting("The page knows nothing of the payer and decides nothing.")
                .answers(.ok, "The page.", as: "text/html").page()
        }
    }
}

extension RouteDescription {
    /// With what happens when the payment provider fails.
    func provider() -> RouteDescription {
        refuses(
            BillingError.providerTimeout, BillingError.providerUnavailable(retryAfter: nil), BillingError.providerUncertain,
            BillingError.providerRefused(code: "api_error")
        ).refuses(
            Problem(status: .internalServerError, code: "PRICE_MISMATCH", detail: "The price could not be confirmed. Nothing was charged."))
    }
}
