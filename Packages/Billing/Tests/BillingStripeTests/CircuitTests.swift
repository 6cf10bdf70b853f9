import Billing
import Core
import HTTPClient
import Observability
import Synchronization
import Testing

@testable import BillingStripe

@Suite struct CircuitTests {
    /// A clock that a test moves.
    private final class Hands: Sendable {
        private let time = Mutex(ContinuousClock.now)
        var now: ContinuousClock.Instant { time.withLock { $0 } }
        func move(_ duration: Duration) { time.withLock { $0 += duration } }
    }

    private static let refused = StubTransport.Answer.failure(TransportError(.connection, .nothingSent, reason: "test"))

    private func provider(_ transport: StubTransport, _ hands: Hands) throws -> StripePaymentProvider {
        StripePaymentProvider(
            configuration: try StripeConfiguration(secretKey: SecretString("sk_test_1"), isSandboxMode: true), transport: transport,
            pacing: StripePacing(maximumRetries: 0, jitter: { 1 }, wait: { _ in true }), circuit: StripeCircuit(clock: { hands.now }),
            log: .silent)
    }

    private func ask(_ provider: StripePaymentProvider, _ budget: CallBudget) async -> ProviderOutcome {
        let intent = ProviderIntent.fixture(.createCustomer(.init(org: .make(at: .init(secondsSinceEpoch: 0)), email: nil, name: "A")))
        return await provider.send(provider.request(for: intent), for: intent, budget: budget)
    }

    @Test func `STR-019 after ten failed connections in a row nothing is sent for 30 seconds, then one call tries and closes it again`()
        async throws
    {
        let transport = StubTransport(
            Array(repeating: Self.refused, count: 11) + [.status(200, AnswerTests.customer), .status(200, AnswerTests.customer)])
        let hands = Hands()
        let provider = try provider(transport, hands)
        for _ in 1...10 { _ = await ask(provider, .job) }
        #expect(transport.requests.count == 10)
        // Whoever waits is told at once, a job when to come again; neither is sent.
        for budget in [CallBudget.interactive, .job] {
            guard case .retryLater(let failure) = await ask(provider, budget) else { throw CircuitTestFault() }
            #expect(failure.kind == .unreachable)
            #expect(failure.retryAfter == .seconds(30))
        }
        #expect(transport.requests.count == 10)
        hands.move(.seconds(30))
        // The first try fails as well: another half minute.
        _ = await ask(provider, .job)
        #expect(transport.requests.count == 11)
        hands.move(.seconds(29))
        _ = await ask(provider, .job)
        #expect(transport.requests.count == 11)
        hands.move(.seconds(1))
        for _ in 1...2 {
            guard case .succeeded = await ask(provider, .job) else { throw CircuitTestFault() }
        }
        #expect(transport.requests.count == 13)
    }

    @Test func `STR-019 an answer between, even a refusal, begins the count anew, and while one call tries the others wait`() async throws {
        let hands = Hands()
        let transport = StubTransport(Array(repeating: Self.refused, count: 9) + [.status(402, "{}")] + [Self.refused])
        let provider = try provider(transport, hands)
        for _ in 1...11 { _ = await ask(provider, .job) }
        #expect(transport.requests.count == 11)
        let circuit = StripeCircuit(clock: { hands.now })
        for _ in 1...10 { circuit.note(.failed(TransportError(.connection, .nothingSent, reason: "test"))) }
        hands.move(.seconds(30))
        #expect(circuit.admit() == nil)
        #expect(circuit.admit() == .seconds(1))
        circuit.note(.failed(TransportError(.interrupted, .maybeSent, reason: "it was there")))
        #expect(circuit.admit() == nil)
    }
}

private struct CircuitTestFault: Error {}
