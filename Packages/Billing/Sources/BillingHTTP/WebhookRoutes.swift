public import Billing
internal import Core
public import HTTPServer

/// Where the provider delivers its events: limit, verify, keep, 200 (STR-060).
public struct WebhookRoutes: Sendable {
    /// 1 MiB; the server stops reading there (STR-049).
    public static let bodyLimit = 1_048_576

    private let intake: any WebhookReceiving
    private let observer: any WebhookRejectionObserver

    /// Makes the routes.
    public init(intake: any WebhookReceiving, observer: any WebhookRejectionObserver) {
        self.intake = intake
        self.observer = observer
    }

    /// Adds the route and its alias.
    public func register(on router: inout Router) {
        router.describe("Webhooks") { Self.descriptions }
        for (path, operation) in [
            ("/v1/webhooks/stripe", "receive_stripe_event"), ("/admin/v1/webhooks/stripe", "receive_stripe_event_at_admin_path"),
        ] {
            router.add(.post, path, operation: operation, bodyLimit: Self.bodyLimit) { request in
                try await receive(request, route: path)
            }
        }
    }

    private func receive(_ request: Request, route: String) async throws -> Response {
        do {
            try await intake.receive(signature: request.headers["Stripe-Signature"], body: request.body)
            return try .json(["received": true])
        } catch let rejection as WebhookRejection {
            await observer.rejected(rejection, from: request.remoteAddress, route: route, bytes: request.body.count)
            throw rejection
        } catch {
            throw UnstoredDelivery(underlying: error)
        }
    }
}

extension WebhookRejection: ProblemConvertible {
    /// Always 400; nothing in it helps to forge.
    public var problem: Problem {
        switch self {
        case .missingSignature: .badRequest("The signature is missing.", code: "MISSING_SIGNATURE")
        case .invalidSignature, .untimely: .badRequest("The signature is not valid.", code: "INVALID_SIGNATURE")
        case .notAnEvent: .badRequest("The body is not an event.", code: "INVALID_INPUT")
        }
    }
}

/// A delivery that could not be kept: the provider sends it again (STR-062).
private struct UnstoredDelivery: ProblemConvertible, WrappingError {
    let underlying: (any Error)?

    var problem: Problem { .unavailable("The event could not be kept. Send it again.", code: "DATABASE_ERROR", after: 5) }
}
