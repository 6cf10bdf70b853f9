internal import Audit
internal import Billing
internal import BillingPostgres
internal import Core
public import HTTPServer
internal import Identity
internal import Lifecycle
internal import Observability
internal import Orgs
internal import RateLimits
internal import RateLimitsRedis
internal import Redis

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
        var settings = try RateLimitSettings(isEnabled: isRateLimitEnabled, isProduction: stage == .production)
        settings.nodes = apiNodes
        return settings
    }

    /// How many connections a network may have; those of the reverse proxies are everybody's (SEC-013).
    public var serverLimits: ServerLimits {
        var limits = ServerLimits()
        limits.streamDrainTimeout = streamDrain
        guard isRateLimitEnabled else { return limits }
        let proxies = trustedProxies.compactMap(NetworkRange.init)
        limits.connectionsPerNetwork = RateLimitSettings().connectionsPerNetwork
        limits.isUncounted = { address in
            guard !proxies.isEmpty, let peer = NetworkRange(address) else { return false }
            return proxies.contains { $0.contains(peer) }
        }
        return limits
    }
}

extension Foundations {
    /// Counts requests for all nodes together in Redis, where it is named, else for this one (SEC-005).
    func requestCounts(_ settings: RateLimitSettings) -> (buckets: GeneralBuckets, client: RedisClient?) {
        let client = configuration.redis.map { RedisClient(configuration: $0, loops: loops) }
        let categories = settings.categoryNames
        let buckets = GeneralBuckets(
            shared: client.map { RedisWindows(client: $0, categories: categories) }, nodes: settings.nodes, capacity: settings.capacity,
            observer: CountingEntries(foundations: self), log: log.labelled("limits"), metrics: metrics)
        return (buckets, client)
    }
}

/// Writes down where requests are counted from now on (SEC-006).
private struct CountingEntries: CountingObserver {
    let foundations: Foundations

    func switched(_ change: CountingSwitch) async {
        do {
            try await foundations.record(RequestCountingSwitched(node: foundations.node, isShared: change.isShared), by: "api")
        } catch {
            foundations.log.error("a switch of counts could not be recorded", ["error": .string(errorChain(error))])
        }
    }
}

/// Ends the connection to Redis with the process.
struct SharedCounting: Service {
    let client: RedisClient

    func run() async throws {
        await GracefulShutdown.current.wait()
        await client.close()
    }
}
