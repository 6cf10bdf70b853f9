internal import Core

/// Which context belongs to which mail: the one table of the catalogue in code.
public enum MailCatalogue {
    /// Every mail has its context here; a mail without one does not compile.
    static func context(of template: MailTemplate) -> any MailContext.Type {
        switch template {
        case .own(let template): template.context
        case .emailVerification: EmailVerificationContext.self
        case .unverifiedRemovalWarning: UnverifiedRemovalWarningContext.self
        case .welcome: WelcomeContext.self
        case .passwordReset: PasswordResetContext.self
        case .passwordChanged: PasswordChangedContext.self
        case .emailChanged: EmailChangedContext.self
        case .passkeyEnrolled: PasskeyEnrolledContext.self
        case .passkeyRemoved: PasskeyRemovedContext.self
        case .passkeyCounterWarning: PasskeyCounterWarningContext.self
        case .recoveryCodesChanged: RecoveryCodesChangedContext.self
        case .recoveryCodeUsed: RecoveryCodeUsedContext.self
        case .mfaReset: MFAResetContext.self
        case .apiKeyCreated: APIKeyCreatedContext.self
        case .orgInvitation: OrgInvitationContext.self
        case .subscriptionStarted: SubscriptionStartedContext.self
        case .provisioningFailed: ProvisioningFailedContext.self
        case .paymentReceipt: PaymentReceiptContext.self
        case .paymentFailed: PaymentFailedContext.self
        case .renewalReminder: RenewalReminderContext.self
        case .renewalReminderMonthly: MonthlyRenewalReminderContext.self
        case .trialEnding: TrialEndingContext.self
        case .subscriptionEnded: SubscriptionEndedContext.self
        case .repositoryAccessChanged: RepositoryAccessChangedContext.self
        case .graphSuspended: GraphSuspendedContext.self
        case .deletionWarning: DeletionWarningContext.self
        case .graphDeprovisioned: GraphDeprovisionedContext.self
        case .graphDeleteRequested: GraphDeleteRequestedContext.self
        case .subscriptionCanceled: SubscriptionCanceledContext.self
        case .subscriptionEndedNow: SubscriptionEndedNowContext.self
        case .subscriptionReactivated: SubscriptionReactivatedContext.self
        case .idleCancel: IdleCancelContext.self
        case .keepFailed: KeepFailedContext.self
        case .subscriptionKept: SubscriptionKeptContext.self
        case .graphReady: GraphReadyContext.self
        case .graphUndeleted: GraphUndeletedContext.self
        case .graphCreateFailed: GraphCreateFailedContext.self
        case .sessionsEnded: SessionsEndedContext.self
        case .newSignIn: NewSignInContext.self
        case .registrationAttempted: RegistrationAttemptedContext.self
        case .signInAttempts: SignInAttemptsContext.self
        case .emailChangeReverted: EmailChangeRevertedContext.self
        case .apiKeyExpiring: APIKeyExpiringContext.self
        case .apiKeyNewNetwork: APIKeyNewNetworkContext.self
        case .memberJoined: MemberJoinedContext.self
        case .memberRemoved: MemberRemovedContext.self
        case .memberLeft: MemberLeftContext.self
        case .memberAdded: MemberAddedContext.self
        case .roleChanged: RoleChangedContext.self
        case .orgDeletionScheduled: OrgDeletionScheduledContext.self
        case .orgDeletionReminder: OrgDeletionReminderContext.self
        case .orgDeletionCanceled: OrgDeletionCanceledContext.self
        case .orgDeleted: OrgDeletedContext.self
        case .orgFrozen: OrgFrozenContext.self
        case .orgThawed: OrgThawedContext.self
        case .limitWarning: LimitWarningContext.self
        case .accountDeletionScheduled: AccountDeletionScheduledContext.self
        case .accountDeletionCanceled: AccountDeletionCanceledContext.self
        case .accountDeleted: AccountDeletedContext.self
        case .accountDeactivated: AccountDeactivatedContext.self
        case .accountReactivated: AccountReactivatedContext.self
        case .dataExportReady: DataExportReadyContext.self
        case .ownershipTransferRequested: OwnershipTransferRequestedContext.self
        case .ownershipTransferByOperator: OwnershipTransferByOperatorContext.self
        case .ownershipTransferred: OwnershipTransferredContext.self
        case .ownershipTransferEnded: OwnershipTransferEndedContext.self
        case .supportAccessGranted: SupportAccessGrantedContext.self
        case .supportAccessEnded: SupportAccessEndedContext.self
        case .billingContactChanged: BillingContactChangedContext.self
        case .invoiceIssued: InvoiceIssuedContext.self
        case .invoiceDueSoon: InvoiceDueSoonContext.self
        case .invoiceOverdue: InvoiceOverdueContext.self
        case .invoiceCorrected: InvoiceCorrectedContext.self
        case .paymentRecovered: PaymentRecoveredContext.self
        case .paymentAccessLimited: PaymentAccessLimitedContext.self
        case .paymentFinalNotice: PaymentFinalNoticeContext.self
        case .paymentEnded: PaymentEndedContext.self
        case .planChanged: PlanChangedContext.self
        case .refundIssued: RefundIssuedContext.self
        case .accountCreditIssued: AccountCreditIssuedContext.self
        case .accountCreditExpiring: AccountCreditExpiringContext.self
        case .creditsLow: CreditsLowContext.self
        case .creditsExhausted: CreditsExhaustedContext.self
        case .capacityWarning: CapacityWarningContext.self
        case .backupFailed: BackupFailedContext.self
        case .backupMissing: BackupMissingContext.self
        case .operatorAlert: OperatorAlertContext.self
        case .monthlyReport: MonthlyReportContext.self
        case .auditSinkFailing: AuditSinkFailingContext.self
        case .auditSinkPaused: AuditSinkPausedContext.self
        case .auditExportReady: AuditExportReadyContext.self
        case .operatorInvited: OperatorInvitedContext.self
        case .operatorNewSignIn: OperatorNewSignInContext.self
        case .approvalRequested: ApprovalRequestedContext.self
        case .approvalDecided: ApprovalDecidedContext.self
        case .restoreFinished: RestoreFinishedContext.self
        case .hostRecovery: HostRecoveryContext.self
        case .graphMoved: GraphMovedContext.self
        case .disputeOpened: DisputeOpenedContext.self
        case .emailChangeConfirm: EmailChangeConfirmContext.self
        case .invitationReminder: InvitationReminderContext.self
        case .finalBackupExpiring: FinalBackupExpiringContext.self
        case .webhookEndpointFailing: WebhookEndpointFailingContext.self
        case .webhookEndpointDisabled: WebhookEndpointDisabledContext.self
        case .paymentMethodChanged: PaymentMethodChangedContext.self
        case .planChangeFailed: PlanChangeFailedContext.self
        case .cardExpiring: CardExpiringContext.self
        case .paymentActionRequired: PaymentActionRequiredContext.self
        case .graphAccessChanged: GraphAccessChangedContext.self
        case .graphCredentialCreated: GraphCredentialCreatedContext.self
        }
    }

    /// What the template of a mail may print, the field of every mail included.
    public static func fields(of template: MailTemplate) -> [MailField] {
        context(of: template).fields + [.reason]
    }
}

extension MailContext {
    static func decode(_ json: JSONValue) throws -> Self {
        try JSON.decode(Self.self, from: JSON.encode(json))
    }
}
