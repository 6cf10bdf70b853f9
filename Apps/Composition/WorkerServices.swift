internal import AdminPostgres
internal import AuditPostgres
public import AuditProof
internal import Billing
internal import BillingPostgres
internal import Core
internal import Cryptography
internal import EventLoops
internal import Graphs
internal import GraphsPostgres
public import HTTPServer
internal import Identity
internal import IdentityPostgres
internal import IdleCancellation
internal import IdleCancellationPostgres
internal import Jobs
internal import JobsPostgres
public import Lifecycle
internal import Notifications
internal import NotificationsPostgres
internal import NotificationsSMTP
internal import NotificationsWebhooks
internal import Observability
internal import Operations
internal import OperationsPostgres
internal import Orgs
internal import OrgsPostgres
internal import Postgres

/// The worker: every job, event and saga of every package, taken from the queue.
public struct WorkerServices: Sendable {
    /// What runs as long as the worker does.
    public let services: [any Service]
    /// What a worker tells of itself, on a port of its own.
    public let router: Router

    /// Puts the worker together.
    ///
    /// - Throws: when the mail settings are wrong, or a mail's template is.
    public init(_ product: Product) throws {
        let foundations = product.foundations
        var configuration = WorkerConfiguration()
        configuration.takeOver(after: foundations.configuration.workerLease)
        configuration.limits = foundations.configuration.workerLimits
        configuration.sagaFaults = foundations.configuration.sandboxCrash.map(SagaFault.killingProcess)
        let worker = Worker(
            database: foundations.postgres, client: foundations.database, loops: foundations.loops,
            registry: try product.jobRegistry(), dateSource: foundations.dateSource, notifier: product.notifier,
            configuration: configuration, log: foundations.log.labelled("jobs"), metrics: foundations.metrics)
        var router = Router(dateSource: foundations.dateSource, log: foundations.log.labelled("health"))
        HealthRoutes(product, worker: worker).registerProbes(on: &router)
        self.router = router
        services =
            foundations.services + [
                worker,
                try Self.sealing(foundations), try foundations.sinkStreaming(),
                HostWatching(
                    watch: product.graphs.hosts, loop: foundations.loops.next(), log: foundations.log.labelled("hosts")),
                DatabaseFigures(
                    client: foundations.database,
                    figures: DatabaseFigure.server + JobFigures.all + AuditFigures.all + NotificationFigures.all
                        + GraphFigures.all(of: product.graphCatalogue),
                    metrics: foundations.metrics, loop: foundations.loops.next(), log: foundations.log.labelled("figures")),
            ]
    }

    private static func sealing(_ foundations: Foundations) throws -> AuditSealing {
        let (database, dateSource, log) = (foundations.database, foundations.dateSource, foundations.log.labelled("audit"))
        let anchor = foundations.configuration.auditAnchorFile.map { FileAuditAnchor(path: $0) }
        let signer = try foundations.configuration.auditSigner()
        let archiver = foundations.configuration.auditArchiveFolder.map {
            AuditArchiver(
                client: database, dateSource: dateSource, node: foundations.node, signer: signer, store: FolderAuditArchives(path: $0),
                retention: foundations.configuration.auditRetention)
        }
        return AuditSealing(
            AuditSealer(
                client: database, dateSource: dateSource, signer: signer,
                anchor: anchor, node: foundations.node, metrics: foundations.metrics, log: log),
            verifying: AuditSelfCheck(client: database, dateSource: dateSource, node: foundations.node, anchor: anchor, log: log),
            upkeep: AuditUpkeep(
                client: database, dateSource: dateSource, node: foundations.node,
                retention: .days(foundations.configuration.auditPrivateDays),
                otherRetention: foundations.configuration.auditOtherPrivateDays.map { .days($0) }, archiver: archiver, log: log),
            loops: foundations.loops, log: log)
    }
}

