public import Audit
internal import AuditProof
internal import AuditStorage
internal import Core
public import FoundationEssentials
internal import Postgres

extension PostgresAuditTransaction {
    /// Hands over the file of an org's log, a thousand entries at a time (AUD-082).
    public func exportLog(
        ofOrg org: UUID, _ order: AuditExportOrder, naming name: (AuditReference) -> String?, to take: (String) async throws -> Void
    ) async throws -> Int64 {
        let export = OrgAuditExport(postgres: postgres, org: org, order: order)
        return switch order.format {
        case .csv: try await export.table(name, take)
        case .jsonl: try await export.lines { try await take($0.text + "\n") }
        }
    }
}

/// Reads an org's part of the log: as a table, the newest first, or in the order of its chain as lines that prove themselves.
struct OrgAuditExport {
    let postgres: PostgresTransaction
    let org: UUID
    let order: AuditExportOrder
    var pageSize = 1_000

    private var query: AuditQuery {
        var query = order.filter
        query.org = org
        query.limit = pageSize
        return query
    }

    func table(_ name: (AuditReference) -> String?, _ take: (String) async throws -> Void) async throws -> Int64 {
        try await take(AuditCSV.header)
        var place: AuditPlace?
        var count: Int64 = 0
        while true {
            let rows = try await postgres.query(PostgresAuditReader.statement(query, from: place))
            for row in rows.prefix(pageSize) {
                let entry = try AuditEntry(row: row, isWhole: true)
                try await take(AuditCSV.row(entry, name))
                place = AuditPlace(at: entry.at, id: entry.id)
                count += 1
            }
            guard rows.count > pageSize else { return count }
        }
    }

    func lines(_ take: (AuditExportLine) async throws -> Void) async throws -> Int64 {
        try await take(.header)
        let chain = AuditChain.org(org.uuidString)
        var proof = order.includesProof ? try await proof(of: chain) : nil
        var (position, entries): (Int64, Int64) = (0, 0)
        while true {
            let rows = try await postgres.query(page(of: chain, behind: position))
            for row in rows {
                let next: Int64 = try row.decode("position")
                if let due = proof, due.length < next {
                    for line in due.lines { try await take(line) }
                    proof = nil
                }
                position = next
                guard let line = try AuditExportLine(place: row, seal: next) else { continue }
                switch line {
                case .entry where try row.decode("is_asked_for"):
                    entries += 1
                    try await take(line)
                case .entry where order.includesProof: try await take(.place(.init(row: row, seal: next)))
                case .archived where order.includesProof: try await take(line)
                default: break
                }
            }
            if rows.isEmpty { break }
        }
        for line in proof?.lines ?? [] { try await take(line) }
        try await take(.end(entries: entries, unsealed: try await unsealed()))
        return entries
    }

    private func unsealed() async throws -> Int64 {
        let statement: Statement =
            "SELECT count(*) FROM audit.unsealed AS u WHERE EXISTS (" + PostgresAuditReader.selection(query)
            + " AND id = u.entry_id AND recorded_at = u.recorded_at)"
        return try await postgres.query(statement)[0].decode(Int64.self)
    }

    private func page(of chain: String, behind position: Int64) -> Statement {
        """
        SELECT \(fragment: AuditExport.columns),
            EXISTS (\(fragment: PostgresAuditReader.selection(query)) AND id = l.entry_id AND recorded_at = l.recorded_at) AS is_asked_for
        FROM (SELECT * FROM audit.link WHERE chain = \(chain) AND position > \(position) ORDER BY position LIMIT \(Int64(pageSize))) AS l
        \(fragment: AuditExport.joins)
        ORDER BY l.position
        """
    }

    /// How far the newest checkpoint covers the chain, and the lines that prove it up to there; `nil` as long as none does.
    private func proof(of chain: String) async throws -> (length: Int64, lines: [AuditExportLine])? {
        let newest = try await postgres.query("SELECT links, body, signature FROM audit.checkpoint ORDER BY number DESC LIMIT 1").first
        guard let newest else { return nil }
        let links: Int64 = try newest.decode("links")
        let covered = try await postgres.query(
            "SELECT position FROM audit.link WHERE chain = \(chain) AND seal <= \(links) ORDER BY position DESC LIMIT 1")
        let leaves = try await postgres.query("SELECT leaf, is_own FROM audit.proof_leaves(\(links))")
        guard let length = try covered.first?.decode("position", as: Int64.self),
            let index = try leaves.firstIndex(where: { try $0.decode("is_own") })
        else { return nil }
        let hashes = try leaves.map { try $0.decode("leaf", as: [UInt8].self) }
        let keys = try await postgres.query(AuditExport.keys).map { try AuditExportLine(key: $0) }
        let head = AuditExportLine.head(
            chain: chain, path: AuditTree.path(to: index, in: hashes[...]), checkpoint: try newest.decode("body"),
            signature: try newest.decode("signature"))
        return (length, keys + [head])
    }
}
