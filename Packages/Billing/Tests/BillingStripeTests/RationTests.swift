import Billing
import Core
import HTTPClient
import Observability
import Synchronization
import Testing

@testable import BillingStripe

/// Calls that have to wait for their turn; nothing waits really, and no clock is looked at but the process's own.
@Suite struct RationTests {
    /// So many calls, then none until a test, or a wait, gives more.
    private final class Purse: CallAllowance, Sendable {
        struct State {
            var left: Int64
            var asked: [String] = []
            var slowed = 0
            var isBroken = false
        }

        struct Broken: Error {}

        let state: Mutex<State>

        init(_ left: Int64) { state = Mutex(State(left: left)) }

        func lease(_ wanted: Int64, of share: CallShare, at endpoint: String) async throws -> Int64 {
            try state.withLock { state in
                guard !state.isBroken else { throw Broken() }
                state.asked.append("\(share.rawValue) \(endpoint)")
                let granted = min(wanted, state.left)
                state.left -= granted
                return granted
            }
        }

        func slowDown() async throws { state.withLock { $0.slowed += 1 } }
    }

    private func provider(
        _ transport: StubTransport, _ purse: Purse, wait: @escaping @Sendable (Duration) async -> Bool = { _ in true }
    ) throws -> StripePaymentProvider {
        StripePaymentProvider(
            configuration: try StripeConfiguration(secretKey: SecretString("sk_test_1"), isSandboxMode: true), transport: transport,
            pacing: StripePacing(maximumRetries: 0, jitter: { 1 }, wait: wait), allowance: purse, log: .silent)
    }

    private func order(_ provider: StripePaymentProvider, _ budget: CallBudget) async -> ProviderOutcome {
        let intent = ProviderIntent.fixture(.createCustomer(.init(org: .make(at: .init(secondsSinceEpoch: 0)), email: nil, name: "A")))
        return await provider.send(provider.request(for: intent), for: intent, budget: budget)
    }

    @Test func `STR-E34 in a storm of refusals no more is sent than was leased, whoever waits is told quickly, and each refusal slows all`()
        async throws
    {
        let busy = StubTransport.Answer.status(429, #"{"error":{"code":"rate_limit"}}"#)
        let (transport, purse) = (StubTransport(Array(repeating: busy, count: 5)), Purse(5))
        let provider = try provider(transport, purse, wait: { _ in false })
        var pauses: [Duration?] = []
        for _ in 1...30 {
            guard case .retryLater(let failure) = await order(provider, .interactive) else { throw RationFault() }
            #expect(failure.kind == .busy)
            pauses.append(failure.retryAfter)
        }
        #expect(transport.requests.count == 5)
        #expect(purse.state.withLock(\.slowed) == 5)
        #expect(pauses.suffix(25).allSatisfy { $0 == .seconds(1) })
        // A lock that somebody holds is no refusal for too many calls.
        let locked = StubTransport([.status(429, #"{"error":{"code":"lock_timeout"}}"#)])
        let another = Purse(1)
        _ = await order(try self.provider(locked, another), .interactive)
        #expect(another.state.withLock(\.slowed) == 0)
    }

    @Test func `STR-017 people, orders and looks have shares of their own, and a job waits for its turn`() async throws {
        let purse = Purse(1)
        let transport = StubTransport(Array(repeating: .status(200, AnswerTests.customer), count: 8))
        // What it waits for is given to it by its second wait.
        let waits = Mutex(0)
        let provider = try provider(transport, purse) { _ in
            waits.withLock { waits in
                waits += 1
                if waits == 2 { purse.state.withLock { $0.left = 4 } }
                return true
            }
        }
        guard case .succeeded = await order(provider, .interactive) else { throw RationFault() }
        guard case .succeeded = await order(provider, .job) else { throw RationFault() }
        #expect(waits.withLock { $0 } == 2)
        _ = try? await provider.wallet(of: ProviderID("cus_1"), budget: .interactive)
        let asked = purse.state.withLock(\.asked)
        #expect(asked.first == "interactive customers" && asked[1] == "money customers")
        purse.state.withLock { $0.left = 4 }
        _ = try? await provider.price(ProviderID("price_1"), budget: .job)
        #expect(purse.state.withLock(\.asked).last == "upkeep prices")
    }

    @Test func `STR-017 who cannot count goes on all the same`() async throws {
        let purse = Purse(0)
        purse.state.withLock { $0.isBroken = true }
        guard case .succeeded = await order(try provider(StubTransport([.status(200, AnswerTests.customer)]), purse), .job) else {
            throw RationFault()
        }
    }
}

private struct RationFault: Error {}
