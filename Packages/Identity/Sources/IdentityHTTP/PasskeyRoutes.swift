internal import Core
public import HTTPServer
internal import Identity

/// Passkeys: enrolling, signing in by them, and looking after them: `/v1/auth/passkeys`.
public struct PasskeyRoutes: Sendable {
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
        registerEnrolment(on: &router)
        registerSignIn(on: &router)
        registerPasskeys(on: &router)
    }

    private func options(_ options: JSONValue) throws -> Response { try .secret(["options": options]) }

    /// Of the two lanes one: a session, or the token of a sign-in that asks for a first passkey (ID-120).
    private func registerEnrolment(on router: inout Router) {
        let limit = AuthRoutes.bodyLimit
        router.add(.post, "/v1/auth/passkeys/register/options", operation: "get_passkey_registration_options", bodyLimit: limit) {
            request in
            let body = try request.decode(ProofBody.self)
            if let token = body.mfaToken {
                guard body.password == nil, body.assertion == nil else { throw IdentityError.proofAmbiguous }
                return try options(
                    try await services.passkeys.enrolmentOptions(for: .forced(SecretString(token)), from: request.clientContext))
            }
            let principal = try await authenticator.principal(of: request)
            try principal.require(.userWrite)
            return try options(
                try await services.passkeys.enrolmentOptions(for: .session(principal, try body.proof()), from: request.clientContext))
        }
        router.add(.post, "/v1/auth/passkeys/register/verify", operation: "verify_passkey_registration", bodyLimit: limit) { request in
            let body = try request.decode(PasskeyRegistrationBody.self)
            let name = try body.name.map(Self.name)
            let lane: EnrolmentLane
            if let token = body.mfaToken {
                lane = .forced(SecretString(token))
            } else {
                let principal = try await authenticator.principal(of: request)
                try principal.require(.userWrite)
                lane = .session(principal, nil)
            }
            let enrolment = try await services.passkeys.enrol(body.credential, named: name, in: lane, from: request.clientContext)
            return try .secret(
                [
                    "passkey": enrolment.passkey.body,
                    "recovery_codes": enrolment.recoveryCodes.map { .array($0.map { .string($0) }) } ?? .null,
                    "auth": enrolment.signIn?.body(
                        message: "Your passkey is enrolled.", at: services.dateSource.now, settings: services.settings) ?? .null,
                ])
        }
    }

    private func registerSignIn(on router: inout Router) {
        let limit = AuthRoutes.bodyLimit
        router.add(.post, "/v1/auth/passkeys/login/options", operation: "get_passkey_login_options", bodyLimit: limit) { _ in
            try options(try await services.passkeys.signInOptions())
        }
        router.add(
            .post, "/v1/auth/passkeys/login/verify", operation: "verify_passkey_login", bodyLimit: limit,
            services.protected { request in
                let body = try request.decode(PasskeySignInBody.self)
                let outcome = try await services.passkeys.signIn(with: body.assertion, from: request.clientContext)
                return try .secret(outcome.body(message: "Signed in.", at: services.dateSource.now, settings: services.settings))
            })
    }

    private func registerPasskeys(on router: inout Router) {
        let limit = AuthRoutes.bodyLimit
        router.add(
            .get, "/v1/auth/passkeys", operation: "list_user_passkeys",
            authenticator.authenticated { _, principal in
                try principal.require(.userRead)
                let passkeys = try await services.passkeys.passkeys(of: principal.userID)
                return try .json(["passkeys": .array(passkeys.map(\.body))] as JSONValue)
            })
        router.add(
            .post, "/v1/auth/passkeys/reauth/options", operation: "get_passkey_reauth_options",
            authenticator.authenticated { _, principal in
                try options(try await services.passkeys.reauthenticationOptions(for: principal.userID))
            })
        router.add(
            .patch, "/v1/auth/passkeys/{passkey_id}", operation: "rename_user_passkey", bodyLimit: limit,
            authenticator.authenticated { request, principal in
                try principal.require(.userWrite)
                let id = try request.parameter("passkey_id", as: Passkey.ID.self)
                let name = try Self.name(try request.decode(PasskeyNameBody.self).name)
                return try .json(try await services.passkeys.rename(id, to: name, by: principal).body)
            })
        router.add(
            .delete, "/v1/auth/passkeys/{passkey_id}", operation: "delete_user_passkey", bodyLimit: limit,
            authenticator.authenticated { request, principal in
                try principal.require(.userWrite)
                let proof = try request.decode(ProofBody.self).proof()
                // Whether there is such a passkey is told only to whoever has proven who they are.
                try await services.passkeys.remove(
                    try? request.parameter("passkey_id", as: Passkey.ID.self), provenBy: proof, by: principal, from: request.clientContext)
                return try success("The passkey was removed.")
            })
    }

    private static func name(_ text: String) throws -> String {
        guard let name = Passkey.name(text) else {
            throw Problem.invalidField("name", message: "must have 1 to 100 characters and no control characters")
        }
        return name
    }
}

struct PasskeySignInBody: Decodable {
    let assertion: JSONValue
}

struct PasskeyNameBody: Decodable {
    let name: String
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

extension Passkey {
    /// `PasskeyInfo` of the wire contract.
    var body: JSONValue {
        [
            "id": .text(id), "name": .string(name), "created_at": .text(createdAt), "backup_eligible": .bool(facts.isBackupEligible),
            "backup_state": .bool(isBackedUp), "last_used_at": .text(lastUsedAt),
        ]
    }
}
