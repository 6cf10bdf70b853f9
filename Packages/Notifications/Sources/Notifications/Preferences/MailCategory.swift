/// What a person can turn on and off at once (NOT-060), and what nobody can.
public enum MailCategory: String, Sendable, Codable, Hashable, CaseIterable {
    /// What is charged soon.
    case billingReminders = "billing_reminders"
    /// What happens in an org and with keys and exports.
    case productActivity = "product_activity"
    /// How graphs are: made, full, out of credits, without a backup.
    case graphWork = "graph_work"
    /// Summaries of a time.
    case digest
    /// What the safety of an account depends on.
    case security
    /// What law or contract asks for.
    case contract

    /// Why it cannot be turned off; `nil` when it can.
    public var lockedBecause: String? {
        switch self {
        case .billingReminders, .productActivity, .graphWork, .digest: nil
        case .security: "The safety of your account depends on these mails."
        case .contract: "Law or our contract with you asks for these mails."
        }
    }
}

extension MailTemplate {
    /// What it is turned on and off with; a mail of a class that cannot be muted is in a locked category.
    public var category: MailCategory {
        switch mailClass {
        case .security: .security
        case .required: .contract
        case .service, .optional:
            switch self {
            case .renewalReminderMonthly, .cardExpiring: .billingReminders
            case .graphReady, .graphUndeleted, .graphCreateFailed, .creditsLow, .creditsExhausted, .capacityWarning, .backupFailed,
                .backupMissing,
                .finalBackupExpiring, .graphAccessChanged:
                .graphWork
            default: .productActivity
            }
        }
    }
}
