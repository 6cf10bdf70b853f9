public import Audit
public import Core
public import Postgres

/// Finds the rules that fire, from the types and risks of the entries in the log.
public struct PostgresAuditAlerts: Sendable {
    private let client: PostgresClient
    private let rules: [AuditAlertRule]

    /// Makes a watcher; the client must be one that sees all entries.
    public init(client: PostgresClient, rules: [AuditAlertRule] = AuditAlertRule.standard) {
        self.client = client
        self.rules = rules
    }

    /// The rules that fire at an instant, in the order of the rules: those with enough entries in their time before it. An entry that
    /// stands for several counts as so many (AUD-028).
    ///
    /// - Throws: ``PostgresError`` when the log cannot be read.
    public func firing(at now: Instant) async throws -> [AuditAlert] {
        var alerts: [AuditAlert] = []
        for rule in rules {
            let risks = AuditRisk.allCases.filter { $0 >= rule.risk }.map(\.rawValue)
            let rows = try await client.query(
                """
                SELECT coalesce(sum(CASE WHEN jsonb_typeof(data -> 'count') = 'number' THEN (data ->> 'count')::bigint ELSE 1 END), 0)::bigint AS count,
                    max(occurred_at) AS latest FROM audit.entry
                WHERE type = ANY(\(rule.types.sorted())) AND risk = ANY(\(risks))
                    AND occurred_at > \(now + (.zero - rule.window)) AND occurred_at <= \(now)
                """, scope: .system)
            guard let row = rows.first, let latest = try row.decode("latest", as: Instant?.self) else { continue }
            let count = try row.decode("count", as: Int.self)
            if count >= rule.count { alerts.append(AuditAlert(rule: rule, count: count, latest: latest)) }
        }
        return alerts
    }
}
