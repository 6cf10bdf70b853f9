import Billing
import Core
import HTTPClient
import Observability
import Synchronization
import Testing

@testable import BillingStripe

/// A stand-in for the network: answers what it was told, in order, and remembers what was asked; untold, it fails the test.
final class StubTransport: HTTPTransport, Sendable {
    enum Answer: Sendable {
        case status(Int, String, [(String, String)] = [])
        case failure(TransportError)
    }

    private let state: Mutex<(answers: [Answer], requests: [ClientRequest])>

    init(_ answers: [Answer]) {
        state = Mutex((answers, []))
    }

    var requests: [ClientRequest] { state.withLock { $0.requests } }

    func send(_ request: ClientRequest) async throws -> ClientResponse {
        let answer = state.withLock { state -> Answer? in
            state.requests.append(request)
            return state.answers.isEmpty ? nil : state.answers.removeFirst()
        }
        switch answer {
        case .status(let status, let body, let headers):
            var fields = ClientHeaders()
            for (name, value) in headers { fields.add(name, value) }
            return ClientResponse(status: status, headers: fields, body: Array(body.utf8))
        case .failure(let error): throw error
        case .none:
            Issue.record("a call that nobody expected: \(request.method) \(request.url)")
            throw TransportError(.connection, .nothingSent, reason: "not told what to do")
        }
    }
}

extension StripePaymentProvider {
    /// A provider on a stub, without waits between retries.
    static func stubbed(_ transport: StubTransport) throws -> StripePaymentProvider {
        StripePaymentProvider(
            configuration: try StripeConfiguration(secretKey: SecretString("sk_test_1"), isSandboxMode: true), transport: transport,
            pacing: StripePacing(jitter: { 1 }, wait: { _ in true }), log: .silent)
    }
}

extension ProviderIntent {
    static func fixture(_ command: ProviderCommand) -> ProviderIntent {
        ProviderIntent(
            id: .make(at: Instant(secondsSinceEpoch: 1_700_000_000)), org: nil, object: "test", operationSequence: 1, command: command,
            at: Instant(secondsSinceEpoch: 1_700_000_000))
    }
}
