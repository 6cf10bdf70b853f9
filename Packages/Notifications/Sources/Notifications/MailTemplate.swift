/// A mail of the catalogue (notifications.md, section 6), by its name there.
public enum MailTemplate: String, Sendable, Codable, Hashable, CaseIterable {
    /// The address of a new account is to be confirmed (NOT-101).
    case emailVerification = "email_verification"
    /// The address was confirmed (NOT-102).
    case welcome
    /// A password is to be reset (NOT-103).
    case passwordReset = "password_reset"
    /// A password was changed (NOT-104).
    case passwordChanged = "password_changed"
    /// The address of an account was changed; the old one is told (NOT-106).
    case emailChanged = "email_changed"
    /// An API key was made (NOT-113).
    case apiKeyCreated = "api_key_created"
    /// Somebody is asked to join an org (NOT-119).
    case orgInvitation = "org_invitation"
    /// A subscription began (NOT-130).
    case subscriptionStarted = "subscription_started"
    /// Money was taken and the resource could not be made (NOT-131).
    case provisioningFailed = "provisioning_failed"
    /// An invoice was paid (NOT-133).
    case paymentReceipt = "payment_receipt"
    /// A renewal could not be charged (NOT-136).
    case paymentFailed = "payment_failed"
    /// A subscription renews soon (NOT-142).
    case renewalReminder = "renewal_reminder"
    /// A graph was suspended (NOT-144).
    case graphSuspended = "graph_suspended"
    /// A suspended graph is destroyed soon (NOT-145).
    case deletionWarning = "deletion_warning"
    /// A graph was destroyed (NOT-146).
    case graphDeprovisioned = "graph_deprovisioned"
    /// The deletion of a graph was asked for (NOT-147).
    case graphDeleteRequested = "graph_delete_requested"
    /// A subscription ends with its period (NOT-149).
    case subscriptionCanceled = "subscription_canceled"
    /// A subscription was ended at once (NOT-150).
    case subscriptionEndedNow = "subscription_ended_now"
    /// The end of a subscription was taken back (NOT-151).
    case subscriptionReactivated = "subscription_reactivated"
    /// A subscription will not renew because nobody uses it (NOT-152).
    case idleCancel = "idle_cancel"
    /// An idle cancellation was taken back (NOT-154).
    case subscriptionKept = "subscription_kept"
    /// A graph can be used (NOT-160).
    case graphReady = "graph_ready"
    /// A graph could not be made and nothing was paid (NOT-160).
    case graphCreateFailed = "graph_create_failed"

    /// Whether and how it can be turned off.
    public var mailClass: MailClass {
        switch self {
        case .emailVerification, .passwordReset, .passwordChanged, .emailChanged, .apiKeyCreated: .security
        case .welcome, .graphReady, .graphCreateFailed: .service
        case .renewalReminder: .optional
        case .orgInvitation, .subscriptionStarted, .provisioningFailed, .paymentReceipt, .paymentFailed, .graphSuspended, .deletionWarning,
            .graphDeprovisioned, .graphDeleteRequested, .subscriptionCanceled, .subscriptionEndedNow, .subscriptionReactivated, .idleCancel,
            .subscriptionKept:
            .required
        }
    }
}

/// How much a mail must reach its recipient.
public enum MailClass: String, Sendable, Codable, Hashable, CaseIterable {
    /// The account's safety depends on it.
    case security
    /// Law or contract asks for it.
    case required
    /// Useful; a person may turn it off.
    case service
    /// Sent to those who want it.
    case optional

    /// Whether it is sent again when it is not known if a relay took it (NOT-033).
    public var isSentAgainWhenUnknown: Bool {
        self == .security || self == .required
    }
}
