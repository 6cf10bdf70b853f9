import Billing
import Core
import Graphs
import Identity
import Operations
import Orgs
import Testing

@Suite struct SeatDecisionTests {
    private func decide(
        _ status: Subscription.Status, endsAt: Instant? = nil, mode: Subscription.Cancellation.Mode? = nil, grace: Instant? = nil,
        isStarted: Bool = true
    ) throws -> SeatDecision {
        var subscription = try Subscription.fixture(
            status, endsAt: endsAt, cancellation: mode.map { Subscription.Cancellation(mode: $0, origin: .user) })
        subscription.graceDeadline = grace
        if !isStarted { subscription.startedAt = nil }
        return SeatDecision.decide(subscription, now: now)
    }

    @Test func `GRA-089 active opens without an end, ending until then, and ended is revoked, to the instant`() throws {
        #expect(try decide(.active) == .active(until: nil))
        #expect(try decide(.upgrading) == .active(until: nil))
        let soon = now + .seconds(1)
        #expect(try decide(.canceled, endsAt: soon, mode: .periodEnd) == .active(until: soon))
        #expect(try decide(.canceled, endsAt: now, mode: .periodEnd) == .revoked)
        #expect(try decide(.canceled, endsAt: now, mode: .immediate) == .revoked)
    }

    @Test func `GRA-089 past due changes nothing before its grace is over, and suspends afterwards, as unpaid does`() throws {
        #expect(try decide(.pastDue, grace: now + .seconds(1)) == .unchanged)
        #expect(try decide(.pastDue) == .unchanged)
        #expect(try decide(.pastDue, grace: now) == .suspended)
        #expect(try decide(.unpaid) == .suspended)
        #expect(try decide(.canceled, endsAt: now + .days(3), mode: .periodEnd, grace: now) == .suspended)
        #expect(try decide(.paused) == .unchanged)
    }

    @Test func `GRA-089 a sale that never began says nothing about what was there before`() throws {
        for status in Subscription.Status.allCases {
            #expect(try decide(status, endsAt: now, mode: .immediate, isStarted: false) == .unchanged, "\(status)")
        }
        for status in [Subscription.Status.pending, .pendingPayment, .provisioning, .failed] {
            #expect(try decide(status) == .unchanged, "\(status)")
        }
    }
}
