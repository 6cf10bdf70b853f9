/// What Identity refuses, with the facts; one case for each code (identity.md, section 6).
public enum IdentityError: Error, Sendable, Hashable {
    /// An address that is none.
    case invalidEmail
    /// A password that does not meet the policy, with the rules it breaks.
    case weakPassword([String])
    /// The confirmation differs.
    case passwordMismatch
    /// The new password is the present one.
    case passwordReused
    /// The account has no password.
    case passwordNotSet
    /// Sign-in by password is switched off.
    case passwordAuthDisabled
    /// Registration needs a captcha.
    case captchaRequired
    /// The captcha was refused.
    case captchaFailed
    /// The captcha cannot be checked now.
    case captchaUnavailable
    /// The invitation does not lead anywhere.
    case invitationInvalid
    /// The invitation is for another address.
    case invitationEmailMismatch
    /// A mailed link that is none, or was replaced.
    case linkInvalid
    /// A mailed link whose time is over.
    case linkExpired
    /// A mailed link that was used.
    case linkUsed
    /// The address is verified already.
    case emailAlreadyVerified
    /// Nothing was given, or nothing differs.
    case nothingToChange
    /// Two proofs where one is wanted.
    case proofAmbiguous
    /// A proof is wanted.
    case proofRequired
    /// The proof is wrong.
    case proofFailed
    /// The request does not say which org it acts for.
    case orgRequired
    /// The request names two orgs.
    case orgConflict
    /// An end that is past, unreadable or too far ahead.
    case invalidExpiry
    /// A scope that does not exist.
    case unknownScope(String)
    /// The limit of live keys is reached.
    case keyLimitReached(Int)
    /// No credentials.
    case unauthorized
    /// Wrong address or password, or an account that may not sign in.
    case invalidCredentials
    /// The current password given with a change is wrong.
    case wrongCurrentPassword
    /// An access token that is none.
    case tokenInvalid
    /// An access token whose time is over.
    case tokenExpired
    /// A token that was replaced.
    case tokenReused
    /// The session was ended.
    case sessionRevoked
    /// The session's time is over.
    case sessionExpired
    /// A key that is none, or does not work any more.
    case apiKeyInvalid
    /// The token between two factors is none.
    case mfaTokenInvalid
    /// The second factor is wrong, or an account that may not sign in.
    case mfaFailed
    /// The ceremony with the authenticator failed.
    case ceremonyFailed
    /// No passkey is enrolled.
    case noPasskey
    /// The sign-in has a second step, which the caller cannot take.
    case secondFactorRequired
    /// The role, or the org, asks for a second factor that the session has not shown.
    case mfaEnrollmentRequired
    /// The authenticator's credential is enrolled already.
    case passkeyAlreadyEnrolled
    /// The limit of live passkeys is reached.
    case passkeyLimitReached(Int)
    /// The person's roles ask for a passkey, and this is the last one.
    case lastPasskey
    /// Passkeys are switched off.
    case passkeysDisabled
    /// The token that carries a sign-in to another app is none.
    case handoffInvalid
    /// A sister app that is none.
    case unknownApp
    /// A place to land that is not one of the app's.
    case invalidReturnURL
    /// The caller may not do this.
    case forbidden
    /// The account is switched off.
    case accountDisabled
    /// The address must be verified first.
    case emailNotVerified
    /// The caller is not in the org.
    case notOrgMember
    /// The credential may not do this.
    case scopeRequired(Scope)
    /// The key reaches one graph only, and this is something else.
    case graphKeyOnly(String)
    /// Only a signed-in person may do this.
    case sessionRequired
    /// There is no such thing of the caller's.
    case notFound
    /// The address has an account.
    case emailTaken
    /// Too many attempts lately; come back after a while.
    case delayed(seconds: Int)
    /// Attempts from this network are refused for a while.
    case blocked(seconds: Int)
    /// Too many passwords are being checked at this moment.
    case busy
    /// Too many mails of this kind; come back after a while.
    case sendBudgetExceeded(seconds: Int)
    /// Too much of one thing lately; come back after a while.
    case rateLimited(seconds: Int)
    /// What was typed to confirm is not the own address.
    case confirmMismatch
    /// Something keeps the account from ending.
    case deletionBlocked([AccountDeletionBlocker])
    /// An org with other people in it would be without an owner.
    case soleOwner([OrgReference])
    /// Nobody can register.
    case registrationClosed
    /// Mails are switched off.
    case mailDisabled
}
