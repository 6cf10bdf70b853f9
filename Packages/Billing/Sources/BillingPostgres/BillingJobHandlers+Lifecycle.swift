public import Billing
public import JobsPostgres

extension BillingJobHandlers {
    /// Adds what watches over sales and running subscriptions to a worker's registry: pages whose time is over, reminders of debts, events
    /// that never arrived, due work that has lost its job, the nightly comparisons with the provider, and cards that end.
    public func registerLifecycle(on registry: inout JobRegistry) {
        registry.register(expireCheckout)
        registry.register(sweepCheckouts)
        registry.register(finishPlanChange)
        registry.register(remindDebtor)
        registry.register(pullProviderEvents)
        registry.register(reconcileProvider)
        registry.register(comparePrices)
        registry.register(watchCards)
        registry.register(warnOfCard)
        registry.register(takeCensus)
        registry.register(catchLostWork)
        let schedules = [
            PullProviderEvents.schedule, ReconcileProvider.schedule, ComparePrices.schedule, WatchCards.schedule,
            TakeBillingCensus.schedule, SweepCheckouts.schedule,
        ]
        for schedule in schedules.compactMap(\.self) + CatchLostWork.schedules { registry.add(schedule) }
    }
}
