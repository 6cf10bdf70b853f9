internal import Core
internal import HTTPServer
internal import Identity

/// Registration, sign-in, sessions, passwords, verification.
struct AuthRoutes {
    let services: IdentityServices
    let authenticator: Authenticator

    /// The most bytes of a body with credentials (ID-006).
    static let bodyLimit = 16_384

    func register(on router: inout Router) {
        accounts(on: &router)
        sessions(on: &router)
        passwords(on: &router)
        facts(on: &router)
    }

    private func answer(_ outcome: SignInOutcome, _ message: String, showsOrg: Bool = false, status: Status = .ok) throws -> Response {
        let body = AuthBody(outcome, message: message, showsOrg: showsOrg, now: services.dateSource.now, settings: services.settings)
        return try .json(body, status: status, headers: ["Cache-Control": "no-store"])
    }

    private func accounts(on router: inout Router) {
        router.add(.post, "/v1/auth/register", operation: "register_user", bodyLimit: Self.bodyLimit) { request in
            let body = try request.decode(RegisterBody.self)
            guard let name = PersonName(body.name) else { throw Problem.personName }
            let outcome = try await services.registrar.register(
                RegistrationRequest(
                    name: name, email: body.email, password: Password(body.password), captcha: body.captchaToken.map { SecretString($0) },
                    invitation: body.inviteToken.map { InvitationSecret($0) }), from: request.client)
            return try answer(outcome, "Welcome to Trellis. Your workspace is ready.", showsOrg: true, status: .created)
        }
        router.add(.post, "/v1/auth/email/verify", operation: "verify_email", bodyLimit: Self.bodyLimit) { request in
            let body = try request.decode(TokenBody.self)
            return try answer(
                try await services.profiles.verifyEmail(with: SecretString(body.token), from: request.client), "The address is verified.")
        }
        router.add(
            .post, "/v1/auth/email/resend", operation: "resend_verification_email",
            authenticator.authenticated { _, principal in
                try await services.profiles.resendVerification(to: principal.userID)
                return try .json(["message": "The verification mail is on its way."])
            })
    }

    private func sessions(on router: inout Router) {
        router.add(.post, "/v1/auth/login", operation: "login_user", bodyLimit: Self.bodyLimit) { request in
            let body = try request.decode(LoginBody.self)
            let credentials = PasswordCredentials(email: body.email, password: Password(body.password))
            return try answer(
                try await services.signIn.signIn(with: credentials, preferring: try request.explicitOrg(), from: request.client), "Signed in.")
        }
        router.add(.post, "/v1/auth/refresh", operation: "refresh_auth_session") { request in
            guard let token = request.bearer else { throw IdentityError.unauthorized }
            return try answer(try await services.sessions.refresh(token, from: request.client), "The session goes on.")
        }
        router.add(.post, "/v1/auth/logout", operation: "logout_user") { request in
            if let token = request.bearer { try await services.sessions.logOut(token, from: request.client) }
            return try .json(["message": "Signed out."])
        }
        router.add(
            .get, "/v1/auth/me", operation: "get_current_auth_user",
            authenticator.authenticated { _, principal in
                _ = try principal.requireSession()
                return try .json(UserBody(principal))
            })
    }

    private func passwords(on router: inout Router) {
        router.add(.post, "/v1/auth/password/check", operation: "check_password_strength", bodyLimit: Self.bodyLimit) { request in
            let body = try request.decode(PasswordCheckBody.self)
            return try .json(
                PasswordCheckAnswer(rating: PasswordPolicy.rate(Password(body.password), for: body.email.flatMap { EmailAddress($0) })))
        }
        router.add(.get, "/v1/auth/password/policy", operation: "get_password_policy") { _ in
            try .json(JSONValue.object(["policy": Self.policy]))
        }
        router.add(.post, "/v1/auth/password/forgot", operation: "forgot_password", bodyLimit: Self.bodyLimit) { request in
            struct Body: Decodable { let email: String }
            guard let address = EmailAddress(try request.decode(Body.self).email) else { throw IdentityError.invalidEmail }
            try await services.passwords.requestReset(for: address, from: request.client)
            return try .json(["message": "If there is an account with this address, a mail is on its way."])
        }
        router.add(.get, "/v1/auth/password/reset/validate", operation: "validate_reset_token") { request in
            let address = try await services.passwords.inspectReset(SecretString(request.query["token"] ?? ""))
            return try .json(
                JSONValue.object(["valid": .bool(address != nil), "email": address.map { .string($0.masked) } ?? .null]),
                headers: ["Cache-Control": "no-store"])
        }
        router.add(.post, "/v1/auth/password/reset", operation: "reset_password", bodyLimit: Self.bodyLimit) { request in
            let body = try request.decode(ResetBody.self)
            let outcome = try await services.passwords.reset(
                to: Password(body.newPassword), with: SecretString(body.token), from: request.client)
            return try answer(outcome, "The password is set.")
        }
    }

    private func facts(on router: inout Router) {
        let settings = services.settings
        router.add(.get, "/v1/auth/providers", operation: "get_auth_providers") { _ in
            try .json(
                JSONValue.object([
                    "password_auth": .bool(settings.isPasswordSignInEnabled), "registration": .bool(settings.isRegistrationOpen),
                    "passkeys": false, "oidc": ["enabled": false, "provider_id": nil, "display_name": nil],
                ]))
        }
        router.add(.get, "/v1/auth/captcha/config", operation: "get_captcha_config") { _ in
            try .json(
                JSONValue.object([
                    "required": .bool(settings.captcha != nil), "site_key": settings.captcha.map { .string($0.siteKey) } ?? .null,
                    "provider": settings.captcha.map { .string($0.provider) } ?? .null,
                ]))
        }
    }

    private static let policy: JSONValue = [
        "min_length": .integer(Int64(PasswordPolicy.minimumLength)), "max_length": .integer(Int64(PasswordPolicy.maximumLength)),
        "require_uppercase": true, "require_lowercase": true, "require_digits": true, "require_special": true,
        "min_unique_chars": .integer(Int64(PasswordPolicy.minimumDifferentCharacters)),
        "min_strength_score": .integer(Int64(PasswordPolicy.minimumScore)), "special_chars": .string(PasswordPolicy.specialCharacters),
    ]
}

extension Problem {
    /// 422 for a name that ID-005 refuses.
    static let personName = Problem.invalidField(
        "name", message: "must have 1 to 100 characters, without line ends, control characters and direction marks")
}
