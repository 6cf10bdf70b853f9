public import Audit

/// The types of entries that Billing writes, for the migrations that declare them to the database (AUD-007).
public enum BillingAuditTypes {
    /// What payers change about themselves.
    public static let contact: [AuditEventType] = [BillingContactChangedEntry.type]

    /// What the provider has taken of it.
    public static let customers: [AuditEventType] = [CustomerUpdatedEntry.type]

    /// What the guards of a sale tell.
    public static let sales: [AuditEventType] = [TierMismatchEntry.type]

    /// What the life of a subscription tells beside its moves.
    public static let lifecycle: [AuditEventType] = [
        SubscriptionKeptEntry.type, dunningNotice, DefaultMethodChangedEntry.type, MethodSetupFailedEntry.type,
    ]

    /// What older releases wrote of the stages of a debt.
    private static let dunningNotice = AuditEventType.billing("dunning_notice", .low, .org, .subscription)

    /// What payments, debts and discounts tell beside it.
    public static let payments: [AuditEventType] = [
        PaymentActionRequiredEntry.type, DunningStartedEntry.type, DunningStageEnteredEntry.type, DunningClosedEntry.type,
        DiscountAppliedEntry.type, FinancialTransactionEntry.type,
    ]

    /// What becomes of the way in which subscriptions are paid for.
    public static let conversions: [AuditEventType] = [
        SubscriptionConversionPlannedEntry.type, SubscriptionConvertedEntry.type, SubscriptionConversionFailedEntry.type,
    ]

    /// What becomes of refunds.
    public static let refunds: [AuditEventType] = [RefundStatusEntry.type]

    /// What becomes of contested payments.
    public static let disputes: [AuditEventType] = [DisputeOpenedEntry.type, DisputeClosedEntry.type]

    /// What a comparison with the provider finds and repairs.
    public static let drift: [AuditEventType] = [ProviderDriftDetectedEntry.type, ProviderDriftRepairedEntry.type]

    /// What operators do about what a comparison found.
    public static let driftRepairs: [AuditEventType] = [ProviderDriftRepairOrderedEntry.type, ProviderDriftDismissedEntry.type]

    /// What becomes of the guards of automatic actions.
    public static let guards: [AuditEventType] = [BlastGuardTrippedEntry.type, BlastGuardReleasedEntry.type]

    /// What becomes of the catalogue.
    public static let catalogue: [AuditEventType] = [CataloguePublishedEntry.type, PriceMismatchRefusedEntry.type]

    /// What older releases wrote of controls.
    public static let controls: [AuditEventType] = [.billing("billing_control_changed", .high, .control)]

    /// What becomes of controls.
    public static let killSwitches: [AuditEventType] = [KillSwitchEngagedEntry.type, KillSwitchReleasedEntry.type]

    /// Every type of the first version.
    public static let all: [AuditEventType] = [
        CustomerCreatedEntry.type, PaymentMethodAddedEntry.type, PaymentMethodUpdatedEntry.type, PaymentMethodRemovedEntry.type,
        CheckoutStartedEntry.type, CheckoutCompletedEntry.type, CheckoutExpiredEntry.type, CheckoutRetiredEntry.type,
        CheckoutPaidLateEntry.type, SubscriptionCreatedEntry.type, SubscriptionProvisioningStartedEntry.type,
        SubscriptionActivatedEntry.type, SubscriptionRenewedEntry.type, SubscriptionPastDueEntry.type, SubscriptionUnpaidEntry.type,
        SubscriptionRecoveredEntry.type, SubscriptionPausedEntry.type, SubscriptionResumedEntry.type, SubscriptionCanceledEntry.type,
        SubscriptionExpiredEntry.type, SubscriptionFailedEntry.type, PaymentSucceededEntry.type, PaymentFailedEntry.type,
        RefundRequestedEntry.type, RefundProcessedEntry.type, RefundFailedEntry.type, WebhookReceivedEntry.type, WebhookAppliedEntry.type,
        WebhookParkedEntry.type, ProviderCancelRequestedEntry.type, ProviderCancelConfirmedEntry.type, ProviderCancelFailedEntry.type,
        ProviderOutcomeUnknownEntry.type, ProviderOutcomeResolvedEntry.type,
    ]
}
