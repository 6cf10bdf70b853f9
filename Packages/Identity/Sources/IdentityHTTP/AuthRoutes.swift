internal import Core
public import HTTPServer
internal import Identity

/// Registration, sign-in, sessions, passwords by mail: `/v1/auth`.
public struct AuthRoutes: Sendable {
    static let bodyLimit = 16_384
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
        registerSessions(on: &router)
        registerMailedLinks(on: &router)
        registerInformation(on: &router)
    }

    private func answer(_ outcome: SignInOutcome, _ message: String, status: Status = .ok) throws -> Response {
        try .secret(outcome.body(message: message, at: services.dateSource.now, settings: services.settings), status: status)
    }

    private func answer(_ step: SignInStep, _ message: String) throws -> Response {
        try .secret(step.body(message: message, at: services.dateSource.now, settings: services.settings))
    }

    private func registerSignIn(on router: inout Router) {
        router.add(
            .post, "/v1/auth/register", operation: "register_user", bodyLimit: Self.bodyLimit,
            services.protected { request in
                let body = try request.decode(RegisterBody.self)
                let outcome = try await services.registrar.register(try body.request(), from: request.clientContext)
                return try answer(outcome, "Your account is ready, with a personal workspace of its own.", status: .created)
            })
        router.add(
            .post, "/v1/auth/login", operation: "login_user", bodyLimit: Self.bodyLimit,
            services.protected { request in
                let body = try request.decode(LoginBody.self)
                let org = try body.orgID.map { text in
                    guard let org = OrgReference(text) else { throw IdentityError.notOrgMember }
                    return org
                }
                let credentials = PasswordCredentials(
                    email: body.email, password: try Fields.password(body.password, "password", atLeast: 8),
                    captcha: body.captchaToken.map { SecretString($0) })
                return try answer(
                    try await services.signIn.begin(with: credentials, preferring: org, from: request.clientContext), "Signed in.")
            })
        router.add(.post, "/v1/auth/refresh", operation: "refresh_auth_session") { request in
            guard let token = Authenticator.bearerText(of: request) else { throw IdentityError.unauthorized }
            try await request.admit(holderOf: token, services)
            return try answer(try await services.sessions.refresh(token, from: request.clientContext), "Session refreshed.")
        }
        router.add(.post, "/v1/auth/logout", operation: "logout_user") { request in
            if let token = Authenticator.bearerText(of: request) {
                try await request.admit(holderOf: token, services)
                try await services.sessions.logOut(token, from: request.clientContext)
            }
            return try .json(["message": "Signed out."] as JSONValue)
        }
    }

    private func registerSessions(on router: inout Router) {
        router.add(.get, "/v1/auth/me", operation: "get_current_auth_user") { request in
            let principal = try await authenticator.principalByBearer(of: request)
            let session: Session.ID? = if case .session(let id, _) = principal.credential { id } else { nil }
            return try .json(
                [
                    "id": .text(principal.userID), "email": .text(principal.email), "name": .text(principal.name),
                    "email_verified": .bool(principal.isEmailVerified), "org": principal.orgScope?.body ?? .null,
                    "role": .text(principal.orgScope?.role.rawValue), "session_id": .text(session),
                ] as JSONValue)
        }
        router.add(
            .get, "/v1/auth/sessions", operation: "list_sessions",
            authenticator.authenticated { request, principal in
                let current = try principal.requireSession()
                let sessions = try await services.sessions.sessions(
                    of: principal.userID, includingEnded: request.query["include"] == "ended")
                return try .json(["sessions": .array(sessions.map { $0.body(current: current) })] as JSONValue)
            })
        router.add(
            .delete, "/v1/auth/sessions/{session_id}", operation: "end_session",
            authenticator.authenticated { request, principal in
                try await services.sessions.end(try request.parameter("session_id"), by: principal)
                return try success("The session was ended.")
            })
        router.add(
            .post, "/v1/auth/logout-all", operation: "logout_everywhere", bodyLimit: Self.bodyLimit,
            authenticator.authenticated { request, principal in
                let body = try request.decodeIfPresent(LogoutAllBody.self)
                let kept = try await services.sessions.logOutEverywhere(
                    keepingCurrent: body?.keepCurrent ?? false, includingKeys: body?.apiKeys ?? false, by: principal)
                return try kept.map { try answer($0, "All other sessions were ended.") } ?? success("All sessions were ended.")
            })
        router.add(
            .put, "/v1/auth/session/org", operation: "switch_org", bodyLimit: Self.bodyLimit,
            authenticator.authenticated { request, principal in
                _ = try principal.requireSession()
                let org = try request.decode(OrgBody.self).org()
                guard let org else { throw Problem.invalidField("org_id", message: "must not be null", type: "missing") }
                return try answer(try await services.sessions.move(to: org, by: principal), "The session acts for another org.")
            })
    }

    private func registerMailedLinks(on router: inout Router) {
        router.add(
            .post, "/v1/auth/email/resend", operation: "resend_verification_email",
            authenticator.authenticated { _, principal in
                _ = try principal.requireSession()
                try await services.profiles.resendVerification(to: principal.userID)
                return try .json(["message": "The mail is on its way."] as JSONValue)
            })
        router.add(.post, "/v1/auth/email/verify", operation: "verify_email", bodyLimit: Self.bodyLimit) { request in
            let token = SecretString(try request.decode(TokenBody.self).token)
            return try answer(
                try await services.profiles.verifyEmail(with: token, from: request.clientContext), "Your address is verified.")
        }
        router.add(.post, "/v1/auth/email/disown", operation: "disown_account", bodyLimit: Self.bodyLimit) { request in
            let outcome = try await services.accounts.disown(with: SecretString(try request.decode(TokenBody.self).token))
            return try success(outcome.message, data: ["deactivated": .bool(outcome == .deactivated)])
        }
        router.add(
            .post, "/v1/auth/password/forgot", operation: "forgot_password", bodyLimit: Self.bodyLimit,
            services.protected { request in
                let body = try request.decode(EmailBody.self)
                guard let email = EmailAddress(body.email) else { throw IdentityError.invalidEmail }
                if services.settings.asksCaptchaOnReset {
                    try await services.requireCaptcha(body.captchaToken.map { SecretString($0) }, request.clientContext)
                }
                try await services.passwords.requestReset(for: email, from: request.clientContext)
                return try .json(["message": "If the address has an account, a mail is on its way."] as JSONValue)
            })
        router.add(.get, "/v1/auth/password/reset/validate", operation: "validate_reset_token") { request in
            guard let token = request.query["token"] else {
                throw Problem.invalidFields([.init(location: ["query", "token"], message: "is required", type: "missing")])
            }
            let email = try await services.passwords.inspectReset(SecretString(token))
            return try .json(["valid": .bool(email != nil), "email": .text(email?.masked)] as JSONValue)
        }
        router.add(
            .post, "/v1/auth/password/reset", operation: "reset_password", bodyLimit: Self.bodyLimit,
            services.protected { request in
                let body = try request.decode(ResetPasswordBody.self)
                let password = try Fields.password(body.newPassword, "new_password", atLeast: 1)
                return try answer(
                    try await services.passwords.reset(
                        to: password, with: SecretString(body.token), revokingKeys: body.revokeAPIKeys ?? false,
                        from: request.clientContext),
                    "Your password is set.")
            })
    }

    private func registerInformation(on router: inout Router) {
        router.add(.get, "/v1/auth/providers", operation: "get_auth_providers") { _ in
            try .json(
                [
                    "password_auth": .bool(services.settings.isPasswordSignInEnabled),
                    "registration": .bool(services.settings.isRegistrationOpen),
                    "passkeys": .bool(services.hasPasskeys), "oidc": ["enabled": false, "provider_label": nil],
                ] as JSONValue)
        }
        router.add(.get, "/v1/auth/captcha/config", operation: "get_captcha_config") { _ in
            let captcha = services.settings.captcha
            return try .json(
                [
                    "required": .bool(captcha != nil), "site_key": .text(captcha?.siteKey), "provider": .text(captcha?.provider),
                ] as JSONValue)
        }
        router.add(.get, "/v1/auth/password/policy", operation: "get_password_policy") { _ in
            try .json(
                [
                    "policy": [
                        "min_length": .integer(Int64(PasswordPolicy.minimumLength)),
                        "max_length": .integer(Int64(PasswordPolicy.maximumLength)),
                        "require_uppercase": true, "require_lowercase": true, "require_digits": true, "require_special": true,
                        "min_unique_chars": .integer(Int64(PasswordPolicy.minimumDifferentCharacters)),
                        "min_strength_score": .integer(Int64(PasswordPolicy.minimumScore)),
                        "special_chars": .string(PasswordPolicy.specialCharacters),
                    ]
                ] as JSONValue)
        }
        router.add(.post, "/v1/auth/password/check", operation: "check_password_strength", bodyLimit: Self.bodyLimit) { request in
            let body = try request.decode(PasswordCheckBody.self)
            guard (1...PasswordPolicy.maximumLength).contains(Password(body.password).count) else {
                throw Problem.invalidField("password", message: "must have 1 to \(PasswordPolicy.maximumLength) characters")
            }
            return try .json(PasswordPolicy.rate(Password(body.password), for: body.email.flatMap(EmailAddress.init)).body)
        }
        router.add(.get, "/.well-known/jwks.json", operation: "get_public_keys") { _ in
            try .json(services.tokens.publicKeys(at: services.dateSource.now), headers: ["Cache-Control": "public, max-age=300"])
        }
    }
}

