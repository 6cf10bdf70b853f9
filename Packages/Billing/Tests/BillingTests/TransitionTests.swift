import Billing
import Core
import Testing

@Suite struct TransitionTests {
    typealias Rule = SubscriptionTransition.Rule

    static let failure = ProvisioningFailure(code: "TEST", message: "It failed.", at: now)
    static let lease = ProvisioningLease(subscription: .make(at: now), fence: 1, holder: "worker", until: now)

    /// Every change with the statuses it is allowed from; whatever is not listed is refused.
    struct Row: Sendable, CustomTestStringConvertible {
        let change: SubscriptionChange
        let allowed: [Subscription.Status: (Rule, Subscription.Status)]
        init(_ change: SubscriptionChange, _ allowed: [Subscription.Status: (Rule, Subscription.Status)]) {
            self.change = change
            self.allowed = allowed
        }
        var testDescription: String { "\(change)" }
    }

    static let rows: [Row] = [
        Row(.paymentRequested, [.pending: (.t2, .pendingPayment)]),
        Row(
            .backingConfirmed(.netTerms, link: nil, lease: lease),
            [.pending: (.t3, .provisioning), .pendingPayment: (.t3, .provisioning)]),
        Row(.provisioningFailed(fence: 3, failure), [.provisioning: (.t6, .failed)]),
        Row(.firstPaymentFailed(failure), [.pending: (.t7, .unpaid), .pendingPayment: (.t7, .unpaid)]),
        Row(.abandoned(.provider, reason: nil), [.pending: (.t8, .canceled), .pendingPayment: (.t8, .canceled)]),
        Row(.refused(failure), [.pending: (.t9, .failed)]),
        Row(.paymentOverdue(graceDeadline: now + .days(14)), [.active: (.t10, .pastDue)]),
        Row(.paymentRecovered, [.pastDue: (.t11, .active), .unpaid: (.t13, .active)]),
        Row(.graceEnded(finalDeadline: now + .days(14)), [.pastDue: (.t12, .unpaid)]),
        Row(.endedUnpaid, [.pastDue: (.t14, .canceled), .unpaid: (.t14, .canceled)]),
        Row(.paused, [.active: (.t17, .paused), .pastDue: (.t17, .paused)]),
        Row(.unpaused(pastDue: false), [.paused: (.t18, .active)]),
        Row(.endScheduled(at: now + .days(3), .user, reason: nil), [.active: (.t19, .canceled)]),
        Row(
            .endScheduled(at: now + .days(3), .portal, reason: nil),
            [.active: (.t19, .canceled), .pastDue: (.t19, .canceled), .paused: (.t19, .canceled)]),
        Row(
            .ended(at: now, .user, reason: nil),
            [
                .active: (.t20, .canceled), .pastDue: (.t20, .canceled), .unpaid: (.t20, .canceled), .paused: (.t20, .canceled),
            ]),
        Row(.endTakenBack(pastDue: false), [:]),
        Row(.endAdopted(.user, endsAt: nil), [:]),
    ]

    @Test(arguments: rows) func `T1 to T24: each change is allowed from the listed statuses and refused from all others`(_ row: Row) {
        for status in Subscription.Status.allCases {
            let before = Subscription.fixture(status)
            let result = Result { try SubscriptionTransition.decide(row.change, on: before, now: now) }
            if let (rule, target) = row.allowed[status] {
                let transition = try? result.get()
                #expect(transition?.rule == rule, "\(status)")
                #expect(transition?.subscription.status == target, "\(status)")
                #expect(transition?.from == status)
            } else {
                #expect(throws: SubscriptionRefusal.self, "\(status)") { try result.get() }
            }
        }
    }

    @Test func `BIL-033 T3 elects one: a row with a lease or a resource is not taken again`() throws {
        let change = SubscriptionChange.backingConfirmed(.netTerms, link: nil, lease: Self.lease)
        var leased = Subscription.fixture(.pending)
        leased.lease = Self.lease
        #expect(throws: SubscriptionRefusal.leased) { try SubscriptionTransition.decide(change, on: leased, now: now) }
        var served = Subscription.fixture(.pending)
        served.resource = ResourceID("kg1")
        #expect(throws: SubscriptionRefusal.resourceInTheWay) { try SubscriptionTransition.decide(change, on: served, now: now) }
        let waiting = Subscription.fixture(.unpaid, neverStarted: true)
        #expect(try SubscriptionTransition.decide(change, on: waiting, now: now).rule == .t3)
    }

    @Test func `T4 hands the right over with the next fence only`() throws {
        let row = Subscription.fixture(.provisioning)
        let next = ProvisioningLease(subscription: row.id, fence: 4, holder: "other", until: now)
        #expect(try SubscriptionTransition.decide(.leaseLapsed(next: next), on: row, now: now).rule == .t4)
        let stale = ProvisioningLease(subscription: row.id, fence: 3, holder: "other", until: now)
        #expect(throws: SubscriptionRefusal.staleFence) { try SubscriptionTransition.decide(.leaseLapsed(next: stale), on: row, now: now) }
    }

