internal import AuditHTTP
internal import AuditPostgres
internal import AuditProof
internal import AuditStorage
internal import Billing
internal import BillingHTTP
internal import BillingPostgres
internal import BillingStripe
internal import Core
internal import Cryptography
internal import EventLoops
internal import Graphs
internal import GraphsHTTP
public import HTTPServer
internal import Identity
internal import IdentityHTTP
internal import IdleCancellation
internal import IdleCancellationHTTP
public import Lifecycle
internal import Notifications
internal import NotificationsHTTP
internal import NotificationsMarkup
internal import NotificationsPostgres
internal import Observability
internal import Operations
internal import OperationsHTTP
internal import OperationsPostgres
internal import Orgs
internal import OrgsHTTP
internal import Postgres
internal import RateLimits
internal import RateLimitsPostgres

/// The API: the table of everything that it answers, and what runs beside it.
public struct API: Sendable {
    /// The table of routes.
    public let router: Router
    /// What runs as long as the API does.
    public let services: [any Service]
    /// To be asked for once the API has served its last request: streams hear of news as long as they are open (OPS-047).
    public let served = GracefulShutdown()

    /// Puts the API together.
    ///
    /// - Throws: when the configuration holds a key that is none, or the offering cannot be written.
    public init(_ product: Product) throws {
        let foundations = product.foundations
        var router = Router(dateSource: foundations.dateSource, log: foundations.log.labelled("http"))
        let wakeups = PostgresOperationWakeups()
        let configuration = foundations.configuration
        router.apply(
            BrowserRules(
                publicURL: configuration.publicURL, origins: configuration.corsOrigins, hosts: configuration.allowedHosts,
                embedded: ["/assets/kept-banner.js"]))
        router.use(RequestLogging())
        let proxies = foundations.configuration.trustedProxies.compactMap(NetworkRange.init)
        let callers = proxies.isEmpty ? nil : TrustedProxies(proxies, hops: foundations.configuration.proxyHops)
        if let callers { router.use(callers) }
        router.observe(EarlyRefusals(denials: product.denials, proxies: callers).note)
        let overrides = RateLimitOverrides()
        let limits = try configuration.rateLimits()
        let counts = foundations.requestCounts(limits)
        router.use(
            RateLimiting(
                limits,
                strict: PostgresStrictBuckets(client: foundations.database), dateSource: foundations.dateSource,
                metrics: foundations.metrics, observer: RefusalEntries(store: product.store, log: foundations.log),
                overrides: overrides, standings: ActivePlans(store: product.store), buckets: counts.buckets))
        router.use(OrgRefusalMeter(foundations.metrics))
        HealthRoutes(product, worker: nil).register(on: &router)
        try product.registerRoutes(on: &router, wakeups: wakeups)
        if let sandbox = try SandboxRoutes(product) { sandbox.register(on: &router) }
        let document = DocumentRoutes()
        document.register(on: &router)
        // Links to backups are a way of downloading them, whoever holds one.
        try router.categorise { $0.path.hasPrefix("/v1/backup-files/") ? .backupOperations : CategoryTable.category(of: $0) }
        document.describe(router)
        self.router = router
        let listening = OperationListening(wakeups: wakeups, foundations: foundations, served: served)
        var services: [any Service] =
            foundations.services + [
                listening, DelayedUseWriting(environment: product.identityEnvironment),
                LimitOverrideFollowing(overrides: overrides, foundations: foundations),
                DenialCounting(product.denials, loops: foundations.loops, log: foundations.log.labelled("audit")),
            ]
        if let client = counts.client { services.append(SharedCounting(client: client)) }
        self.services = services
    }
}

