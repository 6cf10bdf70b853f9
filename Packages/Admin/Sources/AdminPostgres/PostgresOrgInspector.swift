public import Admin
internal import Billing
public import Core
internal import FoundationEssentials
public import Orgs
public import Postgres

/// Reads orgs over the tables of all packages; nothing is written.
public struct PostgresOrgInspector: OrgInspector {
    private let client: PostgresClient

    /// Makes an inspector.
    public init(client: PostgresClient) {
        self.client = client
    }

    private static let summary: Statement = """
        SELECT o.id, o.name, o.org_type, o.state, o.created_at, o.frozen_reason, o.purge_at,
            (SELECT count(*) FROM orgs.membership AS m WHERE m.org_id = o.id AND m.ended_at IS NULL) AS members,
            (SELECT count(*) FROM graphs.graph AS g WHERE g.org_id = o.id AND g.parent_id IS NULL AND g.status <> 'deprovisioned') AS graphs,
            EXISTS (SELECT FROM billing.subscription AS s WHERE s.org_id = o.id AND s.status IN ('past_due', 'unpaid')) AS past_due
        FROM orgs.org AS o
        """

    /// One statement for a page.
    public func orgs(_ query: OrgListQuery) async throws -> Page<OrgSummary> {
        var statement = Self.summary + " WHERE true"
        if let name = query.name {
            // What the caller wrote is text and no pattern.
            let escaped = name.map { "\\%_".contains($0) ? "\\\($0)" : String($0) }.joined()
            statement += " AND o.name ILIKE \("%" + escaped + "%")"
        }
        if let state = query.state { statement += " AND o.state = \(state.rawValue)" }
        if let type = query.type { statement += " AND o.org_type = \(type)" }
        if let since = query.createdSince { statement += " AND o.created_at >= \(since)" }
        if let owner = query.owner {
            statement += """
                 AND EXISTS (SELECT FROM orgs.membership AS w WHERE w.org_id = o.id AND w.user_id = \(owner) AND w.role = 'owner'
                    AND w.ended_at IS NULL)
                """
        }
        if let plan = query.plan {
            statement += """
                 AND EXISTS (SELECT FROM billing.subscription AS p WHERE p.org_id = o.id AND p.plan_key = \(plan)
                    AND p.status NOT IN ('canceled', 'failed'))
                """
        }
        if let isPastDue = query.isPastDue {
            statement += """
                 AND \(isPastDue) = EXISTS (SELECT FROM billing.subscription AS d WHERE d.org_id = o.id AND d.status IN ('past_due', 'unpaid'))
                """
        }
        if let cursor = query.cursor {
            let parts = cursor.description.split(separator: ".")
            guard parts.count == 2, let micros = Int64(parts[0]), let id = Org.ID(String(parts[1])) else { throw OrgCursorInvalid() }
            statement += " AND (o.created_at, o.id) < (\(Instant(microsecondsSinceEpoch: micros)), \(id))"
        }
        statement += " ORDER BY o.created_at DESC, o.id DESC LIMIT \(Int64(query.limit + 1))"
        let found = try await client.query(statement, scope: .system).map(OrgSummary.init)
        let page = Array(found.prefix(query.limit))
        let next = found.count > query.limit ? page.last.flatMap { Cursor("\($0.createdAt.microsecondsSinceEpoch).\($0.id)") } : nil
        return Page(elements: page, next: next)
    }

    /// What one transaction sees.
    public func org(_ id: Org.ID) async throws -> InspectedOrg? {
        try await client.withTransaction(.init(isolation: .repeatableRead, isReadOnly: true), scope: .system) { transaction in
            guard let head = try await transaction.query(Self.summary + " WHERE o.id = \(id)").first else { return nil }
            let limits = try await transaction.query("SELECT * FROM orgs.org_limits WHERE org_id = \(id)").first
            let members = try await transaction.query(
                """
                SELECT user_id, role, joined_at FROM orgs.membership WHERE org_id = \(id) AND ended_at IS NULL
                ORDER BY role = 'owner' DESC, joined_at, id LIMIT 200
                """)
            let sales = try await transaction.query(
                """
                SELECT id, plan_key, status, period_end, ends_at FROM billing.subscription WHERE org_id = \(id)
                ORDER BY created_at DESC, id DESC LIMIT 200
                """)
            let graphs = try await transaction.query("SELECT id, tier, status FROM graphs.graph WHERE org_id = \(id) ORDER BY id LIMIT 200")
            let customer = try await transaction.query(
                "SELECT invoice_billing_enabled, payment_terms FROM billing.customer WHERE org_id = \(id)"
            ).first
            let credits = try await transaction.query(
                """
                SELECT c.currency, coalesce(sum(e.amount), 0)::bigint AS amount FROM billing.account_credit AS c
                JOIN billing.account_credit_entry AS e ON e.credit_id = c.id WHERE c.org_id = \(id) GROUP BY c.currency
                """)
            let drift = try await transaction.query("SELECT count(*) FROM billing.drift_item WHERE org_id = \(id) AND state = 'open'")
            return InspectedOrg(
                summary: try OrgSummary(row: head), limits: try Self.limits(of: id, limits),
                limitSource: try limits?.decode("source") ?? "catalogue", frozenReason: try head.decode("frozen_reason"),
                purgeAt: try head.decode("purge_at"),
                members: try members.map {
                    InspectedOrg.Member(user: try $0.decode("user_id"), role: try $0.decode("role"), joinedAt: try $0.decode("joined_at"))
                },
                sales: try sales.map {
                    InspectedOrg.Sale(
                        id: try $0.decode("id"), plan: try $0.decode("plan_key"), status: try $0.decode("status"),
                        periodEnd: try $0.decode("period_end"), endsAt: try $0.decode("ends_at"))
                },
                graphs: try graphs.map {
                    InspectedOrg.Graph(id: try $0.decode("id"), tier: try $0.decode("tier"), status: try $0.decode("status"))
                },
                paymentTerms: try customer.map { (try $0.decode("invoice_billing_enabled"), try $0.decode("payment_terms")) },
                credits: Dictionary(
                    try credits.map { (try $0.decode("currency", as: String.self), try $0.decode("amount", as: Int64.self)) }
                ) { $1 },
                openDrift: try drift.first?.decode(Int.self) ?? 0)
        }
    }

    private static func limits(of org: Org.ID, _ row: Row?) throws -> OrgLimits {
        func limit(_ name: String) throws -> Limit {
            try row?.decode(name, as: Int32?.self).map { .limited(Int($0)) } ?? .unlimited
        }
        return OrgLimits(
            org: org, maxGraphs: try limit("max_graphs"), maxMembers: try limit("max_members"),
            graphsHeld: Int(try row?.decode("graphs_held", as: Int32.self) ?? 0),
            graphsReserved: Int(try row?.decode("graphs_reserved", as: Int32.self) ?? 0))
    }
}

extension OrgSummary {
    init(row: Row) throws {
        self.init(
            id: try row.decode("id"), name: try row.decode("name"), type: try row.decode("org_type"), state: try row.decode("state"),
            createdAt: try row.decode("created_at"), members: try row.decode("members"), graphs: try row.decode("graphs"),
            isPastDue: try row.decode("past_due"))
    }
}
