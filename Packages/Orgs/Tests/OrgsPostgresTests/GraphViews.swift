import Core
import IdentityPostgres
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres

/// Fills the views of graphs and usage from plain tables, as the packages above do from theirs.
enum GraphViews: Migration {
    static let id = "9400-test-fill-views"
    static let sql = #"""
        CREATE TABLE orgs.test_graph (
            org_id uuid, graph_id text PRIMARY KEY, graph_name text, available bigint, allocated bigint, used bigint, bytes bigint,
            created_at timestamptz, ended_at timestamptz);
        CREATE TABLE orgs.test_grant (graph_id text, user_id uuid);
        CREATE TABLE orgs.test_day (org_id uuid, graph_id text, day date, credits bigint, ai_operations bigint, PRIMARY KEY (org_id, day, graph_id));
        CREATE OR REPLACE VIEW orgs.org_graph AS
            SELECT org_id, graph_id, graph_name, 'user'::text AS graph_type, 'standard'::text AS graph_tier, available AS credits_available,
                allocated AS credits_allocated, used AS credits_used, bytes AS storage_bytes, created_at, created_at AS updated_at, ended_at
            FROM orgs.test_graph;
        CREATE OR REPLACE VIEW orgs.org_graph_grant AS SELECT graph_id, user_id FROM orgs.test_grant;
        CREATE OR REPLACE VIEW orgs.org_usage_day AS SELECT org_id, graph_id, day, credits, ai_operations FROM orgs.test_day;
        """#
}

extension House {
    /// A graph of an org; without `credits` it has no pool.
    func graph(
        _ id: String, of org: Org.ID, credits: (available: Int64, allocated: Int64)? = nil, bytes: Int64 = 0, endedAt: Instant? = nil
    ) async throws {
        try await database.adminClient.execute(
            """
            INSERT INTO orgs.test_graph VALUES (\(org), \(id), \("Graph " + id), \(credits?.available), \(credits?.allocated),
                \(credits.map { $0.allocated - $0.available }), \(bytes), \(clock.now), \(endedAt))
            """)
    }

    func use(_ graph: String, of org: Org.ID, daysAgo: Int, credits: Int64, operations: Int64 = 0) async throws {
        let day = CalendarDate(daysSinceEpoch: clock.now.calendarDate.daysSinceEpoch - daysAgo)
        try await database.adminClient.execute(
            "INSERT INTO orgs.test_day VALUES (\(org), \(graph), \(day), \(credits), \(operations))")
    }
}
