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

    /// The name on the wire, in kebab case.
    public let name: String
    /// Until when it may be stopped by the one who asked.
    public let cancellation: Cancellation
    /// Whether no other exclusive operation may be unfinished for the same graph or org.
    public let isExclusive: Bool
    /// Whether only owners of its org stop it and answer it, whoever else may see it.
    public let isForOwners: Bool

    /// Makes a kind.
    public init(name: String, cancellation: Cancellation, isExclusive: Bool, isForOwners: Bool = false) {
        self.name = name
        self.cancellation = cancellation
        self.isExclusive = isExclusive
        self.isForOwners = isForOwners
    }

    /// The name on the wire.
    public var description: String { name }

    /// Creation of a graph.
    public static let createGraph = OperationKind(name: "create-graph", cancellation: .whilePending, isExclusive: true)
    /// The command that deletes a graph; it ends with its own commit and names the teardown.
    public static let deleteGraph = OperationKind(name: "delete-graph", cancellation: .never, isExclusive: false)
    /// The destruction of a graph, by command or at the end of its retention.
    public static let graphTeardown = OperationKind(name: "graph-teardown", cancellation: .never, isExclusive: true)
    /// A change of name, description or tags.
    public static let updateGraphMetadata = OperationKind(name: "update-graph-metadata", cancellation: .never, isExclusive: false)
    /// The end of a graph's subscription is taken back.
    public static let reactivateGraph = OperationKind(name: "reactivate-graph", cancellation: .never, isExclusive: false)
    /// A suspended graph is bought again.
    public static let undeleteGraph = OperationKind(name: "undelete-graph", cancellation: .never, isExclusive: true, isForOwners: true)
    /// A move of a graph to another tier.
    public static let changeTier = OperationKind(name: "change-tier", cancellation: .never, isExclusive: true)
    /// A backup asked for by a person.
    public static let createBackup = OperationKind(name: "create-backup", cancellation: .untilEnded, isExclusive: false)
    /// A graph is brought back to what a backup holds; its steps turn back by themselves when it is stopped before the switch.
    public static let restoreBackup = OperationKind(name: "restore-backup", cancellation: .whilePending, isExclusive: true)
    /// All backups of a destroyed graph are removed.
    public static let eraseBackups = OperationKind(name: "erase-backups", cancellation: .never, isExclusive: false)
    /// A graph is protected from deletion, or no longer.
    public static let setDeleteProtection = OperationKind(name: "set-delete-protection", cancellation: .never, isExclusive: false)
    /// What is known of a graph is brought in line with what it holds.
    public static let materialize = OperationKind(name: "materialize", cancellation: .whilePending, isExclusive: false)
    /// The dead space of a graph is given back.
    public static let compactGraph = OperationKind(name: "compact-graph", cancellation: .whilePending, isExclusive: false)
    /// A further database under a graph.
    public static let createSubgraph = OperationKind(name: "create-subgraph", cancellation: .whilePending, isExclusive: false)
    /// The destruction of such a database.
    public static let deleteSubgraph = OperationKind(name: "delete-subgraph", cancellation: .never, isExclusive: false)
    /// A graph comes to another host, by order of those who run the product.
    public static let graphMove = OperationKind(name: "graph-move", cancellation: .never, isExclusive: true)
    /// The end of an org's subscriptions before its deletion; what has ended stays ended when it is stopped.
    public static let orgTeardown = OperationKind(name: "org-teardown", cancellation: .untilEnded, isExclusive: true, isForOwners: true)
    /// An org's part of the log is written to a file.
    public static let auditExport = OperationKind(name: "audit-export", cancellation: .never, isExclusive: false)
    /// A movement of the sandbox clock.
    public static let clockAdvance = OperationKind(name: "clock-advance", cancellation: .untilEnded, isExclusive: false)

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
