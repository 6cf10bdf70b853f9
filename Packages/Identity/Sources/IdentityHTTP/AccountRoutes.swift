internal import Core
public import HTTPServer
internal import Identity

/// What the owner of an account does with it as a whole: takes a change of address back, ends it, takes a copy.
public struct AccountRoutes: Sendable {
    private static let bodyLimit = AuthRoutes.bodyLimit
    private let services: IdentityServices
    private let authenticator: Authenticator

    /// Makes the routes.
    public init(_ services: IdentityServices) {
        self.services = services
        authenticator = Authenticator(services.authenticator)
    }

    /// Adds the routes to a table.
    public func register(on router: inout Router) {
        // Whoever holds the mailed link, and nobody else: no credential is asked for, and a page that is only opened does nothing.
        router.add(.post, "/v1/user/email/revert", operation: "revert_email_change", bodyLimit: Self.bodyLimit) { request in
            let token = SecretString(try request.decode(TokenBody.self).token)
            switch try await services.profiles.revertEmail(with: token) {
            case .restored(let email):
                return try success(
                    "Your address is back, and everybody was signed out. Set a new password with the mail that is on its way.",
                    data: ["email": .string(email.masked), "deactivated": false])
            case .deactivated:
                return try success(
                    "The address has another account by now. This account is switched off until an operator has looked at it.",
                    data: ["email": .null, "deactivated": true])
            }
        }
    }
}
