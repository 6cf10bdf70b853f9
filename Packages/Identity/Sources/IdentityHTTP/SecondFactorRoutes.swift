internal import Core
public import HTTPServer
internal import Identity

/// Second factors and passkeys for a deployment in which they are not on: nobody has enrolled anything, and no token of theirs was ever made, so that
/// each call has one truthful answer, in the order in which the contract judges a request: its form, who calls, the proof (ID-120, ID-125, ID-128).
public struct SecondFactorRoutes: Sendable {
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
        registerSecondFactor(on: &router)
        registerEnrolment(on: &router)
        registerPasskeySignIn(on: &router)
        registerPasskeys(on: &router)
    }

    private func registerSecondFactor(on router: inout Router) {
        let limit = AuthRoutes.bodyLimit
        router.add(
            .get, "/v1/auth/mfa/status", operation: "get_mfa_status",
            authenticator.authenticated { _, _ in
                try .json(["passkey_count": 0, "recovery_codes_remaining": 0, "enforcement_applies": false] as JSONValue)
            })
        router.add(.post, "/v1/auth/mfa/options", operation: "get_mfa_options", bodyLimit: limit) { request in
            _ = try request.decode(MFAOptionsBody.self)
            throw IdentityError.mfaTokenInvalid
        }
        router.add(.post, "/v1/auth/mfa/verify", operation: "verify_mfa", bodyLimit: limit) { request in
            let body = try request.decode(MFAVerifyBody.self)
            guard (body.assertion == nil) != (body.recoveryCode == nil) else { throw IdentityError.proofAmbiguous }
            throw IdentityError.mfaTokenInvalid
        }
        router.add(
            .post, "/v1/auth/mfa/recovery-codes/regenerate", operation: "regenerate_mfa_recovery_codes", bodyLimit: limit,
            authenticator.authenticated { request, principal in
                try principal.require(.userWrite)
                try await prove(try request.decode(ProofBody.self), by: principal, from: request.clientContext)
                throw IdentityError.noPasskey
            })
    }

    private func registerEnrolment(on router: inout Router) {
        let limit = AuthRoutes.bodyLimit
        router.add(.post, "/v1/auth/passkeys/register/options", operation: "get_passkey_registration_options", bodyLimit: limit) {
            request in
            let body = try request.decode(ProofBody.self)
            if body.mfaToken != nil {
                guard body.password == nil, body.assertion == nil else { throw IdentityError.proofAmbiguous }
                throw IdentityError.mfaTokenInvalid
            }
            let principal = try await authenticator.principal(of: request)
            try principal.require(.userWrite)
            try await prove(body, by: principal, from: request.clientContext)
            throw IdentityError.passkeysDisabled
        }
        router.add(.post, "/v1/auth/passkeys/register/verify", operation: "verify_passkey_registration", bodyLimit: limit) { request in
            let body = try request.decode(PasskeyRegistrationBody.self)
            if let name = body.name, name.count > 100 { throw Problem.invalidField("name", message: "must have at most 100 characters") }
            if body.mfaToken != nil { throw IdentityError.mfaTokenInvalid }
            _ = try await authenticator.principal(of: request)
            throw IdentityError.passkeysDisabled
        }
    }

    private func registerPasskeySignIn(on router: inout Router) {
        let limit = AuthRoutes.bodyLimit
        router.add(.post, "/v1/auth/passkeys/login/options", operation: "get_passkey_login_options", bodyLimit: limit) { _ in
            throw IdentityError.passkeysDisabled
        }
        router.add(.post, "/v1/auth/passkeys/login/verify", operation: "verify_passkey_login", bodyLimit: limit) { request in
            _ = try request.decode(PasskeySignInBody.self)
            throw IdentityError.mfaFailed
        }
    }

    private func registerPasskeys(on router: inout Router) {
        let limit = AuthRoutes.bodyLimit
        router.add(
            .get, "/v1/auth/passkeys", operation: "list_user_passkeys",
            authenticator.authenticated { _, principal in
                try principal.require(.userRead)
                return try .json(["passkeys": []] as JSONValue)
            })
        router.add(
            .post, "/v1/auth/passkeys/reauth/options", operation: "get_passkey_reauth_options",
            authenticator.authenticated { _, _ in throw IdentityError.noPasskey })
        router.add(
            .delete, "/v1/auth/passkeys/{passkey_id}", operation: "delete_user_passkey", bodyLimit: limit,
            authenticator.authenticated { request, principal in
                try principal.require(.userWrite)
                try await prove(try request.decode(ProofBody.self), by: principal, from: request.clientContext)
                throw IdentityError.notFound
            })
    }

    /// Exactly one proof: the current password, since no assertion can be good where no passkey is enrolled.
    private func prove(_ body: ProofBody, by principal: Principal, from client: ClientContext) async throws {
        guard body.password == nil || body.assertion == nil else { throw IdentityError.proofAmbiguous }
        guard body.assertion == nil else { throw IdentityError.proofFailed }
        guard let password = body.password else { throw IdentityError.proofRequired }
        try await services.proofs.check(Password(password), of: principal, from: client)
    }
}

struct MFAOptionsBody: Decodable {
    let mfaToken: String

    enum CodingKeys: String, CodingKey {
        case mfaToken = "mfa_token"
    }
}

struct MFAVerifyBody: Decodable {
    let mfaToken: String
    let assertion: JSONValue?
    let recoveryCode: String?

    enum CodingKeys: String, CodingKey {
        case assertion
        case mfaToken = "mfa_token"
        case recoveryCode = "recovery_code"
    }
}

struct ProofBody: Decodable {
    let password: String?
    let assertion: JSONValue?
    let mfaToken: String?

    enum CodingKeys: String, CodingKey {
        case password, assertion
        case mfaToken = "mfa_token"
    }
}

struct PasskeySignInBody: Decodable {
    let assertion: JSONValue
}

struct PasskeyRegistrationBody: Decodable {
    let credential: JSONValue
    let name: String?
    let mfaToken: String?

    enum CodingKeys: String, CodingKey {
        case credential, name
        case mfaToken = "mfa_token"
    }
}
