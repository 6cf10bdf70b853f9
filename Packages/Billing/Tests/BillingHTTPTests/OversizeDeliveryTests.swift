import Billing
import BillingHTTP
import Core
import EventLoops
import HTTPClient
import HTTPServer
import Synchronization
import Testing

/// Deliveries that are too large to be any.
@Suite struct OversizeDeliveryTests {
    /// Counts what comes as far as a signature check.
    final class CountingIntake: WebhookReceiving, Sendable {
        let calls = Mutex(0)

        func receive(signature: String?, body: [UInt8]) async throws -> InboundEvent.ID {
            calls.withLock { $0 += 1 }
            return .make(at: Instant(secondsSinceEpoch: 0))
        }
    }

    struct NoObserver: WebhookRejectionObserver {
        func rejected(_ rejection: WebhookRejection, from remoteAddress: String, route: String, bytes: Int) async {}
    }

    private func delivering(_ body: [UInt8], signature: String) async throws -> (status: Int?, calls: Int) {
        let loops = try EventLoopGroup(count: 1, name: "oversize")
        let intake = CountingIntake()
        var router = Router()
        WebhookRoutes(intake: intake, observer: NoObserver()).register(on: &router)
        let server = Server(configuration: ServerConfiguration(port: 0), router: router, loops: loops)
        let port = try await server.start()
        var plain = CurlTransport.Configuration()
        plain.allowsPlainLoopback = true
        let transport = CurlTransport(configuration: plain)
        var request = ClientRequest("POST", "http://127.0.0.1:\(port)/v1/webhooks/stripe", body: body)
        request.headers["Content-Type"] = "application/json"
        request.headers["Stripe-Signature"] = signature
        // The server may close before it has read everything: then there is no answer to be had.
        let status = try? await transport.send(request).status
        transport.close()
        await server.drain()
        loops.shutdown()
        return (status, intake.calls.withLock { $0 })
    }

    @Test func `STR-E06 STR-049 a body of 5 MB is refused before anything is hashed`() async throws {
        let answer = try await delivering([UInt8](repeating: 0x7B, count: 5 * 1_048_576), signature: "t=1,v1=00")
        #expect(answer.calls == 0)
        #expect(answer.status == nil || answer.status == 413)
    }

    @Test func `STR-E06 a header of 100 kB is refused before anything is hashed`() async throws {
        let answer = try await delivering([0x7B, 0x7D], signature: "t=1,v1=" + String(repeating: "0", count: 100_000))
        #expect(answer.calls == 0)
        #expect(answer.status == nil || answer.status == 400 || answer.status == 431)
    }

    @Test func `STR-E06 a delivery of ordinary size arrives`() async throws {
        let answer = try await delivering([UInt8](repeating: 0x7B, count: 100_000), signature: "t=1,v1=00")
        #expect(answer.calls == 1)
        #expect(answer.status == 200)
    }
}
