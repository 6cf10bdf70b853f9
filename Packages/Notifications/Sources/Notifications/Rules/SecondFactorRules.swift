internal import Audit
internal import Core
public import Identity

/// A passkey was added (NOT-109).
public struct PasskeyEnrolledRule: MailRule {
    /// `notifications.passkey_enrolled`
    public static let name = "notifications.passkey_enrolled"

    /// Makes the rule.
    public init() {}

    /// One mail to the person.
    public func drafts(for event: PasskeyEnrolled, occurrence: String) async throws -> [MailDraft] {
        MailDraft.toPerson(
            event.user, event.email, decision: "\(PasskeyEnrolled.topic)/\(event.passkey)",
            PasskeyEnrolledContext(name: event.name, passkey: event.keyName, enrolledAt: event.at),
            about: [AuditReference(event.passkey)])
    }
}

/// A passkey was removed (NOT-110).
public struct PasskeyRemovedRule: MailRule {
    /// `notifications.passkey_removed`
    public static let name = "notifications.passkey_removed"

    /// Makes the rule.
    public init() {}

    /// One mail to the person.
    public func drafts(for event: PasskeyRemoved, occurrence: String) async throws -> [MailDraft] {
        MailDraft.toPerson(
            event.user, event.email, decision: "\(PasskeyRemoved.topic)/\(event.passkey)",
            PasskeyRemovedContext(name: event.name, passkey: event.keyName, left: Int64(event.left), removedAt: event.at),
            about: [AuditReference(event.passkey)])
    }
}

/// The counter of a passkey went back (NOT-110).
public struct PasskeyCounterWarningRule: MailRule {
    /// `notifications.passkey_counter_warning`
    public static let name = "notifications.passkey_counter_warning"

    /// Makes the rule.
    public init() {}

    /// One mail to the person.
    public func drafts(for event: PasskeyCounterRegressed, occurrence: String) async throws -> [MailDraft] {
        MailDraft.toPerson(
            event.user, event.email, decision: "\(PasskeyCounterRegressed.topic)/\(event.passkey)/\(occurrence)",
            PasskeyCounterWarningContext(name: event.name, passkey: event.keyName, usedAt: event.at),
            about: [AuditReference(event.passkey)])
    }
}

/// Recovery codes were made or replaced (NOT-111).
public struct RecoveryCodesChangedRule: MailRule {
    /// `notifications.recovery_codes_changed`
    public static let name = "notifications.recovery_codes_changed"

    /// Makes the rule.
    public init() {}

    /// One mail to the person.
    public func drafts(for event: RecoveryCodesChanged, occurrence: String) async throws -> [MailDraft] {
        MailDraft.toPerson(
            event.user, event.email, decision: "\(RecoveryCodesChanged.topic)/\(event.user)/\(occurrence)",
            RecoveryCodesChangedContext(name: event.name, changedAt: event.at, isReplacement: event.isRenewal))
    }
}

/// A recovery code was used (NOT-112).
public struct RecoveryCodeUsedRule: MailRule {
    /// `notifications.recovery_code_used`
    public static let name = "notifications.recovery_code_used"

    /// Makes the rule.
    public init() {}

    /// One mail to the person.
    public func drafts(for event: RecoveryCodeUsed, occurrence: String) async throws -> [MailDraft] {
        MailDraft.toPerson(
            event.user, event.email, decision: "\(RecoveryCodeUsed.topic)/\(event.user)/\(occurrence)",
            RecoveryCodeUsedContext(name: event.name, left: Int64(event.left), isLow: event.isLow, usedAt: event.at))
    }
}

/// Our support will remove a lost second factor: the mail with the link that stops it (NOT-115, ID-136). The link is in no other place.
public struct SecondFactorResetScheduledRule: MailRule {
    /// `notifications.second_factor_reset_scheduled`
    public static let name = "notifications.second_factor_reset_scheduled"

    /// Makes the rule.
    public init() {}

    /// One mail to the person for each reset.
    public func drafts(for event: SecondFactorResetScheduled, occurrence: String) async throws -> [MailDraft] {
        MailDraft.toPerson(
            event.user, event.email, decision: "\(SecondFactorResetScheduled.topic)/\(event.reset)",
            MFAResetContext(
                name: event.name, at: event.dueAt,
                stopLink: MailSecretLink(kind: SecondFactorReset.linkKind, id: event.reset.description)))
    }
}

/// Our support has removed a lost second factor (NOT-115).
public struct SecondFactorResetCompletedRule: MailRule {
    /// `notifications.second_factor_reset_completed`
    public static let name = "notifications.second_factor_reset_completed"

    /// Makes the rule.
    public init() {}

    /// One mail to the person for each reset.
    public func drafts(for event: SecondFactorResetCompleted, occurrence: String) async throws -> [MailDraft] {
        MailDraft.toPerson(
            event.user, event.email, decision: "\(SecondFactorResetCompleted.topic)/\(event.reset)",
            MFAResetContext(name: event.name, at: event.at, stopLink: nil))
    }
}
