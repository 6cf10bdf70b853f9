public import Admin
public import Core
public import Postgres

/// What operators gave away and had shown, by day (UTC), in PostgreSQL.
public struct PostgresOperatorAllowances: OperatorAllowances {
    private let client: PostgresClient
    private let dateSource: any DateSource

    /// Makes it.
    public init(client: PostgresClient, dateSource: any DateSource) {
        self.client = client
        self.dateSource = dateSource
    }

    /// One statement, so that several at once cannot take more than there is.
    public func take(_ amount: Int64, of kind: AllowanceKind, by person: Operator.ID) async throws -> Bool {
        guard amount <= kind.daily else { return false }
        return try await client.execute(
            """
            INSERT INTO admin.operator_allowance AS a (operator_id, kind, day, used)
            VALUES (\(person), \(kind.rawValue), (\(dateSource.now) AT TIME ZONE 'UTC')::date, \(amount))
            ON CONFLICT (operator_id, kind, day) DO UPDATE SET used = a.used + excluded.used WHERE a.used + excluded.used <= \(kind.daily)
            """, scope: .system) == 1
    }

    /// One statement.
    public func left(of kind: AllowanceKind, for person: Operator.ID) async throws -> Int64 {
        let rows = try await client.query(
            """
            SELECT used FROM admin.operator_allowance
            WHERE operator_id = \(person) AND kind = \(kind.rawValue) AND day = (\(dateSource.now) AT TIME ZONE 'UTC')::date
            """, scope: .system)
        return kind.daily - (try rows.first?.decode(Int64.self) ?? 0)
    }

    /// One statement.
    public func giveBack(_ amount: Int64, of kind: AllowanceKind, to person: Operator.ID) async throws {
        try await client.execute(
            """
            INSERT INTO admin.operator_allowance AS a (operator_id, kind, day, used)
            VALUES (\(person), \(kind.rawValue), (\(dateSource.now) AT TIME ZONE 'UTC')::date, \(-amount))
            ON CONFLICT (operator_id, kind, day) DO UPDATE SET used = a.used + excluded.used
            """, scope: .system)
    }
}
