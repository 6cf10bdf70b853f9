internal import Core
public import Graphs
internal import Operations
internal import Postgres

extension PostgresGraphEngine {
    /// Every database and role that is named like a graph's, with the text on it.
    public func inventory(_ host: HostReference) async throws -> [EngineObject] {
        try await engineErrors {
            let rows = try await maintenance(host).query(
                """
                SELECT 'database' AS kind, datname::text AS name, shobj_description(oid, 'pg_database') AS marker
                FROM pg_database WHERE datname ~ '^kg[0-9a-f]{16,40}(_[0-9a-z]{1,20})?(__|$)'
                UNION ALL
                SELECT 'role', rolname::text, shobj_description(oid, 'pg_authid') FROM pg_roles WHERE rolname ~ '^kg[0-9a-f]{16,40}(_[0-9a-z]{1,20})?(__|$)'
                ORDER BY 1, 2
                """)
            return try rows.map(object)
        }
    }

    /// A row of `kind`, `name` and `marker`. A login that names an operation was made for that alone.
    func object(_ row: Row) throws -> EngineObject {
        let (text, name) = (try row.decode("marker", as: String?.self), try row.decode("name", as: String.self))
        let (marker, isRole) = (Marker(text), try row.decode("kind", as: String.self) == "role")
        return EngineObject(
            kind: isRole ? .role : .database, name: name, marker: text, isOurs: marker?.deployment == deployment,
            isTemporary: isRole && marker?.operation != nil && name.contains("__u"))
    }

    /// Drops a database beside the graph's own, never that one itself.
    public func discardScratch(_ name: String, of graph: EngineGraph) async throws {
        guard name.hasPrefix(graph.graph.databaseName + "__r") else { throw EngineError.refused("\(name) is no copy beside a graph") }
        try await drop(database: name, of: graph)
    }
}
