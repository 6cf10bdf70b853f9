/// A mail of the catalogue (notifications.md, section 6), by its name there.
public enum MailTemplate: String, Sendable, Codable, Hashable, CaseIterable {
    /// The address of a new account is to be confirmed (NOT-101).
    case emailVerification = "email_verification"
    /// An account whose address was never confirmed will be removed (NOT-101).
    case unverifiedRemovalWarning = "unverified_removal_warning"
    /// The address was confirmed (NOT-102).
    case welcome
    /// A password is to be reset (NOT-103).
    case passwordReset = "password_reset"
    /// A password was changed (NOT-104).
    case passwordChanged = "password_changed"
    /// The address of an account was changed; the old one is told (NOT-106).
    case emailChanged = "email_changed"
    /// A passkey was added (NOT-109).
    case passkeyEnrolled = "passkey_enrolled"
    /// A passkey was removed (NOT-110).
    case passkeyRemoved = "passkey_removed"
    /// The counter of a passkey went back (NOT-110).
    case passkeyCounterWarning = "passkey_counter_warning"
    /// Recovery codes were made or replaced (NOT-111).
    case recoveryCodesChanged = "recovery_codes_changed"
    /// A recovery code was used (NOT-112).
    case recoveryCodeUsed = "recovery_code_used"
    /// A lost second factor will be removed by our support, or was (NOT-115).
    case mfaReset = "mfa_reset"
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
    /// A subscription that is billed once a year renews soon (NOT-142).
    case renewalReminder = "renewal_reminder"
    /// A subscription that is billed every month renews soon (NOT-142).
    case renewalReminderMonthly = "renewal_reminder_monthly"
    /// A trial ends and is charged from then on (NOT-198).
    case trialEnding = "trial_ending"
    /// What was bought beside graphs and seats has ended with its period (NOT-198).
    case subscriptionEnded = "subscription_ended"
    /// What a person may do at a shared repository changed (NOT-165).
    case repositoryAccessChanged = "repository_access_changed"
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
    /// An idle cancellation could not be taken back in time (NOT-153).
    case keepFailed = "keep_failed"
    /// An idle cancellation was taken back (NOT-154).
    case subscriptionKept = "subscription_kept"
    /// A graph can be used (NOT-160).
    case graphReady = "graph_ready"
    /// A graph that was suspended can be used again (NOT-160).
    case graphUndeleted = "graph_undeleted"
    /// A graph could not be made and nothing was paid (NOT-160).
    case graphCreateFailed = "graph_create_failed"
    /// Says that a person was signed out everywhere (NOT-115).
    case sessionsEnded = "sessions_ended"
    /// Tells of a sign-in with a program and from a network that are new (NOT-107).
    case newSignIn = "new_sign_in"
    /// Tells the owner of an address that somebody tried to register it (NOT-108).
    case registrationAttempted = "registration_attempted"
    /// Warns a person that somebody guesses the password (NOT-108).
    case signInAttempts = "sign_in_attempts"
    /// Says that a change of address was taken back (NOT-106).
    case emailChangeReverted = "email_change_reverted"
    /// Reminds a person that an API key ends soon (NOT-114).
    case apiKeyExpiring = "api_key_expiring"
    /// Tells of the first use of an API key from a network (NOT-114).
    case apiKeyNewNetwork = "api_key_new_network"
    /// Says that an invitation was accepted (NOT-121).
    case memberJoined = "member_joined"
    /// Tells a person of having been removed from an org (NOT-122).
    case memberRemoved = "member_removed"
    /// Says that a person left an org (NOT-123).
    case memberLeft = "member_left"
    /// A person belongs to an org without having been invited (NOT-202).
    case memberAdded = "member_added"
    /// Says that the role of a person in an org changed (NOT-124).
    case roleChanged = "role_changed"
    /// Says that an org was switched off and will be erased (NOT-127).
    case orgDeletionScheduled = "org_deletion_scheduled"
    /// Warns that an org is erased soon (NOT-128).
    case orgDeletionReminder = "org_deletion_reminder"
    /// Says that the deletion of an org was taken back (NOT-129).
    case orgDeletionCanceled = "org_deletion_canceled"
    /// Says that an org was erased (NOT-129).
    case orgDeleted = "org_deleted"
    /// Says that an org became read-only (NOT-199).
    case orgFrozen = "org_frozen"
    /// Says that an org works again (NOT-199).
    case orgThawed = "org_thawed"
    /// Says that a limit of an org is nearly used up (NOT-159).
    case limitWarning = "limit_warning"
    /// Says that an account will be deleted, with the link that takes it back (NOT-117).
    case accountDeletionScheduled = "account_deletion_scheduled"
    /// Says that the deletion of an account was taken back (NOT-117).
    case accountDeletionCanceled = "account_deletion_canceled"
    /// Says that an account was deleted (NOT-117).
    case accountDeleted = "account_deleted"
    /// Says that an account was switched off (NOT-116).
    case accountDeactivated = "account_deactivated"
    /// Says that an account was switched on again (NOT-116).
    case accountReactivated = "account_reactivated"
    /// Says that an export of a person or an org can be fetched (NOT-118).
    case dataExportReady = "data_export_ready"
    /// Asks a person to take an org over (NOT-125).
    case ownershipTransferRequested = "ownership_transfer_requested"
    /// Says that those who run the product have started a transfer (NOT-201).
    case ownershipTransferByOperator = "ownership_transfer_by_operator"
    /// Says that an org has a new owner (NOT-126).
    case ownershipTransferred = "ownership_transferred"
    /// Says that a transfer ended without a change (NOT-126).
    case ownershipTransferEnded = "ownership_transfer_ended"
    /// Says that support may make changes in an org (NOT-203).
    case supportAccessGranted = "support_access_granted"
    /// Says that support may do so no more (NOT-203).
    case supportAccessEnded = "support_access_ended"
    /// Says that the bills of an org go to another address (NOT-200).
    case billingContactChanged = "billing_contact_changed"

