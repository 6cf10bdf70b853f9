internal import Identity

/// The state machines of the package as data: what is published is what the code and the database know (ORG-117).
public enum OrgMachines {
    /// A move of a machine, with the events that are published with it, in order.
    public struct Move: Sendable, Hashable {
        /// From which states.
        public let from: [String]
        /// To which state.
        public let to: String
        /// By what.
        public let trigger: String
        /// The topics of its events.
        public let events: [String]
    }

    /// The moves of an org.
    public static let org: [Move] = [
        Move(from: [], to: state(.active), trigger: "create", events: [OrgCreated.topic]),
        Move(from: [state(.active)], to: state(.frozen), trigger: "freeze", events: [OrgFrozen.topic]),
        Move(from: [state(.frozen)], to: state(.active), trigger: "thaw", events: [OrgThawed.topic]),
        Move(from: [state(.active)], to: state(.deleted), trigger: "delete", events: [OrgDeletionScheduled.topic]),
        Move(from: [state(.deleted)], to: state(.active), trigger: "restore", events: [OrgRestored.topic]),
        Move(from: [state(.deleted)], to: state(.purging), trigger: "purge due", events: []),
        Move(from: [state(.purging)], to: state(.purged), trigger: "purge done", events: [OrgPurged.topic]),
    ]

    /// The moves of a membership.
    public static let membership: [Move] = [
        Move(from: [], to: "live", trigger: "founding, invitation, transfer, operator or import", events: [OrgMemberAdded.topic]),
        Move(from: ["live"], to: "live", trigger: "role changed", events: [OrgMemberRoleChanged.topic]),
        Move(from: ["live"], to: "ended", trigger: "leave or removal", events: [OrgMemberEnded.topic]),
        Move(from: ["live"], to: "ended", trigger: "purge of the org", events: []),
    ]

    /// Whether an org may go from one state to another.
    public static func allows(_ from: Org.State, to: Org.State) -> Bool {
        org.contains { $0.from.contains(from.rawValue) && $0.to == to.rawValue }
    }

    private static func state(_ state: Org.State) -> String { state.rawValue }
}
