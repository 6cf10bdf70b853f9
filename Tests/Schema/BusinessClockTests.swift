import Composition
import PlatformTesting
import Postgres
import Testing

@Suite struct BusinessClockTests {
    /// When a row was written, or a host answered last, on the database's clock.
    private static let liveness: Set<String> = [
        "recorded_at", "last_healthy_at", "started_at", "applied_at", "changed_at", "created_at", "updated_at",
    ]

    @Test func `OPS-089 no column gets the server's time by itself but those that say when a row was written`() async throws {
        try await TestDatabase.withDatabase(migrations: [TrellisMigrations.all]) { database in
            let rows = try await database.adminClient.query(
                """
                SELECT n.nspname || '.' || c.relname || '.' || a.attname AS name, a.attname::text AS column
                FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
                JOIN pg_class c ON c.oid = d.adrelid JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE pg_get_expr(d.adbin, d.adrelid) ~* 'now\\(|timestamp\\(|\\mcurrent_|localtime' AND NOT c.relispartition
                """)
            #expect(rows.count >= 5)
            for row in rows {
                let (name, column) = try row.decode((String, String).self)
                #expect(Self.liveness.contains(column) || name == "billing.subscription.eligible_after", "\(name)")
            }
        }
    }
}
