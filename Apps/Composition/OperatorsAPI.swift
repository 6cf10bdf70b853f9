internal import Admin
internal import AdminHTTP
internal import AdminPostgres
internal import AuditPostgres
internal import AuditStorage
internal import Billing
internal import BillingPostgres
internal import Core
internal import Cryptography
internal import Graphs
public import HTTPServer
internal import Identity
internal import IdentityHTTP
internal import IdentityPostgres
internal import Observability
internal import Orgs
internal import OrgsPostgres
internal import Postgres
internal import RateLimits
internal import RateLimitsPostgres
internal import WebAuthn

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
        let sessions = PostgresOperatorSessions(client: database, dateSource: dateSource, notifier: product.notifier)
        let approvals = PostgresOperatorApprovals(client: database, dateSource: dateSource, notifier: product.notifier)
        let routes = AdminRoutes(
            gate: OperatorGate(
                accounts: accounts, networks: foundations.configuration.operatorNetworks.compactMap(NetworkRange.init),
                rehearsals: PostgresCommandRehearsals(), repeats: PostgresOperatorRepeats(client: database, dateSource: dateSource),
                approvals: approvals),
            accounts: accounts, sessions: sessions, consoleURL: foundations.configuration.consoleURL,
            directory: PostgresOrgInspector(client: database),
            orgs: StoredOrgAdministration(store: product.store, dateSource: dateSource),
            throttles: PostgresNetworkBlocks(store: product.store), levels: PostgresLogLevels(LogLevelStore(client: database)),
            audit: PostgresAuditReader(client: database, cursors: AuditCursors(try KeyRing(foundations.configuration.masterKeys))),
            names: ReferenceNames.names, notes: PostgresOperatorNotes(client: database, dateSource: dateSource),
            people: OperatedAccounts(
                orders: product.identity.orders, resets: product.identity.resets, exports: product.identity.personalData),
            holds: PostgresAuditLegalHolds(client: database, dateSource: dateSource),
            limits: try foundations.configuration.rateLimits(), limitControl: PostgresRateLimitOverrides(client: database),
            desk: OperatorDesk(
                lists: PostgresOperatorLists(client: database),
                queue: PostgresOperatorQueue(client: database, dateSource: dateSource, notifier: product.notifier),
                billing: BillingDesk(store: product.store, services: product.billing, dateSource: dateSource),
                graphs: GraphDesk(store: product.store, catalogue: product.graphCatalogue, dateSource: dateSource),
                plant: PostgresOperatorPlant(client: database, dateSource: dateSource, notifier: product.notifier),
                hosts: HostDesk(registry: product.hostRegistry, recovery: product.hostRecovery),
                orphans: OrphanDesk(repairs: product.graphs.orphanRepairs),
                approvals: approvals,
                allowances: PostgresOperatorAllowances(client: database, dateSource: dateSource),
                mails: PostgresOperatorMails(
                    previewer: try MailBranding(foundations.configuration, issuer: product.plans.issuer).previewer(), client: database,
                    dateSource: dateSource, notifier: product.notifier),
                invitations: PostgresOperatorInvitations(
                    client: database, secrets: product.identityEnvironment.secrets, dateSource: dateSource, notifier: product.notifier)),
            dateSource: dateSource)
        routes.register(on: &router)
        OperatorConsole(routes, sessions: sessions, party: foundations.configuration.consoleParty, denials: product.denials).register(
            on: &router)
        router.add(.get, "/metrics", operation: "get_operators_metrics") { _ in
            Response(
                status: .ok, headers: ["Content-Type": "application/openmetrics-text; version=1.0.0; charset=utf-8"],
                body: .bytes(Array(metrics.renderOpenMetrics().utf8)))
        }
        self.router = router
    }
}

extension TrellisConfiguration {
    /// Who asks operators for their passkeys.
    var consoleParty: RelyingParty {
        RelyingParty(id: consoleHost, origins: [consoleURL])
    }
}
