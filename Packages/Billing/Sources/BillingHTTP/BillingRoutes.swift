public import Billing
public import Core
public import HTTPServer
internal import Identity
public import IdentityHTTP
internal import Orgs

/// The routes of people under `/v1/billing`.
public struct BillingRoutes: Sendable {
    private let billing: any BillingManaging
    private let authenticator: Authenticator
    private let rehearsals: RehearsalRoute
    private let dateSource: any DateSource

    /// Makes the routes.
    ///
    /// - Parameters:
    ///   - rehearsals: how commands are rehearsed.
    ///   - mails: which mails would follow.
    public init(
        billing: any BillingManaging, rehearsals: any CommandRehearsing, mails: any MailForecasting, authenticator: Authenticator,
        dateSource: any DateSource
    ) {
        self.billing = billing
        self.rehearsals = RehearsalRoute(rehearsals: rehearsals, mails: mails, dateSource: dateSource)
        self.authenticator = authenticator
        self.dateSource = dateSource
    }

    /// Adds the routes.
    public func register(on router: inout Router) {
        router.describe("Billing") { Self.descriptions }
        let subscription = "/v1/billing/subscriptions/{org_id}/subscription/{subscription_id}"
        add(&router, .post, "/v1/billing/checkout", "create_checkout_session", startCheckout)
        add(&router, .get, "/v1/billing/checkout/{session_id}/status", "get_checkout_status", checkoutStatus)
        add(&router, .get, "/v1/billing/customer/{org_id}", "get_org_billing_customer", customer)
        add(&router, .post, "/v1/billing/customer/{org_id}/portal", "create_portal_session", openPortal)
        add(&router, .get, "/v1/billing/subscriptions/{org_id}", "list_org_subscriptions", subscriptions)
        add(&router, .get, subscription, "get_org_subscription", self.subscription)
        add(&router, .post, subscription + "/cancel", "cancel_org_subscription", cancel)
        add(&router, .get, "/v1/billing/invoices/{org_id}", "list_org_invoices", invoices)
        add(&router, .get, "/v1/billing/invoices/{org_id}/upcoming", "get_org_upcoming_invoice", upcomingInvoice)
        LifecycleRoutes(
            lifecycle: billing.lifecycle, rehearsals: rehearsals, authenticator: authenticator, dateSource: dateSource,
            displayName: { [billing] in billing.displayName(of: $0) }
        ).register(on: &router)
    }

    private func add(
        _ router: inout Router, _ method: Method, _ path: String, _ operation: String,
        _ handler: @escaping @Sendable (Request, Principal) async throws -> Response
    ) {
        let scope: Scope = method == .get ? .billingRead : .billingWrite
        router.add(method, path, operation: operation, authenticator.authenticated(requiring: scope, handler))
    }

    private func startCheckout(_ request: Request, _ principal: Principal) async throws -> Response {
        let body = try request.decode(CreateCheckoutBody.self)
        guard let type = ResourceType(rawValue: body.resourceType) else {
            throw Problem.invalidField("resource_type", message: "must be one of graph, repository, addon")
        }
        if let named = body.orgID, let header = request.headers["X-Org-Id"], header != named.description { throw BillingError.orgConflict }
        let wish = CheckoutRequest(
            principal: principal, namedOrg: body.orgID, planName: body.planName, resourceType: type, configuration: body.resourceConfig)
        return try await rehearsals.answer(request) {
            try await billing.startCheckout(wish)
        } _: {
            try .json(BillingBodies.checkout($0), status: .created)
        }
    }

    private func checkoutStatus(_ request: Request, _ principal: Principal) async throws -> Response {
        let session = ProviderID(try request.parameter("session_id", as: String.self))
        return try .json(BillingBodies.status(try await billing.checkoutStatus(session: session, as: principal)))
    }

    private func customer(_ request: Request, _ principal: Principal) async throws -> Response {
        let org = try request.parameter("org_id", as: Org.ID.self)
        return try .json(BillingBodies.customer(try await billing.customer(of: org, as: principal)))
    }

    private func openPortal(_ request: Request, _ principal: Principal) async throws -> Response {
        let org = try request.parameter("org_id", as: Org.ID.self)
        return try await rehearsals.answer(request) {
            try await billing.openPortal(of: org, as: principal)
        } _: {
            try .json(BillingBodies.portal($0))
        }
    }

    private func subscriptions(_ request: Request, _ principal: Principal) async throws -> Response {
        let org = try request.parameter("org_id", as: Org.ID.self)
        let all = try request.queryValue("include_unprovisioned", as: Bool.self) ?? false
        let views = try await billing.subscriptions(of: org, includingUnprovisioned: all, as: principal)
        return try .json(JSONValue.array(views.map(body)))
    }

    private func subscription(_ request: Request, _ principal: Principal) async throws -> Response {
        let org = try request.parameter("org_id", as: Org.ID.self)
        let id = try request.parameter("subscription_id", as: Subscription.ID.self)
        return try .json(body(try await billing.subscription(id, of: org, as: principal)))
    }

    private func cancel(_ request: Request, _ principal: Principal) async throws -> Response {
        let wish = try request.decodeIfPresent(CancelSubscriptionBody.self)
        let cancel = CancelRequest(
            subscription: try request.parameter("subscription_id", as: Subscription.ID.self),
            org: try request.parameter("org_id", as: Org.ID.self), mode: wish?.mode ?? .periodEnd,
            confirm: wish?.confirm)
        return try await rehearsals.answer(request) {
            try await billing.cancel(cancel, as: principal)
        } _: {
            try .json(body($0))
        }
    }

    private func invoices(_ request: Request, _ principal: Principal) async throws -> Response {
        let org = try request.parameter("org_id", as: Org.ID.self)
        let limit = try request.queryInteger("limit", default: 10, in: 1...100)
        let (invoices, total) = try await billing.invoices(of: org, limit: limit, as: principal)
        return try .json(BillingBodies.invoices(invoices, total: total))
    }

    private func upcomingInvoice(_ request: Request, _ principal: Principal) async throws -> Response {
        let org = try request.parameter("org_id", as: Org.ID.self)
        return try .json(BillingBodies.upcoming(try await billing.upcomingInvoice(of: org, as: principal)))
    }

    private func body(_ view: SubscriptionView) -> JSONValue {
        let name = billing.displayName(of: view.subscription.plan.key)
        return BillingBodies.subscription(view, displayName: name, now: dateSource.now)
    }
}
