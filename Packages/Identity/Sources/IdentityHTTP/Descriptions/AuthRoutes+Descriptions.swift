internal import HTTPServer
internal import Identity

extension AuthRoutes {
    static var descriptions: [RouteDescription] { signIn + sessions + links + information }

    private static var signIn: [RouteDescription] {
        [
            RouteDescription("register_user", "Makes an account, and signs it in.", for: .everybody)
                .noting("A personal workspace is created with the account; it can be renamed and shared.")
                .noting("With `invite_token` the account joins the org of the invitation; the address must be the invited one.")
                .takes(
                    Schema(decoding: RegisterBody.self).telling("name", "1 to 100 characters, no control characters.")
                        .telling("password", "As GET /v1/auth/password/policy says.")
                        .refining("email", .text("ada@example.com"))
                )
                .answers(
                    .created, "The account with its session; `org` is never null here.", IdentitySchemas.authentication, headers: noStore
                )
                .refuses(
                    IdentityError.invalidEmail, IdentityError.weakPassword(["It is among the most common ones."]),
                    IdentityError.captchaRequired, IdentityError.captchaFailed, IdentityError.captchaUnavailable,
                    IdentityError.invitationInvalid, IdentityError.invitationEmailMismatch, IdentityError.emailTaken,
                    IdentityError.passwordAuthDisabled, IdentityError.registrationClosed, IdentityError.rateLimited(seconds: 60)
                ).guarded(),
            RouteDescription("login_user", "Signs in with address and password.", for: .everybody)
                .noting("An unknown address and a wrong password have one answer, in the same time.")
                .takes(
                    Schema(decoding: LoginBody.self).telling("org_id", "The org to act for; else the default one.")
                        .refining("email", .text("ada@example.com"))
                )
                .answers(.ok, "The session.", IdentitySchemas.authentication, headers: noStore)
                .refuses(
                    IdentityError.invalidCredentials, IdentityError.accountDisabled, IdentityError.notOrgMember,
                    IdentityError.captchaRequired, IdentityError.captchaFailed, IdentityError.captchaUnavailable,
                    IdentityError.passwordAuthDisabled, IdentityError.invalidEmail
                ).guarded(),
            RouteDescription("refresh_auth_session", "Gives a new access token for one that ends soon, or ended lately.", for: bearerOnly)
                .noting("A token that was replaced before ends the whole session: somebody else may hold it.")
                .answers(.ok, "The session with its new token.", IdentitySchemas.authentication, headers: noStore)
                .refuses(
                    IdentityError.unauthorized, IdentityError.tokenInvalid, IdentityError.tokenExpired, IdentityError.tokenReused,
                    IdentityError.sessionRevoked, IdentityError.sessionExpired, IdentityError.accountDisabled),
            RouteDescription("logout_user", "Ends the session of the token.", for: bearerOnly)
                .noting("It succeeds for a session that has ended, and without a token.")
                .answers(.ok, "There is no such session any more.", IdentitySchemas.message)
                .refuses(IdentityError.tokenInvalid, IdentityError.unauthorized),
        ]
    }

    private static var sessions: [RouteDescription] {
        [
            RouteDescription("get_current_auth_user", "Tells who the bearer of the token is.", for: .signedIn)
                .answers(.ok, "The person, the org and the session.", IdentitySchemas.me),
            RouteDescription("list_sessions", "Lists the own sessions.", for: .session)
                .query("include", .words("ended"), "`ended` for sessions that are over as well.")
                .answers(.ok, "The sessions.", .object("SessionList", ["sessions": .array(of: IdentitySchemas.session)])),
            RouteDescription("end_session", "Ends one of the own sessions.", for: .session)
                .answers(.ok, "It has ended.", IdentitySchemas.success()).refuses(IdentityError.notFound),
            RouteDescription("logout_everywhere", "Ends all own sessions.", for: .session)
                .mayTake(
                    Schema(decoding: LogoutAllBody.self).telling("keep_current", "Go on with this session, on a new token.")
                        .telling("api_keys", "End the API keys as well.")
                )
                .answers(
                    .ok, "They have ended; with `keep_current` the session that goes on.",
                    .object(["message": .text("All sessions were ended.")]).withOptional([
                        "success": .boolean, "data": .null, "user": .any, "org": .any, "status": .string, "mfa_token": .null,
                        "token": .string, "expires_in": .integer, "refresh_threshold": .integer,
                    ])),
            RouteDescription("switch_org", "Makes the session act for another org.", for: .session)
                .takes(Schema(decoding: OrgBody.self).refining("org_id", .id("org")))
                .answers(.ok, "The session with its new token.", IdentitySchemas.authentication, headers: noStore),
        ]
    }