    @Test func `T5 needs the current fence, a resource and a backing`() throws {
        var row = Subscription.fixture(.provisioning)
        let change = SubscriptionChange.activated(fence: 3, period: Period(start: now, end: now + .days(31)), trialEnd: nil)
        #expect(throws: SubscriptionRefusal.resourceInTheWay) { try SubscriptionTransition.decide(change, on: row, now: now) }
        row.resource = ResourceID("kg1")
        let active = try SubscriptionTransition.decide(change, on: row, now: now)
        #expect(active.rule == .t5)
        #expect(active.subscription.startedAt == now)
        #expect(active.subscription.lease == nil)
        let stale = SubscriptionChange.activated(fence: 2, period: nil, trialEnd: nil)
        #expect(throws: SubscriptionRefusal.staleFence) { try SubscriptionTransition.decide(stale, on: row, now: now) }
        row.backing = nil
        #expect(throws: SubscriptionRefusal.resourceInTheWay) { try SubscriptionTransition.decide(change, on: row, now: now) }
    }

    @Test func `BIL-039 T6 keeps the first error`() throws {
        var row = Subscription.fixture(.provisioning)
        row.failure = ProvisioningFailure(code: "FIRST", message: "First.", at: now)
        let failed = try SubscriptionTransition.decide(.provisioningFailed(fence: 3, Self.failure), on: row, now: now)
        #expect(failed.subscription.failure?.code == "FIRST")
        #expect(failed.subscription.cancellation?.origin == .provisioningFailure)
        #expect(failed.subscription.endsAt == now)
        #expect(failed.subscription.closedAt == now)
    }

    @Test func `BIL-051 T19 is impossible without a future end`() {
        let row = Subscription.fixture(.active)
        for end in [now, now - .seconds(1)] {
            #expect(throws: SubscriptionRefusal.periodEndUnknown) {
                try SubscriptionTransition.decide(.endScheduled(at: end, .user, reason: nil), on: row, now: now)
            }
        }
    }

    @Test func `T21 brings an end forward and T22 takes it back until the very instant`() throws {
        let ending = Subscription.fixture(.canceled, endsAt: now + .seconds(1))
        let forward = try SubscriptionTransition.decide(.ended(at: now, .user, reason: nil), on: ending, now: now)
        #expect(forward.rule == .t21)
        #expect(forward.subscription.endsAt == now)
        let back = try SubscriptionTransition.decide(.endTakenBack(pastDue: false), on: ending, now: now)
        #expect(back.rule == .t22)
        #expect(back.subscription.status == .active)
        #expect(back.subscription.endsAt == nil)
        let late = now + .seconds(1)
        #expect(throws: SubscriptionRefusal.tooLate) {
            try SubscriptionTransition.decide(.endTakenBack(pastDue: false), on: ending, now: late)
        }
        #expect(throws: SubscriptionRefusal.notAllowed(.canceled)) {
            try SubscriptionTransition.decide(.ended(at: late, .user, reason: nil), on: ending, now: late)
        }
    }

    @Test func `STR-085 an end never moves later than the one that was known`() throws {
        let ending = Subscription.fixture(.canceled, endsAt: now + .days(2))
        let end = now + .days(5)
        let ended = try SubscriptionTransition.decide(.ended(at: end, .provider, reason: nil), on: ending, now: now)
        #expect(ended.subscription.endsAt == now + .days(2))
    }

    @Test func `T24 lets a person adopt the end that idleness had decided, and nobody else's`() throws {
        let idle = Subscription.fixture(.canceled, origin: .idle, endsAt: now + .days(2))
        let adopted = try SubscriptionTransition.decide(.endAdopted(.user, endsAt: now + .days(9)), on: idle, now: now)
        #expect(adopted.rule == .t24)
        #expect(adopted.subscription.cancellation?.origin == .user)
        #expect(adopted.subscription.endsAt == now + .days(2))
        let user = Subscription.fixture(.canceled, origin: .user, endsAt: now + .days(2))
        #expect(throws: SubscriptionRefusal.self) {
            try SubscriptionTransition.decide(.endAdopted(.admin, endsAt: nil), on: user, now: now)
        }
    }

    @Test func `STR-125 T23: a terminal row accepts nothing`() {
        for status in [Subscription.Status.canceled, .failed] {
            for row in Self.rows {
                #expect(throws: SubscriptionRefusal.self) {
                    try SubscriptionTransition.decide(row.change, on: .fixture(status), now: now)
                }
            }
        }
    }

    @Test func `a row that was never paid cannot recover or fall due`() {
        let never = Subscription.fixture(.unpaid, neverStarted: true)
        for change in [SubscriptionChange.paymentRecovered, .endedUnpaid, .ended(at: now, .user, reason: nil)] {
            #expect(throws: SubscriptionRefusal.self) { try SubscriptionTransition.decide(change, on: never, now: now) }
        }
    }
}
