internal import Core
internal import Identity
internal import Orgs

struct OrgListBody: Encodable {
    struct Item: Encodable {
        private let overview: OrgOverview

        init(_ overview: OrgOverview) {
            self.overview = overview
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(overview.org.id, forKey: .id)
            try container.encode(overview.org.name.description, forKey: .name)
            try container.encode(overview.org.type, forKey: .type)
            try container.encode(overview.role, forKey: .role)
            try container.encode(overview.memberCount, forKey: .memberCount)
            try container.encode(overview.graphCount, forKey: .graphCount)
            try container.encode(overview.org.createdAt, forKey: .createdAt)
            try container.encode(overview.joinedAt, forKey: .joinedAt)
            try container.encode(overview.isDefault, forKey: .isDefault)
        }

        enum CodingKeys: String, CodingKey {
            case id, name, role
            case type = "org_type"
            case memberCount = "member_count"
            case graphCount = "graph_count"
            case createdAt = "created_at"
            case joinedAt = "joined_at"
            case isDefault = "is_default"
        }
    }

    let orgs: [Item]
    let total: Int

    init(_ overviews: [OrgOverview]) {
        orgs = overviews.map(Item.init)
        total = overviews.count
    }
}

struct OrgDetailBody: Encodable {
    private let detail: OrgDetail

    init(_ detail: OrgDetail) {
        self.detail = detail
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(detail.org.id, forKey: .id)
        try container.encode(detail.org.name.description, forKey: .name)
        try container.encode(detail.org.type, forKey: .type)
        try container.encode(detail.role, forKey: .userRole)
        try container.encode(detail.members.map(MemberBody.init), forKey: .members)
        try container.encode(detail.graphs.map(OrgGraphBody.init), forKey: .graphs)
        try container.encode(["max_graphs": detail.limits.maxGraphs.number], forKey: .limits)
        try container.encode(detail.org.createdAt, forKey: .createdAt)
        try container.encode(detail.org.updatedAt, forKey: .updatedAt)
    }

    enum CodingKeys: String, CodingKey {
        case id, name, members, graphs, limits
        case type = "org_type"
        case userRole = "user_role"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
    }
}

struct MemberBody: Encodable {
    private let member: Member

    init(_ member: Member) {
        self.member = member
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(member.user, forKey: .user)
        try container.encode(member.name, forKey: .name)
        try container.encode(member.email, forKey: .email)
        try container.encode(member.role, forKey: .role)
        try container.encode(member.joinedAt, forKey: .joinedAt)
        try container.encode(member.isActive, forKey: .isActive)
    }

    enum CodingKeys: String, CodingKey {
        case name, email, role
        case user = "user_id"
        case joinedAt = "joined_at"
        case isActive = "is_active"
    }
}

struct MemberListBody: Encodable {
    let members: [MemberBody]
    let total: Int
    let org: Org.ID

    init(_ members: [Member], of org: Org.ID) {
        self.members = members.map(MemberBody.init)
        total = members.count
        self.org = org
    }

    enum CodingKeys: String, CodingKey {
        case members, total
        case org = "org_id"
    }
}

struct OrgGraphBody: Encodable {
    private let graph: OrgGraph

    init(_ graph: OrgGraph) {
        self.graph = graph
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(graph.id, forKey: .id)
        try container.encode(graph.name, forKey: .name)
        try container.encode(graph.type, forKey: .type)
        try container.encode(graph.tier, forKey: .tier)
        try container.encode(graph.creditsAvailable, forKey: .creditsAvailable)
        try container.encode(graph.creditsUsed, forKey: .creditsUsed)
        try container.encode(graph.createdAt, forKey: .createdAt)
        try container.encode(graph.updatedAt, forKey: .updatedAt)
    }

    enum CodingKeys: String, CodingKey {
        case id = "graph_id"
        case name = "graph_name"
        case type = "graph_type"
        case tier = "graph_tier"
        case creditsAvailable = "credits_available"
        case creditsUsed = "credits_used"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
    }
}

struct LimitsBody: Encodable {
    private let limits: OrgLimits

    init(_ limits: OrgLimits) {
        self.limits = limits
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        let current = limits.graphsHeld + limits.graphsReserved
        try container.encode(limits.org, forKey: .org)
        // The published model has no null here: the largest number it takes stands for no limit.
        try container.encode(limits.maxGraphs.number ?? Int(Int32.max), forKey: .maxGraphs)
        try container.encode(
            ["graphs": ["current": current, "limit": limits.maxGraphs.number, "remaining": limits.maxGraphs.remaining(beside: current)]],
            forKey: .currentUsage)
        try container.encode(limits.warnings, forKey: .warnings)
        try container.encode(limits.canCreateGraph, forKey: .canCreateGraph)
    }

    enum CodingKeys: String, CodingKey {
        case warnings
        case org = "org_id"
        case maxGraphs = "max_graphs"
        case currentUsage = "current_usage"
        case canCreateGraph = "can_create_graph"
    }
}
