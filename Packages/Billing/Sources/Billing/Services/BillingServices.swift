public import Core
internal import Jobs
public import Observability
public import Orgs

/// All of Billing put together for one deployment: what the composition root makes once.
public struct BillingServices<Store: BillingStore>: Sendable {
    /// For the packages above, such as Graphs.
    public let subscriptions: SubscriptionService<Store>
    /// For the routes.
    public let billing: BillingService<Store>
    /// Own invoices and the ledgers.
    public let money: MoneyServices<Store>
    /// For operators: holds kinds of work.
    public let controls: BillingControls<Store>
    /// For operators: gives money back.
    public let refunds: RefundService<Store>
    /// Shows and activates what is sold.
    public let catalogues: Catalogues<Store>
    /// What guards hold of automatic actions.
    public let guards: ActionGuards<Store>
    /// What operators do about differences from the provider.
    public let driftRepairs: DriftRepairs<Store>
    /// For the worker.
    public let handlers: BillingJobHandlers<Store>
    /// For the end of orgs.
    public let orgObserver: BillingOrgObserver<Store>
    /// For the package that decides about idle subscriptions.
    public let idleOrders: IdleOrders<Store>

    /// Puts the parts together.
    ///
    /// - Parameters:
    ///   - resources: the kinds of resources that are sold here, each with the package that owns it.
    ///   - idle: who decides about subscriptions that nobody uses; without one nobody does.
    ///   - guarded: what other packages have the guards hold.
    public init(
        store: Store, provider: any PaymentProvider, catalogue: Catalogue, resources: [any SellableResource<Store.Transaction>],
        directory: any OrgDirectory, authorizer: any OrgAuthorizer, settings: BillingSettings, dateSource: any DateSource, log: Log,
        metrics: Metrics = Metrics(), idle: (any IdleEndObserver<Store.Transaction>)? = nil,
        guarded: [any GuardedActions<Store.Transaction>] = []
    ) {
        let log = log.labelled("billing")
        let sellable = SellableResources(resources)
        let writer = SubscriptionWriter(catalogue: catalogue, resources: sellable, dateSource: dateSource, idle: idle)
        let applier = ProviderNewsApplier(writer: writer)
        let reader = ProviderNewsReader(store: store, provider: provider)
        let runner = ProviderIntentRunner(
            store: store, provider: provider, outcomes: IntentOutcomes(writer: writer, applier: applier), dateSource: dateSource, log: log)
        let prices = PriceService(store: store, provider: provider, runner: runner, catalogue: catalogue, dateSource: dateSource)
        subscriptions = SubscriptionService(
            store: store, writer: writer, resources: sellable, prices: prices, runner: runner, dateSource: dateSource,
            isBillingEnabled: settings.isEnabled)
        orgObserver = BillingOrgObserver(store: store, subscriptions: subscriptions)
        let checkouts = CheckoutService(
            store: store, writer: writer, resources: sellable, prices: prices, runner: runner, reader: reader, applier: applier,
            directory: directory, settings: settings, dateSource: dateSource)
        billing = BillingService(
            store: store, provider: provider, checkouts: checkouts, subscriptions: subscriptions, runner: runner, authorizer: authorizer,
            settings: settings, dateSource: dateSource)
        money = MoneyServices(
            store: store, provider: provider, writer: writer, authorizer: authorizer, dateSource: dateSource, log: log)
        idleOrders = IdleOrders(store: store, provider: provider, runner: runner, ends: IdleEnds(writer: writer), log: log)
        controls = BillingControls(store: store, dateSource: dateSource)
        catalogues = Catalogues(store: store, dateSource: dateSource)
        driftRepairs = DriftRepairs(store: store, writer: writer)
        guards = ActionGuards(store: store, others: guarded, dateSource: dateSource)
        refunds = RefundService(store: store, writer: writer, dateSource: dateSource)
        handlers = BillingJobHandlers(
            sendProviderIntent: SendProviderIntentHandler(runner: runner),
            processInboundEvent: ProcessInboundEventHandler(
                store: store, reader: reader, applier: applier, isSandboxMode: settings.isSandboxMode, log: log),
            syncProviderObject: SyncProviderObjectHandler(store: store, reader: reader, applier: applier),
            endAccess: EndAccessHandler(store: store, writer: writer),
            enforceDeadline: EnforceDeadlineHandler(
                store: store, writer: writer, actionGuard: ActionGuard(log: log), reader: reader, applier: applier),
            compensateSale: CompensateSaleHandler(store: store, provider: provider, applier: applier, dateSource: dateSource),
            expireCheckout: ExpireCheckoutHandler(store: store, reader: reader, applier: applier),
            sweepCheckouts: SweepCheckoutsHandler(store: store),
            finishPlanChange: FinishPlanChangeHandler(
                store: store, subscriptions: subscriptions, provider: provider, log: log),
            remindDebtor: RemindDebtorHandler(store: store, writer: writer),
            pullProviderEvents: PullProviderEventsHandler(store: store, provider: provider, log: log),
            reconcileProvider: ReconcileProviderHandler(store: store, provider: provider, log: log),
            comparePrices: ComparePricesHandler(store: store, provider: provider, applier: applier, log: log),
            watchCards: WatchCardsHandler(store: store), warnOfCard: WarnOfCardHandler(store: store),
            takeCensus: TakeBillingCensusHandler(store: store, metrics: BillingMetrics(metrics)),
            catchLostWork: CatchLostWorkHandler(store: store, meters: NetMeters(metrics: metrics, log: log), log: log))
    }
}

/// The handlers of all jobs of Billing, to be registered with the worker.
public struct BillingJobHandlers<Store: BillingStore>: Sendable {
    /// Sends what intents ask.
    public let sendProviderIntent: SendProviderIntentHandler<Store>
    /// Applies what events tell.
    public let processInboundEvent: ProcessInboundEventHandler<Store>
    /// Looks at objects that no event told of.
    public let syncProviderObject: SyncProviderObjectHandler<Store>
    /// Hands over what is no longer paid for.
    public let endAccess: EndAccessHandler<Store>
    /// Takes the consequences of debts.
    public let enforceDeadline: EnforceDeadlineHandler<Store>
    /// Gives back what was collected for nothing.
    public let compensateSale: CompensateSaleHandler<Store>
    /// Looks at pages whose time is over.
    public let expireCheckout: ExpireCheckoutHandler<Store>
    /// Finds such pages that no job has dealt with.
    public let sweepCheckouts: SweepCheckoutsHandler<Store>
    /// Brings changes of plan to an end.
    public let finishPlanChange: FinishPlanChangeHandler<Store>
    /// Reminds debtors.
    public let remindDebtor: RemindDebtorHandler<Store>
    /// Feeds events that never arrived to the inbox.
    public let pullProviderEvents: PullProviderEventsHandler<Store>
    /// Compares everything with the provider.
    public let reconcileProvider: ReconcileProviderHandler<Store>
    /// Compares prices with the provider's.
    public let comparePrices: ComparePricesHandler<Store>
    /// Finds cards that end before they are charged again.
    public let watchCards: WatchCardsHandler<Store>
    /// Tells of them.
    public let warnOfCard: WarnOfCardHandler<Store>
    /// Counts what is measured.
    public let takeCensus: TakeBillingCensusHandler<Store>
    /// Finds due work that has lost its job.
    public let catchLostWork: CatchLostWorkHandler<Store>
}