    /// An invoice is to be paid by its date (NOT-132).
    case invoiceIssued = "invoice_issued"
    /// An invoice is due soon (NOT-134).
    case invoiceDueSoon = "invoice_due_soon"
    /// An invoice was not paid in time (NOT-134).
    case invoiceOverdue = "invoice_overdue"
    /// An invoice does not stand as it was (NOT-135).
    case invoiceCorrected = "invoice_corrected"
    /// What was owed was paid (NOT-138).
    case paymentRecovered = "payment_recovered"
    /// What is not paid for can be read only (NOT-139).
    case paymentAccessLimited = "payment_access_limited"
    /// One day is left to pay (NOT-139).
    case paymentFinalNotice = "payment_final_notice"
    /// A subscription ended because it was not paid for (NOT-139).
    case paymentEnded = "payment_ended"
    /// A change to another plan is done (NOT-143).
    case planChanged = "plan_changed"
    /// Money goes back, or did not arrive (NOT-155).
    case refundIssued = "refund_issued"
    /// An org was given credit (NOT-155).
    case accountCreditIssued = "account_credit_issued"
    /// Credit that was not used ends soon (NOT-155).
    case accountCreditExpiring = "account_credit_expiring"
    /// Credits of a graph run low (NOT-157).
    case creditsLow = "credits_low"
    /// Credits of a graph are used up (NOT-157).
    case creditsExhausted = "credits_exhausted"
    /// A graph fills its storage (NOT-158).
    case capacityWarning = "capacity_warning"
    /// A backup was given up (NOT-161).
    case backupFailed = "backup_failed"
    /// A graph has no recent backup (NOT-162).
    case backupMissing = "backup_missing"
    /// Something that those who run the product have to look at (NOT-170).
    case operatorAlert = "operator_alert"
    /// A graph was brought back from a backup, or was not (NOT-163).
    case restoreFinished = "restore_finished"
    /// The host of a graph was lost, and the graph is back (NOT-163).
    case hostRecovery = "host_recovery"
    /// A graph is on another host, at another address (GRA-066, GRA-100).
    case graphMoved = "graph_moved"
    /// Nothing has got through to one of an org's own systems for a day (NOT-166).
    case webhookEndpointFailing = "webhook_endpoint_failing"
    /// Nothing is sent to one of an org's own systems any more (NOT-166).
    case webhookEndpointDisabled = "webhook_endpoint_disabled"
    /// A payment is contested (NOT-156).
    case disputeOpened = "dispute_opened"
    /// A new address is to be confirmed (NOT-105).
    case emailChangeConfirm = "email_change_confirm"
    /// An invitation ends soon (NOT-120).
    case invitationReminder = "invitation_reminder"
    /// The last backup of a graph that was destroyed ends soon (NOT-148).
    case finalBackupExpiring = "final_backup_expiring"

