public import Billing

/// What kind of call at a graph a route is, whatever its address says (GRA-090).
public enum RouteKind: String, Sendable, Hashable, Codable, CaseIterable {
    /// Asks for contents.
    case query
    /// Asks by the model protocol.
    case mcp
    /// Has the agent at work.
    case agent
    /// Searches.
    case search
    /// Asks how contents are declared.
    case schema
    /// Asks how it is.
    case status
    /// Asks what it holds.
    case info
    /// Asks what it is, and what one may do with it.
    case describe
    /// Takes a backup away.
    case download
    /// Makes backups, or works with them.
    case backup
    /// Puts the contents of a backup in the place of what is there.
    case restore
    /// Runs it: who may do what with it, what it costs, how it is used.
    case admin
    /// Destroys.
    case delete
    /// Takes files in.
    case `import`
    /// Changes contents.
    case write
    /// Changes what is said of it.
    case update
    /// Makes something beside it.
    case create

    /// Whether who has a seat at a shared repository may make such calls there; what runs or changes it is the operator's.
    public var isOpenToSeats: Bool {
        switch self {
        case .query, .mcp, .agent, .search, .schema, .status, .info, .describe, .download: true
        case .backup, .restore, .admin, .delete, .import, .write, .update, .create: false
        }
    }
}

extension RepositoryPlanLimits {
    /// How often calls of a kind may be made by one person at one repository (GRA-091).
    ///
    /// The plan names four kinds. What else may be asked reads as queries do and has their figures, in counts of its own; downloads are counted by the month,
    /// as those of backups are.
    public func rate(of kind: RouteKind) -> Rate? {
        switch kind {
        case .query, .schema, .status, .info, .describe: queries
        case .mcp: mcp
        case .search: search
        case .agent: agent
        case .download: nil
        case .backup, .restore, .admin, .delete, .import, .write, .update, .create: nil
        }
    }
}
