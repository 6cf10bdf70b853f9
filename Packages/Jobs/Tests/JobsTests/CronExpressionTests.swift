import Core
import Jobs
import Testing

struct CronExpressionTests {
    private func next(_ text: String, after instant: String) throws -> String? {
        try #require(CronExpression(text)).next(after: #require(Instant(instant)))?.description
    }

    @Test(arguments: [
        ("*/5 * * * *", "2026-01-01T00:00:00Z", "2026-01-01T00:05:00"), ("0 3 * * *", "2026-01-01T03:00:00Z", "2026-01-02T03:00:00"),
        ("0 0 31 * *", "2026-01-31T00:00:00Z", "2026-03-31T00:00:00"), ("30 6 * * 1", "2026-01-01T00:00:00Z", "2026-01-05T06:30:00"),
        ("0 0 29 2 *", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00"), ("0 0 13 * 5", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00"),
        ("5/20 * * * *", "2026-01-01T00:05:00Z", "2026-01-01T00:25:00"), ("0 0 * * 7", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00"),
    ])
    func `the next tick`(_ text: String, _ after: String, _ expected: String) throws {
        #expect(try next(text, after: after)?.hasPrefix(expected) == true)
    }

    @Test(arguments: ["", "* * * *", "60 * * * *", "* 24 * * *", "0 0 31 2 *", "a * * * *", "5-1 * * * *", "*/0 * * * *", "* * 0 * *"])
    func `what is no expression, or never comes true, is refused`(_ text: String) {
        #expect(CronExpression(text) == nil)
    }

    @Test func `delays double to their limit, and jitter keeps to its bounds`() {
        let policy = RetryPolicy.standard
        #expect(policy.delay(afterAttempt: 1, jitter: 1) == .seconds(2))
        #expect(policy.delay(afterAttempt: 5, jitter: 1) == .seconds(32))
        #expect(policy.delay(afterAttempt: 19, jitter: 1) == .seconds(21_600))
        #expect(policy.delay(afterAttempt: 1, jitter: 9) == .seconds(3))
    }
}
