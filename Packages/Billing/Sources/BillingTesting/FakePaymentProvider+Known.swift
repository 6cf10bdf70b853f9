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
}
