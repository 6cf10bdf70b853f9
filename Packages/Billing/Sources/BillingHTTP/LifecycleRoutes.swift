internal import Billing
internal import Core
internal import HTTPServer
internal import Identity
internal import IdentityHTTP
internal import Orgs

/// The routes of people about running subscriptions and methods.
struct LifecycleRoutes: Sendable {
    let lifecycle: any LifecycleManaging
    let rehearsals: RehearsalRoute
    let authenticator: Authenticator
    let dateSource: any DateSource
    let displayName: @Sendable (PlanKey) -> String

    func register(on router: inout Router) {
        router.describe("Billing") { Self.descriptions }
        let subscription = "/v1/billing/subscriptions/{org_id}/subscription/{subscription_id}"
        let methods = "/v1/billing/customer/{org_id}/payment-methods"
        add(&router, .post, subscription + "/uncancel", "uncancel_org_subscription", uncancel)
        add(&router, .get, subscription + "/history", "get_org_subscription_history", history)
        add(&router, .get, subscription + "/explain", "explain_org_subscription", explain)
        add(&router, .get, methods, "list_payment_methods", list)
        add(&router, .post, methods + "/setup", "start_payment_method_setup", setup)
        add(&router, .post, methods + "/default", "set_default_payment_method", makeDefault)
        add(&router, .delete, methods, "remove_payment_method", remove)
    }

    private func add(
        _ router: inout Router, _ method: Method, _ path: String, _ operation: String,
        _ handler: @escaping @Sendable (Request, Principal) async throws -> Response
    ) {
        let scope: Scope = method == .get ? .billingRead : .billingWrite
        router.add(method, path, operation: operation, authenticator.authenticated(requiring: scope, handler))
    }

    private func uncancel(_ request: Request, _ principal: Principal) async throws -> Response {
        let (org, id) = try subscription(request)
        return try await rehearsals.answer(request) {
            try await lifecycle.uncancel(id, of: org, as: principal)
        } _: { view in
            try .json(BillingBodies.subscription(view, displayName: displayName(view.subscription.plan.key), now: dateSource.now))
        }
    }

    private func history(_ request: Request, _ principal: Principal) async throws -> Response {
        let (org, id) = try subscription(request)
        let items = try await lifecycle.history(of: id, in: org, as: principal)
        return try .json(["items": JSONValue.array(items.map(LifecycleBodies.item))] as JSONValue)
    }

    private func explain(_ request: Request, _ principal: Principal) async throws -> Response {
        let (org, id) = try subscription(request)
        let explanation = try await lifecycle.explain(id, of: org, as: principal)
        let name = displayName(explanation.view.subscription.plan.key)
        return try .json(LifecycleBodies.explanation(explanation, displayName: name, now: dateSource.now))
    }

    private func list(_ request: Request, _ principal: Principal) async throws -> Response {
        let org = try request.parameter("org_id", as: Org.ID.self)
        let methods = try await lifecycle.methods(of: org, as: principal)
        return try .json(["payment_methods": .array(methods.map(BillingBodies.method))] as JSONValue)
    }

    private func setup(_ request: Request, _ principal: Principal) async throws -> Response {
        let org = try request.parameter("org_id", as: Org.ID.self)
        let wish = try request.decodeIfPresent(MethodSetupBody.self)
        return try await rehearsals.answer(request) {
            try await lifecycle.startMethodSetup(of: org, makesDefault: wish?.makeDefault ?? false, as: principal)
        } _: {
            try .json(["setup_url": .string($0)] as JSONValue, status: .created)
        }
    }

    private func makeDefault(_ request: Request, _ principal: Principal) async throws -> Response {
        let org = try request.parameter("org_id", as: Org.ID.self)
        let wish = try request.decode(DefaultMethodBody.self)
        let method = ProviderID(wish.id)
        return try await rehearsals.answer(request) {
            try await lifecycle.makeDefault(method, of: org, retryingOpenInvoices: wish.retryOpenInvoices ?? false, as: principal)
        } _: {
            try .json(["id": .string(method.rawValue), "is_default": true] as JSONValue, status: .accepted)
        }
    }

    private func remove(_ request: Request, _ principal: Principal) async throws -> Response {
        let org = try request.parameter("org_id", as: Org.ID.self)
        // Who may comes first: no id is one that nobody has.
        return try await rehearsals.answer(request) {
            try await lifecycle.remove(ProviderID(request.query["id"] ?? ""), of: org, as: principal)
        } _: {
            Response(status: .noContent)
        }
    }

    private func subscription(_ request: Request) throws -> (Org.ID, Subscription.ID) {
        (try request.parameter("org_id", as: Org.ID.self), try request.parameter("subscription_id", as: Subscription.ID.self))
    }
}

/// The body of a request to add a method; all of it may be absent.
struct MethodSetupBody: Decodable {
    let makeDefault: Bool?

    enum CodingKeys: String, CodingKey {
        case makeDefault = "make_default"
    }
}

/// The body of a request to charge another method.
struct DefaultMethodBody: Decodable {
    let id: String
    let retryOpenInvoices: Bool?

    enum CodingKeys: String, CodingKey {
        case id
        case retryOpenInvoices = "retry_open_invoices"
    }
}

/// What is answered about the life of a subscription.
enum LifecycleBodies {
    static func item(_ item: HistoryItem) -> JSONValue {
        [
            "kind": .string(item.kind.rawValue), "id": .string(item.id), "at": .string(item.at.description), "type": .string(item.type),
            "detail": .string(item.detail),
        ]
    }

    static func explanation(_ explanation: SubscriptionExplanation, displayName: String, now: Instant) -> JSONValue {
        let access = explanation.access
        return [
            "subscription": BillingBodies.subscription(explanation.view, displayName: displayName, now: now),
            "access": [
                "level": .string(access.level.rawValue), "reason": .string(access.reason.rawValue),
                "changes_at": access.changesAt.map { .string($0.description) } ?? .null,
            ],
            "next": .array(explanation.next.map { ["at": .string($0.at.description), "what": .string($0.what)] }),
            "pending": .array(
                explanation.pending.map { intent in
                    [
                        "id": .string(intent.id.description), "kind": .string(intent.kind), "state": .string(intent.state.rawValue),
                        "attempts": .integer(Int64(intent.attempts)),
                    ]
                }),
            "rights": .object(explanation.rights.mapValues { roles in .array(roles.map { .string($0) }) }),
        ]
    }
}
