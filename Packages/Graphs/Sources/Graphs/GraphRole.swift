public import Identity

/// What a person may do with a graph; the order is that of strength.
public enum GraphRole: String, Sendable, Codable, CaseIterable, Comparable {
    /// Look.
    case viewer
    /// Write.
    case member
    /// Decide.
    case admin

    private var rank: Int {
        switch self {
        case .viewer: 0
        case .member: 1
        case .admin: 2
        }
    }

    /// Whether `left` may do less than `right`.
    public static func < (left: GraphRole, right: GraphRole) -> Bool {
        left.rank < right.rank
    }

    /// The stronger of what was granted and what the role in the org gives: owners and admins are graph admins, members nothing
    /// (graphs.md, section 5).
    public static func effective(granted: GraphRole?, inOrg role: OrgRole?) -> GraphRole? {
        switch role {
        case .owner, .admin: .admin
        case .member: granted
        case nil: nil
        }
    }
}
