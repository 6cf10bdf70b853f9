/// A mail of the catalogue (notifications.md, section 6), or one of a program's own (NOT-197).
public enum MailTemplate: Sendable, Hashable {
    /// The address of a new account is to be confirmed (NOT-101).
    case emailVerification
    /// An account whose address was never confirmed will be removed (NOT-101).
    case unverifiedRemovalWarning
    /// The address was confirmed (NOT-102).
    case welcome
    /// A password is to be reset (NOT-103).
    case passwordReset
    /// A password was changed (NOT-104).
    case passwordChanged
    /// The address of an account was changed; the old one is told (NOT-106).
    case emailChanged
    /// A passkey was added (NOT-109).
    case passkeyEnrolled
    /// A passkey was removed (NOT-110).
    case passkeyRemoved
    /// The counter of a passkey went back (NOT-110).
    case passkeyCounterWarning
    /// Recovery codes were made or replaced (NOT-111).
    case recoveryCodesChanged
    /// A recovery code was used (NOT-112).
    case recoveryCodeUsed
    /// A lost second factor will be removed by our support, or was (NOT-115).
    case mfaReset
    /// An API key was made (NOT-113).
    case apiKeyCreated
    /// Somebody is asked to join an org (NOT-119).
    case orgInvitation
    /// A subscription began (NOT-130).
    case subscriptionStarted
    /// Money was taken and the resource could not be made (NOT-131).
    case provisioningFailed
    /// An invoice was paid (NOT-133).
    case paymentReceipt
    /// A renewal could not be charged (NOT-136).
    case paymentFailed
    /// A subscription that is billed once a year renews soon (NOT-142).
    case renewalReminder
    /// A subscription that is billed every month renews soon (NOT-142).
    case renewalReminderMonthly
    /// A trial ends and is charged from then on (NOT-198).
    case trialEnding
    /// What was bought beside graphs and seats has ended with its period (NOT-198).
    case subscriptionEnded
    /// What a person may do at a shared repository changed (NOT-165).
    case repositoryAccessChanged
    /// A graph was suspended (NOT-144).
    case graphSuspended
    /// A suspended graph is destroyed soon (NOT-145).
    case deletionWarning
    /// A graph was destroyed (NOT-146).
    case graphDeprovisioned
    /// The deletion of a graph was asked for (NOT-147).
    case graphDeleteRequested
    /// A subscription ends with its period (NOT-149).
    case subscriptionCanceled
    /// A subscription was ended at once (NOT-150).
    case subscriptionEndedNow
    /// The end of a subscription was taken back (NOT-151).
    case subscriptionReactivated
    /// A subscription will not renew because nobody uses it (NOT-152).
    case idleCancel
    /// An idle cancellation could not be taken back in time (NOT-153).
    case keepFailed
    /// An idle cancellation was taken back (NOT-154).
    case subscriptionKept
    /// A graph can be used (NOT-160).
    case graphReady
    /// A graph that was suspended can be used again (NOT-160).
    case graphUndeleted
    /// A graph could not be made and nothing was paid (NOT-160).
    case graphCreateFailed
    /// Says that a person was signed out everywhere (NOT-115).
    case sessionsEnded
    /// Tells of a sign-in with a program and from a network that are new (NOT-107).
    case newSignIn
    /// Tells the owner of an address that somebody tried to register it (NOT-108).
    case registrationAttempted
    /// Warns a person that somebody guesses the password (NOT-108).
    case signInAttempts
    /// Says that a change of address was taken back (NOT-106).
    case emailChangeReverted
    /// Reminds a person that an API key ends soon (NOT-114).
    case apiKeyExpiring
    /// Tells of the first use of an API key from a network (NOT-114).
    case apiKeyNewNetwork
    /// Says that an invitation was accepted (NOT-121).
    case memberJoined
    /// Tells a person of having been removed from an org (NOT-122).
    case memberRemoved
    /// Says that a person left an org (NOT-123).
    case memberLeft
    /// A person belongs to an org without having been invited (NOT-202).
    case memberAdded
    /// Says that the role of a person in an org changed (NOT-124).
    case roleChanged
    /// Says that an org was switched off and will be erased (NOT-127).
    case orgDeletionScheduled
    /// Warns that an org is erased soon (NOT-128).
    case orgDeletionReminder
    /// Says that the deletion of an org was taken back (NOT-129).
    case orgDeletionCanceled
    /// Says that an org was erased (NOT-129).
    case orgDeleted
    /// Says that an org became read-only (NOT-199).
    case orgFrozen
    /// Says that an org works again (NOT-199).
    case orgThawed
    /// Says that a limit of an org is nearly used up (NOT-159).
    case limitWarning
    /// Says that an account will be deleted, with the link that takes it back (NOT-117).
    case accountDeletionScheduled
    /// Says that the deletion of an account was taken back (NOT-117).
    case accountDeletionCanceled
    /// Says that an account was deleted (NOT-117).
    case accountDeleted
    /// Says that an account was switched off (NOT-116).
    case accountDeactivated
    /// Says that an account was switched on again (NOT-116).
    case accountReactivated
    /// Says that an export of a person or an org can be fetched (NOT-118).
    case dataExportReady
    /// Asks a person to take an org over (NOT-125).
    case ownershipTransferRequested
    /// Says that those who run the product have started a transfer (NOT-201).
    case ownershipTransferByOperator
    /// Says that an org has a new owner (NOT-126).
    case ownershipTransferred
    /// Says that a transfer ended without a change (NOT-126).
    case ownershipTransferEnded
    /// Says that support may make changes in an org (NOT-203).
    case supportAccessGranted
    /// Says that support may do so no more (NOT-203).
    case supportAccessEnded
    /// Says that the bills of an org go to another address (NOT-200).
    case billingContactChanged