extension Product {
    fileprivate func registerRoutes(on router: inout Router, wakeups: PostgresOperationWakeups) throws {
        let dateSource = foundations.dateSource
        let authenticator = Authenticator(identity.authenticator)
        let proofs = identity.proofs
        let secondFactors = EnrolledSecondFactors(passkeys: identity.passkeys)
        let invitations = Invitations(
            store: store, settings: orgsSettings.invitations, secrets: identityEnvironment.secrets, observers: membershipObservers,
            dateSource: dateSource)
        IdentityRoutes(identity).register(on: &router)
        LinkPages(identity).register(on: &router)
        OrgRoutes(
            orgs: Organizations(store: store, settings: orgsSettings, dateSource: dateSource),
            memberships: Memberships(store: store, observers: membershipObservers, dateSource: dateSource), authorizer: authorizer,
            authenticator: authenticator, dateSource: dateSource,
            invitations: InvitationRoutes(
                invitations: invitations,
                sessions: identity.sessions, identity: identity.settings, authorizer: authorizer, authenticator: authenticator,
                dateSource: dateSource),
            transfers: OwnershipTransferRoutes(
                transfers: OwnershipTransfers(
                    store: store, observers: membershipObservers, proofs: proofs, secondFactors: secondFactors,
                    settings: orgsSettings, dateSource: dateSource), authorizer: authorizer, authenticator: authenticator)
        ).register(on: &router)
        InvitationPages(invitations: invitations, services: identity).register(on: &router)
        OrgDeletionRoutes(
            deletions: Deletions(
                store: store, observers: lifecycleObservers, teardowns: OrgTeardowns(endings: billing.billing.obligations), proofs: proofs,
                settings: orgsSettings, dateSource: dateSource),
            authorizer: authorizer, authenticator: authenticator
        ).register(on: &router)
        OrgSettingsRoutes(
            security: OrgSecurityRules(store: store, secondFactors: secondFactors, dateSource: dateSource),
            billing: OrgBillingSettingsEditor(
                store: store, port: CustomerContacts<AppTransaction>(currency: plans.currency, dateSource: dateSource)),
            memberships: Memberships(store: store, observers: membershipObservers, dateSource: dateSource), authorizer: authorizer,
            authenticator: authenticator
        ).register(on: &router)
        OrgExportRoutes(
            exports: OrgExports(store: store, proofs: proofs, settings: orgsSettings, dateSource: dateSource), authorizer: authorizer,
            authenticator: authenticator
        ).register(on: &router)
        OrgMetaRoutes().register(on: &router)
        AuditExportRoutes(
            exports: AuditLogExports(store: store, ordering: AuditExportOperations(), dateSource: dateSource), authorizer: authorizer,
            authenticator: authenticator, reference: ReferenceNames.reference
        ).register(on: &router)
        AuditRoutes(
            reader: PostgresAuditReader(
                client: foundations.database, cursors: AuditCursors(try KeyRing(foundations.configuration.masterKeys))),
            prover: PostgresAuditProver(client: foundations.database),
            authorizer: AuditAccess(authenticator: authenticator, authorizer: authorizer), names: ReferenceNames.names
        ).register(on: &router)
        AuditSinkRoutes(
            sinks: try orgAuditSinks(), authorizer: AuditSinkAccess(authenticator: authenticator, authorizer: authorizer),
            names: ReferenceNames.names
        ).register(on: &router)
        OperationRoutes(
            operations: OperationService(store: store, controller: OperationControls(), dateSource: dateSource), wakeups: wakeups,
            authenticator: authenticator, dateSource: dateSource, metrics: foundations.metrics
        ).register(on: &router)
        CheckoutPages().register(on: &router)
        let keepPages = KeepPages(
            store: store, reversing: idle.reversals, tokens: keepTokens, names: StoredIdleNames(store: notificationStore),
            dateSource: dateSource, metrics: foundations.metrics)
        KeepRoutes(pages: keepPages).register(on: &router)
        NoticeRoutes(
            board: StoredNoticeBoard(store: notificationStore, dateSource: dateSource), writer: try MarkupNoticeWriter(),
            authenticator: authenticator, publicURL: foundations.configuration.publicURL
        ).register(on: &router)
        let preferences = StoredMailPreferences(store: notificationStore, dateSource: dateSource)
        PreferenceRoutes(
            preferences: preferences, unsubscribing: preferences, links: try unsubscribeLinks(), authenticator: authenticator
        ).register(on: &router)
        OrgDefaultRoutes(
            defaults: OrgMailDefaults(store: notificationStore, dateSource: dateSource), authorizer: authorizer,
            authenticator: authenticator
        ).register(on: &router)
        try registerWebhooks(on: &router, authenticator: authenticator)
        let resources = ReadableResources(graphs: graphs.graphs)
        IdleInsightRoutes(insight: idle.insight, access: resources, authorizer: authorizer, authenticator: authenticator)
            .register(on: &router)
        let (rehearsals, forecast) = (PostgresCommandRehearsals(), MailForecast(facts: mailFacts, dateSource: dateSource))
        SeatRoutes(
            billing: billing.billing, rehearsals: rehearsals, mails: forecast, access: resources, authenticator: authenticator,
            dateSource: dateSource
        ).register(on: &router)
        BillingRoutes(
            billing: billing.billing, rehearsals: rehearsals, mails: forecast, authenticator: authenticator, dateSource: dateSource
        ).register(on: &router)
        MoneyRoutes(
            credits: billing.money.credits, pools: billing.money.pools, access: resources,
            authenticator: authenticator
        ).register(on: &router)
        InvoiceRoutes(invoices: billing.money.invoiceReader, authenticator: authenticator).register(on: &router)
        try OfferingRoutes(catalogue: plans, isBillingEnabled: foundations.configuration.isBillingEnabled).register(on: &router)
        let mutations = GraphMutations(
            store: store,
            reader: PostgresAuditReader(
                client: foundations.database, cursors: AuditCursors(try KeyRing(foundations.configuration.masterKeys))),
            dateSource: dateSource, fingerprint: { SHA256.hex(of: CanonicalJSON.bytes(of: CanonicalJSON.normalised($0))) })
        MutationRoutes(mutations: mutations, graphs: graphs.graphs, authenticator: authenticator).register(on: &router)
        GraphRoutes(
            graphs: graphs.graphs, credentials: graphs.credentials, mutations: mutations, pools: billing.money.pools,
            catalogue: graphCatalogue,
            plans: plans, authenticator: authenticator, dateSource: dateSource
        ).register(on: &router)
        MemberRoutes(members: graphs.members, graphs: graphs.graphs, mutations: mutations, authenticator: authenticator)
            .register(on: &router)
        BackupRoutes(
            backups: graphs.backups, graphs: graphs.graphs, mutations: mutations, authenticator: authenticator,
            publicURL: foundations.configuration.publicURL
        ).register(on: &router)
        UpkeepRoutes(upkeep: graphs.graphs, graphs: graphs.graphs, mutations: mutations, authenticator: authenticator)
            .register(on: &router)
        SubgraphRoutes(
            subgraphs: graphs.subgraphs, graphs: graphs.graphs, mutations: mutations,
            operations: PolledOperations(store: store, pause: .milliseconds(100)), authenticator: authenticator
        ).register(on: &router)
        guard foundations.configuration.isBillingEnabled else { return }
        WebhookRoutes(
            intake: WebhookIntake(
                store: store, verifier: try StripeWebhookVerifier(secrets: foundations.configuration.stripeWebhookSecrets),
                dateSource: dateSource),
            observer: AuditedWebhookRejections(denials: denials)
        ).register(on: &router)
    }
}

