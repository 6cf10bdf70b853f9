internal import Audit
public import AuditProof
internal import Core
internal import Cryptography
internal import FoundationEssentials
public import Postgres

/// Reads the whole log in the order of sealing, as lines that prove themselves; a batch at a time, whatever the length of the log (AUD-082).
public struct AuditExport: Sendable {
    private let client: PostgresClient

    /// Makes an export; the client must be one of the background's role, or of an administrator.
    public init(client: PostgresClient) {
        self.client = client
    }

    /// Hands over line after line, each checkpoint behind the links that it covers.
    ///
    /// What is written while it runs and lies behind the last checkpoint at its beginning may be in it or not.
    /// - Throws: ``PostgresError`` when the log cannot be read, and what `take` throws.
    public func lines(_ take: (AuditExportLine) throws -> Void) async throws {
        try take(.header)
        for row in try await read(Self.keys) { try take(AuditExportLine(key: row)) }
        var checkpoints = try await read("SELECT links, body, signature FROM audit.checkpoint ORDER BY number")[...]
        var (seal, entries): (Int64, Int64) = (0, 0)
        while true {
            let rows = try await read(
                """
                SELECT l.seal, \(fragment: Self.columns) FROM audit.link AS l \(fragment: Self.joins)
                WHERE l.seal > \(seal) ORDER BY l.seal LIMIT 2000
                """)
            for row in rows {
                let next: Int64 = try row.decode("seal")
                while let due = checkpoints.first, try due.decode("links", as: Int64.self) < next {
                    try take(.checkpoint(body: try due.decode("body"), signature: try due.decode("signature")))
                    checkpoints = checkpoints.dropFirst()
                }
                seal = next
                guard let line = try AuditExportLine(place: row, seal: next) else { continue }
                if case .entry = line { entries += 1 }
                try take(line)
            }
            if rows.isEmpty { break }
        }
        for row in checkpoints { try take(.checkpoint(body: try row.decode("body"), signature: try row.decode("signature"))) }
        let unsealed = try await read("SELECT count(*) FROM audit.unsealed").first?.decode(Int64.self) ?? 0
        try take(.end(entries: entries, unsealed: unsealed))
    }

    static var keys: Statement { "SELECT id, public_key, endorsed_by, endorsement FROM audit.signing_key ORDER BY sequence" }

    /// What a line needs of a link `l` and of what ``joins`` finds for it.
    static var columns: Statement {
        "l.chain, l.position, l.entry_hash, l.link_hash, e.canonical, p.salt, p.body, to_char(a.month, 'YYYY-MM') AS archived"
    }

    static var joins: Statement {
        """
        LEFT JOIN audit.entry AS e ON e.id = l.entry_id AND e.recorded_at = l.recorded_at
        LEFT JOIN audit.archive AS a ON e.id IS NULL AND a.detached_at IS NOT NULL AND a.retention_group = l.retention_group
            AND a.month = date_trunc('month', l.recorded_at AT TIME ZONE 'UTC')::date
        LEFT JOIN audit.private_part AS p ON p.entry_id = l.entry_id
        """
    }

    private func read(_ statement: Statement) async throws -> [Row] {
        try await client.query(statement, scope: .system)
    }
}

extension AuditExportLine {
    /// The public part of a key.
    init(key row: Row) throws {
        self = .key(
            id: try row.decode("id"), publicKey: try row.decode("public_key"), endorsedBy: try row.decode("endorsed_by"),
            endorsement: try row.decode("endorsement"))
    }

    /// An entry, or the place of one whose month is archived; `nil` for an entry that is gone: its place stays empty, and the verification names it.
    init?(place row: Row, seal: Int64) throws {
        guard let canonical = try row.decode("canonical", as: [UInt8]?.self) else {
            guard let month = try row.decode("archived", as: String?.self) else { return nil }
            self = .archived(try Link(row: row, seal: seal), month: month)
            return
        }
        let salt = try row.decode("salt", as: [UInt8]?.self)
        self = .entry(
            try Link(
                row: row, seal: seal, canonical: canonical,
                privatePart: try salt.map { AuditPrivatePart(salt: $0, body: try row.decode("body")) }))
    }
}

extension AuditExportLine.Link {
    init(row: Row, seal: Int64, canonical: [UInt8] = [], privatePart: AuditPrivatePart? = nil) throws {
        self.init(
            seal: seal, chain: try row.decode("chain"), position: try row.decode("position"), canonical: canonical,
            entryHash: try row.decode("entry_hash"), linkHash: try row.decode("link_hash"), privatePart: privatePart)
    }
}
