public import Audit

/// What Identity writes into the audit log (audit.md, AUD-113 to AUD-117).
public enum IdentityAudit {
    /// The rows of the catalogue.
    public static let types: [AuditEventType] = [
        SignedIn.type, SignInFailed.type, SessionStarted.type, TokenRefreshed.type, SessionOrgSwitched.type, SessionRevoked.type,
        SessionsRevokedAll.type, RefreshReuseDetected.type, UserRegistered.type, UserProfileChanged.type, EmailChanged.type,
        EmailVerified.type, PasswordChanged.type, PasswordResetRequested.type, PasswordResetCompleted.type, APIKeyCreated.type,
        APIKeyUpdated.type, APIKeyRevoked.type,
    ]

    /// What only a check of a credential brings about, in the process that answers requests (AUD-092, AUD-093).
    public static let checkTypes: [AuditEventType] = [
        SignedIn.type, SignInFailed.type, SignInBlocked.type, TokenExpired.type, TokenInvalid.type, CaptchaFailed.type,
        MFAChallengeIssued.type, MFAVerified.type, MFAFailed.type, MFARecoveryUsed.type,
    ]

    static func type(_ name: String, _ risk: AuditRisk, _ requires: [AuditReferenceKind]) -> AuditEventType {
        AuditEventType(name, risk: risk, class: .identity, component: "identity", requires: requires)
    }
}
