internal import Core
public import HTTPServer
public import Identity

extension IdentityError: ProblemConvertible {
    /// The answer, with the code of identity.md section 6.
    public var problem: Problem {
        switch self {
        case .invalidEmail: .bad("INVALID_FORMAT", "The e-mail address is not valid.")
        case .weakPassword(let rules): .bad("WEAK_PASSWORD", rules.joined(separator: " "))
        case .passwordMismatch: .bad("PASSWORD_MISMATCH", "The two passwords are not the same.")
        case .passwordReused: .bad("PASSWORD_REUSED", "The new password is the old one.")
        case .passwordNotSet: .bad("PASSWORD_NOT_SET", "This account has no password.")
        case .passwordAuthDisabled: .bad("PASSWORD_AUTH_DISABLED", "Signing in by password is switched off.")
        case .captchaRequired: .bad("CAPTCHA_REQUIRED", "The captcha is missing.")
        case .captchaFailed: .bad("CAPTCHA_FAILED", "The captcha was not solved.")
        case .invitationInvalid: .bad("INVITATION_INVALID", "This invitation cannot be used.")
        case .invitationEmailMismatch: .bad("INVITATION_EMAIL_MISMATCH", "This invitation is for another address.")
        case .linkInvalid: .bad("LINK_INVALID", "This link cannot be used.")
        case .linkExpired: .bad("LINK_EXPIRED", "This link has lapsed; ask for a new one.")
        case .linkUsed: .bad("LINK_USED", "This link was used already.")
        case .emailAlreadyVerified: .bad("EMAIL_ALREADY_VERIFIED", "The address is verified already.")
        case .nothingToChange: .bad("NOTHING_TO_CHANGE", "There is nothing to change.")
        case .proofAmbiguous: .bad("PROOF_AMBIGUOUS", "Send one proof: the password or a passkey.")
        case .orgRequired: .orgRequired([])
        case .orgConflict: .bad("ORG_CONFLICT", "The path and X-Org-Id name two different organisations.")
        case .invalidExpiry: .bad("INVALID_EXPIRY", "expires_at must be a time in the future, at most ten years ahead.")
        case .unknownScope(let scope): .bad("UNKNOWN_SCOPE", "There is no scope \(scope.prefix(40)).")
        case .keyLimitReached(let limit): .bad("LIMIT_REACHED", "At most \(limit) keys may live at a time; revoke one first.")
        case .wrongCurrentPassword: .bad("INVALID_CREDENTIALS", "The current password is wrong.")
        case .ceremonyFailed: .bad("CEREMONY_FAILED", "The passkey ceremony failed.")
        case .noPasskey: .bad("NO_PASSKEY", "No passkey is enrolled.")
        case .unknownApp: .bad("UNKNOWN_APP", "There is no such app.")
        case .unauthorized: .unauthorized("UNAUTHORIZED", "Sign in first: send a bearer token or an API key.")
        case .invalidCredentials: .unauthorized("INVALID_CREDENTIALS", "The address or the password is wrong.")
        case .tokenInvalid: .unauthorized("TOKEN_INVALID", "The token is not valid.")
        case .tokenExpired: .unauthorized("TOKEN_EXPIRED", "The token has expired; refresh it or sign in again.")
        case .tokenReused: .unauthorized("TOKEN_REUSED", "An old token was used again; the session has ended.")
        case .sessionRevoked: .unauthorized("SESSION_REVOKED", "The session has ended; sign in again.")
        case .sessionExpired: .unauthorized("SESSION_EXPIRED", "The session has expired; sign in again.")
        case .apiKeyInvalid: .unauthorized("API_KEY_INVALID", "The API key is not valid.")
        case .mfaTokenInvalid: .unauthorized("MFA_TOKEN_INVALID", "The second step cannot be taken; sign in again.")
        case .proofRequired: .unauthorized("PROOF_REQUIRED", "This change needs the current password.")
        case .proofFailed: .unauthorized("PROOF_FAILED", "The password is wrong.")
        case .handoffInvalid: .unauthorized("HANDOFF_INVALID", "The sign-in cannot be carried on; begin again.")
        case .forbidden: .forbidden("FORBIDDEN", "This is not allowed.")
        case .accountDisabled: .forbidden("ACCOUNT_DISABLED", "This account is switched off.")
        case .emailNotVerified: .forbidden("EMAIL_NOT_VERIFIED", "Verify your e-mail address first.")
        case .notOrgMember: .forbidden("NOT_ORG_MEMBER", "You are not a member of this organisation.")
        case .scopeRequired(let scope): .forbidden("SCOPE_REQUIRED", "The API key lacks the scope \(scope.rawValue).")
        case .sessionRequired: .forbidden("SESSION_REQUIRED", "An API key cannot do this; sign in as a person.")
        case .notFound: .notFound
        case .emailTaken: Problem(status: .conflict, code: "ALREADY_EXISTS", detail: "There is an account with this address.")
        case .delayed(let seconds): .retry("AUTH_DELAYED", "Too many failures; wait \(seconds) s before the next try.", after: seconds)
        case .blocked(let seconds): .retry("AUTH_BLOCKED", "Too many failures; try again later.", after: seconds)
        case .busy: .retry("AUTH_BUSY", "Too many sign-ins at this moment; try again.", after: 1)
        case .sendBudgetExceeded(let seconds): .retry("SEND_BUDGET_EXCEEDED", "Enough mails were sent; try again later.", after: seconds)
        case .registrationClosed: .unavailable("REGISTRATION_CLOSED", "New accounts are not taken at this time.")
        case .captchaUnavailable: .unavailable("CAPTCHA_UNAVAILABLE", "The captcha cannot be checked; try again later.")
        case .mailDisabled: .unavailable("MAIL_DISABLED", "Mails are switched off.")
        }
    }
}

extension Problem {
    static func bad(_ code: String, _ detail: String) -> Problem {
        Problem(status: .badRequest, code: code, detail: detail)
    }

    /// 401 with the challenge that RFC 9110 §11.6.1 asks for.
    static func unauthorized(_ code: String, _ detail: String) -> Problem {
        Problem(status: .unauthorized, code: code, detail: detail, headers: ["WWW-Authenticate": #"Bearer realm="trellis""#])
    }

    static func forbidden(_ code: String, _ detail: String) -> Problem {
        Problem(status: .forbidden, code: code, detail: detail)
    }

    static func retry(_ code: String, _ detail: String, after seconds: Int) -> Problem {
        Problem(status: .tooManyRequests, code: code, detail: detail, headers: ["Retry-After": String(seconds)])
    }

    static func unavailable(_ code: String, _ detail: String) -> Problem {
        Problem(status: .serviceUnavailable, code: code, detail: detail)
    }

    /// 400 that names the orgs between which the caller must choose (ID-071).
    static func orgRequired(_ choices: [OrgChoice]) -> Problem {
        guard !choices.isEmpty else {
            return bad("ORG_REQUIRED", "You are in no organisation: create one, or accept an invitation.")
        }
        let names = choices.map { "\($0.id) (\($0.name))" }.joined(separator: ", ")
        return bad("ORG_REQUIRED", "Name the organisation with X-Org-Id: \(names)")
    }
}
