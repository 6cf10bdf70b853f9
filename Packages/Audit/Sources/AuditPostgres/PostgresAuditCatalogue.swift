@_spi(Stored) public import Audit
public import Postgres

/// Reads the catalogue and the keys from PostgreSQL.
public struct PostgresAuditCatalogue: AuditCatalogueReader {
    private let client: PostgresClient

    /// Makes a reader.
    public init(client: PostgresClient) {
        self.client = client
    }

    /// One statement.
    public func types() async throws -> [AuditEventType] {
        try await client.query(
            """
            SELECT name, risk, class, component, requires, emitted, ARRAY(
                SELECT substr(attname, 5) FROM pg_attribute
                WHERE attrelid = 'audit.entry'::regclass AND attname LIKE 'ref\\_%' AND atttypid = 'text'::regtype
            ) AS texts FROM audit.event_type ORDER BY name
            """
        ).map { row in
            let texts = try row.decode("texts", as: [String].self)
            return AuditEventType(
                try row.decode("name"), risk: AuditRisk(rawValue: try row.decode("risk")) ?? .critical,
                class: AuditClass(rawValue: try row.decode("class")) ?? .platform, component: try row.decode("component"),
                requires: try row.decode("requires", as: [String].self).map { AuditReferenceKind(stored: $0, isText: texts.contains($0)) },
                isEmitted: try row.decode("emitted"))
        }
    }

    /// One statement.
    public func keys() async throws -> [AuditPublicKey] {
        try await client.query("SELECT id, public_key, endorsed_by, endorsement FROM audit.signing_key ORDER BY sequence").map { row in
            AuditPublicKey(
                id: try row.decode("id"), bytes: try row.decode("public_key"), endorsedBy: try row.decode("endorsed_by"),
                endorsement: try row.decode("endorsement"))
        }
    }
}