extension Product {
    /// Makes known to the store which hosts the settings name, how much room they have, and which repositories the catalogue sells.
    public func registerGraphHosts() async throws {
        let isLenient = foundations.configuration.stage.isSandbox
        for (name, faults) in try await hostRegistry.establish(isLenient: isLenient).sorted(by: { $0.key < $1.key }) {
            let facts: [String: JSONValue] = ["host": .string(name), "faults": .array(faults.map { .string($0.description) })]
            if isLenient {
                foundations.log.warning("a new graph host is not as it must be in production", facts)
            } else {
                foundations.log.error("a new graph host is not as it must be, and takes no graphs", facts)
            }
        }
        let slugs = Set(plans.plans.keys.compactMap(\.repository)).sorted()
        try await store.register(
            slugs.compactMap { slug in
                ResourceID(slug).map { Repository(id: $0, name: slug, description: "", createdAt: foundations.dateSource.now) }
            })
    }

    func jobRegistry() throws -> JobRegistry {
        var registry = JobRegistry()
        IdentityHandlers(identityEnvironment, observer: accountObserver).register(on: &registry)
        OrgHandlers(
            store: store, administration: StoredOrgAdministration(store: store, dateSource: foundations.dateSource),
            lifecycleObservers: lifecycleObservers, membershipObservers: membershipObservers,
            exportContributors: [OrgExportSections()],
            purgeAdmission: ActionGuard<AppTransaction>(log: foundations.log.labelled("orgs")), settings: orgsSettings,
            metrics: foundations.metrics,
            log: foundations.log.labelled("orgs")
        ).register(on: &registry)
        billing.handlers.register(on: &registry)
        // Where nothing is sold there is no provider to ask every quarter of an hour.
        if foundations.configuration.isBillingEnabled { billing.handlers.registerLifecycle(on: &registry) }
        billing.money.handlers.register(on: &registry)
        idle.handlers.register(on: &registry)
        graphs.register(on: &registry)
        JobRetention(client: foundations.database).register(on: &registry)
        OperationUpkeep(client: foundations.database, calls: graphs.decidedSales).register(on: &registry)
        InvariantCheck(
            client: foundations.database, metrics: foundations.metrics, log: foundations.log.labelled("operations")
        ).register(on: &registry)
        MonthlyReports(client: foundations.database, dateSource: foundations.dateSource, notifier: notifier).register(on: &registry)
        registry.register(
            TearDownOrgHandler(
                store: store, endings: billing.billing.obligations,
                switchOff: OrgSwitchOff(observers: lifecycleObservers, settings: orgsSettings)))
        registry.register(PassOperationDeadlineHandler(store: store, controller: OperationControls()))
        registry.register(
            CatchOverdueOperationsHandler(
                store: store, meters: NetMeters(metrics: foundations.metrics, log: foundations.log.labelled("operations"))))
        if let schedule = CatchOverdueOperations.schedule { registry.add(schedule) }
        registry.register(WriteAuditExportHandler(store: store, settings: orgsSettings, naming: ReferenceNames.text))
        try notifications().register(on: &registry)
        try webhooks(on: &registry)
        return registry
    }

    /// What customers' systems hear of, and the way to them.
    private func webhooks(on registry: inout JobRegistry) throws {
        WebhookRelays(store: notificationStore, publisher: webhookPublisher).register(on: &registry)
        registry.register(
            DeliverWebhookHandler(
                store: notificationStore, sender: try webhookSender(), jitter: { Double.random(in: 0...1) },
                log: foundations.log.labelled("webhooks")))
    }

    private func notifications() throws -> NotificationHandlers<PostgresNotificationStore<AppTransaction>> {
        let configuration = foundations.configuration
        let dateSource = foundations.dateSource
        let branding = try MailBranding(configuration, issuer: plans.issuer)
        let renderer = try branding.renderer(
            secrets: KeepLinkSecrets(tokens: keepTokens, others: IdentityLinkSecrets(maker: identityEnvironment.secrets)))
        return NotificationHandlers(
            store: notificationStore, outbox: MailOutbox(), facts: mailFacts, renderer: renderer,
            sender: try relays(of: configuration, for: branding), graphs: graphCatalogue, unsubscribing: try unsubscribeLinks(),
            conditions: ProductConditions(self), metrics: foundations.metrics, dateSource: dateSource,
            log: foundations.log.labelled("notifications"))
    }
}

extension Product {
    /// What mails need to know.
    var mailFacts: StoredMailFacts<AppStore> {
        let (notifications, dateSource) = (notificationStore, foundations.dateSource)
        return StoredMailFacts(
            store: store, catalogue: plans, operators: foundations.configuration.operatorMail.compactMap { MailAddress($0) },
            staff: PostgresMailedStaff(client: foundations.database, dateSource: dateSource)
        ) { try await notifications.isSuppressed($0, at: dateSource.now) }
    }

