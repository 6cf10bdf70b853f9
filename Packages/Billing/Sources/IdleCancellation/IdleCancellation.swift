public import Billing
internal import Core
public import Identity
internal import Observability

/// Idle cancellation put together for one deployment.
public struct IdleCancellationServices<Store: IdleStore>: Sendable {
    /// Decides.
    public let evaluator: IdleEvaluator<Store>
    /// Takes back.
    public let reversals: IdleReversals<Store>
    /// Limits.
    public let guardian: IdleGuard<Store>
    /// What operators do about single subscriptions and about many decisions.
    public let operations: IdleOperations<Store>
    /// Explains, looks ahead and looks back.
    public let insight: StoredIdleInsight<Store>
    /// Compares both sides.
    public let reconciler: IdleReconciler<Store>
    /// For the worker.
    public let handlers: IdleJobHandlers<Store>

    /// Puts the parts together.
    ///
    /// - Parameters:
    ///   - observer: the one that Billing was given.
    ///   - orders: Billing's, from `BillingServices.idleOrders`.
    ///   - activity: reads by whom what is paid for was used.
    public init(
        store: Store, observer: IdleObserver<Store.Transaction>, orders: IdleOrders<Store>,
        activity: any ActivityReading<Store.Transaction>, rule: any IdleRule = TwoPeriodRule()
    ) {
        evaluator = IdleEvaluator(store: store, orders: orders, activity: activity, rule: rule, writer: observer.writer)
        reversals = IdleReversals(store: store, orders: orders, activity: activity, writer: observer.writer)
        guardian = IdleGuard(store: store, writer: observer.writer)
        insight = StoredIdleInsight(
            store: store, ends: orders.ends, outlook: IdleOutlook(rule: rule, settings: observer.writer.settings),
            dateSource: observer.writer.dateSource)
        operations = IdleOperations(store: store, orders: orders, writer: observer.writer)
        reconciler = IdleReconciler(store: store, orders: orders, writer: observer.writer)
        handlers = IdleJobHandlers(
            evaluate: EvaluateIdleHandler(evaluator: evaluator), send: SendIdleEndHandler(reversals: reversals),
            reverse: ReverseIdleCaseHandler(reversals: reversals), watchEnd: WatchIdleEndHandler(reversals: reversals),
            close: CloseIdleCaseHandler(reversals: reversals), sweepRenewals: SweepIdleRenewalsHandler(evaluator: evaluator),
            sweepReversals: SweepIdleReversalsHandler(reversals: reversals),
            reconcile: ReconcileIdleEndsHandler(reconciler: reconciler))
    }
}

/// The handlers of the jobs of idle cancellation, to be registered with the worker.
public struct IdleJobHandlers<Store: IdleStore>: Sendable {
    /// Decides.
    public let evaluate: EvaluateIdleHandler<Store>
    /// Sends orders.
    public let send: SendIdleEndHandler<Store>
    /// Takes back after a use.
    public let reverse: ReverseIdleCaseHandler<Store>
    /// Looks ten minutes before the end.
    public let watchEnd: WatchIdleEndHandler<Store>
    /// Closes cases.
    public let close: CloseIdleCaseHandler<Store>
    /// Finds lost announcements.
    public let sweepRenewals: SweepIdleRenewalsHandler<Store>
    /// Finds lost uses.
    public let sweepReversals: SweepIdleReversalsHandler<Store>
    /// Compares both sides.
    public let reconcile: ReconcileIdleEndsHandler<Store>
}
