internal import Core
public import HTTPServer
internal import Identity

/// The own account and its keys: `/v1/user`.
public struct UserRoutes: Sendable {
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
        router.describe("Identity") { Self.descriptions }
        registerProfile(on: &router)
        registerKeys(on: &router)
        registerGrants(on: &router)
    }

    private func registerProfile(on router: inout Router) {
        router.add(
            .get, "/v1/user", operation: "get_current_user",
            authenticator.authenticated { _, principal in
                try principal.require(.userRead)
                let notices = principal.mayHaveNotices ? try await services.profiles.pendingNotices(of: principal.userID) : []
                return try .json(principal.userBody(notices))
            })
        router.add(
            .put, "/v1/user", operation: "update_user", bodyLimit: Self.bodyLimit,
            authenticator.authenticated { request, principal in
                try principal.require(.userWrite)
                let body = try request.decode(UpdateUserBody.self)
                let changes = ProfileChanges(
                    name: try body.name.map(Fields.personName), email: body.email,
                    proof: try Proof(password: body.reauthPassword, assertion: body.reauthAssertion))
                let user = try await services.profiles.update(changes, by: principal, from: request.clientContext)
                return try .json(user.body(try await services.profiles.pendingNotices(of: user.id)))
            })
        router.add(
            .put, "/v1/user/password", operation: "update_user_password", bodyLimit: Self.bodyLimit,
            authenticator.authenticated { request, principal in
                try principal.require(.userWrite)
                let body = try request.decode(UpdatePasswordBody.self)
                let current = try Fields.password(body.currentPassword, "current_password", atLeast: 8)
                let new = try Fields.password(body.newPassword, "new_password", atLeast: 8)
                guard body.confirmPassword == body.newPassword else { throw IdentityError.passwordMismatch }
                try await services.passwords.change(to: new, from: current, by: principal, from: request.clientContext)
                return try success("The password was changed; other sessions were ended.")
            })
        router.add(
            .put, "/v1/user/default-org", operation: "set_default_org", bodyLimit: Self.bodyLimit,
            authenticator.authenticated { request, principal in
                let org = try request.decode(OrgBody.self).org()
                try await services.profiles.setDefaultOrg(org, by: principal)
                return try success("The default org was set.", data: ["org_id": .text(org)])
            })
    }

    private func registerKeys(on router: inout Router) {
        router.add(
            .get, "/v1/user/api-keys", operation: "list_user_api_keys",
            authenticator.authenticated { request, principal in
                try principal.require(.keysWrite)
                let keys = try await services.keys.keys(
                    of: principal.userID, includingInactive: request.query["include"] == "inactive")
                let now = services.dateSource.now
                return try .json(["api_keys": .array(keys.map { $0.body(at: now) })] as JSONValue)
            })
        router.add(
            .post, "/v1/user/api-keys", operation: "create_user_api_key", bodyLimit: Self.bodyLimit,
            authenticator.authenticated { request, principal in
                let draft = try request.decode(CreateAPIKeyBody.self).draft()
                let (key, secret) = try await services.keys.create(draft, by: principal)
                return try .secret(
                    ["api_key": key.body(at: services.dateSource.now), "key": secret.withValue { .string($0) }], status: .created)
            })
        router.add(
            .put, "/v1/user/api-keys/{api_key_id}", operation: "update_user_api_key", bodyLimit: Self.bodyLimit,
            authenticator.authenticated { request, principal in
                let id = try request.parameter("api_key_id", as: APIKey.ID.self)
                let body = try request.decode(UpdateAPIKeyBody.self)
                _ = try Fields.label(body.name ?? "-", body.description)
                let key = try await services.keys.relabel(id, name: body.name, description: body.description, by: principal)
                return try .json(key.body(at: services.dateSource.now))
            })
        router.add(
            .post, "/v1/user/api-keys/{api_key_id}/rotate", operation: "rotate_user_api_key", bodyLimit: Self.bodyLimit,
            authenticator.authenticated { request, principal in
                let id = try request.parameter("api_key_id", as: APIKey.ID.self)
                let hours = try request.decodeIfPresent(RotateAPIKeyBody.self)?.overlapHours ?? 24
                guard (0...168).contains(hours) else {
                    throw Problem.invalidField("overlap_hours", message: "must be from 0 to 168")
                }
                let (key, secret) = try await services.keys.rotate(id, keepingOldFor: .hours(hours), by: principal)
                return try .secret(
                    ["api_key": key.body(at: services.dateSource.now), "key": secret.withValue { .string($0) }], status: .created)
            })
        router.add(
            .delete, "/v1/user/api-keys/{api_key_id}", operation: "revoke_user_api_key",
            authenticator.authenticated { request, principal in
                let id = try request.parameter("api_key_id", as: APIKey.ID.self)
                try await services.keys.revoke(id, by: principal)
                return try success("The API key was ended.", data: ["api_key_id": .text(id)])
            })
    }

    /// The product is no OAuth server: there are no grants (ID-116).
    private func registerGrants(on router: inout Router) {
        router.add(
            .get, "/v1/user/oauth/grants", operation: "list_user_o_auth_grants",
            authenticator.authenticated { _, principal in
                try principal.require(.userRead)
                return try .json(["grants": []] as JSONValue)
            })
        router.add(
            .delete, "/v1/user/oauth/grants/{grant_id}", operation: "revoke_user_o_auth_grant",
            authenticator.authenticated { _, principal in
                try principal.require(.userWrite)
                throw IdentityError.notFound
            })
    }
}

extension Principal {
    /// `UserResponse` from what authentication found and one statement for the notices. No identity providers can be linked.
    func userBody(_ notices: [PendingNotice]) -> JSONValue {
        [
            "id": .text(userID), "name": .text(name), "email": .text(email), "email_verified": .bool(isEmailVerified), "accounts": [],
            "pending_notices": .array(notices.map(\.body)), "pending_kept_banner": .bool(notices.contains { $0.isKeptBanner }),
        ]
    }
}
