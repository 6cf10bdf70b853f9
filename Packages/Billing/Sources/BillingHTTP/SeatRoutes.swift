public import Billing
public import Core
public import HTTPServer
internal import Identity
public import IdentityHTTP
internal import Orgs

/// The routes below a resource that show what pays for it, and by which seats of shared repositories are bought and ended.
public struct SeatRoutes: Sendable {
    private let billing: any BillingManaging
    private let rehearsals: RehearsalRoute
    private let access: any ResourceAuthorizing
    private let authenticator: Authenticator
    private let dateSource: any DateSource

    /// Makes the routes.
    ///
    /// - Parameters:
    ///   - rehearsals: how commands are rehearsed.
    ///   - mails: which mails would follow.
    ///   - access: decides who may see what pays for a graph or seat.
    public init(
        billing: any BillingManaging, rehearsals: any CommandRehearsing, mails: any MailForecasting, access: any ResourceAuthorizing,
        authenticator: Authenticator,
        dateSource: any DateSource
    ) {
        self.billing = billing
        self.rehearsals = RehearsalRoute(rehearsals: rehearsals, mails: mails, dateSource: dateSource)
        self.access = access
        self.authenticator = authenticator
        self.dateSource = dateSource
    }

    /// Adds the routes.
    public func register(on router: inout Router) {
        router.describe("Billing") { Self.descriptions }
        let path = "/v1/graphs/{graph_id}/subscriptions"
        add(&router, .get, path, "get_graph_subscription", subscription)
        add(&router, .post, path, "create_repository_subscription", subscribe)
        add(&router, .patch, path, "change_subscription_plan", changePlan)
        add(&router, .post, path + "/cancel", "cancel_repository_subscription", cancel)
    }

    private func add(
        _ router: inout Router, _ method: Method, _ path: String, _ operation: String,
        _ handler: @escaping @Sendable (Request, Principal) async throws -> Response
    ) {
        let scope: Scope = method == .get ? .billingRead : .billingWrite
        router.add(method, path, operation: operation, authenticator.authenticated(requiring: scope, handler))
    }

    private func subscription(_ request: Request, _ principal: Principal) async throws -> Response {
        let (resource, subscriber) = try await resource(of: request, principal)
        return try answer(try await billing.seats.subscription(of: resource, subscriber: subscriber))
    }

    private func subscribe(_ request: Request, _ principal: Principal) async throws -> Response {
        let (repository, seatOf) = try await resource(of: request, principal)
        guard seatOf != nil else { throw BillingError.notARepository }
        let wish = try request.decode(CreateSeatBody.self)
        let seat = SeatRequest(principal: principal, repository: repository, planName: wish.planName, subscriber: wish.userID)
        return try await rehearsals.answer(request) {
            try await billing.seats.subscribe(seat)
        } _: {
            try answer($0, status: .created)
        }
    }

    private func changePlan(_ request: Request, _ principal: Principal) async throws -> Response {
        let (resource, seatOf) = try await resource(of: request, principal)
        let wish = try request.decode(ChangePlanBody.self)
        let isTrial = try request.queryValue("validate_only", as: Bool.self) ?? false
        guard seatOf != nil || wish.interval != nil || isTrial else { throw BillingError.changeAtCanonicalPath(resource) }
        let change = SeatChangeRequest(
            principal: principal, type: seatOf == nil ? .graph : .repository, repository: resource, subscriber: wish.userID,
            planName: wish.planName, interval: try wish.wantedInterval(), quote: try wish.acceptedQuote())
        if isTrial { return try await outlook(of: change) }
        return try answer(try await billing.seats.changePlan(change))
    }

    /// What a change would cost and, unless it is made elsewhere, what would follow from it.
    ///
    /// The bill is read at the provider by a price that is there; where nobody bought it yet it would be made first, and is not for this.
    private func outlook(of change: SeatChangeRequest) async throws -> Response {
        var quote: [String: JSONValue] = [:]
        let members = try await rehearsals.members {
            quote = BillingBodies.quote(try await billing.seats.quote(change)).objectValue ?? [:]
            do { _ = try await billing.seats.changePlan(change) } catch BillingError.changeAtCanonicalPath(_) {}
        }
        return try .json(JSONValue.object(members.merging(quote) { $1 }))
    }

    private func cancel(_ request: Request, _ principal: Principal) async throws -> Response {
        let (resource, seatOf) = try await resource(of: request, principal)
        guard seatOf != nil else { throw BillingError.cancelAtCanonicalPath(.graph, resource) }
        let wish = try request.decodeIfPresent(CancelSubscriptionBody.self)
        let cancel = SeatCancelRequest(
            principal: principal, repository: resource, subscriber: wish?.userID, mode: wish?.mode ?? .periodEnd, confirm: wish?.confirm)
        return try await rehearsals.answer(request) {
            try await billing.seats.cancelSeat(cancel)
        } _: {
            try answer($0)
        }
    }

    /// What the path names, for whoever may know of it; with the caller as the holder of the seat when it is a repository.
    private func resource(of request: Request, _ principal: Principal) async throws -> (resource: ResourceID, subscriber: User.ID?) {
        try await access.readableResource(try request.parameter("graph_id", as: String.self), for: principal)
    }

    private func answer(_ view: SubscriptionView, status: Status = .ok) throws -> Response {
        let name = billing.displayName(of: view.subscription.plan.key)
        return try .json(BillingBodies.subscription(view, displayName: name, now: dateSource.now), status: status)
    }
}