    /// What an org is charged by changed (NOT-141).
    case paymentMethodChanged = "payment_method_changed"
    /// The bank wants a payment confirmed (NOT-137).
    case paymentActionRequired = "payment_action_required"
    /// A change to another plan was not made (NOT-143).
    case planChangeFailed = "plan_change_failed"
    /// A person may do something else with a graph than before (NOT-164).
    case graphAccessChanged = "graph_access_changed"
    /// A login to a graph was made (NOT-164).
    case graphCredentialCreated = "graph_credential_created"
    /// The card that is charged ends before the next renewal (NOT-140).
    case cardExpiring = "card_expiring"
    /// Usage and credits of a month, for those who run the product (NOT-205).
    case monthlyReport = "monthly_report"
    /// The stream of the audit log to a place is failing (NOT-204).
    case auditSinkFailing = "audit_sink_failing"
    /// The stream of the audit log to a place has stopped (NOT-167).
    case auditSinkPaused = "audit_sink_paused"
    /// A file with an org's part of the audit log can be fetched (NOT-167).
    case auditExportReady = "audit_export_ready"
    /// Somebody is admitted to run the product (NOT-169).
    case operatorInvited = "operator_invited"
    /// An operator signed in with a program or from a network that is new (NOT-169).
    case operatorNewSignIn = "operator_new_sign_in"
    /// An operator wants something that takes two (NOT-169).
    case approvalRequested = "approval_requested"
    /// A second operator consented to something, or did not (NOT-169).
    case approvalDecided = "approval_decided"

    /// Whether and how it can be turned off.
    public var mailClass: MailClass {
        switch self {
        case .emailVerification, .emailChangeConfirm, .unverifiedRemovalWarning, .passwordReset, .passwordChanged, .emailChanged,
            .apiKeyCreated, .sessionsEnded,
            .newSignIn, .passkeyEnrolled, .passkeyRemoved, .passkeyCounterWarning, .recoveryCodesChanged, .recoveryCodeUsed,
            .mfaReset, .registrationAttempted, .signInAttempts, .emailChangeReverted, .apiKeyNewNetwork, .roleChanged,
            .supportAccessGranted,
            .supportAccessEnded, .billingContactChanged, .paymentMethodChanged,
            .graphCredentialCreated, .operatorInvited, .operatorNewSignIn, .approvalRequested, .approvalDecided:
            .security
        case .welcome, .graphReady, .graphUndeleted, .graphCreateFailed, .apiKeyExpiring, .memberJoined, .memberLeft, .limitWarning,
            .dataExportReady,
            .creditsLow, .creditsExhausted, .capacityWarning, .backupFailed, .backupMissing,
            .webhookEndpointFailing, .finalBackupExpiring, .cardExpiring, .graphAccessChanged, .monthlyReport,
            .auditSinkFailing, .auditSinkPaused, .auditExportReady:
            .service
        case .renewalReminderMonthly, .invitationReminder: .optional
        case .orgInvitation, .subscriptionStarted, .provisioningFailed, .paymentReceipt, .paymentFailed, .graphSuspended, .deletionWarning,
            .graphDeprovisioned, .graphDeleteRequested, .subscriptionCanceled, .subscriptionEndedNow, .subscriptionReactivated, .idleCancel,
            .keepFailed, .operatorAlert,
            .subscriptionKept, .memberRemoved, .memberAdded, .orgDeleted, .orgDeletionScheduled, .orgDeletionReminder, .orgDeletionCanceled,
            .orgFrozen,
            .orgThawed, .accountDeletionScheduled, .accountDeletionCanceled, .accountDeleted, .accountDeactivated, .accountReactivated,
            .ownershipTransferRequested, .ownershipTransferByOperator, .ownershipTransferred, .ownershipTransferEnded,
            .invoiceIssued, .invoiceDueSoon, .invoiceOverdue, .invoiceCorrected, .paymentRecovered, .paymentAccessLimited,
            .paymentFinalNotice, .paymentEnded, .planChanged, .refundIssued, .accountCreditIssued, .accountCreditExpiring,
            .restoreFinished, .hostRecovery, .graphMoved, .disputeOpened, .webhookEndpointDisabled, .planChangeFailed,
            .paymentActionRequired, .renewalReminder, .trialEnding, .subscriptionEnded, .repositoryAccessChanged:
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