    /// An invoice is to be paid by its date (NOT-132).
    case invoiceIssued
    /// An invoice is due soon (NOT-134).
    case invoiceDueSoon
    /// An invoice was not paid in time (NOT-134).
    case invoiceOverdue
    /// An invoice does not stand as it was (NOT-135).
    case invoiceCorrected
    /// What was owed was paid (NOT-138).
    case paymentRecovered
    /// What is not paid for can be read only (NOT-139).
    case paymentAccessLimited
    /// One day is left to pay (NOT-139).
    case paymentFinalNotice
    /// A subscription ended because it was not paid for (NOT-139).
    case paymentEnded
    /// A change to another plan is done (NOT-143).
    case planChanged
    /// Money goes back, or did not arrive (NOT-155).
    case refundIssued
    /// An org was given credit (NOT-155).
    case accountCreditIssued
    /// Credit that was not used ends soon (NOT-155).
    case accountCreditExpiring
    /// Credits of a graph run low (NOT-157).
    case creditsLow
    /// Credits of a graph are used up (NOT-157).
    case creditsExhausted
    /// A graph fills its storage (NOT-158).
    case capacityWarning
    /// A backup was given up (NOT-161).
    case backupFailed
    /// A graph has no recent backup (NOT-162).
    case backupMissing
    /// Something that those who run the product have to look at (NOT-170).
    case operatorAlert
    /// A graph was brought back from a backup, or was not (NOT-163).
    case restoreFinished
    /// The host of a graph was lost, and the graph is back (NOT-163).
    case hostRecovery
    /// A graph is on another host, at another address (GRA-066, GRA-100).
    case graphMoved
    /// Nothing has got through to one of an org's own systems for a day (NOT-166).
    case webhookEndpointFailing
    /// Nothing is sent to one of an org's own systems any more (NOT-166).
    case webhookEndpointDisabled
    /// A payment is contested (NOT-156).
    case disputeOpened
    /// A new address is to be confirmed (NOT-105).
    case emailChangeConfirm
    /// An invitation ends soon (NOT-120).
    case invitationReminder
    /// The last backup of a graph that was destroyed ends soon (NOT-148).
    case finalBackupExpiring

    /// What an org is charged by changed (NOT-141).
    case paymentMethodChanged
    /// The bank wants a payment confirmed (NOT-137).
    case paymentActionRequired
    /// A change to another plan was not made (NOT-143).
    case planChangeFailed
    /// A person may do something else with a graph than before (NOT-164).
    case graphAccessChanged
    /// A login to a graph was made (NOT-164).
    case graphCredentialCreated
    /// The card that is charged ends before the next renewal (NOT-140).
    case cardExpiring
    /// Usage and credits of a month, for those who run the product (NOT-205).
    case monthlyReport
    /// The stream of the audit log to a place is failing (NOT-204).
    case auditSinkFailing
    /// The stream of the audit log to a place has stopped (NOT-167).
    case auditSinkPaused
    /// A file with an org's part of the audit log can be fetched (NOT-167).
    case auditExportReady
    /// Somebody is admitted to run the product (NOT-169).
    case operatorInvited
    /// An operator signed in with a program or from a network that is new (NOT-169).
    case operatorNewSignIn
    /// An operator wants something that takes two (NOT-169).
    case approvalRequested
    /// A second operator consented to something, or did not (NOT-169).
    case approvalDecided

    /// A mail of a program that uses the package alone, which is no part of the catalogue (NOT-197).
    case own(OwnMailTemplate)

    /// Whether and how it can be turned off.
    public var mailClass: MailClass {
        switch self {
        case .own(let template): template.mailClass
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
