internal import Core
internal import Identity
internal import Orgs
internal import Postgres

extension Org {
    init(row: Row) throws {
        guard let name = OrgName(try row.decode("name", as: String.self)) else { throw row["name"].failure("is not a name") }
        guard let type = OrgType(rawValue: try row.decode("org_type")) else { throw row["org_type"].failure("is no type") }
        guard let state = State(rawValue: try row.decode("state")) else { throw row["state"].failure("is no state") }
        self.init(
            id: try row.decode("id"), name: name, type: type, personalOwner: try row.decode("personal_owner_id"), state: state,
            createdAt: try row.decode("created_at"), updatedAt: try row.decode("updated_at"),
            version: Int(try row.decode("version", as: Int64.self)), purgeAt: try row.decode("purge_at"))
    }

    /// The columns that `init(row:)` reads.
    static let columns: Statement =
        "o.id, o.name, o.org_type, o.personal_owner_id, o.state, o.created_at, o.updated_at, o.version, o.purge_at"
}

extension Membership {
    init(row: Row) throws {
        guard let role = OrgRole(rawValue: try row.decode("role")) else { throw row["role"].failure("is no role") }
        guard let origin = Origin(rawValue: try row.decode("joined_through")) else { throw row["joined_through"].failure("is no origin") }
        self.init(
            id: try row.decode("id"), org: try row.decode("org_id"), user: try row.decode("user_id"), role: role,
            joinedAt: try row.decode("joined_at"), joinedThrough: origin)
    }
}

extension Member {
    init(row: Row) throws {
        guard let role = OrgRole(rawValue: try row.decode("role")) else { throw row["role"].failure("is no role") }
        self.init(
            user: try row.decode("user_id"), name: try row.decode("name"), email: try row.decode("email"), role: role,
            joinedAt: try row.decode("joined_at"), isActive: try row.decode("is_active"))
    }
}

extension OrgGraph {
    init(row: Row) throws {
        self.init(
            id: try row.decode("graph_id"), name: try row.decode("graph_name"), type: try row.decode("graph_type"),
            tier: try row.decode("graph_tier"), creditsAvailable: try row.hundredths("credits_available"),
            creditsUsed: try row.hundredths("credits_used"), createdAt: try row.decode("created_at"),
            updatedAt: try row.decode("updated_at"))
    }
}

extension Row {
    fileprivate func hundredths(_ name: String) throws -> Double? {
        try decode(name, as: Int64?.self).map { Double($0) / 100 }
    }
}

extension OrgLimits {
    init(row: Row) throws {
        func limit(_ name: String) throws -> Limit {
            try row.decode(name, as: Int32?.self).map { .limited(Int($0)) } ?? .unlimited
        }
        self.init(
            org: try row.decode("org_id"), maxGraphs: try limit("max_graphs"), maxMembers: try limit("max_members"),
            graphsHeld: Int(try row.decode("graphs_held", as: Int32.self)),
            graphsReserved: Int(try row.decode("graphs_reserved", as: Int32.self)))
    }
}

extension GraphSlot {
    init(row: Row) throws {
        guard let holder = Holder(try row.decode("holder")) else { throw row["holder"].failure("names no holder") }
        self.init(
            id: try row.decode("id"), org: try row.decode("org_id"), holder: holder, graph: try row.decode("graph_id"),
            expiresAt: try row.decode("expires_at"))
    }
}
