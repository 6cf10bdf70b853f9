internal import Audit
internal import AuditPostgres
public import Core
internal import FoundationEssentials
public import Identity
internal import IdentityPostgres
internal import JobsPostgres
public import Orgs
internal import Postgres

extension PostgresOrgTransaction {
    /// Whether there is an org with this id.
    public func isTaken(_ org: Org.ID) async throws -> Bool {
        try await !postgres.query("SELECT 1 AS n FROM orgs.org WHERE id = \(org)").isEmpty
    }

    /// The ids of rows that something here has already.
    public func occupied(by rows: [JSONValue], of section: OrgExportSection) async throws -> [String] {
        let ids = rows.compactMap { $0["id"]?.stringValue.flatMap { UUID(uuidString: $0) } }
        let taken: Statement
        switch section {
        case .memberships: taken = "SELECT id::text FROM orgs.membership WHERE id = ANY (\(ids))"
        case .invitations: taken = "SELECT id::text FROM orgs.invitation WHERE id = ANY (\(ids))"
        case .audit: taken = "SELECT id::text FROM audit.entry WHERE id = ANY (\(ids))"
        // Their ids belong to the org, or to packages above.
        case .org, .limits, .graphs, .usage: return []
        }
        return try await postgres.query(taken).prefix(10).map { "\(section.rawValue) \(try $0.decode("id", as: String.self))" }
    }

    /// The active people of these.
    public func people(_ ids: [User.ID]) async throws -> [User.ID: (email: String, name: String)] {
        var people: [User.ID: (email: String, name: String)] = [:]
        for row in try await postgres.query("SELECT id, email, name FROM identity.account WHERE id = ANY (\(ids)) AND status = 'active'") {
            people[try row.decode("id")] = (try row.decode("email"), try row.decode("name"))
        }
        return people
    }

    /// Stores an org with its limits and live memberships. What the limits were on the earlier installation is an exception here, so that no later
    /// catalogue takes it away.
    public func insertImported(org: JSONValue, personalOwner: User.ID?, limits: JSONValue?, memberships: [JSONValue]) async throws {
        try await refusing("org.jsonl") {
            try await postgres.execute(
                """
                INSERT INTO orgs.org (id, name, org_type, personal_owner_id, state, mfa_rule, invitation_domains, created_at, updated_at)
                SELECT r.id, r.name, r.org_type, \(personalOwner), r.state, r.mfa_rule, r.invitation_domains, r.created_at, r.updated_at
                FROM jsonb_to_record(\(PostgresJSON(org))) AS r (id uuid, name text, org_type text, state text, mfa_rule text,
                    invitation_domains text[], created_at timestamptz, updated_at timestamptz)
                """)
        }
        try await refusing("limits.jsonl") {
            try await postgres.execute(
                """
                INSERT INTO orgs.org_limits (org_id, max_graphs, max_members, source, reason)
                SELECT o.id, r.max_graphs, r.max_members, 'operator', 'as on the installation that the org came from'
                FROM jsonb_to_record(\(PostgresJSON(org))) AS o (id uuid),
                    jsonb_to_record(\(PostgresJSON(limits ?? .object([:])))) AS r (max_graphs integer, max_members integer)
                """)
        }
        try await refusing("memberships.jsonl") {
            try await postgres.execute(
                """
                INSERT INTO orgs.membership (id, org_id, user_id, role, joined_at, joined_through, updated_at)
                SELECT r.id, o.id, r.user_id, r.role, r.joined_at, r.joined_through, r.joined_at
                FROM jsonb_to_record(\(PostgresJSON(org))) AS o (id uuid),
                    jsonb_to_recordset(\(PostgresJSON(JSONValue.array(memberships)))) AS r (id uuid, user_id uuid, role text,
                        joined_at timestamptz, joined_through text)
                """)
        }
    }

    /// Keeps rows of a section.
    public func keep(_ rows: [JSONValue], of section: String, for org: Org.ID, behind count: Int) async throws {
        try await refusing("\(section).jsonl") {
            try await postgres.execute(
                """
                INSERT INTO orgs.imported_row (org_id, section, number, body)
                SELECT \(org), \(section), \(Int64(count)) + t.number, t.body
                FROM jsonb_array_elements(\(PostgresJSON(JSONValue.array(rows)))) WITH ORDINALITY AS t (body, number)
                """)
        }
    }

    /// The kept rows of a section, a page at a time.
    public func keptRows(of section: String, for org: Org.ID, _ body: (JSONValue) async throws -> Void) async throws {
        var last: Int32 = 0
        while true {
            let page = try await postgres.query(
                """
                SELECT number, body FROM orgs.imported_row
                WHERE org_id = \(org) AND section = \(section) AND number > \(last) ORDER BY number LIMIT 1000
                """)
            for row in page { try await body(try row.decode("body", as: JSONValue.self)) }
            guard page.count == 1000, let end = page.last else { return }
            last = try end.decode("number")
        }
    }

    /// A value that the database refuses is a fault of the file: it is told by file and rule, without the value.
    private func refusing(_ file: String, _ body: () async throws -> Int) async throws {
        do {
            _ = try await body()
        } catch let error as PostgresError {
            guard let state = error.sqlState?.rawValue, state.hasPrefix("22") || state.hasPrefix("23") else { throw error }
            let rule = error.constraint.map { "the rule \($0)" } ?? "the type of a column"
            throw ImportRefusal.file(file, "has a value that \(rule) refuses")
        }
    }
}
