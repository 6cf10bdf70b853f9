import Billing
import BillingHTTP
import Core
import HTTPServer
import Synchronization
import Testing

@Suite struct WebhookRouteTests {
    /// Answers each delivery as it was told.
    struct Intake: WebhookReceiving {
        let error: (any Error)?

        func receive(signature: String?, body: [UInt8]) async throws -> InboundEvent.ID {
            if let error { throw error }
            return .make(at: Instant(secondsSinceEpoch: 0))
        }
    }

    final class Observer: WebhookRejectionObserver, Sendable {
        let seen = Mutex<[String]>([])

        func rejected(_ rejection: WebhookRejection, from remoteAddress: String, route: String, bytes: Int) async {
            seen.withLock { $0.append("\(rejection) \(remoteAddress) \(route) \(bytes)") }
        }
    }

    private struct DatabaseDown: Error {}

    private func deliver(_ path: String, _ error: (any Error)?, _ observer: Observer = Observer()) async throws -> Response {
        var router = Router()
        WebhookRoutes(intake: Intake(error: error), observer: observer).register(on: &router)
        let request = try #require(
            Request(
                method: .post, target: path, body: [1, 2, 3], remoteAddress: "203.0.113.9",
                id: RequestID.make(at: Instant(secondsSinceEpoch: 0))))
        return await router.respond(to: request)
    }

    @Test(arguments: ["/v1/webhooks/stripe", "/admin/v1/webhooks/stripe"])
    func `STR-060 the intake and its alias answer 200 for what was kept`(path: String) async throws {
        #expect(try await deliver(path, nil).status == .ok)
    }

    @Test(arguments: [WebhookRejection.missingSignature, .invalidSignature, .untimely, .notAnEvent])
    func `STR-052 a refused delivery is 400 and told to the observer, never 2xx`(rejection: WebhookRejection) async throws {
        let observer = Observer()
        #expect(try await deliver("/v1/webhooks/stripe", rejection, observer).status == .badRequest)
        #expect(observer.seen.withLock { $0 } == ["\(rejection) 203.0.113.9 /v1/webhooks/stripe 3"])
    }

    @Test func `STR-062 STR-E07 with the database down the delivery is 503, so that it comes again`() async throws {
        let observer = Observer()
        let response = try await deliver("/v1/webhooks/stripe", DatabaseDown(), observer)
        #expect(response.status == .serviceUnavailable)
        #expect(response.headers["Retry-After"] != nil)
        #expect(observer.seen.withLock { $0 }.isEmpty)
    }

    @Test func `STR-049 the routes take at most a mebibyte`() {
        var router = Router()
        WebhookRoutes(intake: Intake(error: nil), observer: Observer()).register(on: &router)
        #expect(router.routes.map(\.bodyLimit) == [1_048_576, 1_048_576])
    }
}
