internal import Core

/// What sort of work an operation is: its name on the wire and the rules that hold for all operations of the kind
/// (operations.md, section 4).
public struct OperationKind: Hashable, Sendable, CustomStringConvertible {
    /// Until when the person who started an operation may stop it.
    public enum Cancellation: Hashable, Sendable {
        /// Never: what was asked for is decided by its own commit, or can only go forward.
        case never
        /// As long as no step has begun.
        case whilePending
        /// Until it has ended.
        case untilEnded
    }

    /// What follows when an operation has not ended by its deadline (OPS-030).
    public enum OverdueRule: String, Hashable, Sendable {
        /// Before its point of no return what was done is undone; behind it the operation goes on.
        case undo
        /// It ends as failed, what it set in motion is stopped, and traces are removed.
        case fail
    }

    /// For how long an operation may be under way, and what follows then (operations.md, section 4).
    public struct TimeLimit: Hashable, Sendable {
        /// From its acceptance; an operation may be given a deadline of its own.
        public let duration: Duration
        /// What follows.
        public let rule: OverdueRule

        /// Makes a limit.
        public init(_ duration: Duration, then rule: OverdueRule) {
            self.duration = duration
            self.rule = rule
        }
    }

    /// The name on the wire, in kebab case.
    public let name: String
    /// Until when it may be stopped by the one who asked.
    public let cancellation: Cancellation
    /// Whether no other exclusive operation may be unfinished for the same graph or org.
    public let isExclusive: Bool
    /// Whether only owners of its org stop it and answer it, whoever else may see it.
    public let isForOwners: Bool
    /// How long it may take; `nil` where it ends with its own commit or goes on until it is done.
    public let timeLimit: TimeLimit?

    /// Makes a kind.
    public init(
        name: String, cancellation: Cancellation, isExclusive: Bool, isForOwners: Bool = false, timeLimit: TimeLimit? = nil
    ) {
        self.name = name
        self.cancellation = cancellation
        self.isExclusive = isExclusive
        self.isForOwners = isForOwners
        self.timeLimit = timeLimit
    }

    /// The name on the wire.
    public var description: String { name }

    /// Creation of a graph. Whoever has paid waits a day for room; from its place on it has an hour (OPS-102).
    public static let createGraph = OperationKind(
        name: "create-graph", cancellation: .whilePending, isExclusive: true, timeLimit: TimeLimit(.hours(24), then: .undo))
    /// The command that deletes a graph; it ends with its own commit and names the teardown.
    public static let deleteGraph = OperationKind(name: "delete-graph", cancellation: .never, isExclusive: false)
    /// The destruction of a graph, by command or at the end of its retention.
    public static let graphTeardown = OperationKind(name: "graph-teardown", cancellation: .never, isExclusive: true)
    /// A change of name, description or tags.
    public static let updateGraphMetadata = OperationKind(name: "update-graph-metadata", cancellation: .never, isExclusive: false)
    /// The end of a graph's subscription is taken back.
    public static let reactivateGraph = OperationKind(name: "reactivate-graph", cancellation: .never, isExclusive: false)
    /// A suspended graph is bought again.
    public static let undeleteGraph = OperationKind(
        name: "undelete-graph", cancellation: .never, isExclusive: true, isForOwners: true, timeLimit: TimeLimit(.minutes(30), then: .undo))
    /// A move of a graph to another tier.
    public static let changeTier = OperationKind(
        name: "change-tier", cancellation: .never, isExclusive: true, timeLimit: TimeLimit(.minutes(60), then: .undo))
    /// A backup asked for by a person. Its deadline, as that of all work on what a graph holds, is that of the graph's tier where one is known.
    public static let createBackup = OperationKind(
        name: "create-backup", cancellation: .untilEnded, isExclusive: false, timeLimit: TimeLimit(.hours(24), then: .fail))
    /// A graph is brought back to what a backup holds; its steps turn back by themselves when it is stopped before the switch.
    public static let restoreBackup = OperationKind(
        name: "restore-backup", cancellation: .whilePending, isExclusive: true, timeLimit: TimeLimit(.hours(24), then: .undo))
    /// All backups of a destroyed graph are removed.
    public static let eraseBackups = OperationKind(name: "erase-backups", cancellation: .never, isExclusive: false)
    /// A graph is protected from deletion, or no longer.
    public static let setDeleteProtection = OperationKind(name: "set-delete-protection", cancellation: .never, isExclusive: false)
    /// What is known of a graph is brought in line with what it holds.
    public static let materialize = OperationKind(
        name: "materialize", cancellation: .whilePending, isExclusive: false, timeLimit: TimeLimit(.hours(24), then: .fail))
    /// The dead space of a graph is given back.
    public static let compactGraph = OperationKind(
        name: "compact-graph", cancellation: .whilePending, isExclusive: false, timeLimit: TimeLimit(.hours(24), then: .fail))
    /// A further database under a graph.
    public static let createSubgraph = OperationKind(
        name: "create-subgraph", cancellation: .whilePending, isExclusive: false, timeLimit: TimeLimit(.hours(24), then: .fail))
    /// The destruction of such a database.
    public static let deleteSubgraph = OperationKind(name: "delete-subgraph", cancellation: .never, isExclusive: false)
    /// A graph comes to another host, by order of those who run the product.
    public static let graphMove = OperationKind(
        name: "graph-move", cancellation: .never, isExclusive: true, timeLimit: TimeLimit(.hours(6), then: .undo))
    /// The end of an org's subscriptions before its deletion; what has ended stays ended when it is stopped.
    public static let orgTeardown = OperationKind(name: "org-teardown", cancellation: .untilEnded, isExclusive: true, isForOwners: true)
    /// An org's part of the log is written to a file.
    public static let auditExport = OperationKind(
        name: "audit-export", cancellation: .never, isExclusive: false, timeLimit: TimeLimit(.hours(1), then: .fail))
    /// A movement of the sandbox clock.
    public static let clockAdvance = OperationKind(
        name: "clock-advance", cancellation: .untilEnded, isExclusive: false, timeLimit: TimeLimit(.hours(1), then: .fail))

    /// Every kind this version knows.
    public static let all: [OperationKind] = [
        .createGraph, .deleteGraph, .graphTeardown, .updateGraphMetadata, .reactivateGraph, .undeleteGraph, .changeTier, .createBackup,
        .restoreBackup,
        .eraseBackups, .setDeleteProtection, .materialize, .compactGraph, .createSubgraph, .deleteSubgraph, .graphMove,
        .orgTeardown, .auditExport, .clockAdvance,
    ]

    /// The kind with a name on the wire, or `nil` when this version knows none.
    public init?(named name: String) {
        guard let known = Self.all.first(where: { $0.name == name }) else { return nil }
        self = known
    }
}
