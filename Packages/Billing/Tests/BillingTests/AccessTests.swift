import Billing
import Core
import Testing

@Suite struct AccessTests {
    private func decide(
        _ subscription: Subscription?, resource: ResourceState? = .active, billing: Bool = true, disputed: Bool = false,
        at instant: Instant = now
    ) -> AccessDecision {
        AccessDecision.decide(
            AccessFacts(resource: resource, subscription: subscription, billingEnabled: billing, isReadOnlyByDispute: disputed),
            now: instant)
    }

    @Test(arguments: [
        (ResourceState.deprovisioned, AccessDecision.Reason.resourceGone), (.deprovisioning, .resourceClosing),
        (.suspended, .resourceSuspended), (.failed, .resourceFailed), (.provisioning, .resourceNotReady),
    ])
    func `A1 the state of the resource comes first`(state: ResourceState, reason: AccessDecision.Reason) {
        #expect(decide(.fixture(.active), resource: state) == AccessDecision(.none, reason))
    }

    @Test func `A2 A3 without billing everything active runs, with it nothing runs unpaid`() {
        #expect(decide(.fixture(.active, backing: .billingDisabled)) == AccessDecision(.readWrite, .billingOff))
        #expect(decide(.fixture(.active, backing: .complimentary(reason: "x"))) == AccessDecision(.readWrite, .complimentary))
        #expect(decide(nil) == AccessDecision(.none, .noSubscription))
        #expect(decide(nil, billing: false) == AccessDecision(.readWrite, .billingOff))
    }

    @Test func `A4 STR-E44 what was never paid is not accessible`() {
        for status in [Subscription.Status.pending, .pendingPayment, .provisioning] {
            #expect(decide(.fixture(status)) == AccessDecision(.none, .notStarted))
        }
        #expect(decide(.fixture(.unpaid, neverStarted: true)) == AccessDecision(.none, .notStarted))
        #expect(decide(.fixture(.failed)) == AccessDecision(.none, .failed))
    }

    @Test func `A5 A7 A10 an ending graph is read only unless idleness ended it, and closed at the very instant`() {
        let end = now + .days(1)
        let byUser = Subscription.fixture(.canceled, origin: .user, endsAt: end)
        #expect(decide(byUser) == AccessDecision(.read, .canceledReadOnly, changesAt: end))
        #expect(decide(byUser, at: end) == AccessDecision(.none, .ended))
        let byIdleness = Subscription.fixture(.canceled, origin: .idle, endsAt: end)
        #expect(decide(byIdleness) == AccessDecision(.readWrite, .ending, changesAt: end))
        let addon = Subscription.fixture(.canceled, type: .addon, origin: .user, endsAt: end)
        #expect(decide(addon) == AccessDecision(.readWrite, .ending, changesAt: end))
    }

    @Test func `A6 A11 grace counts to its deadline and unpaid is read only, or nothing for a seat`() {
        let due = Subscription.fixture(.pastDue)
        let deadline = now + .days(14)
        #expect(decide(due) == AccessDecision(.readWrite, .grace, changesAt: deadline))
        #expect(decide(due, at: deadline) == AccessDecision(.read, .paymentRequired))
        #expect(decide(.fixture(.unpaid)).level == .read)
        #expect(decide(.fixture(.unpaid, type: .repository)).level == .none)
    }

    @Test func `A8 A9 A12 disputes and pauses lower an active row to reading`() {
        #expect(decide(.fixture(.active)) == AccessDecision(.readWrite, .active))
        #expect(decide(.fixture(.upgrading)) == AccessDecision(.readWrite, .active))
        #expect(decide(.fixture(.active), disputed: true) == AccessDecision(.read, .disputed))
        #expect(decide(.fixture(.paused)) == AccessDecision(.read, .paused))
    }
}
