internal import Core

/// What can be done about a finding, by the commands that do the same elsewhere (GRA-125).
public enum OrphanRepair: String, Sendable, CaseIterable {
    /// The database is backed up, and dropped seven days after its backup was read back whole.
    case backUpAndDrop = "back_up_and_drop"
    /// The roles are removed.
    case dropRoles = "drop_roles"
    /// The database beside a graph's own is dropped.
    case dropCopy = "drop_copy"
    /// The graph is brought back on another host as its newest backup holds it.
    case recover
    /// The place is free again.
    case freeSlot = "free_slot"
    /// The credential is revoked in the records.
    case revokeCredential = "revoke_credential"
    /// The graph is closed and kept for its retention.
    case suspend
    /// The person's roles on the graphs of the org end, with the logins taken out for them.
    case endAccess = "end_access"
    /// The object is removed from the store.
    case removeObject = "remove_object"

    /// For how long a database is kept that was backed up to be dropped.
    public static let keptAfterBackup = Duration.days(7)

    /// Whether a worker does it, after another look at the host or the store; everything else is done with the order.
    var isWork: Bool {
        switch self {
        case .backUpAndDrop, .dropRoles, .dropCopy, .removeObject: true
        case .recover, .freeSlot, .revokeCredential, .suspend, .endAccess: false
        }
    }
}

extension OrphanFinding.Kind {
    /// The command that mends such a finding; `nil` where a person has to find out first.
    public var repair: OrphanRepair? {
        switch self {
        case .backupObject: .removeObject
        case .database: .backUpAndDrop
        case .role: .dropRoles
        case .scratch: .dropCopy
        case .missingDatabase: .recover
        case .slot: .freeSlot
        case .credential: .revokeCredential
        case .unpaidGraph: .suspend
        case .strayGrant: .endAccess
        case .backupRow, .foreign, .missingSlot, .unservedSubscription: nil
        }
    }

    /// How much it matters: data that is not where its record says is the worst.
    public var isCritical: Bool { self == .missingDatabase || self == .backupRow }

    /// Whether it takes the room of a graph, for which a tier has a price.
    public var occupiesRoom: Bool {
        switch self {
        case .database, .slot, .unpaidGraph, .missingDatabase: true
        case .backupObject, .backupRow, .role, .scratch, .foreign, .missingSlot, .credential, .unservedSubscription, .strayGrant: false
        }
    }

    /// What an operator is told to do about it, in a sentence.
    public var proposal: String {
        switch self {
        case .backupObject: "Remove the object from the store; the sweep does so by itself once it is 90 days old."
        case .backupRow: "Bring the store back. The row stays: a store that returns has its object again."
        case .database: "Back the database up, keep it for 7 days, and drop it."
        case .role: "Remove the role; those of a database that has no graph go with that database."
        case .scratch: "Drop the copy; the sweep does so by itself after 26 hours."
        case .missingDatabase: "Bring the graph back on another host from its newest backup. It is never made anew empty."
        case .foreign: "Look who made it: what bears another marker, or none, is never touched."
        case .slot: "Free the place."
        case .missingSlot: "Give the host of the graph more slots, so that the graph has one."
        case .credential: "Revoke the credential; its owner makes another."
        case .unpaidGraph: "Suspend the graph; it is kept for its retention."
        case .unservedSubscription: "End the subscription by its own command, and give the unused money back."
        case .strayGrant: "End the person's access to the graphs of the org."
        }
    }
}

/// What a repair does.
public struct OrphanRepairPlan: Sendable, Hashable {
    /// The finding, as it is after the order.
    public let orphan: StoredOrphan
    /// The command.
    public let repair: OrphanRepair
    /// What it does, step by step.
    public let effects: [String]
    /// Whether it was ordered before, so that nothing more was done.
    public let isRepeated: Bool
}

/// Why nothing was done about a finding.
public enum OrphanRefusal: Error, Hashable, Sendable {
    /// There is no such finding.
    case notFound
    /// It is over.
    case over(StoredOrphan.State)
    /// It was seen only once, or less than an hour ago: it may be something in the making (GRA-124).
    case tooYoung
    /// No command mends it: a person has to find out.
    case byHand(OrphanFinding.Kind)
    /// What it is about is not as it was; the next sweep tells.
    case outdated
    /// There is no backup to bring the graph back from.
    case noBackup
    /// The role goes with its database, which is a finding of its own.
    case goesWithDatabase
}
