import Billing
import Core
import Identity
import Orgs

let now = Instant(secondsSinceEpoch: 1_769_853_600)  // 2026-01-31T10:00:00Z

extension Subscription {
    /// A subscription in a status, with what that status needs.
    static func fixture(
        _ status: Status = .active, type: ResourceType = .graph, origin: Cancellation.Origin? = nil, endsAt: Instant? = nil,
        neverStarted: Bool = false, backing: Backing? = .providerSubscription(ProviderID("sub_1"))
    ) -> Subscription {
        var subscription = Subscription(
            id: .make(at: now), org: .make(at: now), resourceType: type, subscriber: nil, requestedBy: nil,
            plan: PlanReference(key: .graph("ladybug-standard"), version: 1), interval: .monthly, configuration: [:], at: now - .days(1))
        subscription.status = status
        let isBefore: [Status] = [.pending, .pendingPayment, .failed]
        if !isBefore.contains(status) { subscription.backing = backing }
        if status == .provisioning {
            subscription.lease = ProvisioningLease(subscription: subscription.id, fence: 3, holder: "worker", until: now + .minutes(1))
        } else if !isBefore.contains(status), !neverStarted {
            subscription.startedAt = now - .days(1)
            subscription.resource = ResourceID("kg0123456789abcdef0123")
            subscription.currentPeriod = Period(start: now - .days(1), end: now + .days(30))
        }
        if status == .pastDue { subscription.graceDeadline = now + .days(14) }
        if status == .unpaid, !neverStarted { subscription.finalDeadline = now + .days(14) }
        if status == .canceled || status == .failed {
            subscription.endsAt = endsAt ?? now - .minutes(1)
            let mode: Cancellation.Mode = endsAt.map { $0 > now } == true ? .periodEnd : .immediate
            subscription.cancellation = Cancellation(mode: mode, origin: origin ?? .user)
            if mode == .immediate { subscription.closedAt = now - .minutes(1) }
        }
        return subscription
    }
}
