internal import Audit
internal import AuditProof
internal import Core
internal import FoundationEssentials
internal import Postgres

/// Reads what a sink gets next: the lines of an export (AUD-083), from where it has got to, each checkpoint behind the links that it covers.
struct AuditSinkReading {
    /// The most entries that go together.
    static let maximumEntries = 500
    /// The bytes from which on no further entry goes with the others.
    static let maximumBytes = 1 << 20

    let client: PostgresClient
    /// The most entries that go together here.
    var entries = maximumEntries

    /// What goes next, and how far the sink has got when it took that. Without lines there is nothing that the filter lets through, and the sink has got
    /// further all the same.
    ///
    /// - Returns: `nil` when there is nothing more.
    func next(for sink: AuditSink) async throws -> (batch: AuditSinkBatch, progress: AuditSink.Progress)? {
        let (old, end) = (sink.progress, try await end())
        let rows = try await rows(for: sink, until: end)
        let checkpoints = try await read(
            "SELECT number, links, body, signature FROM audit.checkpoint WHERE number > \(old.checkpoint) ORDER BY number LIMIT 500")
        // Behind the checkpoints, so that the key of each is there.
        let keys = try await read(
            "SELECT id, public_key, endorsed_by, endorsement, sequence FROM audit.signing_key WHERE sequence > \(old.key) ORDER BY sequence"
        )
        var lines = Lines(progress: old)
        if old == .beginning { lines.add(.header) }
        for row in keys {
            lines.add(
                .key(
                    id: try row.decode("id"), publicKey: try row.decode("public_key"), endorsedBy: try row.decode("endorsed_by"),
                    endorsement: try row.decode("endorsement")))
            lines.progress.key = try row.decode("sequence")
        }
        var due = checkpoints[...]
        var isCut = rows.count == entries
        for (index, row) in rows.enumerated() {
            let seal: Int64 = try row.decode("seal")
            try lines.add(&due, before: seal)
            lines.progress.seal = seal
            if sink.filter.chain != nil { lines.progress.position = try row.decode("position") }
            if let line = try Self.line(row, seal, sink.filter) { lines.add(line) }
            guard lines.bytes >= Self.maximumBytes else { continue }
            isCut = isCut || index < rows.count - 1
            break
        }
        if !isCut { lines.progress.seal = max(end, lines.progress.seal) }
        try lines.add(&due, before: lines.progress.seal + 1)
        guard lines.progress != old else { return nil }
        return (
            AuditSinkBatch(id: "\(sink.id)-\(old.seal)-\(lines.progress.seal)-\(lines.progress.checkpoint)", lines: lines.texts),
            lines.progress
        )
    }

    private struct Lines {
        var progress: AuditSink.Progress
        private(set) var texts: [String] = []
        private(set) var bytes = 0

        init(progress: AuditSink.Progress) {
            self.progress = progress
        }

        mutating func add(_ line: AuditExportLine) {
            texts.append(line.text)
            bytes += texts[texts.count - 1].utf8.count + 1
        }

        /// Adds the checkpoints that cover nothing from a place on.
        mutating func add(_ due: inout ArraySlice<Row>, before seal: Int64) throws {
            while let next = due.first, try next.decode("links", as: Int64.self) < seal {
                add(.checkpoint(body: try next.decode("body"), signature: try next.decode("signature")))
                progress.checkpoint = try next.decode("number")
                due = due.dropFirst()
            }
        }
    }

    private func end() async throws -> Int64 {
        try await read("SELECT coalesce(max(seal), 0) FROM audit.link").first?.decode(Int64.self) ?? 0
    }

    /// What is personal goes to those who watch over the product; to a sink of an org's own only what the org may read itself.
    private func rows(for sink: AuditSink, until end: Int64) async throws -> [Row] {
        // A chain has an order of its own, by which its places are found without looking at those of others.
        let next: Statement =
            sink.filter.chain.map {
                " WHERE l.chain = \($0) AND l.position > \(sink.progress.position) AND l.seal <= \(end) ORDER BY l.position"
            }
            ?? " WHERE l.seal > \(sink.progress.seal) AND l.seal <= \(end) ORDER BY l.seal"
        let isShared: Statement = sink.filter.chain == nil ? "" : " AND p.is_shared"
        let head: Statement = """
            SELECT l.chain, l.position, l.seal, l.entry_hash, l.link_hash, e.canonical, e.risk, t.class, p.salt, p.body,
                to_char(a.month, 'YYYY-MM') AS archived
            FROM audit.link AS l
            LEFT JOIN audit.entry AS e ON e.id = l.entry_id AND e.recorded_at = l.recorded_at
            LEFT JOIN audit.event_type AS t ON t.name = e.type
            LEFT JOIN audit.archive AS a ON e.id IS NULL AND a.detached_at IS NOT NULL AND a.retention_group = l.retention_group
                AND a.month = date_trunc('month', l.recorded_at AT TIME ZONE 'UTC')::date
            LEFT JOIN audit.private_part AS p ON p.entry_id = l.entry_id
            """
        return try await read(head + isShared + next + " LIMIT \(Int64(entries))")
    }

    private static func line(_ row: Row, _ seal: Int64, _ filter: AuditSink.Filter) throws -> AuditExportLine? {
        func link(_ canonical: [UInt8], _ part: AuditPrivatePart?) throws -> AuditExportLine.Link {
            .init(
                seal: seal, chain: try row.decode("chain"), position: try row.decode("position"), canonical: canonical,
                entryHash: try row.decode("entry_hash"), linkHash: try row.decode("link_hash"), privatePart: part)
        }
        guard let canonical = try row.decode("canonical", as: [UInt8]?.self) else {
            // An entry that is gone leaves its place empty; one of an archive that is asked for again is named.
            return try row.decode("archived", as: String?.self).map { .archived(try link([], nil), month: $0) }
        }
        let eventClass = try row.decode("class", as: String?.self).flatMap(AuditClass.init) ?? .platform
        guard filter.lets(eventClass, AuditRisk(rawValue: try row.decode("risk")) ?? .critical) else { return nil }
        let salt = try row.decode("salt", as: [UInt8]?.self)
        return .entry(try link(canonical, try salt.map { AuditPrivatePart(salt: $0, body: try row.decode("body")) }))
    }

    private func read(_ statement: Statement) async throws -> [Row] {
        try await client.query(statement, scope: .system)
    }
}
