public import Billing
internal import Core
internal import Synchronization

extension FakePaymentProvider {
    /// The provider has these subscriptions, however they came about.
    public func know(_ subscriptions: [ProviderSubscription]) {
        state.withLock { state in
            for subscription in subscriptions { state.subscriptions[subscription.id] = subscription }
        }
    }

    /// A subscription as the provider has it, whatever its answers are told to be.
    public func known(_ subscription: ProviderID) -> ProviderSubscription? {
        state.withLock { $0.subscriptions[subscription] }
    }
}
