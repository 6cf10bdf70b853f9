public import Core
public import Notifications
internal import Postgres

extension PostgresNotificationTransaction {
    /// In the order of their names, so that two that look at once do not wait for one another in a circle.
    public func lockOpenAlerts() async throws -> [OperatorAlert] {
        try await postgres.query("SELECT * FROM notifications.operator_alert WHERE closed_at IS NULL ORDER BY name FOR UPDATE").map { row in
            guard let severity = OperatorCondition.Severity(rawValue: try row.decode("severity")) else {
                throw UnknownStoredValue(column: "severity")
            }
            return OperatorAlert(
                condition: OperatorCondition(
                    try row.decode("name"), severity: severity, title: try row.decode("title"), detail: try row.decode("detail")),
                openedAt: try row.decode("opened_at"), seenAt: try row.decode("seen_at"), toldAt: try row.decode("told_at"),
                times: Int(try row.decode("times", as: Int32.self)))
        }
    }

    /// One of a name is open at a time.
    public func insertAlert(_ alert: OperatorAlert) async throws -> Bool {
        let condition = alert.condition
        return try await postgres.execute(
            """
            INSERT INTO notifications.operator_alert (name, opened_at, severity, title, detail, seen_at, told_at, times)
            VALUES (\(condition.name), \(alert.openedAt), \(condition.severity.rawValue), \(condition.title), \(condition.detail),
                \(alert.seenAt), \(alert.toldAt), \(Int32(alert.times)))
            ON CONFLICT DO NOTHING
            """) == 1
    }

    /// The one of its name that is open.
    public func saveAlert(_ alert: OperatorAlert, closedAt: Instant?) async throws {
        let condition = alert.condition
        try await postgres.execute(
            """
            UPDATE notifications.operator_alert SET severity = \(condition.severity.rawValue), title = \(condition.title),
                detail = \(condition.detail), seen_at = \(alert.seenAt), told_at = \(alert.toldAt), times = \(Int32(alert.times)),
                closed_at = \(closedAt)
            WHERE name = \(condition.name) AND closed_at IS NULL
            """)
    }
}
