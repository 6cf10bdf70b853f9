public import Billing
public import Core
public import Identity
internal import Operations
internal import Orgs

/// All of Graphs put together for one deployment: what the composition root makes once.
public struct GraphServices<Store: GraphStore, Subscriptions: SubscriptionManaging>: Sendable
where Subscriptions.Transaction == Store.Transaction {
    /// For the routes.
    public let graphs: GraphService<Store, Subscriptions>
    /// For the routes.
    public let credentials: CredentialService<Store>
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
    /// For the worker: finds graphs whose time has come.
    public let sweepDue: SweepDueGraphsHandler<Store>
    /// For the worker: brings one graph in line with what pays for it.
    public let reconcile: ReconcileGraphHandler<Store, Subscriptions>
    /// For the worker: samples sizes.
    public let sampleStorage: SampleStorageHandler<Store>
    /// For the worker: forgets old measures.
    public let forgetMeasures: ForgetMeasuresHandler<Store>
    /// For the worker: compares seats with their subscriptions.
    public let reconcileSeats: ReconcileSeatsHandler<Store>
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
    /// - Parameter archives: where final backups are kept; a process that serves requests only may do without a store of its own.
    public init(
        store: Store, subscriptions: Subscriptions, engine: any GraphEngine, archives: any BackupArchiving, catalogue: GraphCatalogue,
        isBillingEnabled: Bool, dateSource: any DateSource
    ) {
        let lifecycle = GraphLifecycle(catalogue: catalogue)
        let reconciler = GraphAccessReconciler(
            store: store, subscriptions: subscriptions, lifecycle: lifecycle, isBillingEnabled: isBillingEnabled)
        graphs = GraphService(
            store: store, subscriptions: subscriptions, engine: engine, catalogue: catalogue, isBillingEnabled: isBillingEnabled,
            dateSource: dateSource)
        credentials = CredentialService(store: store, engine: engine, catalogue: catalogue, dateSource: dateSource)
        provisioning = ProvisioningHandler(store: store, subscriptions: subscriptions, engine: engine, catalogue: catalogue)
        changeTier = ChangeTierHandler(store: store, subscriptions: subscriptions, engine: engine, catalogue: catalogue)
        teardown = TeardownHandler(store: store, engine: engine, archives: archives, catalogue: catalogue)
        applyMode = ApplyGraphModeHandler(store: store, engine: engine)
        purge = PurgeGraphHandler(store: store, subscriptions: subscriptions, lifecycle: lifecycle)
        sweepDue = SweepDueGraphsHandler(store: store)
        reconcile = ReconcileGraphHandler(store: store, reconciler: reconciler)
        reconcileSeats = ReconcileSeatsHandler(store: store, dateSource: dateSource)
        sampleStorage = SampleStorageHandler(store: store, engine: engine, catalogue: catalogue)
        forgetMeasures = ForgetMeasuresHandler(store: store)
        self.lifecycle = lifecycle
        expireCredential = ExpireCredentialHandler(store: store, credentials: credentials)
        provisionPaidGraph = ProvisionPaidGraph(
            store: store, subscriptions: subscriptions, lifecycle: lifecycle, catalogue: catalogue)
        followEnding = FollowSubscription(SubscriptionEnding.self, reconciler)
        followEnded = FollowSubscription(SubscriptionEnded.self, reconciler)
        followResumed = FollowSubscription(SubscriptionResumed.self, reconciler)
        followStanding = FollowSubscription(SubscriptionStandingChanged.self, reconciler)
    }
}
