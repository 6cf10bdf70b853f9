internal import Audit
internal import AuditPostgres
public import Core
internal import FoundationEssentials
public import Identity
internal import IdentityPostgres
internal import JobsPostgres
public import Orgs
internal import Postgres

extension OrgExport {
    init(row: Row) throws {
        guard let state = State(rawValue: try row.decode("state")) else { throw row["state"].failure("is no state") }
        self.init(
            id: try row.decode("id"), org: try row.decode("org_id"), requestedBy: try row.decode("requested_by"),
            log: try row.decode("audit_order", as: PostgresJSON<AuditExportOrder>?.self)?.value, state: state,
            createdAt: try row.decode("created_at"), takenAt: try row.decode("taken_at"), size: try row.decode("size"),
            expiresAt: try row.decode("expires_at"))
    }
}

extension PostgresOrgTransaction {
    /// Stores a new running export.
    public func insert(_ export: OrgExport) async throws {
        do {
            try await postgres.execute(
                """
                INSERT INTO orgs.org_export (id, org_id, requested_by, audit_order, state, created_at)
                VALUES (\(export.id), \(export.org), \(export.requestedBy), \(export.log.map { PostgresJSON($0) }), \(export.state.rawValue),
                    \(export.createdAt))
                """)
        } catch let error as PostgresError where error.violates("org_export_running") {
            throw OrgsError.exportRunning
        }
    }

    /// The exports of everything that an org owns, newest first.
    public func exports(of org: Org.ID) async throws -> [OrgExport] {
        try await postgres.query(
            "SELECT * FROM orgs.org_export WHERE org_id = \(org) AND audit_order IS NULL ORDER BY created_at DESC, id DESC LIMIT 100"
        ).map(OrgExport.init(row:))
    }

    /// An export, locked.
    public func lockedExport(_ id: OrgExport.ID) async throws -> OrgExport? {
        try await postgres.query("SELECT * FROM orgs.org_export WHERE id = \(id) FOR NO KEY UPDATE").first.map(OrgExport.init(row:))
    }

    /// Stores what became of an export.
    public func save(_ export: OrgExport) async throws {
        try await postgres.execute(
            """
            UPDATE orgs.org_export SET state = \(export.state.rawValue), taken_at = \(export.takenAt), size = \(export.size),
                expires_at = \(export.expiresAt)
            WHERE id = \(export.id)
            """)
    }

    /// Adds a piece to the file of an export.
    public func append(_ piece: [UInt8], number: Int, to export: OrgExport.ID) async throws {
        try await postgres.execute(
            """
            INSERT INTO orgs.org_export_piece (export_id, number, org_id, content)
            SELECT id, \(Int32(number)), org_id, \(piece) FROM orgs.org_export WHERE id = \(export)
            """)
    }

    /// A piece of the file of an export.
    public func piece(_ number: Int, of export: OrgExport.ID) async throws -> [UInt8]? {
        try await postgres.query(
            "SELECT content FROM orgs.org_export_piece WHERE export_id = \(export) AND number = \(Int32(clamping: number))"
        ).first.map { try $0.decode("content") }
    }

    /// Removes the file of an export.
    public func removePieces(of export: OrgExport.ID) async throws {
        try await postgres.execute("DELETE FROM orgs.org_export_piece WHERE export_id = \(export)")
    }

    /// The ready exports whose time is over.
    public func lockedExpiredExports(at now: Instant, limit: Int) async throws -> [OrgExport] {
        try await postgres.query(
            """
            SELECT * FROM orgs.org_export WHERE state = 'ready' AND expires_at <= \(now)
            ORDER BY expires_at LIMIT \(Int64(limit)) FOR NO KEY UPDATE SKIP LOCKED
            """
        ).map(OrgExport.init(row:))
    }

    /// The SHA-256 of some bytes.
    public func fingerprint(of bytes: [UInt8]) async throws -> String {
        try await postgres.query("SELECT encode(sha256(\(bytes)), 'hex') AS digest").first?.decode("digest") ?? ""
    }

    /// Each statement names the columns that leave, so that a new column stays until somebody decides that it may.
    public func exportRows(_ section: OrgExportSection, of org: Org.ID, _ body: (JSONValue) async throws -> Void) async throws {
        guard section != .audit else { return try await exportEntries(of: org, body) }
        for row in try await postgres.query(Self.rows(of: section, org)) { try await body(try row.decode("body", as: JSONValue.self)) }
    }