/// Tells orgs whether a person has enrolled a passkey.
private struct EnrolledSecondFactors: SecondFactorReader {
    let passkeys: any PasskeyService

    func hasPasskey(_ user: User.ID) async throws -> Bool { try await !passkeys.passkeys(of: user).isEmpty }
}

/// Writes uses that an idle case waits for and that could not be written while the request was answered (IDL-041), and tells of those that were.
private struct DelayedUseWriting: Service {
    let environment: IdentityEnvironment<AppStore>

    func run() async throws {
        let shutdown = GracefulShutdown.current
        await withTaskGroup { group in
            group.addTask { try? await environment.retryDelayedUses() }
            // A case that was decided while a use was being written is looked for again (ID-081).
            group.addTask { await tellOfUses(until: shutdown) }
            group.addTask { await shutdown.wait() }
            await group.next()
            group.cancelAll()
        }
    }

    /// Only the end of the process ends it.
    private func tellOfUses(until shutdown: GracefulShutdown) async {
        await environment.serveActivityNotices(to: PendingCaseObserver(environment.store))
        await shutdown.wait()
    }
}

/// Makes what operators order about the limits of single callers hold on this node, five seconds late at most (SEC-017). While the database cannot be reached,
/// what was read last holds until its time is over.
private struct LimitOverrideFollowing: Service {
    let overrides: RateLimitOverrides
    let foundations: Foundations

    func run() async throws {
        let shutdown = GracefulShutdown.current
        let (store, loop) = (PostgresRateLimitOverrides(client: foundations.database), foundations.loops.next())
        repeat {
            if let found = try? await store.overrides(at: foundations.dateSource.now) { overrides.replace(by: found) }
        } while await shutdown.pause { try await loop.sleep(for: .seconds(5)) }
    }
}

/// Hears of new events of operations, so that streams on this node send them at once wherever they were written.
private struct OperationListening: Service {
    let wakeups: PostgresOperationWakeups
    let foundations: Foundations
    let served: GracefulShutdown

    func run() async throws {
        let listener = PostgresListener(
            channels: [PostgresOperationWakeups.channel], configuration: foundations.postgres, loops: foundations.loops)
        try await withThrowingTaskGroup { group in
            group.addTask { [wakeups] in try await wakeups.run(listening: listener) }
            group.addTask { [served] in await served.wait() }
            try await group.next()
            listener.close()
            group.cancelAll()
            while let result = await group.nextResult() { _ = result }
        }
        wakeups.close()
    }
}
