public import Core
public import Identity

/// An org as one of its members sees it in a list.
public struct OrgOverview: Sendable, Hashable {
    /// The org.
    public let org: Org
    /// The caller's role.
    public let role: OrgRole
    /// Since when the caller is in it.
    public let joinedAt: Instant
    /// How many live members it has.
    public let memberCount: Int
    /// How many graphs the caller sees.
    public let graphCount: Int
    /// Whether the caller's new sign-ins act for it.
    public let isDefault: Bool

    /// Makes an overview.
    public init(org: Org, role: OrgRole, joinedAt: Instant, memberCount: Int, graphCount: Int, isDefault: Bool) {
        self.org = org
        self.role = role
        self.joinedAt = joinedAt
        self.memberCount = memberCount
        self.graphCount = graphCount
        self.isDefault = isDefault
    }
}

/// A graph as its org shows it.
public struct OrgGraph: Sendable, Hashable {
    /// The graph.
    public let id: String
    /// Its name.
    public let name: String
    /// Its kind.
    public let type: String
    /// Its tier.
    public let tier: String
    /// The credits left; `nil` without a pool.
    public let creditsAvailable: Double?
    /// The credits used; `nil` without a pool.
    public let creditsUsed: Double?
    /// When it was made.
    public let createdAt: Instant
    /// When it was last changed.
    public let updatedAt: Instant

    /// Makes a graph value.
    public init(
        id: String, name: String, type: String, tier: String, creditsAvailable: Double?, creditsUsed: Double?, createdAt: Instant,
        updatedAt: Instant
    ) {
        self.id = id
        self.name = name
        self.type = type
        self.tier = tier
        self.creditsAvailable = creditsAvailable
        self.creditsUsed = creditsUsed
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}

/// An org in full.
public struct OrgDetail: Sendable, Hashable {
    /// The org.
    public let org: Org
    /// The caller's role.
    public let role: OrgRole
    /// Its live members, by the time of joining.
    public let members: [Member]
    /// The graphs that the caller sees.
    public let graphs: [OrgGraph]
    /// What limits it.
    public let limits: OrgLimits

    /// Makes a detail.
    public init(org: Org, role: OrgRole, members: [Member], graphs: [OrgGraph], limits: OrgLimits) {
        self.org = org
        self.role = role
        self.members = members
        self.graphs = graphs
        self.limits = limits
    }
}
