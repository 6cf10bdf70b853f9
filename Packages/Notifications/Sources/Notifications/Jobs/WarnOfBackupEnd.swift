internal import Audit
public import Core
public import Graphs
public import Jobs
public import Orgs

/// Warns that the last backup of a destroyed graph goes soon (NOT-148), unless it has gone already.
public struct WarnOfBackupEnd: Job, DatedMail {
    /// `notifications.warn_of_backup_end`
    public static let kind = "notifications.warn_of_backup_end"
    /// The backup is gone, or kept for longer.
    public static let reasonGone = "the backup does not end then any more"
    /// How many days before the end the warnings come.
    static let stages = [14, 3]

    /// Which graph.
    public let graph: GraphID
    /// Its final backup.
    public let backup: GraphBackup.ID
    /// When that was to end.
    public let endsAt: Instant
    /// How many days before.
    public let daysBefore: Int
    /// Whose; `nil` in a job of an earlier version.
    public let org: Org.ID?

    /// Asks for a warning.
    public init(graph: GraphID, of org: Org.ID, backup: GraphBackup.ID, endsAt: Instant, daysBefore: Int) {
        self.graph = graph
        self.backup = backup
        self.endsAt = endsAt
        self.daysBefore = daysBefore
        self.org = org
    }

    /// At the hour of the end, so many days before.
    public var options: JobOptions {
        JobOptions(runAt: endsAt - .days(daysBefore), priority: .low, uniqueKey: "\(backup)/\(daysBefore)", org: org?.uuid)
    }

    /// One mail to whoever pays.
    public func draft(facts: any MailFacts) async throws -> MailDraft? {
        guard let graph = try await facts.graph(graph), let found = try await facts.backup(backup), found.status == .completed,
            found.expiresAt == endsAt, let matter = try await GraphMatter(GraphFactsOfEvent(graph), facts: facts)
        else { return nil }
        let context = FinalBackupExpiringContext(org: matter.orgName, orgID: matter.orgID, graph: graph.name, endsAt: endsAt)
        return MailDraft(
            decision: "\(Self.kind)/\(backup)/\(daysBefore)", context: context, about: matter.about,
            recipients: try await matter.audience.billing())
    }
}

/// Sets the warnings when a graph was destroyed: one for each stage that lies ahead; a graph without data left no backup.
public enum BackupEndWarnings: DatedMailSchedule {
    /// `notifications.schedule_backup_end_warnings`
    public static let name = "notifications.schedule_backup_end_warnings"

    /// One for each stage.
    public static func mails(for event: GraphDeprovisioned, at now: Instant) -> [WarnOfBackupEnd] {
        guard let backup = event.finalBackup, let endsAt = event.backupKeptUntil else { return [] }
        return WarnOfBackupEnd.stages.filter { now < endsAt - .days($0) }.map {
            WarnOfBackupEnd(graph: event.facts.graph, of: event.facts.org, backup: backup, endsAt: endsAt, daysBefore: $0)
        }
    }
}
