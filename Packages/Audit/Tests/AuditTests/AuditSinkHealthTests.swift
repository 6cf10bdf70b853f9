import Audit
import Core
import Testing

/// What follows when a sink takes nothing. The clock is an instant that each test moves by itself.
@Suite struct AuditSinkHealthTests {
    private let start = Instant(secondsSinceEpoch: 1_800_000_000)

    @Test func `AUD-089 the wait of a failing sink doubles up to a quarter of an hour, and a success ends all of it`() {
        var health = AuditSinkHealth(startingAt: start)
        var (now, waits): (Instant, [Int64]) = (start, [])
        for _ in 0..<10 {
            #expect(health.fail(because: "status 500", at: now) == .waits)
            waits.append((health.nextAttemptAt - now).components.seconds)
            now = health.nextAttemptAt
        }
        #expect(waits == [5, 10, 20, 40, 80, 160, 320, 640, 900, 900])
        #expect(health.failingSince == start && health.attempts == 10 && health.lastError == "status 500")
        health.succeed(at: now)
        #expect(health == AuditSinkHealth(startingAt: now))
    }

    @Test func `AUD-089 after an hour somebody is told, once for each time that it fails; after seven days it pauses`() {
        var health = AuditSinkHealth(startingAt: start)
        for (hours, consequence): (Int, AuditSinkHealth.Consequence) in [(0, .waits), (1, .alerts), (2, .waits), (167, .waits)] {
            #expect(health.fail(because: "x", at: start + .hours(hours)) == consequence)
        }
        health.succeed(at: start + .hours(168))
        let again = start + .hours(200)
        #expect(health.fail(because: "x", at: again) == .waits)
        #expect(health.fail(because: "x", at: again + .hours(1)) == .alerts)
        #expect(health.pausedAt == nil)
        #expect(health.fail(because: "x", at: again + .days(7)) == .pauses)
        #expect(health.pausedAt == again + .days(7))
    }

    @Test func `a filter lets through what matters enough and is of its classes`() {
        #expect(AuditSink.Filter.none.lets(.billing, .low))
        let filter = AuditSink.Filter(chain: nil, classes: [.security, .identity], minimumRisk: .medium)
        #expect(filter.lets(.security, .medium) && filter.lets(.identity, .critical))
        #expect(!filter.lets(.security, .low) && !filter.lets(.billing, .critical))
    }
}
