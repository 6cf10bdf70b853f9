internal import Core
internal import HTTPClient

/// When a call is repeated inside itself, and after which wait (STR-013, STR-014).
struct StripePacing: Sendable {
    let maximumRetries: Int
    /// Gives a random fraction from 0 to 1.
    let jitter: @Sendable () -> Double
    /// Waits; false when the task was cancelled meanwhile.
    let wait: @Sendable (Duration) async -> Bool

    private let policy = HTTPRetryPolicy(maximumRetries: 2)

    init(
        maximumRetries: Int = 2, jitter: @escaping @Sendable () -> Double = { Double.random(in: 0...1) },
        wait: @escaping @Sendable (Duration) async -> Bool = { delay in
            do { try await Task.sleep(for: delay) } catch { return false }
            return true
        }
    ) {
        self.maximumRetries = maximumRetries
        self.jitter = jitter
        self.wait = wait
    }

    /// Only connection faults, timeouts, 409, 500 and above, a held lock, or what Stripe says to repeat; never against its word.
    func retries(_ answer: StripeAnswer) -> Bool {
        switch answer {
        case .failed(let error): policy.retries(error)
        case .held, .rationed: false
        case .answered(let response):
            switch (response.headers["Stripe-Should-Retry"], response.status) {
            case ("false", _): false
            case (_, 429): StripeErrorBody(response.body).code == "lock_timeout"
            case ("true", _): true
            case (_, let status): status == 409 || status >= 500
            }
        }
    }

    /// The wait before a retry; what Stripe asks for wins when it is longer.
    func delay(beforeRetry number: Int, after answer: StripeAnswer) -> Duration {
        var asked: Duration?
        if case .answered(let response) = answer { asked = StripeAnswer.retryAfter(response) }
        return policy.delay(beforeRetry: number, jitter: jitter(), retryAfter: asked)
    }
}

extension StripeAnswer {
    /// What `Retry-After` asks for, when it is a number of seconds.
    static func retryAfter(_ response: ClientResponse) -> Duration? {
        response.headers["Retry-After"].flatMap { Int64($0) }.flatMap { (0...86_400).contains($0) ? Duration.seconds($0) : nil }
    }
}
