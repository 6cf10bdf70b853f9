public import Billing
public import Core
public import Identity
internal import Jobs
public import Observability
internal import Operations
internal import Orgs

/// All of Graphs put together for one deployment: what the composition root makes once.
public struct GraphServices<Store: GraphStore, Subscriptions: SubscriptionManaging>: Sendable
where Subscriptions.Transaction == Store.Transaction {
    /// For the routes.
    public let graphs: GraphService<Store, Subscriptions>
    /// For the routes.
    public let credentials: CredentialService<Store>
    /// For the routes.
    public let members: GraphMembers<Store>
    /// For the worker: compares hosts with the records.
    public let sweepOrphans: SweepOrphansHandler<Store>
    /// For the worker: carries out what was ordered about a finding.
    public let repairOrphan: RepairOrphanHandler<Store>
    /// For operators: mends what a sweep found.
    public let orphanRepairs: OrphanRepairs<Store>
    /// For the worker: compares the records with one another.
    public let sweepRecords: SweepRecordsHandler<Store>
    /// For the worker: compares the store of backups with the records.
    public let sweepBackupStore: SweepBackupStoreHandler<Store>
    /// For the worker: finds credentials that lost their job.
    public let sweepCredentials: SweepCredentialsHandler<Store>
    /// For the routes.
    public let backups: BackupService<Store>
    /// For the worker: takes backups people ask for.
    public let takeBackup: TakeBackupHandler<Store>
    /// For the worker: orders the backups of a night.
    public let orderNightlyBackups: OrderNightlyBackupsHandler<Store>
    /// For the worker: takes backups of the night.
    public let takeNightlyBackup: TakeNightlyBackupHandler<Store>
    /// For the worker: removes backups at their end.
    public let expireBackup: ExpireBackupHandler<Store>
    /// For the worker: finds backups that lost their job.
    public let sweepBackups: SweepBackupsHandler<Store>
    /// For the worker: finds graphs without a recent backup.
    public let checkBackupCoverage: CheckBackupCoverageHandler<Store>
    /// For the worker: orders the week's drills.
    public let orderDrills: OrderDrillsHandler<Store>
    /// For the worker: tries a backup.
    public let tryBackup: TryBackupHandler<Store>
    /// For the worker: brings graphs back to backups.
    public let restore: RestoreHandler<Store>
    /// For the worker: drops databases that a restore replaced.
    public let dropReplaced: DropReplacedHandler<Store>
    /// For the worker: brings graphs of lost hosts back.
    public let recoverHost: RecoverHostHandler<Store>
    /// For the worker: brings one graph of a lost host back.
    public let recoverGraph: RecoverGraphHandler<Store>
    /// For the worker: empties hosts that are drained.
    public let drainHost: DrainHostHandler<Store>
    /// For the worker: brings a graph to another host.
    public let moveGraph: MoveGraphHandler<Store>
    /// For the worker: drops what a move has left.
    public let releasePlace: ReleasePlaceHandler<Store>
    /// For the worker: looks after hosts and what tenants do on them.
    public let hosts: HostWatch<Store>
    /// For the worker: makes graphs.
    public let provisioning: ProvisioningHandler<Store, Subscriptions>
    /// For the worker: moves graphs to other tiers.
    public let changeTier: ChangeTierHandler<Store, Subscriptions>
    /// For the worker: destroys graphs.
    public let teardown: TeardownHandler<Store>
    /// For the worker: brings engines to the mode of the record.
    public let applyMode: ApplyGraphModeHandler<Store>
    /// For the worker: begins the destruction of what is no longer kept.
    public let purge: PurgeGraphHandler<Store, Subscriptions>
    /// For the worker: looks again at graphs that are held for want of proof.
    public let checkHeldPurges: CheckHeldPurgesHandler<Store, Subscriptions>
    /// For the worker: finds sales that are paid for and have no graph.
    public let catchPaidSales: CatchPaidSalesHandler<Store>
    /// For the worker: gives back what was held for a time that is over.
    public let freeLapsedHolds: FreeLapsedHoldsHandler<Store>
    /// For the worker: does what the news of a payment would have done.
    public let provisionSale: ProvisionSaleHandler<Store, Subscriptions>
    /// For the upkeep of keys: what became of sales whose process died.
    public let decidedSales: DecidedSales<Store>
    /// For the worker: finds graphs whose time has come.
    public let sweepDue: SweepDueGraphsHandler<Store>
    /// For the worker: brings one graph in line with what pays for it.
    public let reconcile: ReconcileGraphHandler<Store, Subscriptions>
    /// For the worker: samples sizes.
    public let sampleStorage: SampleStorageHandler<Store>
    /// For the worker: forgets old measures.
    public let forgetMeasures: ForgetMeasuresHandler<Store>
    /// For the worker: orders the week's comparison of counters with rows.
    public let compareCounts: CompareCountsHandler<Store>
    /// For the worker: compares the counters of one graph.
    public let compareGraphCounts: CompareGraphCountsHandler<Store>
    /// For the worker: looks for dead space.
    public let orderCompactions: OrderCompactionsHandler<Store>
    /// For the worker: asks how much of a graph is dead space.
    public let considerCompaction: ConsiderCompactionHandler<Store>
    /// For the worker: gives dead space back.
    public let compactGraph: CompactGraphHandler<Store>
    /// For the end of orgs.
    public let orgObserver: GraphOrgObserver<Store, Subscriptions>
    /// Subgraphs.
    public let subgraphs: SubgraphService<Store, Subscriptions>
    /// For the worker: makes subgraphs.
    public let createSubgraph: CreateSubgraphHandler<Store>
    /// For the worker: refreshes statistics and counts.
    public let materialize: MaterializeGraphHandler<Store>
    /// For the worker: compares seats with their subscriptions.
    public let reconcileSeats: ReconcileSeatsHandler<Store>
    /// For the worker: finds seats whose end has come.
    public let endRepositoryGrants: EndRepositoryGrantsHandler<Store>
    /// For the worker: compares one seat with its subscription.
    public let reconcileSeat: ReconcileSeatHandler<Store>
    /// The moves of a graph, for operators' commands.
    public let lifecycle: GraphLifecycle
    /// For the worker: ends credentials.
    public let expireCredential: ExpireCredentialHandler<Store>
    /// For the event relay: makes graphs as soon as payment is certain.
    public let provisionPaidGraph: ProvisionPaidGraph<Store, Subscriptions>
    /// For the event relay: an end was decided.
    public let followEnding: FollowSubscription<SubscriptionEnding, Store, Subscriptions>
    /// For the event relay: an end was reached.
    public let followEnded: FollowSubscription<SubscriptionEnded, Store, Subscriptions>
    /// For the event relay: an end was taken back, or a pause is over.
    public let followResumed: FollowSubscription<SubscriptionResumed, Store, Subscriptions>
    /// For the event relay: something is owed, settled or paused.
    public let followStanding: FollowSubscription<SubscriptionStandingChanged, Store, Subscriptions>

    /// Puts the parts together.
    ///
    /// - Parameter notices: shows what owners were told before a graph is destroyed by the passing of time (GRA-057).
    /// - Parameter archives: where final backups are kept; a process that serves requests only may do without a store of its own.
    public init(
        store: Store, subscriptions: Subscriptions, engine: any GraphEngine, archives: any BackupArchiving,
        links: any DownloadSigning, catalogue: GraphCatalogue, notices: any NoticeReading<Store.Transaction>, isBillingEnabled: Bool,
        dateSource: any DateSource, log: Log = .silent, metrics: Metrics = Metrics()
    ) {
        let lifecycle = GraphLifecycle(catalogue: catalogue)
        let reconciler = GraphAccessReconciler(
            store: store, subscriptions: subscriptions, lifecycle: lifecycle, isBillingEnabled: isBillingEnabled,
            log: log.labelled("graphs"))
        graphs = GraphService(
            store: store, subscriptions: subscriptions, engine: engine, catalogue: catalogue, isBillingEnabled: isBillingEnabled,
            dateSource: dateSource)
        orgObserver = GraphOrgObserver(
            store: store, subscriptions: subscriptions, lifecycle: lifecycle, archives: archives, isBillingEnabled: isBillingEnabled,
            dateSource: dateSource, log: log.labelled("graphs"))
        subgraphs = SubgraphService(graphs)
        createSubgraph = CreateSubgraphHandler(store: store, engine: engine, archives: archives, catalogue: catalogue)
        credentials = CredentialService(store: store, engine: engine, catalogue: catalogue, dateSource: dateSource)
        provisioning = ProvisioningHandler(
            store: store, subscriptions: subscriptions, engine: engine, archives: archives, catalogue: catalogue)
        changeTier = ChangeTierHandler(store: store, subscriptions: subscriptions, engine: engine, catalogue: catalogue)
        members = GraphMembers(store: store, dateSource: dateSource)
        sweepOrphans = SweepOrphansHandler(store: store, engine: engine)
        repairOrphan = RepairOrphanHandler(store: store, engine: engine, archives: archives, catalogue: catalogue)
        orphanRepairs = OrphanRepairs(store: store, catalogue: catalogue, dateSource: dateSource)
        sweepRecords = SweepRecordsHandler(store: store)
        sweepBackupStore = SweepBackupStoreHandler(store: store, archives: archives, log: log.labelled("graphs"))
        sweepCredentials = SweepCredentialsHandler(store: store)
        backups = BackupService(
            store: store, engine: engine, archives: archives, catalogue: catalogue, links: links, isBillingEnabled: isBillingEnabled,
            dateSource: dateSource)
        takeBackup = TakeBackupHandler(store: store, archives: archives, catalogue: catalogue)
        orderNightlyBackups = OrderNightlyBackupsHandler(store: store)
        takeNightlyBackup = TakeNightlyBackupHandler(store: store, archives: archives, catalogue: catalogue)
        expireBackup = ExpireBackupHandler(store: store, archives: archives)
        sweepBackups = SweepBackupsHandler(store: store)
        checkBackupCoverage = CheckBackupCoverageHandler(store: store)
        orderDrills = OrderDrillsHandler(store: store)
        tryBackup = TryBackupHandler(store: store, engine: engine, archives: archives, catalogue: catalogue)
        restore = RestoreHandler(
            store: store, engine: engine, archives: archives, catalogue: catalogue, isBillingEnabled: isBillingEnabled)
        dropReplaced = DropReplacedHandler(store: store, engine: engine)
        recoverHost = RecoverHostHandler(store: store)
        recoverGraph = RecoverGraphHandler(store: store, engine: engine, archives: archives, catalogue: catalogue)
        drainHost = DrainHostHandler(store: store, engine: engine)
        moveGraph = MoveGraphHandler(
            store: store, engine: engine, archives: archives, catalogue: catalogue, isBillingEnabled: isBillingEnabled)
        releasePlace = ReleasePlaceHandler(store: store, engine: engine, archives: archives, catalogue: catalogue)
        teardown = TeardownHandler(store: store, engine: engine, archives: archives, catalogue: catalogue)
        applyMode = ApplyGraphModeHandler(store: store, engine: engine)
        purge = PurgeGraphHandler(
            store: store, subscriptions: subscriptions, lifecycle: lifecycle, notices: notices, log: log.labelled("graphs"))
        checkHeldPurges = CheckHeldPurgesHandler(store: store, subscriptions: subscriptions, lifecycle: lifecycle, notices: notices)
        hosts = HostWatch(store: store, engine: engine, catalogue: catalogue, log: log.labelled("graphs"))
        sweepDue = SweepDueGraphsHandler(store: store)
        reconcile = ReconcileGraphHandler(store: store, reconciler: reconciler)
        reconcileSeats = ReconcileSeatsHandler(store: store)
        endRepositoryGrants = EndRepositoryGrantsHandler(store: store)
        reconcileSeat = ReconcileSeatHandler(store: store, dateSource: dateSource)
        sampleStorage = SampleStorageHandler(
            store: store, engine: engine, catalogue: catalogue, isBillingEnabled: isBillingEnabled)
        forgetMeasures = ForgetMeasuresHandler(store: store)
        compareCounts = CompareCountsHandler(store: store)
        compareGraphCounts = CompareGraphCountsHandler(store: store, engine: engine, log: log.labelled("graphs"))
        orderCompactions = OrderCompactionsHandler(store: store)
        considerCompaction = ConsiderCompactionHandler(store: store, engine: engine)
        compactGraph = CompactGraphHandler(store: store, engine: engine, catalogue: catalogue)
        materialize = MaterializeGraphHandler(store: store, engine: engine, catalogue: catalogue)
        self.lifecycle = lifecycle
        expireCredential = ExpireCredentialHandler(store: store, credentials: credentials)
        decidedSales = DecidedSales(store: store)
        freeLapsedHolds = FreeLapsedHoldsHandler(store: store)
        catchPaidSales = CatchPaidSalesHandler(store: store, meters: NetMeters(metrics: metrics, log: log.labelled("graphs")))
        provisionPaidGraph = ProvisionPaidGraph(
            store: store, subscriptions: subscriptions, lifecycle: lifecycle, catalogue: catalogue, isBillingEnabled: isBillingEnabled)
        provisionSale = ProvisionSaleHandler(store: store, provision: provisionPaidGraph)
        followEnding = FollowSubscription(SubscriptionEnding.self, reconciler)
        followEnded = FollowSubscription(SubscriptionEnded.self, reconciler)
        followResumed = FollowSubscription(SubscriptionResumed.self, reconciler)
        followStanding = FollowSubscription(SubscriptionStandingChanged.self, reconciler)
    }
}
