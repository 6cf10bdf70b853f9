internal import Billing
internal import Core
internal import HTTPClient
internal import Observability

/// One HTTP exchange with Stripe: headers, deadline, retries inside the call.
struct StripeClient: Sendable {
    private let configuration: StripeConfiguration
    private let transport: any HTTPTransport
    private let pacing: StripePacing
    private let circuit: StripeCircuit
    private let ration: StripeRation?
    private let log: Log

    init(
        configuration: StripeConfiguration, transport: any HTTPTransport, pacing: StripePacing, circuit: StripeCircuit = StripeCircuit(),
        allowance: (any CallAllowance)? = nil, log: Log
    ) {
        self.configuration = configuration
        self.transport = transport
        self.pacing = pacing
        self.circuit = circuit
        ration = allowance.map { StripeRation($0, wait: pacing.wait, log: log) }
        self.log = log
    }

    /// Sends a request, again with the same bytes and key where section 2 of stripe.md allows it.
    func send(_ request: ProviderRequest, key: IdempotencyKey?, budget: CallBudget) async -> StripeAnswer {
        var exchanges: [ProviderExchange] = []
        return await send(request, key: key, budget: budget, noting: &exchanges)
    }

    /// Sends a request and notes every exchange that it took.
    func send(
        _ request: ProviderRequest, key: IdempotencyKey?, budget: CallBudget, noting exchanges: inout [ProviderExchange]
    ) async -> StripeAnswer {
        let deadline = ContinuousClock.now + budget.limit
        var mayHaveArrived = false
        for attempt in 1... {
            if let pause = await ration?.admit(request, budget, isOrder: request.method != "GET") {
                guard !mayHaveArrived else {
                    return .failed(TransportError(.connection, .maybeSent, reason: "the calls of this second are used up"))
                }
                return .rationed(pause)
            }
            let answer = await sendOnce(
                request, key: key, within: deadline - ContinuousClock.now, attempt: attempt, noting: &exchanges)
            await ration?.note(answer)
            if case .failed(let error) = answer { mayHaveArrived = mayHaveArrived || error.progress == .maybeSent }
            if case .held = answer, mayHaveArrived {
                return .failed(TransportError(.connection, .maybeSent, reason: "the circuit is open"))
            }
            guard attempt <= pacing.maximumRetries, pacing.retries(answer) else { return answer.noting(mayHaveArrived: mayHaveArrived) }
            let delay = pacing.delay(beforeRetry: attempt, after: answer)
            guard ContinuousClock.now + delay < deadline, await pacing.wait(delay) else {
                return answer.noting(mayHaveArrived: mayHaveArrived)
            }
            if case .answered(let response) = answer { mayHaveArrived = mayHaveArrived || response.status >= 500 || response.status == 409 }
        }
        preconditionFailure("the loop ends by returning")
    }

    private func sendOnce(
        _ request: ProviderRequest, key: IdempotencyKey?, within time: Duration, attempt: Int,
        noting exchanges: inout [ProviderExchange]
    ) async -> StripeAnswer {
        // Nobody waits for what cannot be reached (STR-019).
        if let pause = circuit.admit() { return .held(pause) }
        var message = ClientRequest(request.method, configuration.apiBase + request.path, timeout: max(time, .milliseconds(1)))
        configuration.secretKey.withValue { message.headers.add("Authorization", "Bearer " + $0) }
        message.headers.add("Stripe-Version", StripeConfiguration.apiVersion)
        message.headers.add("User-Agent", configuration.userAgent)
        message.headers.add("Accept", "application/json")
        if let key { message.headers.add("Idempotency-Key", key.description) }
        if request.method == "POST" {
            message.headers.add("Content-Type", "application/x-www-form-urlencoded")
            message.body = Array(request.body.utf8)
        }
        let start = ContinuousClock.now
        let answer = await exchange(message)
        circuit.note(answer)
        let exchange = ProviderExchange(answer, attempt: attempt, took: ContinuousClock.now - start)
        exchanges.append(exchange)
        note(exchange, answer, method: request.method)
        return answer
    }

    private func exchange(_ message: ClientRequest) async -> StripeAnswer {
        do {
            return .answered(try await transport.send(message))
        } catch let error as TransportError {
            return .failed(error)
        } catch {
            return .failed(TransportError(.interrupted, .maybeSent, reason: "the call was cancelled"))
        }
    }

    /// Bodies are never logged (STR-020).
    private func note(_ exchange: ProviderExchange, _ answer: StripeAnswer, method: String) {
        var fields: [String: JSONValue] = [
            "method": .string(method), "attempt": .integer(Int64(exchange.attempt)), "milliseconds": .integer(exchange.milliseconds),
        ]
        if exchange.status != nil { fields["replayed"] = .bool(exchange.isReplay) }
        fields["status"] = exchange.status.map { .integer(Int64($0)) }
        fields["request_id"] = exchange.requestID.map { .string($0) }
        fields["original_request"] = exchange.originalRequest.map { .string($0) }
        if case .failed(let error) = answer { fields["failure"] = .string(error.description) }
        log.info("provider call", fields)
    }
}

extension ProviderExchange {
    init(_ answer: StripeAnswer, attempt: Int, took: Duration) {
        switch answer {
        case .answered(let response):
            self.init(
                attempt: attempt, status: response.status, requestID: response.headers["Request-Id"],
                originalRequest: response.headers["Original-Request"], isReplay: response.headers["Idempotent-Replayed"] == "true",
                milliseconds: took.wholeMilliseconds)
        case .failed, .held, .rationed:
            self.init(
                attempt: attempt, status: nil, requestID: nil, originalRequest: nil, isReplay: false, milliseconds: took.wholeMilliseconds)
        }
    }
}

/// What one exchange gave.
enum StripeAnswer: Sendable {
    case answered(ClientResponse)
    case failed(TransportError)
    /// Nothing was sent: the provider cannot be reached, and is asked again only after a while.
    case held(Duration)
    /// Nothing was sent: the calls that all processes may make are used up for now.
    case rationed(Duration)

    /// A last attempt that sent nothing does not undo that an earlier one may have arrived.
    func noting(mayHaveArrived: Bool) -> StripeAnswer {
        guard mayHaveArrived, case .failed(let error) = self, error.progress == .nothingSent else { return self }
        return .failed(TransportError(error.kind, .maybeSent, reason: error.reason))
    }
}

extension CallBudget {
    /// How long a call may take in all (STR-003).
    var limit: Duration {
        switch self {
        case .interactive: .seconds(15)
        case .job: .seconds(80)
        case .brief: .seconds(5)
        }
    }
}
