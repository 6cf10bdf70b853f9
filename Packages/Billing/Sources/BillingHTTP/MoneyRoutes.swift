public import Billing
internal import Core
public import HTTPServer
internal import Identity
public import IdentityHTTP
internal import Orgs

/// The routes by which owners and admins see what the org is owed and which AI credits it has.
public struct MoneyRoutes: Sendable {
    private let credits: any AccountCreditViewing
    private let pools: any CreditViewing
    private let access: any ResourceAuthorizing
    private let authenticator: Authenticator

    /// Makes the routes.
    ///
    /// - Parameter access: decides who may see the pool of a graph or seat.
    public init(
        credits: any AccountCreditViewing, pools: any CreditViewing, access: any ResourceAuthorizing, authenticator: Authenticator
    ) {
        self.credits = credits
        self.pools = pools
        self.access = access
        self.authenticator = authenticator
    }

    /// Adds the routes.
    public func register(on router: inout Router) {
        router.describe("Billing") { Self.descriptions }
        add(&router, "/v1/billing/customer/{org_id}/credits", "list_account_credits", .billingRead, accountCredits)
        add(&router, "/v1/billing/customer/{org_id}/credits/entries", "list_account_credit_entries", .billingRead, accountCreditEntries)
        add(&router, "/v1/billing/customer/{org_id}/pools", "list_credit_pools", .billingRead, creditPools)
        add(&router, "/v1/graphs/{graph_id}/credits", "get_credit_summary", .graphRead, creditSummary)
        add(&router, "/v1/graphs/{graph_id}/credits/transactions", "list_credit_transactions", .graphRead, creditTransactions)
    }

    private func add(
        _ router: inout Router, _ path: String, _ operation: String, _ scope: Scope,
        _ handler: @escaping @Sendable (Request, Principal) async throws -> Response
    ) {
        router.add(
            .get, path, operation: operation,
            authenticator.authenticated(requiring: scope) { request, principal in
                do {
                    return try await handler(request, principal)
                } catch is CursorInvalid {
                    throw Problem.badRequest("The cursor is not one of this list.", code: "INVALID_FORMAT")
                }
            })
    }

    // MARK: What the org is owed

    private func accountCredits(_ request: Request, _ principal: Principal) async throws -> Response {
        let org = try request.parameter("org_id", as: Org.ID.self)
        let limit = try request.queryInteger("limit", default: 20, in: 1...100)
        let view = try await credits.credits(of: org, from: try cursor(of: request), limit: limit, as: principal)
        return try .json(MoneyBodies.credits(view))
    }

    private func accountCreditEntries(_ request: Request, _ principal: Principal) async throws -> Response {
        let org = try request.parameter("org_id", as: Org.ID.self)
        let limit = try request.queryInteger("limit", default: 50, in: 1...100)
        let page = try await credits.entries(of: org, from: try cursor(of: request), limit: limit, as: principal)
        return try .json(MoneyBodies.entries(page))
    }

    private func cursor(of request: Request) throws -> Cursor? {
        guard let text = request.query["cursor"] else { return nil }
        guard let cursor = Cursor(text) else { throw CursorInvalid() }
        return cursor
    }

    // MARK: AI credits

    private func creditPools(_ request: Request, _ principal: Principal) async throws -> Response {
        let org = try request.parameter("org_id", as: Org.ID.self)
        return try .json(MoneyBodies.pools(try await pools.pools(of: org, as: principal)))
    }

    private func creditSummary(_ request: Request, _ principal: Principal) async throws -> Response {
        let name = try request.parameter("graph_id", as: String.self)
        let (resource, subscriber) = try await access.readableResource(name, for: principal)
        return try .json(MoneyBodies.summary(try await pools.pool(of: resource, subscriber: subscriber), of: name))
    }

    private func creditTransactions(_ request: Request, _ principal: Principal) async throws -> Response {
        let name = try request.parameter("graph_id", as: String.self)
        var query = CreditQuery(
            limit: try request.queryInteger("limit", default: 100, in: 1...1_000),
            offset: try request.queryInteger("offset", default: 0, in: 0...1_000_000))
        if let text = request.query["transaction_type"]?.lowercased() {
            guard let kind = CreditTransaction.Kind(rawValue: text) else {
                throw Problem.invalidField("transaction_type", message: "must be one of allocation, consumption, bonus, refund, expiration")
            }
            query.kind = kind
        }
        query.operationType = request.query["operation_type"]
        query.from = try day("start_date", of: request)
        // The last day is part of the range.
        query.until = try day("end_date", of: request).map { $0 + .days(1) }
        let (resource, subscriber) = try await access.readableResource(name, for: principal)
        let page = try await pools.transactions(of: resource, subscriber: subscriber, query)
        let range = (request.query["start_date"] ?? "all", request.query["end_date"] ?? "all")
        return try .json(MoneyBodies.transactions(page, start: range.0, end: range.1))
    }

    private func day(_ name: String, of request: Request) throws -> Instant? {
        guard let text = request.query[name] else { return nil }
        guard text.utf8.count == 10, let instant = Instant(text + "T00:00:00Z") else {
            throw Problem.invalidField(name, message: "must be a day such as 2026-01-31")
        }
        return instant
    }
}
