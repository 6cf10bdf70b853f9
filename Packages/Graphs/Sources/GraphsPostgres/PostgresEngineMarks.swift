public import Graphs
internal import Operations
public import Postgres

/// Marks in PostgreSQL, each written in a transaction of its own.
public struct PostgresEngineMarks: EngineMarking {
    private let client: PostgresClient

    /// Takes the client of the process.
    public init(client: PostgresClient) {
        self.client = client
    }

    /// Reads one.
    public func mark(of name: String, on host: HostReference) async throws -> EngineMark? {
        try await client.query(
            """
            SELECT host_name, name, operation_id, state, schema_version FROM graphs.engine_mark
            WHERE host_name = \(host.name) AND name = \(name)
            """, scope: .system
        ).first.map(Self.mark)
    }

    /// Reads those of a host.
    public func marks(on host: HostReference) async throws -> [EngineMark] {
        try await client.query(
            "SELECT host_name, name, operation_id, state, schema_version FROM graphs.engine_mark WHERE host_name = \(host.name) ORDER BY name",
            scope: .system
        ).map(Self.mark)
    }

    /// Writes one.
    public func keep(_ mark: EngineMark) async throws {
        try await client.execute(
            """
            INSERT INTO graphs.engine_mark (host_name, name, operation_id, state, schema_version)
            VALUES (\(mark.host.name), \(mark.name), \(mark.operation), \(mark.state.rawValue), \(mark.schemaVersion as String?))
            ON CONFLICT (host_name, name) DO UPDATE SET operation_id = excluded.operation_id, state = excluded.state,
                schema_version = excluded.schema_version
            """, scope: .system)
    }

    /// Removes one.
    public func forget(_ name: String, on host: HostReference) async throws {
        try await client.execute("DELETE FROM graphs.engine_mark WHERE host_name = \(host.name) AND name = \(name)", scope: .system)
    }

    private static func mark(_ row: Row) throws -> EngineMark {
        EngineMark(
            host: HostReference(name: try row.decode("host_name")), name: try row.decode("name"),
            operation: try row.decode("operation_id"), state: try GraphRow.word(row, "state"),
            schemaVersion: try row.decode("schema_version"))
    }
}
