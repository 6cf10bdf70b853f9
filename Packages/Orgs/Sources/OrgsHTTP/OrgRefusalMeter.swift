public import HTTPServer
public import Observability
internal import Orgs

/// Counts refusals that say something about how orgs are used: the last owner's, and budgets that are used up (ORG-118).
public struct OrgRefusalMeter: Middleware {
    private let lastOwner: Counter
    private let budgets: Counter

    /// Makes the meter.
    public init(_ metrics: Metrics) {
        lastOwner = metrics.counter(
            "trellis_org_last_owner_refusals_total", help: "Commands refused because an org would lose its last owner.")
        budgets = metrics.counter("trellis_org_budget_refusals_total", help: "Mails refused because a budget was used up.")
    }

    /// Counts, and changes nothing.
    public func handle(_ request: Request, next: (Request) async throws -> Response) async throws -> Response {
        do {
            return try await next(request)
        } catch let error as OrgsError {
            switch error {
            case .lastOwner, .soleOwner: lastOwner.increment()
            case .sendBudgetExceeded: budgets.increment()
            default: break
            }
            throw error
        }
    }
}
