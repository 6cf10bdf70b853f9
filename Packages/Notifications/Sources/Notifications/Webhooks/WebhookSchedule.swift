internal import Core

/// When a message is tried again (NOT-184): ten attempts in about 75 hours.
enum WebhookSchedule {
    private static let delays: [Duration] = [
        .seconds(5), .minutes(5), .minutes(30), .hours(2), .hours(5), .hours(10), .hours(14), .hours(20), .hours(24),
    ]
    /// The longest an endpoint may ask to be left alone.
    private static let longestWait: Duration = .hours(24)

    /// After this long without a try, nobody is going to try: the longest wait, and as long as a job may be late.
    static let forgotten: Duration = .hours(25)

    /// The wait after an attempt, counted from 1; `nil` after the last.
    ///
    /// - Parameter jitter: a random fraction from 0 to 1, which moves the wait by up to 10 % either way.
    static func delay(afterAttempt attempt: Int, answer: WebhookAnswer, jitter: Double) -> Duration? {
        guard (1...delays.count).contains(attempt) else { return nil }
        let factor = 0.9 + 0.2 * min(max(jitter, 0), 1)
        let wait = Duration.milliseconds(Int64((Double(delays[attempt - 1].wholeMilliseconds) * factor).rounded()))
        guard case .status(let status, _, let asked?) = answer, status == 429 || status == 503 else { return wait }
        return max(wait, min(asked, longestWait))
    }

    /// Whether those who run the org are told that an endpoint fails (NOT-185).
    static func isTold(failingSince: Instant, at now: Instant) -> Bool {
        now - failingSince >= .hours(24)
    }

    /// Whether an endpoint is switched off: nothing has got through for 120 hours, and it was not for want of tries (NOT-185).
    static func givesUp(failingSince: Instant, failedMessages: Int, at now: Instant) -> Bool {
        now - failingSince >= .hours(120) && failedMessages >= 10
    }
}
