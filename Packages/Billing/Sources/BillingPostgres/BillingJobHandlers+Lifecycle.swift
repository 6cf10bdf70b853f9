public import Billing
public import JobsPostgres

extension BillingJobHandlers {
    /// Adds what watches over running subscriptions to a worker's registry: reminders of debts, events that never
    /// arrived, and the nightly comparison with the provider.
    public func registerLifecycle(on registry: inout JobRegistry) {
        registry.register(remindDebtor)
        registry.register(pullProviderEvents)
        registry.register(reconcileProvider)
        registry.register(takeCensus)
        for schedule in [PullProviderEvents.schedule, ReconcileProvider.schedule, TakeBillingCensus.schedule].compactMap(\.self) { registry.add(schedule) }
    }
}
