internal import Audit
public import Billing
internal import Core
public import Graphs
internal import Identity
internal import Orgs

/// A graph fills its storage (NOT-158).
public struct CapacityWarningRule: MailRule {
    /// `notifications.capacity_warning`
    public static let name = "notifications.capacity_warning"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// One mail for each time that the event tells of a stage, to those who administer the graph, else to the owners.
    public func drafts(for event: StorageThresholdReached, occurrence: String) async throws -> [MailDraft] {
        guard let matter = try await GraphMatter(event.facts, facts: facts) else { return [] }
        let context = CapacityWarningContext(
            org: matter.orgName, orgID: matter.orgID, graph: event.facts.name, graphID: matter.graphID, percent: Int64(event.percent),
            used: Self.text(bytes: event.bytes), limit: Self.text(bytes: event.cap), isFull: event.percent >= 100)
        return [
            MailDraft(
                decision: "\(StorageThresholdReached.topic)/\(matter.graphID)/\(event.percent)/\(occurrence)", context: context,
                about: matter.about, recipients: try await matter.keepers())
        ]
    }

    /// In the largest unit of which there is a whole one, with one digit behind the point where it is not zero.
    static func text(bytes: Int64) -> String {
        var (unit, size) = ("bytes", Int64(1))
        for (name, more) in [("KiB", Int64(1) << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40)] where bytes >= more {
            (unit, size) = (name, more)
        }
        let (whole, tenth) = (bytes / size, bytes % size * 10 / size)
        return tenth == 0 ? "\(whole) \(unit)" : "\(whole).\(tenth) \(unit)"
    }
}

/// A backup was given up (NOT-161).
public struct BackupFailedRule: MailRule {
    /// `notifications.backup_failed`
    public static let name = "notifications.backup_failed"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// One mail for a backup that somebody asked for, and for the second night in a row and each one behind it; to those who administer the
    /// graph and to whoever asked.
    public func drafts(for event: BackupFailed, occurrence: String) async throws -> [MailDraft] {
        let isNightly = event.initiator == .scheduled
        guard event.initiator == .user || isNightly && event.nights >= 2, let matter = try await GraphMatter(event.facts, facts: facts)
        else { return [] }
        let context = BackupFailedContext(
            org: matter.orgName, orgID: matter.orgID, graph: event.facts.name, graphID: matter.graphID, isNightly: isNightly,
            nights: Int64(event.nights))
        var recipients: [MailRecipient] = []
        if let asker = event.requestedBy { recipients = try await matter.audience.person(asker, reason: "you asked for it") }
        recipients += try await matter.keepers()
        return [
            MailDraft(
                decision: "\(BackupFailed.topic)/\(event.backup)", context: context, about: matter.about, recipients: recipients)
        ]
    }
}

/// A graph has no recent backup (NOT-162).
public struct BackupMissingRule: MailRule {
    /// `notifications.backup_missing`
    public static let name = "notifications.backup_missing"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// One mail for each day that the event tells of, to those who administer the graph and to those who run the product.
    public func drafts(for event: BackupMissing, occurrence: String) async throws -> [MailDraft] {
        guard let matter = try await GraphMatter(event.facts, facts: facts) else { return [] }
        let context = BackupMissingContext(
            org: matter.orgName, orgID: matter.orgID, graph: event.facts.name, graphID: matter.graphID)
        return [
            MailDraft(
                decision: "\(BackupMissing.topic)/\(matter.graphID)/\(event.day)", context: context, about: matter.about,
                recipients: try await matter.keepers() + matter.audience.operators())
        ]
    }
}

/// A graph was brought back from a backup (NOT-163).
public struct BackupRestoredRule: MailRule {
    /// `notifications.backup_restored`
    public static let name = "notifications.backup_restored"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// One mail to whoever asked and to those who administer the graph.
    public func drafts(for event: BackupRestored, occurrence: String) async throws -> [MailDraft] {
        try await GraphMatter(event.facts, facts: facts).restored(
            from: event.backup, safetyCopy: event.safetyCopy, askedBy: event.requestedBy,
            decision: "\(BackupRestored.topic)/\(event.backup)/\(event.safetyCopy)")
    }
}

