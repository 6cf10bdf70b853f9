internal import Core
internal import HTTPServer
internal import Identity

/// The own account and its keys.
struct UserRoutes {
    let services: IdentityServices
    let authenticator: Authenticator

    func register(on router: inout Router) {
        profile(on: &router)
        keys(on: &router)
        notEnrolled(on: &router)
    }

    private func profile(on router: inout Router) {
        router.add(
            .get, "/v1/user", operation: "get_current_user",
            authenticator.authenticated { _, principal in
                try principal.require(.userRead)
                return try .json(UserBody(principal))
            })
        router.add(
            .put, "/v1/user", operation: "update_user", bodyLimit: AuthRoutes.bodyLimit,
            authenticator.authenticated { request, principal in
                try principal.require(.userWrite)
                let body = try request.decode(UpdateUserBody.self)
                let name = try body.name.map { text throws in
                    guard let name = PersonName(text) else { throw Problem.personName }
                    return name
                }
                let changes = ProfileChanges(name: name, email: body.email, proof: body.reauthPassword.map { Password($0) })
                return try .json(UserBody(try await services.profiles.update(changes, by: principal, from: request.client)))
            })
        router.add(
            .put, "/v1/user/password", operation: "update_user_password", bodyLimit: AuthRoutes.bodyLimit,
            authenticator.authenticated { request, principal in
                try principal.require(.userWrite)
                let body = try request.decode(UpdatePasswordBody.self)
                guard body.newPassword == body.confirmPassword else { throw IdentityError.passwordMismatch }
                try await services.passwords.change(
                    to: Password(body.newPassword), from: Password(body.currentPassword), by: principal, from: request.client)
                return try .json(SuccessBody(message: "The password was changed; your other sessions have ended."))
            })
    }

    private func keys(on router: inout Router) {
        router.add(
            .get, "/v1/user/api-keys", operation: "list_user_api_keys",
            authenticator.authenticated { _, principal in
                try principal.require(.userRead)
                let keys = try await services.keys.keys(of: principal.userID, includingInactive: false)
                return try .json(["api_keys": keys.map { APIKeyBody($0, now: services.dateSource.now) }])
            })
        router.add(
            .post, "/v1/user/api-keys", operation: "create_user_api_key", bodyLimit: AuthRoutes.bodyLimit,
            authenticator.authenticated { request, principal in
                try principal.require(.keysWrite)
                let draft = try request.decode(CreateAPIKeyBody.self).draft()
                let (key, secret) = try await services.keys.create(draft, by: principal)
                return try .json(
                    CreatedAPIKeyBody(apiKey: APIKeyBody(key, now: services.dateSource.now), key: secret.withValue { $0 }), status: .created,
                    headers: ["Cache-Control": "no-store"])
            })
        router.add(
            .put, "/v1/user/api-keys/{api_key_id}", operation: "update_user_api_key", bodyLimit: AuthRoutes.bodyLimit,
            authenticator.authenticated { request, principal in
                try principal.require(.keysWrite)
                let body = try request.decode(UpdateAPIKeyBody.self)
                let key = try await services.keys.relabel(
                    try request.parameter("api_key_id"), name: body.name, description: body.description, by: principal)
                return try .json(APIKeyBody(key, now: services.dateSource.now))
            })
        router.add(
            .delete, "/v1/user/api-keys/{api_key_id}", operation: "revoke_user_api_key",
            authenticator.authenticated { request, principal in
                try principal.require(.keysWrite)
                let id: APIKey.ID = try request.parameter("api_key_id")
                try await services.keys.revoke(id, by: principal)
                return try .json(SuccessBody(message: "The key was revoked.", data: ["api_key_id": .string(id.description)]))
            })
    }

    /// Nobody has a passkey, a second factor or a grant in this deployment; the published client learns so by the contract's own words.
    private func notEnrolled(on router: inout Router) {
        router.add(
            .get, "/v1/auth/mfa/status", operation: "get_mfa_status",
            authenticator.authenticated { _, _ in
                try .json(JSONValue.object(["passkey_count": 0, "recovery_codes_remaining": 0, "enforcement_applies": false]))
            })
        router.add(
            .get, "/v1/auth/passkeys", operation: "list_user_passkeys",
            authenticator.authenticated { _, _ in try .json(JSONValue.object(["passkeys": []])) })
        router.add(
            .get, "/v1/user/oauth/grants", operation: "list_user_o_auth_grants",
            authenticator.authenticated { _, _ in try .json(JSONValue.object(["grants": []])) })
    }
}

struct UpdateUserBody: Decodable {
    let name: String?
    let email: String?
    let reauthPassword: String?

    enum CodingKeys: String, CodingKey {
        case name, email
        case reauthPassword = "reauth_password"
    }
}

struct UpdatePasswordBody: Decodable {
    let currentPassword: String
    let newPassword: String
    let confirmPassword: String

    enum CodingKeys: String, CodingKey {
        case currentPassword = "current_password"
        case newPassword = "new_password"
        case confirmPassword = "confirm_password"
    }
}