    private static var links: [RouteDescription] {
        [
            RouteDescription("resend_verification_email", "Sends the mail that confirms the own address once more.", for: .session)
                .answers(.ok, "It is on its way.", IdentitySchemas.message)
                .refuses(
                    IdentityError.emailAlreadyVerified, IdentityError.sendBudgetExceeded(seconds: 600), IdentityError.mailDisabled),
            RouteDescription("verify_email", "Confirms an address, and signs in.", for: .link)
                .takes(Schema(decoding: TokenBody.self))
                .answers(.ok, "The session.", IdentitySchemas.authentication, headers: noStore)
                .refuses(
                    IdentityError.linkInvalid, IdentityError.linkExpired, IdentityError.linkUsed, IdentityError.accountDisabled,
                    IdentityError.emailTaken),
            RouteDescription("disown_account", "Removes an account that somebody else made with one's address.", for: .link)
                .takes(Schema(decoding: TokenBody.self))
                .answers(
                    .ok, "It is removed, or switched off where it is in use.",
                    IdentitySchemas.success(.object(["deactivated": .boolean]))
                )
                .refuses(IdentityError.linkInvalid, IdentityError.linkExpired, IdentityError.linkUsed),
            RouteDescription("forgot_password", "Sends a link to set a new password.", for: .everybody)
                .noting("The answer does not tell whether the address has an account.")
                .takes(Schema(decoding: EmailBody.self).refining("email", .text("ada@example.com")))
                .answers(.ok, "If there is such an account, the mail is on its way.", IdentitySchemas.message)
                .refuses(
                    IdentityError.invalidEmail, IdentityError.captchaRequired, IdentityError.captchaFailed,
                    IdentityError.captchaUnavailable, IdentityError.passwordAuthDisabled, IdentityError.mailDisabled,
                    IdentityError.sendBudgetExceeded(seconds: 600)
                ).guarded(),
            RouteDescription("validate_reset_token", "Tells whether a link to set a password works.", for: .link)
                .noting("It uses nothing up.").query("token", .string, "The link's token.", isRequired: true)
                .answers(
                    .ok, "Whether it works, and for which address, shortened.",
                    .object("ResetPasswordValidateResponse", ["valid": .boolean, "email": .text("a••@example.com").orNull])),
            RouteDescription("reset_password", "Sets a password by a mailed link, and signs in.", for: .link)
                .noting("All other sessions end.")
                .takes(Schema(decoding: ResetPasswordBody.self).telling("revoke_api_keys", "End the API keys as well."))
                .answers(.ok, "The session.", IdentitySchemas.authentication, headers: noStore)
                .refuses(
                    IdentityError.linkInvalid, IdentityError.linkExpired, IdentityError.linkUsed,
                    IdentityError.weakPassword(["It is among the most common ones."]), IdentityError.passwordReused,
                    IdentityError.accountDisabled, IdentityError.passwordAuthDisabled
                ).guarded(),
        ]
    }

    private static var information: [RouteDescription] {
        [
            RouteDescription("get_auth_providers", "Tells how people sign in here.", for: .everybody)
                .answers(
                    .ok, "The ways.",
                    .object(
                        "AuthProvidersResponse",
                        [
                            "password_auth": .boolean, "registration": .boolean, "passkeys": .boolean,
                            "oidc": .object(["enabled": .boolean, "provider_label": .string.orNull]),
                        ])),
            RouteDescription("get_captcha_config", "Tells which captcha registration and sign-in ask for.", for: .everybody)
                .answers(
                    .ok, "The captcha.",
                    .object("CaptchaConfig", ["required": .boolean, "site_key": .string.orNull, "provider": .text("turnstile").orNull])),
            RouteDescription("get_password_policy", "Tells what a password must be like.", for: .everybody)
                .answers(
                    .ok, "The rules.",
                    .object(
                        "PasswordPolicyResponse",
                        [
                            "policy": .object([
                                "min_length": .integer, "max_length": .integer, "require_uppercase": .boolean,
                                "require_lowercase": .boolean,
                                "require_digits": .boolean, "require_special": .boolean, "min_unique_chars": .integer,
                                "min_strength_score": .integer, "special_chars": .string,
                            ])
                        ])),
            RouteDescription("check_password_strength", "Rates a password by these rules.", for: .everybody)
                .noting("A weak one is no refusal. Nothing is kept.")
                .takes(Schema(decoding: PasswordCheckBody.self).telling("password", "1 to 128 characters."))
                .answers(
                    .ok, "The rating.",
                    .object(
                        "PasswordCheckResponse",
                        [
                            "is_valid": .boolean, "strength": .text("strong"), "score": .integer, "errors": .array(of: .string),
                            "suggestions": .array(of: .string),
                            "character_types": .object([
                                "uppercase": .boolean, "lowercase": .boolean, "digits": .boolean, "special": .boolean,
                            ]),
                        ])),
            RouteDescription("get_public_keys", "Gives the public keys by which tokens are verified (RFC 7517).", for: .everybody)
                .answers(
                    .ok, "The keys.", .object("KeySet", ["keys": .array(of: .any)]), headers: ["Cache-Control": "How long to keep them."]),
        ]
    }

    static var noStore: [String: String] { ["Cache-Control": "`no-store`: the answer carries a secret."] }

    private static var bearerOnly: RouteAccess {
        RouteAccess("Whoever holds a session's token, also one whose time is over.", schemes: [.bearer], refusals: [])
    }
}
