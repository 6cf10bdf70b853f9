public import HTTPServer
public import Identity

extension IdentityError: ProblemConvertible {
    /// The answer for each refusal (identity.md, section 6).
    public var problem: Problem {
        let answer = answer
        var problem = Problem(status: answer.status, code: answer.code, detail: answer.detail)
        if answer.status == .unauthorized { problem.headers["WWW-Authenticate"] = Self.challenge(for: answer.code) }
        if let seconds = retryAfter { problem.headers["Retry-After"] = String(max(1, seconds)) }
        return problem
    }

    /// RFC 6750 §3: what was wrong with a token that was sent; nothing where none was.
    private static func challenge(for code: String) -> String {
        switch code {
        case "TOKEN_INVALID", "TOKEN_EXPIRED", "TOKEN_REUSED", "SESSION_REVOKED", "SESSION_EXPIRED": "Bearer error=\"invalid_token\""
        default: "Bearer"
        }
    }

    private var retryAfter: Int? {
        switch self {
        case .delayed(let seconds), .blocked(let seconds), .sendBudgetExceeded(let seconds), .rateLimited(let seconds): seconds
        case .busy: 1
        default: nil
        }
    }

    private var answer: (status: Status, code: String, detail: String) {
        switch self {
        case .invalidEmail: (.badRequest, "INVALID_FORMAT", "email is not an e-mail address.")
        case .weakPassword(let errors): (.badRequest, "WEAK_PASSWORD", errors.joined(separator: " "))
        case .passwordMismatch: (.badRequest, "PASSWORD_MISMATCH", "confirm_password differs from new_password.")
        case .passwordReused: (.badRequest, "PASSWORD_REUSED", "The new password is the present one.")
        case .passwordNotSet: (.badRequest, "PASSWORD_NOT_SET", "This account has no password.")
        case .passwordAuthDisabled: (.badRequest, "PASSWORD_AUTH_DISABLED", "Sign-in by password is switched off.")
        case .captchaRequired: (.badRequest, "CAPTCHA_REQUIRED", "captcha_token is required.")
        case .captchaFailed: (.badRequest, "CAPTCHA_FAILED", "The captcha was not solved.")
        case .captchaUnavailable: (.serviceUnavailable, "CAPTCHA_UNAVAILABLE", "The captcha cannot be checked now.")
        case .invitationInvalid: (.badRequest, "INVITATION_INVALID", "The invitation does not work any more.")
        case .invitationEmailMismatch: (.badRequest, "INVITATION_EMAIL_MISMATCH", "The invitation is for another address.")
        case .linkInvalid: (.badRequest, "LINK_INVALID", "The link does not work.")
        case .linkExpired: (.badRequest, "LINK_EXPIRED", "The link's time is over.")
        case .linkUsed: (.badRequest, "LINK_USED", "The link was used already.")
        case .emailAlreadyVerified: (.badRequest, "EMAIL_ALREADY_VERIFIED", "The address is verified already.")
        case .nothingToChange: (.badRequest, "NOTHING_TO_CHANGE", "The request changes nothing.")
        case .proofAmbiguous: (.badRequest, "PROOF_AMBIGUOUS", "Exactly one proof must be given.")
        case .proofRequired: (.unauthorized, "PROOF_REQUIRED", "This needs a proof: your password, or a passkey.")
        case .proofFailed: (.unauthorized, "PROOF_FAILED", "The proof is wrong.")
        case .orgRequired: (.badRequest, "ORG_REQUIRED", "The request must name the org that it acts for.")
        case .orgConflict: (.badRequest, "ORG_CONFLICT", "The request names two orgs.")
        case .invalidExpiry: (.badRequest, "INVALID_EXPIRY", "expires_at must be a time in the next ten years.")
        case .unknownScope(let scope): (.badRequest, "UNKNOWN_SCOPE", "There is no scope \(scope.prefix(40)).")
        case .keyLimitReached(let limit): (.badRequest, "LIMIT_REACHED", "An account has at most \(limit) live API keys.")
        case .unauthorized: (.unauthorized, "UNAUTHORIZED", "Credentials are required.")
        case .invalidCredentials: (.unauthorized, "INVALID_CREDENTIALS", "The address or the password is wrong.")
        case .wrongCurrentPassword: (.badRequest, "INVALID_CREDENTIALS", "The current password is wrong.")
        case .tokenInvalid: (.unauthorized, "TOKEN_INVALID", "The token is not valid.")
        case .tokenExpired: (.unauthorized, "TOKEN_EXPIRED", "The token's time is over.")
        case .tokenReused: (.unauthorized, "TOKEN_REUSED", "The token was replaced by another.")
        case .sessionRevoked: (.unauthorized, "SESSION_REVOKED", "The session was ended.")
        case .sessionExpired: (.unauthorized, "SESSION_EXPIRED", "The session's time is over.")
        case .apiKeyInvalid: (.unauthorized, "API_KEY_INVALID", "The API key is not valid.")
        case .mfaTokenInvalid: (.unauthorized, "MFA_TOKEN_INVALID", "The token of the second step is not valid.")
        case .mfaFailed: (.unauthorized, "MFA_FAILED", "The second factor is wrong.")
        case .ceremonyFailed: (.badRequest, "CEREMONY_FAILED", "The passkey ceremony failed.")
        case .noPasskey: (.badRequest, "NO_PASSKEY", "No passkey is enrolled.")
        case .secondFactorRequired:
            (.unauthorized, "MFA_FAILED", "This account has a second factor, which cannot be shown here; sign in first.")
        case .mfaEnrollmentRequired:
            (.forbidden, "MFA_ENROLLMENT_REQUIRED", "This needs a second factor: enrol a passkey, or sign in again with yours.")
        case .passkeyAlreadyEnrolled: (.badRequest, "PASSKEY_ALREADY_ENROLLED", "This passkey is enrolled already.")
        case .passkeyLimitReached(let limit): (.badRequest, "LIMIT_REACHED", "An account has at most \(limit) passkeys.")
        case .lastPasskey: (.conflict, "LAST_PASSKEY", "Your roles need a passkey, and this is the last one.")
        case .passkeysDisabled: (.badRequest, "CEREMONY_FAILED", "Passkeys are switched off.")
        case .handoffInvalid: (.unauthorized, "HANDOFF_INVALID", "The handoff is not valid.")
        case .unknownApp: (.badRequest, "UNKNOWN_APP", "There is no such app.")
        case .invalidReturnURL: (.badRequest, "INVALID_RETURN_URL", "return_url must be an https address of the app.")
        case .forbidden: (.forbidden, "FORBIDDEN", "You may not do this.")
        case .accountDisabled: (.forbidden, "ACCOUNT_DISABLED", "The account is switched off.")
        case .emailNotVerified: (.forbidden, "EMAIL_NOT_VERIFIED", "The e-mail address must be verified first.")
        case .notOrgMember: (.forbidden, "NOT_ORG_MEMBER", "You are not a member of this org.")
        case .scopeRequired(let scope): (.forbidden, "SCOPE_REQUIRED", "The credential lacks the scope \(scope.rawValue).")
        case .graphKeyOnly(let graph): (.forbidden, "SCOPE_REQUIRED", "This API key reaches the graph \(graph) only.")
        case .sessionRequired: (.forbidden, "SESSION_REQUIRED", "This needs a sign-in; an API key does not do.")
        case .notFound: Self.notFoundAnswer
        case .emailTaken: (.conflict, "ALREADY_EXISTS", "The address has an account already.")
        case .delayed: (.tooManyRequests, "AUTH_DELAYED", "Too many failed attempts; wait a little.")
        case .blocked: (.tooManyRequests, "AUTH_BLOCKED", "Too many failed attempts; sign-in is blocked for a while.")
        case .busy: (.tooManyRequests, "AUTH_BUSY", "Too many sign-ins at this moment.")
        case .sendBudgetExceeded: (.tooManyRequests, "SEND_BUDGET_EXCEEDED", "Too many mails of this kind.")
        case .rateLimited: (.tooManyRequests, "RATE_LIMIT_EXCEEDED", "Too often lately; wait a little.")
        case .confirmMismatch: (.badRequest, "CONFIRM_MISMATCH", "confirm is not the address of this account.")
        case .deletionBlocked: (.conflict, "DELETION_BLOCKED", "Something keeps the account from ending; see blockers.")
        case .soleOwner: (.conflict, "SOLE_OWNER", "The person is the only owner of an org with other members.")
        case .registrationClosed: (.serviceUnavailable, "REGISTRATION_CLOSED", "Registration is closed.")
        case .mailDisabled: (.serviceUnavailable, "MAIL_DISABLED", "Mail is switched off.")
        }
    }

    private static var notFoundAnswer: (status: Status, code: String, detail: String) {
        (.notFound, "NOT_FOUND", "There is no such resource.")
    }
}
