internal import Admin
internal import AdminHTTP
internal import AdminPostgres
internal import Core
public import HTTPServer
internal import Identity
internal import IdentityPostgres
internal import Observability
internal import Orgs
internal import OrgsPostgres
internal import Postgres
internal import RateLimits

/// What operators reach on the internal port: their API and the figures of the process (ADM-061).
public struct OperatorsAPI: Sendable {
    /// Every route.
    public let router: Router

    /// Puts the routes together.
    ///
    /// - Throws: when the rate limits are wrong.
    public init(_ product: Product) throws {
        let foundations = product.foundations
        let (database, dateSource, metrics) = (foundations.database, foundations.dateSource, foundations.metrics)
        var router = Router(dateSource: dateSource, log: foundations.log.labelled("operators"))
        router.use(RequestLogging())
        let accounts = PostgresOperatorAccounts(client: database, dateSource: dateSource)
        AdminRoutes(
            gate: OperatorGate(accounts: accounts, networks: foundations.configuration.operatorNetworks.compactMap(NetworkRange.init)),
            accounts: accounts, directory: PostgresOrgInspector(client: database),
            orgs: StoredOrgAdministration(store: product.store, dateSource: dateSource),
            throttles: PostgresNetworkBlocks(store: product.store), levels: PostgresLogLevels(LogLevelStore(client: database)),
            limits: try foundations.configuration.rateLimits(), dateSource: dateSource
        ).register(on: &router)
        router.add(.get, "/metrics", operation: "get_operators_metrics") { _ in
            Response(
                status: .ok, headers: ["Content-Type": "application/openmetrics-text; version=1.0.0; charset=utf-8"],
                body: .bytes(Array(metrics.renderOpenMetrics().utf8)))
        }
        self.router = router
    }
}

extension TrellisConfiguration {
    /// The published rates, or none in development.
    func rateLimits() throws -> RateLimitSettings {
        try RateLimitSettings(isEnabled: isRateLimitEnabled, isProduction: stage == .production)
    }
}
