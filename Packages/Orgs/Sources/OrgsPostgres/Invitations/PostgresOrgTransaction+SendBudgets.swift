internal import Audit
internal import AuditPostgres
public import Core
internal import Identity
internal import IdentityPostgres
internal import JobsPostgres
public import Orgs
internal import Postgres

extension PostgresOrgTransaction {
    /// Takes one mail from each of several budgets, or from none.
    ///
    /// A budget whose first mail this is has no row that could be locked, so that its key is (manual 13.3.5), in one order.
    public func takeSendBudgets(_ budgets: [SendBudget], at now: Instant) async throws -> SendVerdict {
        let scopes = budgets.map(\.scope.rawValue)
        let keys = budgets.map(\.key.bytes)
        _ = try await postgres.query(
            """
            SELECT pg_advisory_xact_lock(hashtextextended(name, 0))
            FROM (SELECT s || encode(k, 'hex') AS name FROM unnest(\(scopes), \(keys)) AS b(s, k) ORDER BY 1) AS ordered
            """)
        let longest = budgets.map(\.window).max() ?? .zero
        let rows = try await postgres.query(
            """
            SELECT b.n, t.at FROM unnest(\(scopes), \(keys)) WITH ORDINALITY AS b(s, k, n)
            JOIN orgs.send_budget w ON w.scope = b.s AND w.key = b.k AND w.day >= \((now - longest).calendarDate)
            CROSS JOIN unnest(w.times) AS t(at)
            """)
        var times: [Int: [Instant]] = [:]
        for row in rows { times[Int(try row.decode("n", as: Int64.self)) - 1, default: []].append(try row.decode("at")) }
        for (index, budget) in budgets.enumerated() {
            let wait = budget.wait(after: times[index] ?? [], at: now)
            guard wait <= .zero else { return .refused(budget.scope, wait: wait) }
        }
        try await postgres.execute(
            """
            INSERT INTO orgs.send_budget AS w (scope, key, day, count, last_at, times)
            SELECT s, k, \(now.calendarDate), 1, \(now), ARRAY[\(now)]::timestamptz[] FROM unnest(\(scopes), \(keys)) AS b(s, k)
            ON CONFLICT (scope, key, day) DO UPDATE SET count = w.count + 1, last_at = excluded.last_at, times = w.times || excluded.times
            """)
        return .taken
    }

    /// Forgets mails of days before one.
    public func forgetSends(before day: CalendarDate) async throws {
        try await postgres.execute("DELETE FROM orgs.send_budget WHERE day < \(day)")
    }
}
