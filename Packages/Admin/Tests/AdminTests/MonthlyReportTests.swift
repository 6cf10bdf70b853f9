import Admin
import AdminPostgres
import Core
import HTTPServer
import Jobs
import JobsPostgres
import Orgs
import PlatformTesting
import Postgres
import Testing

/// Reports of months. The clock is the office's, moved by hand over the ends of months.
@Suite struct MonthlyReportTests {
    /// Rows of the ledger and of sizes as they come to be, past the guards of the database.
    private func sow(_ office: Office, _ statements: [Statement]) async throws {
        try await office.database.adminClient.withTransaction(scope: .system) { transaction in
            try await transaction.execute("SET LOCAL session_replication_role = 'replica'")
            for statement in statements { try await transaction.execute(statement) }
        }
    }

    private func credits(_ org: Org.ID, _ type: String, _ amount: Int64, _ at: String) throws -> Statement {
        let at = try #require(Instant(at))
        return """
            INSERT INTO billing.credit_transaction (id, org_id, pool_id, seq, type, amount, requested, balance_after, key, description, created_at)
            VALUES (gen_random_uuid(), \(org), gen_random_uuid(), 1, \(type), \(amount), \(amount), 0, 'k', '', \(at))
            """
    }

    private func size(_ org: Org.ID, _ graph: String, _ day: CalendarDate, measures: Int64, sum: Int64) -> Statement {
        """
        INSERT INTO graphs.storage_day (graph_id, org_id, day, measures, byte_sum, byte_maximum)
        VALUES (\(graph), \(org), \(day), \(measures), \(sum), \(sum))
        """
    }

    private func told(_ office: Office) async throws -> [String] {
        try await office.database.adminClient.query(
            "SELECT payload ->> 'month' AS month FROM jobs.event WHERE topic = 'billing.monthly_report_stored' ORDER BY id"
        ).map { try $0.decode("month") }
    }

    @Test
    func
        `OPS-142 NOT-205 over a month's end its report is stored and told once, with a line for each org, and a missed run is made up once`()
        async throws
    {
        #expect(StoreMonthlyReports.schedule?.cron.description == "0 6 2 * *" && StoreMonthlyReports.schedule?.missed == .once)
        try await Office.with { office in
            let (one, two) = (try await office.org("Alpha"), try await office.org("Beta"))
            try await sow(
                office,
                [
                    try credits(one, "allocation", 10_000, "2026-01-01T00:00:00Z"),
                    try credits(one, "consumption", -2_500, "2026-01-31T23:59:59Z"),
                    try credits(one, "consumption", -9_999, "2026-02-01T00:00:00Z"),
                    try credits(two, "consumption", -700, "2025-12-31T12:00:00Z"),
                    try credits(two, "expiration", -300, "2026-01-05T00:00:00Z"),
                    size(one, "kg1", CalendarDate(year: 2_026, month: 1, day: 31), measures: 2, sum: 62_000),
                    size(one, "kg2", CalendarDate(year: 2_026, month: 1, day: 1), measures: 4, sum: 124_000),
                    size(one, "kg1", CalendarDate(year: 2_026, month: 2, day: 1), measures: 1, sum: 99_000),
                ])
            let reports = MonthlyReports(client: office.database.systemClient, dateSource: office.clock)
            let january = CalendarDate(year: 2_026, month: 1, day: 1)
            office.clock.advance(to: try #require(Instant("2026-02-02T06:00:00Z")))
            #expect(try await reports.store(at: office.clock.now) == [january])
            // Asked again, nothing is stored or told again, whatever has changed since.
            #expect(try await reports.store(at: office.clock.now) == [])
            #expect(try await told(office) == ["2026-01"])
            let chief = try await office.token(.superadmin).token
            let shown = try await office.call(.get, "/v1/admin/billing/reports/2026-01", as: chief)
            #expect(shown.status == 200, "\(shown.body)")
            #expect(shown.body["orgs"] == 2 && shown.body["graphs"] == 2 && shown.body["average_bytes"] == 2_000)
            #expect(shown.body["credits_granted"] == 10_000 && shown.body["credits_used"] == 2_500)
            let lines = Dictionary(
                uniqueKeysWithValues: (shown.body["lines"]?.arrayValue ?? []).map { ($0["org_id"]?.stringValue ?? "", $0) })
            #expect(lines[one.description]?["credits_used"] == 2_500 && lines[one.description]?["average_bytes"] == 2_000)
            #expect(lines[two.description]?["credits_expired"] == 300 && lines[two.description]?["graphs"] == 0)
            let event = try #require(
                try await office.database.adminClient.query(
                    "SELECT payload -> 'changes' AS changes FROM jobs.event WHERE topic = 'billing.monthly_report_stored'"
                ).first
            ).decode("changes", as: JSONValue.self)
            #expect(event.arrayValue?.map { $0["used"] } == [2_500, 0] && event.arrayValue?.map { $0["usedBefore"] } == [0, 700])
            // Nobody ran on the second of March and of April: both months are made up for, each with its own report, and once.
            office.clock.advance(to: try #require(Instant("2026-04-20T11:00:00Z")))
            let (february, march) = (CalendarDate(year: 2_026, month: 2, day: 1), CalendarDate(year: 2_026, month: 3, day: 1))
            #expect(try await reports.store(at: office.clock.now) == [february, march])
            #expect(try await reports.store(at: office.clock.now) == [])
            #expect(try await told(office) == ["2026-01", "2026-02", "2026-03"])
        }
    }
}
