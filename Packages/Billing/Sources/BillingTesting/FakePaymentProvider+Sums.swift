internal import Billing
internal import Synchronization

extension FakePaymentProvider {
    /// Everything that was collected so far, of whatever subscription.
    public var collected: Int64 {
        state.withLock { state in state.invoices.values.joined().reduce(0) { $0 + $1.amountPaid } }
    }
}