/// A graph was not brought back from a backup (NOT-163).
public struct BackupRestoreFailedRule: MailRule {
    /// `notifications.backup_restore_failed`
    public static let name = "notifications.backup_restore_failed"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// One mail to whoever asked and to those who administer the graph.
    public func drafts(for event: BackupRestoreFailed, occurrence: String) async throws -> [MailDraft] {
        try await GraphMatter(event.facts, facts: facts).restored(
            from: event.backup, safetyCopy: nil, askedBy: event.requestedBy,
            decision: "\(BackupRestoreFailed.topic)/\(event.backup)/\(occurrence)")
    }
}

/// The host of a graph was lost, and the graph is back from a backup (NOT-163, GRA-102).
public struct GraphRecoveredRule: MailRule {
    /// `notifications.graph_recovered`
    public static let name = "notifications.graph_recovered"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// One mail to the owners and to those who administer the graph: what was written after the time of the data is lost.
    public func drafts(for event: GraphRecovered, occurrence: String) async throws -> [MailDraft] {
        guard let matter = try await GraphMatter(event.facts, facts: facts) else { return [] }
        let context = HostRecoveryContext(
            org: matter.orgName, orgID: matter.orgID, graph: matter.graph.name, graphID: matter.graphID, backup: event.backup.description,
            dataAsOf: event.dataAsOf, hasEndedLogins: event.hasEndedLogins)
        return [
            MailDraft(
                decision: "\(GraphRecovered.topic)/\(matter.graphID)/\(occurrence)", context: context, about: matter.about,
                recipients: try await matter.audience.owners() + matter.audience.admins(of: matter.graph))
        ]
    }
}

/// A graph is on another host (GRA-066, GRA-100).
public struct GraphMovedRule: MailRule {
    /// `notifications.graph_moved`
    public static let name = "notifications.graph_moved"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// One mail to the owners and to those who administer the graph, when clients have to change something; otherwise none.
    public func drafts(for event: GraphMoved, occurrence: String) async throws -> [MailDraft] {
        guard event.address != nil || event.hasEndedLogins, let matter = try await GraphMatter(event.facts, facts: facts) else { return [] }
        let context = GraphMovedContext(
            org: matter.orgName, orgID: matter.orgID, graph: matter.graph.name, graphID: matter.graphID,
            address: event.address.map { "\($0.host):\($0.port)" }, hasEndedLogins: event.hasEndedLogins)
        return [
            MailDraft(
                decision: "\(GraphMoved.topic)/\(matter.graphID)/\(occurrence)", context: context, about: matter.about,
                recipients: try await matter.audience.owners() + matter.audience.admins(of: matter.graph))
        ]
    }
}

extension GraphMatter? {
    fileprivate func restored(
        from backup: GraphBackup.ID, safetyCopy: GraphBackup.ID?, askedBy asker: User.ID, decision: String
    ) async throws -> [MailDraft] {
        guard let matter = self else { return [] }
        let context = RestoreFinishedContext(
            org: matter.orgName, orgID: matter.orgID, graph: matter.graph.name, graphID: matter.graphID, backup: backup.description,
            safetyCopy: safetyCopy?.description, hasFailed: safetyCopy == nil)
        let recipients = try await matter.audience.person(asker, reason: "you asked for it") + matter.keepers()
        return [MailDraft(decision: decision, context: context, about: matter.about, recipients: recipients)]
    }
}

extension GraphMatter {
    /// Those who administer the graph; the owners where nobody does.
    fileprivate func keepers() async throws -> [MailRecipient] {
        let admins = try await audience.admins(of: graph)
        return admins.isEmpty ? try await audience.owners() : admins
    }
}

/// A payment is contested (NOT-156).
public struct DisputeOpenedRule: MailRule {
    /// `notifications.dispute_opened`
    public static let name = "notifications.dispute_opened"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// One mail to whoever pays, to the owners, and to those who run the product.
    public func drafts(for event: DisputeOpened, occurrence: String) async throws -> [MailDraft] {
        guard let org = try await facts.org(event.org) else { return [] }
        let audience = Audience(facts: facts, org: org)
        let context = DisputeOpenedContext(
            org: org.name.description, orgID: org.id.description, number: try await facts.invoice(event.invoice, of: org.id)?.number,
            amount: event.amount)
        return [
            MailDraft(
                decision: "\(DisputeOpened.topic)/\(event.dispute)", context: context,
                about: [AuditReference(org.id), AuditReference(event.dispute)],
                recipients: try await audience.billing() + audience.owners() + audience.operators())
        ]
    }
}
