internal import Audit
internal import Core
internal import Identity
public import Orgs

/// An org was switched off and will be erased (NOT-127).
public struct OrgDeletionScheduledRule: MailRule {
    /// `notifications.org_deletion_scheduled`
    public static let name = "notifications.org_deletion_scheduled"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// To those who were admins and owners when it was asked for.
    public func drafts(for event: OrgDeletionScheduled, occurrence: String) async throws -> [MailDraft] {
        [
            MailDraft(
                decision: "\(OrgDeletionScheduled.topic)/\(event.org)/\(event.purgeAt)",
                context: OrgDeletionScheduledContext(org: event.name, erasedAt: event.purgeAt, orgID: event.org.description),
                about: [AuditReference(event.org)],
                recipients: try await facts.recipients(event.recipients, reason: "you run \(event.name)"))
        ]
    }
}

/// An org is erased soon (NOT-128).
public struct OrgDeletionReminderRule: MailRule {
    /// `notifications.org_deletion_reminder`
    public static let name = "notifications.org_deletion_reminder"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// To the owners, once for each stage.
    public func drafts(for event: OrgPurgeApproaching, occurrence: String) async throws -> [MailDraft] {
        [
            MailDraft(
                decision: "\(OrgPurgeApproaching.topic)/\(event.org)/\(event.purgeAt)/\(event.days)",
                context: OrgDeletionReminderContext(
                    org: event.name, days: Int64(event.days), erasedAt: event.purgeAt, orgID: event.org.description),
                about: [AuditReference(event.org)],
                recipients: try await facts.recipients(event.recipients, reason: "you own \(event.name)"))
        ]
    }
}

/// The deletion of an org was taken back (NOT-129).
public struct OrgDeletionCanceledRule: MailRule {
    /// `notifications.org_deletion_canceled`
    public static let name = "notifications.org_deletion_canceled"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// To the admins and owners.
    public func drafts(for event: OrgRestored, occurrence: String) async throws -> [MailDraft] {
        guard let org = try await facts.org(event.org) else { return [] }
        return [
            MailDraft(
                decision: "\(OrgRestored.topic)/\(event.org)/\(occurrence)",
                context: OrgDeletionCanceledContext(org: event.name, orgID: event.org.description), about: [AuditReference(event.org)],
                recipients: try await Audience(facts: facts, org: org).admins())
        ]
    }
}

/// An org was erased (NOT-129). Its name is gone with it, so the mail tells its id, and is about the people.
public struct OrgDeletedRule: MailRule {
    /// `notifications.org_deleted`
    public static let name = "notifications.org_deleted"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// To the last owners.
    public func drafts(for event: OrgPurged, occurrence: String) async throws -> [MailDraft] {
        var drafts: [MailDraft] = []
        for owner in event.recipients {
            let recipients = try await facts.recipients([owner], reason: "you owned it")
            drafts.append(
                MailDraft(
                    decision: "\(OrgPurged.topic)/\(event.org)", context: OrgDeletedContext(org: event.org.description),
                    about: [AuditReference(owner)], recipients: recipients))
        }
        return drafts.filter { !$0.recipients.isEmpty }
    }
}

/// An org became read-only (NOT-199).
public struct OrgFrozenRule: MailRule {
    /// `notifications.org_frozen`
    public static let name = "notifications.org_frozen"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// To the owners.
    public func drafts(for event: OrgFrozen, occurrence: String) async throws -> [MailDraft] {
        [
            MailDraft(
                decision: "\(OrgFrozen.topic)/\(event.org)/\(occurrence)",
                context: OrgFrozenContext(org: event.name, cause: event.reason), about: [AuditReference(event.org)],
                recipients: try await facts.recipients(event.recipients, reason: "you own \(event.name)"))
        ]
    }
}

/// An org works again (NOT-199).
public struct OrgThawedRule: MailRule {
    /// `notifications.org_thawed`
    public static let name = "notifications.org_thawed"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// To the owners.
    public func drafts(for event: OrgThawed, occurrence: String) async throws -> [MailDraft] {
        [
            MailDraft(
                decision: "\(OrgThawed.topic)/\(event.org)/\(occurrence)",
                context: OrgThawedContext(org: event.name, orgID: event.org.description), about: [AuditReference(event.org)],
                recipients: try await facts.recipients(event.recipients, reason: "you own \(event.name)"))
        ]
    }
}

/// A limit of an org is nearly used up (NOT-159).
public struct LimitWarningRule: MailRule {
    /// `notifications.limit_warning`
    public static let name = "notifications.limit_warning"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// To the admins and owners.
    public func drafts(for event: OrgLimitNearlyReached, occurrence: String) async throws -> [MailDraft] {
        guard let org = try await facts.org(event.org) else { return [] }
        let context = LimitWarningContext(
            org: org.name.description, limit: event.limit, used: Int64(event.used), maximum: Int64(event.maximum),
            orgID: event.org.description)
        return [
            MailDraft(
                decision: "\(OrgLimitNearlyReached.topic)/\(event.org)/\(event.limit)/\(occurrence)", context: context,
                about: [AuditReference(event.org)],
                recipients: try await facts.recipients(event.recipients, reason: "you run \(org.name)"))
        ]
    }
}

extension MailFacts {
    /// The addresses of people whose accounts are active, in the order given.
    func recipients(_ ids: [User.ID], reason: String) async throws -> [MailRecipient] {
        let known = Dictionary(try await people(ids).map { ($0.id, $0) }) { first, _ in first }
        return ids.compactMap { known[$0] }.flatMap {
            MailRecipient.person($0.id, known: $0, at: $0.email.description, because: reason)
        }
    }
}