    private func relays(of configuration: TrellisConfiguration, for branding: MailBranding) throws -> RelayedEmailSender {
        let delivery = SandboxDelivery(isSandbox: configuration.stage.isSandbox, domains: configuration.sandboxMailDomains)
        return RelayedEmailSender(
            try configuration.relays().map { name, transport in
                let sender = delivery.limiting(
                    SMTPEmailSender(transport: transport, identity: branding.sender, brands: branding.senders), to: name)
                return RelayedEmailSender.Relay(name: name, sender: sender)
            }, dateSource: foundations.dateSource)
    }
}

extension BillingJobHandlers {
    func register(on registry: inout JobRegistry) {
        registry.register(sendProviderIntent)
        registry.register(processInboundEvent)
        registry.register(syncProviderObject)
        registry.register(endAccess)
        registry.register(enforceDeadline)
        registry.register(compensateSale)
    }
}

extension MoneyJobHandlers {
    func register(on registry: inout JobRegistry) {
        registry.register(renewNetTerms)
        registry.register(watchInvoice)
        registry.register(expireAccountCredit)
        registry.register(refillCreditPools)
        registry.register(carryAccountCredits)
        registry.register(withdrawAccountCredit)
        if let schedule = RefillCreditPools.schedule { registry.add(schedule) }
    }
}

extension GraphServices {
    func register(on registry: inout JobRegistry) {
        registry.register(provisioning)
        registry.register(teardown)
        registry.register(applyMode)
        registry.register(purge)
        registry.register(checkHeldPurges)
        registry.register(expireCredential)
        registry.register(provisionPaidGraph)
        registry.register(followEnding)
        registry.register(followEnded)
        registry.register(followResumed)
        registry.register(followStanding)
        registry.register(sweepDue)
        registry.register(catchPaidSales)
        registry.register(provisionSale)
        registry.register(freeLapsedHolds)
        registry.register(reconcile)
        registry.register(reconcileSeats)
        registry.register(endRepositoryGrants)
        registry.register(reconcileSeat)
        registry.register(sampleStorage)
        registry.register(forgetMeasures)
        registry.register(compareCounts)
        registry.register(compareGraphCounts)
        registry.register(orderCompactions)
        registry.register(considerCompaction)
        registry.register(compactGraph)
        registry.register(materialize)
        registry.register(createSubgraph)
        registry.register(changeTier)
        registry.register(sweepCredentials)
        registry.register(sweepOrphans)
        registry.register(repairOrphan)
        registry.register(sweepRecords)
        registry.register(sweepBackupStore)
        registry.register(takeBackup)
        registry.register(orderNightlyBackups)
        registry.register(takeNightlyBackup)
        registry.register(expireBackup)
        registry.register(sweepBackups)
        registry.register(checkBackupCoverage)
        registry.register(orderDrills)
        registry.register(tryBackup)
        registry.register(restore)
        registry.register(dropReplaced)
        registry.register(recoverHost)
        registry.register(recoverGraph)
        registry.register(drainHost)
        registry.register(moveGraph)
        registry.register(releasePlace)
        let schedules = [
            SweepDueGraphs.schedule, CatchPaidSales.schedule, FreeLapsedHolds.schedule, CheckHeldPurges.schedule, ReconcileSeats.schedule,
            EndRepositoryGrants.schedule,
            SampleStorage.schedule, ForgetMeasures.schedule,
            OrderNightlyBackups.schedule, CompareCounts.schedule, OrderCompactions.schedule,
            SweepBackups.schedule, SweepBackups.supervision, CheckBackupCoverage.schedule, OrderDrills.schedule,
            SweepCredentials.schedule, SweepOrphans.schedule, SweepRecords.schedule, SweepBackupStore.schedule,
        ]
        for schedule in schedules.compactMap(\.self) { registry.add(schedule) }
    }
}

extension TrellisConfiguration {
    /// What signs checkpoints and archives of the audit log.
    ///
    /// - Throws: `CryptographyError` for a key that is none.
    public func auditSigner() throws -> AuditSigner { try AuditSigner(KeyRing(masterKeys)) }
}
