public import Audit
public import AuditProof
public import Core
internal import Cryptography
internal import FoundationEssentials
public import Postgres

/// Where archives are kept.
public protocol AuditArchiveStore: Sendable {
    /// Keeps a file; what was there under this name is replaced.
    func keep(_ bytes: [UInt8], as name: String) async throws
    /// Reads a file.
    func read(_ name: String) async throws -> [UInt8]
}

/// Moves months that are over into archives: written, read back, verified, and only then taken out of the table (AUD-066, AUD-067, AUD-070).
public struct AuditArchiver: Sendable {
    private let client: PostgresClient
    private let dateSource: any DateSource
    private let node: Node.ID
    private let signer: AuditSigner
    private let store: any AuditArchiveStore
    private let retention: AuditRetention

    /// What keeps a month from being archived.
    public struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
        /// What is wrong.
        public let description: String
    }

    /// Makes an archiver.
    ///
    /// - Parameters:
    ///   - client: works in the background's role.
    ///   - retention: how long which entries stay in the table.
    public init(
        client: PostgresClient, dateSource: any DateSource, node: Node.ID, signer: AuditSigner, store: any AuditArchiveStore,
        retention: AuditRetention
    ) {
        self.client = client
        self.dateSource = dateSource
        self.node = node
        self.signer = signer
        self.store = store
        self.retention = retention
    }

    private struct Recorder: PostgresAuditTransaction {
        let postgres: PostgresTransaction
        let dateSource: any DateSource
    }

    /// Archives each month of each group that is due by the product's clock, that is over by the database's clock, by which entries are filed, and that no
    /// hold concerns, the oldest first (AUD-066).
    ///
    /// - Returns: the months.
    /// - Throws: ``Failure`` and ``PostgresError``; the month and those behind it stay where they are.
    @discardableResult
    public func archiveDue() async throws -> [AuditMonth] {
        let day = dateSource.now.calendarDate
        let groups = AuditRetentionGroup.allCases
        let times = groups.map { retention.time(of: $0) }
        let due = try await client.query(
            """
            SELECT p.name, to_char(p.month, 'YYYY-MM') AS month FROM (
                SELECT g.name, g.months, g.days, to_date(right(c.relname, 7), 'YYYY_MM') AS month
                FROM unnest(\(groups.map(\.rawValue)), \(times.map { Int64($0.months) }), \(times.map { Int64($0.days) })) AS g (name, months, days)
                JOIN pg_inherits AS i ON i.inhparent = to_regclass('audit.entry_' || g.name)
                JOIN pg_class AS c ON c.oid = i.inhrelid AND c.relname ~ '^entry_([a-z]+_)?[0-9]{4}_[0-9]{2}$') AS p
            WHERE p.month + interval '1 month' + make_interval(months => p.months::integer, days => p.days::integer)
                    <= make_date(\(Int32(day.year)), \(Int32(day.month)), \(Int32(day.day)))
                AND audit.month_is_free(p.month, p.name) AND EXISTS (SELECT FROM audit.entry AS e WHERE e.retention_group = p.name
                    AND e.recorded_at >= p.month::timestamp AT TIME ZONE 'UTC'
                    AND e.recorded_at < (p.month + interval '1 month') AT TIME ZONE 'UTC') ORDER BY p.month, p.name
            """, scope: .system
        ).compactMap { row in
            try AuditRetentionGroup(rawValue: row.decode("name")).map { AuditMonth($0, try row.decode("month")) }
        }
        for month in due { try await archive(month) }
        return due
    }

    /// Archives one month of a group.
    ///
    /// - Throws: ``Failure`` when what was written is not what is read back; ``PostgresError`` when the month is held, not over, or not there.
    public func archive(_ named: AuditMonth) async throws {
        let (month, group) = (named.month, named.group.rawValue)
        let rows = try await client.query(
            """
            SELECT l.chain, l.position, l.seal, l.entry_hash, l.link_hash, e.canonical FROM audit.entry AS e
            JOIN audit.link AS l ON l.entry_id = e.id
            WHERE e.retention_group = \(group) AND e.recorded_at >= \(month + "-01 00:00:00+00")::text::timestamptz
                AND e.recorded_at < \(month + "-01 00:00:00+00")::text::timestamptz + interval '1 month' ORDER BY l.seal
            """, scope: .system)
        let checkpoint = try await client.query(
            "SELECT links, body FROM audit.checkpoint ORDER BY number DESC LIMIT 1", scope: .system
        ).first
        let last = try rows.last?.decode("seal", as: Int64.self) ?? 0
        guard let checkpoint, try checkpoint.decode("links", as: Int64.self) >= last else {
            throw Failure(description: "no checkpoint covers \(named) yet")
        }
        var (file, lines): ([UInt8], String) = ([], AuditExportLine.header.text + "\n")
        var ranges: [String: AuditArchiveManifest.Range] = [:]
        for row in rows {
            let link = AuditExportLine.Link(
                seal: try row.decode("seal"), chain: try row.decode("chain"), position: try row.decode("position"),
                canonical: try row.decode("canonical"), entryHash: try row.decode("entry_hash"), linkHash: try row.decode("link_hash"))
            lines += AuditExportLine.entry(link).text + "\n"
            let range = ranges[link.chain]
            ranges[link.chain] = .init(
                chain: link.chain, first: min(range?.first ?? .max, link.position), last: max(range?.last ?? 0, link.position),
                count: (range?.count ?? 0) + 1)
            // Members of a bounded size: whoever reads needs memory for one of them.
            if lines.utf8.count > 1 << 20 {
                file += Gzip.member(Array(lines.utf8))
                lines = ""
            }
        }
        file += Gzip.member(Array(lines.utf8))
        let manifest = AuditArchiveManifest(
            month: month, group: named.group == .mixed ? nil : group, entries: Int64(rows.count),
            ranges: ranges.values.sorted { $0.chain < $1.chain },
            fileHash: SHA256.digest(of: file), checkpoint: try checkpoint.decode("body"), keyID: signer.keyID)
        let signature = try signer.signature(for: manifest)
        let name = "audit-\(named).jsonl.gz"
        try await store.keep(file, as: name)
        try await store.keep(manifest.body + Array("\n\(Hex.encode(signature))\n".utf8), as: "audit-\(named).manifest")
        if let fault = manifest.fault(of: try await store.read(name), signature: signature, key: signer.publicKey) {
            throw Failure(description: "\(name): \(fault)")
        }
        let (now, dateSource, node) = (dateSource.now, dateSource, node)
        try await client.withTransaction(TransactionOptions(lockTimeout: .seconds(5)), scope: .system) { transaction in
            try await transaction.execute(
                """
                INSERT INTO audit.archive (month, retention_group, file, entries, sha256, manifest, signature, verified_at)
                VALUES (\(month + "-01")::text::date, \(group), \(name), \(Int64(rows.count)), \(manifest.fileHash), \(manifest.body), \(signature), \(now))
                """)
            _ = try await transaction.query("SELECT audit.detach_month(\(month + "-01")::text::date, \(group), \(now))")
            _ = try await Recorder(postgres: transaction, dateSource: dateSource).record(
                AuditMonthArchived(
                    node: node, month: month, group: group, entries: Int64(rows.count), fileHash: Hex.encode(manifest.fileHash)),
                by: .system(component: "audit"))
        }
    }

    /// Drops the rows of a month of a group for good, after its file was read and verified once more.
    ///
    /// - Throws: ``Failure`` when the file is not what was signed; ``PostgresError`` when there is no archive, or a hold.
    public func drop(_ named: AuditMonth) async throws {
        let (month, group) = (named.month, named.group.rawValue)
        let rows = try await client.query(
            """
            SELECT file, manifest, signature FROM audit.archive
            WHERE month = \(month + "-01")::text::date AND retention_group = \(group)
            """, scope: .system)
        if let row = rows.first {
            guard let manifest = AuditArchiveManifest(body: try row.decode("manifest")) else {
                throw Failure(description: "the manifest of \(named) cannot be read")
            }
            let file = try await store.read(try row.decode("file"))
            if let fault = manifest.fault(of: file, signature: try row.decode("signature"), key: signer.publicKey) {
                throw Failure(description: "\(named): \(fault)")
            }
        }
        let (now, dateSource, node) = (dateSource.now, dateSource, node)
        try await client.withTransaction(TransactionOptions(lockTimeout: .seconds(5)), scope: .system) { transaction in
            _ = try await transaction.query("SELECT audit.drop_month(\(month + "-01")::text::date, \(group), \(now))")
            _ = try await Recorder(postgres: transaction, dateSource: dateSource).record(
                AuditMonthDropped(node: node, month: month, group: group), by: .system(component: "audit"))
        }
    }
}
