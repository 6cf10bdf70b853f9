public import Core
public import Identity
internal import Jobs

/// A backup is complete.
public struct BackupCompleted: GraphDomainEvent {
    /// `graphs.backup_completed`
    public static let topic = "graphs.backup_completed"
    /// Which graph.
    public let facts: GraphFactsOfEvent
    /// The backup.
    public let backup: GraphBackup.ID

    /// Tells of it.
    public init(facts: GraphFactsOfEvent, backup: GraphBackup.ID) {
        self.facts = facts
        self.backup = backup
    }
}

/// A backup was given up.
public struct BackupFailed: GraphDomainEvent {
    /// `graphs.backup_failed`
    public static let topic = "graphs.backup_failed"
    /// Which graph.
    public let facts: GraphFactsOfEvent
    /// The backup.
    public let backup: GraphBackup.ID
    /// Who asked for it.
    public let initiator: GraphBackup.Initiator
    /// The person who did.
    public let requestedBy: User.ID?
    /// How many nights in a row have come to nothing.
    public let nights: Int

    /// Tells of it.
    public init(facts: GraphFactsOfEvent, backup: GraphBackup.ID, initiator: GraphBackup.Initiator, requestedBy: User.ID?, nights: Int) {
        self.facts = facts
        self.backup = backup
        self.initiator = initiator
        self.requestedBy = requestedBy
        self.nights = nights
    }
}

/// A graph in use has no recent backup.
public struct BackupMissing: GraphDomainEvent {
    /// `graphs.backup_missing`
    public static let topic = "graphs.backup_missing"
    /// Which graph.
    public let facts: GraphFactsOfEvent
    /// The day on which that was found.
    public let day: String

    /// Tells of it.
    public init(facts: GraphFactsOfEvent, day: String) {
        self.facts = facts
        self.day = day
    }
}

/// A graph was brought back to what a backup holds.
public struct BackupRestored: GraphDomainEvent {
    /// `graphs.backup_restored`
    public static let topic = "graphs.backup_restored"
    /// Which graph.
    public let facts: GraphFactsOfEvent
    /// The backup.
    public let backup: GraphBackup.ID
    /// What the graph held before.
    public let safetyCopy: GraphBackup.ID
    /// Who asked.
    public let requestedBy: User.ID

    /// Tells of it.
    public init(facts: GraphFactsOfEvent, backup: GraphBackup.ID, safetyCopy: GraphBackup.ID, requestedBy: User.ID) {
        self.facts = facts
        self.backup = backup
        self.safetyCopy = safetyCopy
        self.requestedBy = requestedBy
    }
}

/// A graph could not be brought back to a backup, and is as it was.
public struct BackupRestoreFailed: GraphDomainEvent {
    /// `graphs.backup_restore_failed`
    public static let topic = "graphs.backup_restore_failed"
    /// Which graph.
    public let facts: GraphFactsOfEvent
    /// The backup.
    public let backup: GraphBackup.ID
    /// Who asked.
    public let requestedBy: User.ID

    /// Tells of it.
    public init(facts: GraphFactsOfEvent, backup: GraphBackup.ID, requestedBy: User.ID) {
        self.facts = facts
        self.backup = backup
        self.requestedBy = requestedBy
    }
}
