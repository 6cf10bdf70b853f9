public import Core
public import HTTPServer
public import Identity

/// The second step of a sign-in and recovery codes: `/v1/auth/mfa`.
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
        registerSignIn(on: &router)
        registerCodes(on: &router)
    }

    private func registerSignIn(on router: inout Router) {
        let limit = AuthRoutes.bodyLimit
        router.add(.post, "/v1/auth/mfa/options", operation: "get_mfa_options", bodyLimit: limit) { request in
            let token = SecretString(try request.decode(MFAOptionsBody.self).mfaToken)
            return try .secret(["options": try await services.secondFactors.options(for: token)])
        }
        router.add(
            .post, "/v1/auth/mfa/verify", operation: "verify_mfa", bodyLimit: limit,
            services.protected { request in
                let body = try request.decode(MFAVerifyBody.self)
                let outcome = try await services.secondFactors.completeSignIn(
                    with: try body.answer(), for: SecretString(body.mfaToken), from: request.clientContext)
                return try .secret(outcome.body(message: "Signed in.", at: services.dateSource.now, settings: services.settings))
            })
    }

    private func registerCodes(on router: inout Router) {
        router.add(
            .get, "/v1/auth/mfa/status", operation: "get_mfa_status",
            authenticator.authenticated { _, principal in
                let status = try await services.secondFactors.status(of: principal.userID)
                return try .json(
                    [
                        "passkey_count": .integer(Int64(status.passkeys)),
                        "recovery_codes_remaining": .integer(Int64(status.recoveryCodes)),
                        "enforcement_applies": .bool(status.isEnforced),
                    ] as JSONValue)
            })
        router.add(
            .post, "/v1/auth/mfa/recovery-codes/regenerate", operation: "regenerate_mfa_recovery_codes", bodyLimit: AuthRoutes.bodyLimit,
            authenticator.authenticated { request, principal in
                try principal.require(.userWrite)
                let codes = try await services.secondFactors.renewRecoveryCodes(
                    provenBy: try request.decode(ProofBody.self).proof(), by: principal, from: request.clientContext)
                return try .secret(["codes": .array(codes.map { .string($0) })])
            })
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

    func answer() throws(IdentityError) -> SecondFactorAnswer {
        switch (assertion, recoveryCode) {
        case (let assertion?, nil): .assertion(assertion)
        case (nil, let code?): .recoveryCode(code)
        default: throw .proofAmbiguous
        }
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

    /// At most one proof.
    func proof() throws(IdentityError) -> Proof? {
        try Proof(password: password, assertion: assertion)
    }
}

extension Proof {
    /// The proof of a body; `nil` without one.
    ///
    /// - Throws: ``IdentityError/proofAmbiguous`` for two.
    public init?(password: String?, assertion: JSONValue?) throws(IdentityError) {
        switch (password, assertion) {
        case (nil, nil): return nil
        case (let password?, nil): self = .password(Password(password))
        case (nil, let assertion?): self = .assertion(assertion)
        case (_?, _?): throw .proofAmbiguous
        }
    }
}
