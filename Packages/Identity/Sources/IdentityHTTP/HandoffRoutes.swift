internal import Core
public import HTTPServer
internal import Identity

/// The handoff of a sign-in to a sister app: `/v1/auth/sso-…`.
public struct HandoffRoutes: Sendable {
    private let services: IdentityServices
    private let authenticator: Authenticator

    /// Makes the routes.
    public init(_ services: IdentityServices) {
        self.services = services
        authenticator = Authenticator(services.authenticator)
    }

    /// Adds the routes to a table.
    public func register(on router: inout Router) {
        router.describe("Identity") { Self.descriptions }
        let limit = AuthRoutes.bodyLimit
        router.add(.post, "/v1/auth/sso-token", operation: "generate_sso_token", bodyLimit: limit) { request in
            let principal = try await principal(of: request)
            let offer = try await services.handoffs.issueToken(by: principal)
            return try .secret([
                "token": offer.token.withValue { .string($0) }, "expires_at": .text(offer.expiresAt),
                "apps": .array(offer.apps.map { .string($0) }),
            ])
        }
        router.add(.post, "/v1/auth/sso-exchange", operation: "sso_token_exchange", bodyLimit: limit) { request in
            let body = try request.decode(SSOExchangeBody.self)
            let ticket = try await services.handoffs.exchange(
                SecretString(body.token), for: body.targetApp, returningTo: body.returnURL, from: request.clientContext)
            return try .secret([
                "session_id": ticket.id.withValue { .string($0) }, "redirect_url": .string(ticket.redirectURL),
                "expires_at": .text(ticket.expiresAt),
            ])
        }
        router.add(.post, "/v1/auth/sso-complete", operation: "complete_sso_auth", bodyLimit: limit) { request in
            let body = try request.decode(SSOCompleteBody.self)
            let outcome = try await services.handoffs.complete(SecretString(body.sessionID), from: request.clientContext)
            return try .secret(outcome.body(message: "Signed in.", at: services.dateSource.now, settings: services.settings))
        }
    }

    /// A bearer; without any credential in a header the cookie of a browser, unless the page that sends it is a stranger's (ID-137).
    private func principal(of request: Request) async throws -> Principal {
        guard request.headers["Authorization"] == nil, request.headers["X-API-Key"] == nil, let token = Self.cookie(of: request) else {
            return try await authenticator.principal(of: request)
        }
        if let origin = request.headers["Origin"] {
            guard services.settings.apps.contains(where: { $0.origin == origin }) else { throw IdentityError.unauthorized }
        }
        var request = request
        request.headers["Authorization"] = "Bearer \(token)"
        return try await authenticator.principal(of: request)
    }

    /// RFC 6265 §4.2.1
    private static func cookie(of request: Request) -> String? {
        for field in request.headers.all("Cookie") {
            for pair in field.split(separator: ";") {
                let pair = pair.drop { $0 == " " }
                if pair.hasPrefix("auth-token=") { return String(pair.dropFirst("auth-token=".count)) }
            }
        }
        return nil
    }
}

struct SSOExchangeBody: Decodable {
    let token: String
    let targetApp: String
    let returnURL: String?

    enum CodingKeys: String, CodingKey {
        case token
        case targetApp = "target_app"
        case returnURL = "return_url"
    }
}

struct SSOCompleteBody: Decodable {
    let sessionID: String

    enum CodingKeys: String, CodingKey {
        case sessionID = "session_id"
    }
}
