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
        for row in try await read("SELECT id, public_key, endorsed_by, endorsement FROM audit.signing_key ORDER BY sequence") {
            try take(
                .key(
                    id: try row.decode("id"), publicKey: try row.decode("public_key"), endorsedBy: try row.decode("endorsed_by"),
                    endorsement: try row.decode("endorsement")))
        }
        var checkpoints = try await read("SELECT links, body, signature FROM audit.checkpoint ORDER BY number")[...]
        var (seal, entries): (Int64, Int64) = (0, 0)
        while true {
            let rows = try await read(
                """
                SELECT l.chain, l.position, l.seal, l.entry_hash, l.link_hash, e.canonical, p.salt, p.body,
                    to_char(a.month, 'YYYY-MM') AS archived
                FROM audit.link AS l
                LEFT JOIN audit.entry AS e ON e.id = l.entry_id AND e.recorded_at = l.recorded_at
                LEFT JOIN audit.archive AS a ON e.id IS NULL AND a.detached_at IS NOT NULL AND a.month = date_trunc('month', l.recorded_at AT TIME ZONE 'UTC')::date
                LEFT JOIN audit.private_part AS p ON p.entry_id = l.entry_id
                WHERE l.seal > \(seal) ORDER BY l.seal LIMIT 2000
                """)
            for row in rows {
                let next: Int64 = try row.decode("seal")
                while let due = checkpoints.first, try due.decode("links", as: Int64.self) < next {
                    try take(.checkpoint(body: try due.decode("body"), signature: try due.decode("signature")))
                    checkpoints = checkpoints.dropFirst()
                }
                seal = next
                // An entry that is gone leaves its place empty, and the verification names the place.
                guard let canonical = try row.decode("canonical", as: [UInt8]?.self) else {
                    guard let month = try row.decode("archived", as: String?.self) else { continue }
                    let place = AuditExportLine.Link(
                        seal: next, chain: try row.decode("chain"), position: try row.decode("position"), canonical: [],
                        entryHash: try row.decode("entry_hash"), linkHash: try row.decode("link_hash"))
                    try take(.archived(place, month: month))
                    continue
                }
                entries += 1
                let salt = try row.decode("salt", as: [UInt8]?.self)
                try take(
                    .entry(
                        .init(
                            seal: next, chain: try row.decode("chain"), position: try row.decode("position"), canonical: canonical,
                            entryHash: try row.decode("entry_hash"), linkHash: try row.decode("link_hash"),
                            privatePart: try salt.map { AuditPrivatePart(salt: $0, body: try row.decode("body")) })))
            }
            if rows.isEmpty { break }
        }
        for row in checkpoints { try take(.checkpoint(body: try row.decode("body"), signature: try row.decode("signature"))) }
        let unsealed = try await read("SELECT count(*) FROM audit.unsealed").first?.decode(Int64.self) ?? 0
        try take(.end(entries: entries, unsealed: unsealed))
    }

    private func read(_ statement: Statement) async throws -> [Row] {
        try await client.query(statement, scope: .system)
    }
}
