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

    static func type(_ name: String, _ risk: AuditRisk, _ requires: [AuditReferenceKind]) -> AuditEventType {
        AuditEventType(name, risk: risk, class: .identity, component: "identity", requires: requires)
    }
}
