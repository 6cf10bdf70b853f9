internal import Core
public import HTTPServer
internal import Identity

/// Second factors, passkeys and the handoff to sister apps, for a deployment where none is on: nobody has enrolled anything, and no token of theirs was
/// ever made, so that each call has one truthful answer (wire contract, section 1).
public struct SecondFactorRoutes: Sendable {
    private let authenticator: Authenticator

    /// Makes the routes.
    public init(_ services: IdentityServices) {
        authenticator = Authenticator(services.authenticator)
    }

    /// Adds the routes to a table.
    public func register(on router: inout Router) {
        let limit = AuthRoutes.bodyLimit
        router.add(
            .get, "/v1/auth/mfa/status", operation: "get_mfa_status",
            authenticator.authenticated { _, _ in
                try .json(["passkey_count": 0, "recovery_codes_remaining": 0, "enforcement_applies": false] as JSONValue)
            })
        router.add(
            .get, "/v1/auth/passkeys", operation: "list_user_passkeys",
            authenticator.authenticated { _, _ in try .json(["passkeys": []] as JSONValue) })
        router.add(.post, "/v1/auth/mfa/options", operation: "get_mfa_options", bodyLimit: limit) { request in
            _ = try request.decode(MFATokenBody.self)
            throw IdentityError.mfaTokenInvalid
        }
        router.add(.post, "/v1/auth/mfa/verify", operation: "verify_mfa", bodyLimit: limit) { request in
            _ = try request.decode(MFATokenBody.self)
            throw IdentityError.mfaTokenInvalid
        }
        router.add(
            .post, "/v1/auth/mfa/recovery-codes/regenerate", operation: "regenerate_mfa_recovery_codes", bodyLimit: limit,
            authenticator.authenticated { _, _ in throw IdentityError.noPasskey })
        router.add(
            .post, "/v1/auth/passkeys/reauth/options", operation: "get_passkey_reauth_options",
            authenticator.authenticated { _, _ in throw IdentityError.noPasskey })
        router.add(
            .delete, "/v1/auth/passkeys/{passkey_id}", operation: "delete_user_passkey", bodyLimit: limit,
            authenticator.authenticated { _, _ in throw IdentityError.notFound })
        router.add(.post, "/v1/auth/sso-exchange", operation: "sso_token_exchange", bodyLimit: limit) { request in
            _ = try request.decode(SSOExchangeBody.self)
            throw IdentityError.handoffInvalid
        }
        router.add(.post, "/v1/auth/sso-complete", operation: "complete_sso_auth", bodyLimit: limit) { request in
            _ = try request.decode(SSOCompleteBody.self)
            throw IdentityError.handoffInvalid
        }
    }
}

struct MFATokenBody: Decodable {
    let mfaToken: String

    enum CodingKeys: String, CodingKey {
        case mfaToken = "mfa_token"
    }
}

struct SSOExchangeBody: Decodable {
    let token: String
    let targetApp: String

    enum CodingKeys: String, CodingKey {
        case token
        case targetApp = "target_app"
    }
}

struct SSOCompleteBody: Decodable {
    let sessionID: String

    enum CodingKeys: String, CodingKey {
        case sessionID = "session_id"
    }
}
