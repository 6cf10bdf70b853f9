internal import Core

/// The calls of one account within a second of this machine's time.
struct RateWindow: Sendable {
    private var start: ContinuousClock.Instant
    private var count = 0

    init(start: ContinuousClock.Instant) {
        self.start = start
    }

    /// Counts one more call.
    ///
    /// - Returns: whether it is within the limit.
    mutating func admit(at now: ContinuousClock.Instant, limit: Int) -> Bool {
        if now - start >= .seconds(1) {
            start = now
            count = 0
        }
        count += 1
        return count <= limit
    }
}

extension StripeSimulator {
    /// Refuses a call beyond the account's limit; the answer is not kept for its key (STR-145, STR-147).
    ///
    /// - Throws: 429 `rate_limit`.
    func limitRate(of key: String) throws {
        let now = ContinuousClock.now
        let isAdmitted = withWorld { world in
            guard let limit = world.accounts[key]?.settings.rateLimit, limit > 0 else { return true }
            return world.rates[key, default: RateWindow(start: now)].admit(at: now, limit: limit)
        }
        guard !isAdmitted else { return }
        throw StripeError(
            status: 429, kind: .invalidRequest,
            message: "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.",
            code: "rate_limit", headers: ["Stripe-Rate-Limited-Reason": "global-rate", "Stripe-Should-Retry": "false"])
    }
}