struct LogoutAllBody: Decodable {
    let keepCurrent: Bool?
    let apiKeys: Bool?

    enum CodingKeys: String, CodingKey {
        case keepCurrent = "keep_current"
        case apiKeys = "api_keys"
    }
}

struct OrgBody: Decodable {
    let orgID: String?

    enum CodingKeys: String, CodingKey {
        case orgID = "org_id"
    }

    /// The field must be there: an org that was forgotten is not an org that was taken away, which is `null`.
    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        guard container.contains(.orgID) else {
            throw DecodingError.keyNotFound(CodingKeys.orgID, .init(codingPath: decoder.codingPath, debugDescription: "is missing"))
        }
        orgID = try container.decodeIfPresent(String.self, forKey: .orgID)
    }

    func org() throws -> OrgReference? {
        try orgID.map { text in
            guard let org = OrgReference(text) else { throw IdentityError.notOrgMember }
            return org
        }
    }
}

extension PasswordRating {
    var body: JSONValue {
        [
            "is_valid": .bool(isAcceptable), "strength": .string(strength.rawValue), "score": .integer(Int64(score)),
            "errors": .array(errors.map { .string($0) }), "suggestions": .array(suggestions.map { .string($0) }),
            "character_types": [
                "uppercase": .bool(hasUppercase), "lowercase": .bool(hasLowercase), "digits": .bool(hasDigit), "special": .bool(hasSpecial),
            ],
        ]
    }
}
