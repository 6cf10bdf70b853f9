import HTTPClient
import Synchronization
import Testing

@Suite struct RetryTests {
    /// Answers from a list and remembers what it was asked; asked too often, it fails the test.
    private final class Script: HTTPTransport {
        private let answers: Mutex<[Result<ClientResponse, TransportError>]>
        let requests = Mutex<[ClientRequest]>([])

        init(_ answers: Result<ClientResponse, TransportError>...) {
            self.answers = Mutex(answers)
        }

        func send(_ request: ClientRequest) async throws -> ClientResponse {
            requests.withLock { $0.append(request) }
            let answer = answers.withLock { $0.isEmpty ? nil : $0.removeFirst() }
            return try #require(answer).get()
        }
    }

    private static let broken = TransportError(.interrupted, .maybeSent, reason: "reset")
    private static let unreachable = TransportError(.connection, .nothingSent, reason: "refused")

    private func run(_ script: Script, policy: HTTPRetryPolicy = HTTPRetryPolicy(maximumRetries: 2)) async -> (
        result: Result<Int, TransportError>, waits: [Duration]
    ) {
        let waits = Waits()
        let transport = RetryingTransport(
            script, policy: policy, timeout: .seconds(60), jitter: { 1 }, wait: { duration in waits.all.withLock { $0.append(duration) } })
        do {
            let response = try await transport.send(ClientRequest("POST", "https://example.com", body: [7]))
            return (.success(response.status), waits.all.withLock { $0 })
        } catch let error as TransportError {
            return (.failure(error), waits.all.withLock { $0 })
        } catch {
            Issue.record(error)
            return (.success(0), [])
        }
    }

    private final class Waits: Sendable {
        let all = Mutex<[Duration]>([])
    }

    @Test func `STR-013 faults, 409 and 500 are tried again at most twice with the same bytes`() async {
        let script = Script(.failure(Self.broken), .success(ClientResponse(status: 500)), .success(ClientResponse(status: 409)))
        let (result, waits) = await run(script)
        #expect(result == .success(409))
        #expect(waits == [.milliseconds(500), .seconds(1)])
        #expect(script.requests.withLock { $0.map(\.body) } == [[7], [7], [7]])
    }

    @Test(arguments: [200, 302, 400, 401, 402, 404, 429])
    func `STR-013 other answers are not tried again`(status: Int) async {
        let (result, waits) = await run(Script(.success(ClientResponse(status: status))))
        #expect(result == .success(status))
        #expect(waits.isEmpty)
    }

    @Test(arguments: [TransportError.Kind.certificate, .invalidRequest, .limit, .closed])
    func `STR-013 a wrong certificate and a refused request are not tried again`(kind: TransportError.Kind) async {
        let error = TransportError(kind, .nothingSent, reason: "x")
        let (result, _) = await run(Script(.failure(error)))
        #expect(result == .failure(error))
    }

    @Test func `STR-013 the server's own advice overrules the status`() async {
        var policy = HTTPRetryPolicy(maximumRetries: 2)
        policy.adviceHeader = "Stripe-Should-Retry"
        let never = ClientResponse(status: 500, headers: ["stripe-should-retry": "false"])
        #expect(await run(Script(.success(never)), policy: policy).result == .success(500))
        let again = ClientResponse(status: 429, headers: ["stripe-should-retry": "true"])
        let result = await run(Script(.success(again), .success(ClientResponse(status: 200))), policy: policy).result
        #expect(result == .success(200))
    }

    @Test func `STR-014 waits double to a ceiling, are cut by jitter, and the server may ask for more`() {
        let policy = HTTPRetryPolicy(maximumRetries: 9)
        #expect(
            (1...6).map { policy.delay(beforeRetry: $0, jitter: 1) } == [
                .milliseconds(500), .seconds(1), .seconds(2), .seconds(4), .seconds(5), .seconds(5),
            ])
        #expect((1...3).map { policy.delay(beforeRetry: $0, jitter: 0) } == [.milliseconds(500), .milliseconds(500), .seconds(1)])
        #expect(policy.delay(beforeRetry: 1, jitter: 1, retryAfter: .seconds(9)) == .seconds(9))
        #expect(policy.delay(beforeRetry: 5, jitter: 1, retryAfter: .seconds(1)) == .seconds(5))
    }

    @Test func `a last attempt that sent nothing does not hide that an earlier one may have arrived`() async {
        let (result, _) = await run(Script(.failure(Self.broken), .failure(Self.unreachable), .failure(Self.unreachable)))
        #expect(result == .failure(TransportError(.connection, .maybeSent, reason: "refused")))
        let none = await run(Script(.failure(Self.unreachable), .failure(Self.unreachable), .failure(Self.unreachable))).result
        #expect(none == .failure(Self.unreachable))
    }

    @Test func `a wait beyond the deadline is not begun`() async {
        let answer = ClientResponse(status: 503, headers: ["Retry-After": "3600"])
        let (result, waits) = await run(Script(.success(answer)))
        #expect(result == .success(503))
        #expect(waits.isEmpty)
    }
}
