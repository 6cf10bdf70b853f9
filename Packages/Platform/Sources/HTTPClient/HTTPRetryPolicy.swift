/// When a request may be sent again, and how long to wait before.
///
/// The defaults are the in-call rules of the payment provider (STR-013, STR-014). Only requests that carry an idempotency key, or that
/// change nothing, may be sent with a policy other than ``never``.
public struct HTTPRetryPolicy: Sendable, Hashable {
    /// How many times a request is sent again at most.
    public var maximumRetries: Int
    /// The wait before the first retry; it doubles with each.
    public var firstDelay: Duration = .milliseconds(500)
    /// The longest wait that is not asked for by the server.
    public var maximumDelay: Duration = .seconds(5)
    /// The shortest wait after jitter.
    public var minimumDelay: Duration = .milliseconds(500)
    /// Statuses that are retried, besides those of 500 and above.
    public var retriedStatuses: Set<Int> = [409]
    /// Whether statuses of 500 and above are retried.
    public var retriesServerErrors = true
    /// Failures that are retried.
    public var retriedFailures: Set<TransportError.Kind> = [.connection, .timeout, .interrupted, .malformedResponse]
    /// A header by which the server says whether to retry: `true` or `false` overrules the statuses.
    public var adviceHeader: String?

    /// Makes a policy.
    public init(maximumRetries: Int) {
        self.maximumRetries = maximumRetries
    }

    /// Sends once.
    public static let never = HTTPRetryPolicy(maximumRetries: 0)

    /// Whether an answer is a reason to send the request again.
    public func retries(_ response: ClientResponse) -> Bool {
        if let adviceHeader, let advice = response.headers[adviceHeader]?.lowercased() {
            if advice == "true" { return true }
            if advice == "false" { return false }
        }
        return retriedStatuses.contains(response.status) || retriesServerErrors && response.status >= 500
    }

    /// Whether a failure is a reason to send the request again.
    public func retries(_ error: TransportError) -> Bool {
        retriedFailures.contains(error.kind)
    }

    /// The wait before retry `number`, counted from 1.
    ///
    /// - Parameter jitter: a random fraction from 0 to 1; the wait is cut to between half and all of it.
    /// - Parameter retryAfter: what the server asked for; it wins when it is longer.
    public func delay(beforeRetry number: Int, jitter: Double, retryAfter: Duration? = nil) -> Duration {
        var delay = firstDelay
        for _ in 1..<max(1, number) { delay = min(delay * 2, maximumDelay) }
        let cut = min(delay, maximumDelay) * (0.5 + 0.5 * min(max(jitter, 0), 1))
        return max(max(cut, minimumDelay), retryAfter ?? .zero)
    }
}

/// Sends through another transport and repeats by a policy, within the request's own time.
public struct RetryingTransport: HTTPTransport, Sendable {
    private let base: any HTTPTransport
    private let policy: HTTPRetryPolicy
    private let timeout: Duration
    private let jitter: @Sendable () -> Double
    private let wait: @Sendable (Duration) async throws -> Void

    /// Makes the transport.
    ///
    /// - Parameter timeout: how long all attempts and waits may take together, unless the request says less.
    /// - Parameter jitter: gives a random fraction from 0 to 1.
    /// - Parameter wait: waits; a test passes its own.
    public init(
        _ base: any HTTPTransport, policy: HTTPRetryPolicy, timeout: Duration,
        jitter: @escaping @Sendable () -> Double = { Double.random(in: 0...1) },
        wait: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.base = base
        self.policy = policy
        self.timeout = timeout
        self.jitter = jitter
        self.wait = wait
    }

    /// Sends a request, again and with the same bytes when the policy says so; the last answer or failure is the outcome.
    public func send(_ request: ClientRequest) async throws -> ClientResponse {
        let deadline = ContinuousClock.now + min(request.timeout ?? timeout, timeout)
        var mayHaveArrived = false
        for number in 1... {
            var attempt = request
            attempt.timeout = deadline - ContinuousClock.now
            let outcome: Result<ClientResponse, TransportError>
            do {
                outcome = .success(try await base.send(attempt))
            } catch let error as TransportError {
                mayHaveArrived = mayHaveArrived || error.progress == .maybeSent
                outcome = .failure(error)
            }
            guard number <= policy.maximumRetries, let delay = delay(after: outcome, number: number),
                ContinuousClock.now + delay < deadline
            else { return try Self.result(outcome, mayHaveArrived: mayHaveArrived) }
            if case .success(let response) = outcome { mayHaveArrived = mayHaveArrived || response.status >= 500 || response.status == 409 }
            try await wait(delay)
        }
        preconditionFailure("the loop ends by returning")
    }

    private func delay(after outcome: Result<ClientResponse, TransportError>, number: Int) -> Duration? {
        switch outcome {
        case .success(let response):
            guard policy.retries(response) else { return nil }
            let asked = response.headers["Retry-After"].flatMap { Int($0) }.map { Duration.seconds($0) }
            return policy.delay(beforeRetry: number, jitter: jitter(), retryAfter: asked)
        case .failure(let error):
            return policy.retries(error) ? policy.delay(beforeRetry: number, jitter: jitter()) : nil
        }
    }

    /// A last attempt that sent nothing does not undo that an earlier one may have arrived.
    private static func result(
        _ outcome: Result<ClientResponse, TransportError>, mayHaveArrived: Bool
    ) throws(TransportError) -> ClientResponse {
        if case .failure(let error) = outcome, mayHaveArrived, error.progress == .nothingSent {
            throw TransportError(error.kind, .maybeSent, reason: error.reason)
        }
        return try outcome.get()
    }
}
