public import Billing
public import JobsPostgres

extension BillingJobHandlers {
    /// Adds what watches over running subscriptions to a worker's registry: reminders of debts.
    public func registerLifecycle(on registry: inout JobRegistry) {
        registry.register(remindDebtor)
    }
}
