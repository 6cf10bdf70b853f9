extension MailTemplate: RawRepresentable, Codable, CaseIterable {
    /// Finds a mail of the catalogue by its name; `nil` for any other, those of programs included.
    public init?(rawValue: String) {
        guard let template = Self.known[rawValue] else { return nil }
        self = template
    }

    /// The name in the catalogue, or that which a program gave it.
    public var rawValue: String {
        switch self {
        case .emailVerification: "email_verification"
        case .unverifiedRemovalWarning: "unverified_removal_warning"
        case .welcome: "welcome"
        case .passwordReset: "password_reset"
        case .passwordChanged: "password_changed"
        case .emailChanged: "email_changed"
        case .passkeyEnrolled: "passkey_enrolled"
        case .passkeyRemoved: "passkey_removed"
        case .passkeyCounterWarning: "passkey_counter_warning"
        case .recoveryCodesChanged: "recovery_codes_changed"
        case .recoveryCodeUsed: "recovery_code_used"
        case .mfaReset: "mfa_reset"
        case .apiKeyCreated: "api_key_created"
        case .orgInvitation: "org_invitation"
        case .subscriptionStarted: "subscription_started"
        case .provisioningFailed: "provisioning_failed"
        case .paymentReceipt: "payment_receipt"
        case .paymentFailed: "payment_failed"
        case .renewalReminder: "renewal_reminder"
        case .renewalReminderMonthly: "renewal_reminder_monthly"
        case .trialEnding: "trial_ending"
        case .subscriptionEnded: "subscription_ended"
        case .repositoryAccessChanged: "repository_access_changed"
        case .graphSuspended: "graph_suspended"
        case .deletionWarning: "deletion_warning"
        case .graphDeprovisioned: "graph_deprovisioned"
        case .graphDeleteRequested: "graph_delete_requested"
        case .subscriptionCanceled: "subscription_canceled"
        case .subscriptionEndedNow: "subscription_ended_now"
        case .subscriptionReactivated: "subscription_reactivated"
        case .idleCancel: "idle_cancel"
        case .keepFailed: "keep_failed"
        case .subscriptionKept: "subscription_kept"
        case .graphReady: "graph_ready"
        case .graphUndeleted: "graph_undeleted"
        case .graphCreateFailed: "graph_create_failed"
        case .sessionsEnded: "sessions_ended"
        case .newSignIn: "new_sign_in"
        case .registrationAttempted: "registration_attempted"
        case .signInAttempts: "sign_in_attempts"
        case .emailChangeReverted: "email_change_reverted"
        case .apiKeyExpiring: "api_key_expiring"
        case .apiKeyNewNetwork: "api_key_new_network"
        case .memberJoined: "member_joined"
        case .memberRemoved: "member_removed"
        case .memberLeft: "member_left"
        case .memberAdded: "member_added"
        case .roleChanged: "role_changed"
        case .orgDeletionScheduled: "org_deletion_scheduled"
        case .orgDeletionReminder: "org_deletion_reminder"
        case .orgDeletionCanceled: "org_deletion_canceled"
        case .orgDeleted: "org_deleted"
        case .orgFrozen: "org_frozen"
        case .orgThawed: "org_thawed"
        case .limitWarning: "limit_warning"
        case .accountDeletionScheduled: "account_deletion_scheduled"
        case .accountDeletionCanceled: "account_deletion_canceled"
        case .accountDeleted: "account_deleted"
        case .accountDeactivated: "account_deactivated"
        case .accountReactivated: "account_reactivated"
        case .dataExportReady: "data_export_ready"
        case .ownershipTransferRequested: "ownership_transfer_requested"
        case .ownershipTransferByOperator: "ownership_transfer_by_operator"
        case .ownershipTransferred: "ownership_transferred"
        case .ownershipTransferEnded: "ownership_transfer_ended"
        case .supportAccessGranted: "support_access_granted"
        case .supportAccessEnded: "support_access_ended"
        case .billingContactChanged: "billing_contact_changed"
        case .invoiceIssued: "invoice_issued"
        case .invoiceDueSoon: "invoice_due_soon"
        case .invoiceOverdue: "invoice_overdue"
        case .invoiceCorrected: "invoice_corrected"
        case .paymentRecovered: "payment_recovered"
        case .paymentAccessLimited: "payment_access_limited"
        case .paymentFinalNotice: "payment_final_notice"
        case .paymentEnded: "payment_ended"
        case .planChanged: "plan_changed"
        case .refundIssued: "refund_issued"
        case .accountCreditIssued: "account_credit_issued"
        case .accountCreditExpiring: "account_credit_expiring"
        case .creditsLow: "credits_low"
        case .creditsExhausted: "credits_exhausted"
        case .capacityWarning: "capacity_warning"
        case .backupFailed: "backup_failed"
        case .backupMissing: "backup_missing"
        case .operatorAlert: "operator_alert"
        case .restoreFinished: "restore_finished"
        case .hostRecovery: "host_recovery"
        case .graphMoved: "graph_moved"
        case .webhookEndpointFailing: "webhook_endpoint_failing"
        case .webhookEndpointDisabled: "webhook_endpoint_disabled"
        case .disputeOpened: "dispute_opened"
        case .emailChangeConfirm: "email_change_confirm"
        case .invitationReminder: "invitation_reminder"
        case .finalBackupExpiring: "final_backup_expiring"
        case .paymentMethodChanged: "payment_method_changed"
        case .paymentActionRequired: "payment_action_required"
        case .planChangeFailed: "plan_change_failed"
        case .graphAccessChanged: "graph_access_changed"
        case .graphCredentialCreated: "graph_credential_created"
        case .cardExpiring: "card_expiring"
        case .monthlyReport: "monthly_report"
        case .auditSinkFailing: "audit_sink_failing"
        case .auditSinkPaused: "audit_sink_paused"
        case .auditExportReady: "audit_export_ready"
        case .operatorInvited: "operator_invited"
        case .operatorNewSignIn: "operator_new_sign_in"
        case .approvalRequested: "approval_requested"
        case .approvalDecided: "approval_decided"
        case .own(let template): template.name
        }
    }

    private static let known = Dictionary(uniqueKeysWithValues: allCases.map { ($0.rawValue, $0) })

    /// The mails of the catalogue.
    public static let allCases: [MailTemplate] = [
        .emailVerification, .unverifiedRemovalWarning, .welcome, .passwordReset, .passwordChanged, .emailChanged, .passkeyEnrolled,
        .passkeyRemoved,
        .passkeyCounterWarning, .recoveryCodesChanged, .recoveryCodeUsed, .mfaReset, .apiKeyCreated, .orgInvitation, .subscriptionStarted,
        .provisioningFailed, .paymentReceipt, .paymentFailed, .renewalReminder, .renewalReminderMonthly, .trialEnding, .subscriptionEnded,
        .repositoryAccessChanged, .graphSuspended, .deletionWarning, .graphDeprovisioned, .graphDeleteRequested, .subscriptionCanceled,
        .subscriptionEndedNow, .subscriptionReactivated, .idleCancel, .keepFailed, .subscriptionKept, .graphReady, .graphUndeleted,
        .graphCreateFailed, .sessionsEnded, .newSignIn, .registrationAttempted, .signInAttempts, .emailChangeReverted, .apiKeyExpiring,
        .apiKeyNewNetwork, .memberJoined, .memberRemoved, .memberLeft, .memberAdded, .roleChanged, .orgDeletionScheduled,
        .orgDeletionReminder,
        .orgDeletionCanceled, .orgDeleted, .orgFrozen, .orgThawed, .limitWarning, .accountDeletionScheduled, .accountDeletionCanceled,
        .accountDeleted, .accountDeactivated, .accountReactivated, .dataExportReady, .ownershipTransferRequested,
        .ownershipTransferByOperator,
        .ownershipTransferred, .ownershipTransferEnded, .supportAccessGranted, .supportAccessEnded, .billingContactChanged, .invoiceIssued,
        .invoiceDueSoon, .invoiceOverdue, .invoiceCorrected, .paymentRecovered, .paymentAccessLimited, .paymentFinalNotice, .paymentEnded,
        .planChanged, .refundIssued, .accountCreditIssued, .accountCreditExpiring, .creditsLow, .creditsExhausted, .capacityWarning,
        .backupFailed,
        .backupMissing, .operatorAlert, .restoreFinished, .hostRecovery, .graphMoved, .webhookEndpointFailing, .webhookEndpointDisabled,
        .disputeOpened,
        .emailChangeConfirm, .invitationReminder, .finalBackupExpiring, .paymentMethodChanged, .paymentActionRequired, .planChangeFailed,
        .graphAccessChanged, .graphCredentialCreated, .cardExpiring, .monthlyReport, .auditSinkFailing, .auditSinkPaused, .auditExportReady,
        .operatorInvited, .operatorNewSignIn, .approvalRequested, .approvalDecided,
    ]
}
