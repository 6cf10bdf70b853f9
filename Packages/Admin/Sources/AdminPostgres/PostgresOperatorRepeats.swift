public import Admin
public import Core
public import Postgres

/// Keys of operators' requests in PostgreSQL, each with what was answered.
public struct PostgresOperatorRepeats: OperatorRepeats {
    private let client: PostgresClient
    private let dateSource: any DateSource

    /// Makes it.
    public init(client: PostgresClient, dateSource: any DateSource) {
        self.client = client
        self.dateSource = dateSource
    }

    /// One statement takes the key, one looks at whoever has it. A key is free again after a day, and after a minute when its process was lost.
    public func begin(_ key: String, by person: Operator.ID, fingerprint: [UInt8]) async throws -> RepeatedRequest {
        let now = dateSource.now
        let taken = try await client.execute(
            """
            INSERT INTO admin.operator_request AS r (operator_id, key, fingerprint, taken_at) VALUES (\(person), \(key), \(fingerprint), \(now))
            ON CONFLICT (operator_id, key) DO UPDATE SET fingerprint = excluded.fingerprint, taken_at = excluded.taken_at, status = NULL, body = NULL
            WHERE r.taken_at <= \(now - operatorKeyLifetime)
                OR (r.status IS NULL AND r.fingerprint = excluded.fingerprint AND r.taken_at <= \(now - operatorKeyLease))
            """, scope: .system)
        guard taken == 0 else { return .new }
        let rows = try await client.query(
            "SELECT fingerprint, status, body FROM admin.operator_request WHERE operator_id = \(person) AND key = \(key)", scope: .system)
        // Given back in between: whoever asks again takes it.
        guard let row = rows.first else { return .underWay }
        guard try row.decode("fingerprint", as: [UInt8].self) == fingerprint else { return .different }
        guard let status = try row.decode("status", as: Int16?.self) else { return .underWay }
        return .answered(status: Int(status), body: try row.decode("body"))
    }

    /// One statement; a few of those that are over go with it, whosever they are, so that the table holds what a day brings.
    public func settle(_ key: String, by person: Operator.ID, status: Int, body: JSONValue?) async throws {
        let over = dateSource.now - operatorKeyLifetime
        try await client.execute(
            """
            WITH gone AS (
                DELETE FROM admin.operator_request WHERE (operator_id, key) IN (
                    SELECT operator_id, key FROM admin.operator_request
                    WHERE taken_at <= \(over) AND (operator_id, key) <> (\(person), \(key)) ORDER BY taken_at LIMIT 100 FOR UPDATE SKIP LOCKED))
            UPDATE admin.operator_request SET status = \(Int16(status)), body = \(body) WHERE operator_id = \(person) AND key = \(key)
            """, scope: .system)
    }

    /// One statement.
    public func giveBack(_ key: String, by person: Operator.ID) async throws {
        try await client.execute("DELETE FROM admin.operator_request WHERE operator_id = \(person) AND key = \(key)", scope: .system)
    }
}
