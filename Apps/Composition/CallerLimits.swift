internal import Billing
internal import BillingPostgres
internal import Core
public import HTTPServer
internal import Identity
internal import Orgs
internal import RateLimits

/// The plans of orgs, as Billing knows them (SEC-011).
struct ActivePlans: PlanStandings {
    let store: AppStore

    func bestPlan(of org: Caller) async throws -> PlanColumn {
        try await store.activeTiers(of: Org.ID(high: org.high, low: org.low)).map { PlanColumn(tier: $0) }.max() ?? .base
    }
}

extension TrellisConfiguration {
    /// The published rates, or none in development.
    func rateLimits() throws -> RateLimitSettings {
        try RateLimitSettings(isEnabled: isRateLimitEnabled, isProduction: stage == .production)
    }

    /// How many connections a network may have; those of the reverse proxies are everybody's (SEC-013).
    public var serverLimits: ServerLimits {
        var limits = ServerLimits()
        guard isRateLimitEnabled else { return limits }
        let proxies = trustedProxies.compactMap(NetworkRange.init)
        limits.connectionsPerNetwork = 100
        limits.isUncounted = { address in
            guard !proxies.isEmpty, let peer = NetworkRange(address) else { return false }
            return proxies.contains { $0.contains(peer) }
        }
        return limits
    }
}
