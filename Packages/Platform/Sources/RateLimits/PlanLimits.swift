public import HTTPServer

/// The plans by which figures differ: the columns of table 2 of the product's security requirements.
public enum PlanColumn: Int, Sendable, Hashable, CaseIterable, Comparable {
    /// Without an active plan.
    case base
    /// Of the smallest plan.
    case standard
    /// Of the middle plan.
    case large
    /// Of the largest plan.
    case xlarge

    /// The column of a tier by its name, whose last word says it: `ladybug-large`. A tier of another name has the smallest plan's figures, because it is paid
    /// for.
    public init(tier: String) {
        let word = tier.split(separator: "-").last.map(String.init) ?? ""
        self = Self.allCases.first { "\($0)" == word } ?? .standard
    }

    /// Orders by size.
    public static func < (left: PlanColumn, right: PlanColumn) -> Bool { left.rawValue < right.rawValue }
}

/// What a plan admits of one kind of request in a minute, beside what the category admits: the lower figure applies (SEC-011).
public struct PlanPolicy: Sendable, Hashable {
    /// For whom requests are counted.
    public enum Counting: Sendable, Hashable {
        /// For each person over all credentials, so that more graphs do not multiply load; the figure is that of the best active plan of the org.
        case person
        /// For each graph, once access to it is proved, so that nobody spends another's; the figure is that of the graph's plan.
        case graph
    }

    /// The name that callers see.
    public let category: RouteCategory
    /// For whom it is counted.
    public let counting: Counting
    private let figures: [Int]

    init(_ name: String, _ counting: Counting, _ base: Int, _ standard: Int, _ large: Int, _ xlarge: Int) {
        category = RouteCategory(name)
        self.counting = counting
        figures = [base, standard, large, xlarge]
    }

    /// The figure of a plan.
    public subscript(column: PlanColumn) -> RateLimit { RateLimit(figures[column.rawValue]) }
}

extension PlanPolicy {
    /// The own account and its keys.
    public static let userManagement = PlanPolicy("user_management", .person, 30, 60, 60, 60)
    /// Operations and their states.
    public static let tasks = PlanPolicy("tasks", .person, 30, 60, 60, 60)
    /// How something is.
    public static let status = PlanPolicy("status", .person, 60, 120, 120, 120)
    /// Paying, and everything about it.
    public static let billing = PlanPolicy("billing", .person, 60, 60, 60, 60)
    /// Reading about a graph.
    public static let graphRead = PlanPolicy("graph_read", .graph, 30, 120, 240, 480)
    /// Changing what belongs to a graph: its description, its members, its logins.
    public static let graphWrite = PlanPolicy("graph_write", .graph, 10, 30, 60, 120)
    /// Figures about the use of a graph.
    public static let graphAnalytics = PlanPolicy("graph_analytics", .graph, 5, 15, 30, 60)
    /// Backups of graphs.
    public static let graphBackup = PlanPolicy("graph_backup", .person, 2, 5, 5, 5)
    /// Making and ending graphs, and changing what they cost.
    public static let graphManagement = PlanPolicy("graph_management", .person, 3, 10, 10, 10)

    /// Table 2. Its row `auth` is not here: the ways to sign in are counted for networks and never for persons, and table 1 has the lower figure for them
    /// whatever the plan.
    public static let standard: [PlanPolicy] = [
        userManagement, tasks, status, billing, graphRead, graphWrite, graphAnalytics, graphBackup, graphManagement,
    ]

    /// The row of a route beside its category; `nil` for what is the same for all plans.
    ///
    /// - Parameter route: the template of its path.
    public static func policy(of method: Method, _ route: String, in category: RouteCategory) -> PlanPolicy? {
        switch category {
        case .userManagement: return userManagement
        case .tasks: return tasks
        case .billing: return billing
        case .eventStreams: return nil
        default: break
        }
        guard route.hasPrefix("/v1/graphs") else { return nil }
        let isReading = method == .get || method == .head
        let path = route.dropFirst("/v1/graphs".count)
        if path.isEmpty { return isReading ? nil : graphManagement }
        guard path.hasPrefix(graph) else { return nil }
        let rest = path.dropFirst(graph.count)
        if category == .analytics { return graphAnalytics }
        if category == .backupOperations { return rest.hasPrefix("/backups") && isReading ? graphRead : graphBackup }
        if rest == "/health" { return status }
        if rest == "/operations/update-graph-metadata" { return graphWrite }
        if rest.hasPrefix("/operations/") { return rest.hasSuffix("-backups") ? graphBackup : graphManagement }
        return isReading ? graphRead : graphWrite
    }

    private static let graph = "/{graph_id}"
}