    private static func rows(of section: OrgExportSection, _ org: Org.ID) -> Statement {
        switch section {
        case .org:
            """
            SELECT jsonb_build_object('id', o.id, 'name', o.name, 'org_type', o.org_type, 'state', o.state, 'mfa_rule', o.mfa_rule,
                'invitation_domains', o.invitation_domains, 'support_access_until', o.support_access_until, 'created_at', o.created_at,
                'updated_at', o.updated_at) AS body
            FROM orgs.org o WHERE o.id = \(org)
            """
        case .memberships:
            """
            SELECT t.body FROM (
                SELECT jsonb_build_object('id', m.id, 'user_id', m.user_id, 'name', a.name, 'email', a.email, 'role', m.role,
                    'joined_at', m.joined_at, 'joined_through', m.joined_through, 'ended_at', m.ended_at, 'end_reason', m.end_reason) AS body,
                    m.joined_at, m.id
                FROM orgs.membership m LEFT JOIN identity.account a ON a.id = m.user_id AND m.ended_at IS NULL
                WHERE m.org_id = \(org)
                UNION ALL
                SELECT r.body, (r.body ->> 'joined_at')::timestamptz, (r.body ->> 'id')::uuid
                FROM orgs.imported_row r WHERE r.org_id = \(org) AND r.section = 'memberships'
            ) AS t ORDER BY t.joined_at, t.id
            """
        case .invitations:
            """
            SELECT jsonb_build_object('id', i.id, 'email', i.email, 'role', i.role, 'state', i.state, 'invited_by', i.invited_by,
                'created_at', i.created_at, 'expires_at', i.expires_at, 'closed_at', i.closed_at) AS body
            FROM orgs.invitation i WHERE i.org_id = \(org) ORDER BY i.created_at, i.id
            """
        case .limits:
            """
            SELECT jsonb_build_object('max_graphs', l.max_graphs, 'max_members', l.max_members,
                'graphs_held', l.graphs_held + coalesce((r.body ->> 'graphs_held')::integer, 0),
                'graphs_reserved', l.graphs_reserved + coalesce((r.body ->> 'graphs_reserved')::integer, 0)) AS body
            FROM orgs.org_limits l LEFT JOIN orgs.imported_row r ON r.org_id = l.org_id AND r.section = 'limits'
            WHERE l.org_id = \(org)
            """
        case .graphs:
            """
            SELECT jsonb_build_object('graph_id', g.graph_id, 'name', g.graph_name, 'type', g.graph_type, 'tier', g.graph_tier,
                'created_at', g.created_at, 'ended_at', g.ended_at, 'granted_to', (
                    SELECT coalesce(jsonb_agg(p.user_id ORDER BY p.user_id), '[]') FROM orgs.org_graph_grant p WHERE p.graph_id = g.graph_id)
                ) AS body
            FROM orgs.org_graph g WHERE g.org_id = \(org) ORDER BY g.created_at, g.graph_id
            """
        case .usage:
            """
            SELECT jsonb_build_object('graph_id', u.graph_id, 'day', u.day, 'credits_hundredths', u.credits, 'ai_operations', u.ai_operations)
                AS body
            FROM orgs.org_usage_day u WHERE u.org_id = \(org) ORDER BY u.day, u.graph_id
            """
        case .audit: "SELECT NULL::jsonb AS body WHERE false"
        }
    }

    /// A page at a time along the index, because there may be millions.
    private func exportEntries(of org: Org.ID, _ body: (JSONValue) async throws -> Void) async throws {
        var last: (at: Instant, id: UUID)?
        while true {
            let page = try await postgres.query(
                """
                SELECT e.occurred_at, e.id, jsonb_build_object('id', e.id, 'type', e.type, 'risk', e.risk, 'occurred_at', e.occurred_at,
                    'recorded_at', e.recorded_at, 'actor', e.actor_kind, 'actor_id', e.actor_id, 'actor_component', e.actor_component,
                    'request_id', e.request_id, 'summary', e.summary, 'data', e.data, 'changes', e.changes,
                    'references', (SELECT coalesce(jsonb_object_agg(substr(r.key, 5), r.value), '{}') FROM jsonb_each(to_jsonb(e)) AS r
                        WHERE starts_with(r.key, 'ref_') AND r.value <> 'null'),
                    'further_references', e.further_references) AS body
                FROM audit.entry e
                WHERE e.ref_org = \(org) AND (\(last?.at)::timestamptz IS NULL OR (e.occurred_at, e.id) < (\(last?.at), \(last?.id)))
                ORDER BY e.occurred_at DESC, e.id DESC LIMIT 1000
                """)
            for row in page { try await body(try row.decode("body", as: JSONValue.self)) }
            guard page.count == 1000, let end = page.last else { return }
            last = (try end.decode("occurred_at"), try end.decode("id"))
        }
    }
}

extension PostgresOrgStoring {
    /// Reads of the closure show one instant (manual 13.2.2).
    public func withSnapshot<Result: Sendable>(_ scope: AccessScope?, _ body: (Transaction) async throws -> Result) async throws -> Result {
        let wakeUps = JobWakeUps()
        let result = try await client.withTransaction(.init(isolation: .repeatableRead), scope: scope.transactionScope) { postgres in
            try await body(makeTransaction(postgres, wakeUps: wakeUps))
        }
        notifier?.notify(wakeUps)
        return result
    }
}
