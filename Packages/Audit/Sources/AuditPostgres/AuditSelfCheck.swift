public import Audit
internal import AuditProof
internal import AuditStorage
public import Core
internal import FoundationEssentials
public import Observability
public import Postgres

/// Verifies the log of its own server once a day: what is new since the last time, and a thirtieth of everything, so that the whole is looked at
/// every thirty days (AUD-052).
public struct AuditSelfCheck: Sendable {
    private let client: PostgresClient
    private let dateSource: any DateSource
    private let node: Node.ID
    private let anchor: (any AuditAnchor)?
    private let log: Log

    /// Makes a check.
    ///
    /// - Parameters:
    ///   - client: works in the background's role.
    ///   - node: the process, to which the entries refer; its record is there already.
    ///   - anchor: has checkpoints outside of the database, which the log is compared with; `nil` where there is none.
    public init(client: PostgresClient, dateSource: any DateSource, node: Node.ID, anchor: (any AuditAnchor)? = nil, log: Log) {
        self.client = client
        self.dateSource = dateSource
        self.node = node
        self.anchor = anchor
        self.log = log
    }

    private struct Recorder: PostgresAuditTransaction {
        let postgres: PostgresTransaction
        let dateSource: any DateSource
    }

    /// Verifies when three o'clock, by UTC, has come since the last time, whichever process did it, and writes what was found as an entry.
    ///
    /// - Returns: how many things were wrong; `nil` when nothing was due.
    /// - Throws: ``PostgresError`` when the log cannot be read.
    public func runIfDue() async throws -> Int64? {
        let now = dateSource.now
        let types = VerificationAuditEvents.types.map(\.name)
        let last = try await client.query(
            "SELECT occurred_at, data FROM audit.entry WHERE type = ANY(\(types)) ORDER BY occurred_at DESC, id DESC LIMIT 1",
            scope: .system
        ).first
        guard DailyTime.verification.isDue(since: try last?.decode("occurred_at", as: Instant.self), at: now) else { return nil }
        let before = try last?.decode("data", as: JSONValue.self)
        let newest = try await client.query("SELECT coalesce(max(seal), 0) FROM audit.link", scope: .system)[0].decode(Int64.self)
        guard newest > 0 else { return nil }
        let fresh = (before?["newest"]?.integerValue ?? 0) + 1
        // Behind the last link the rolling share begins again.
        let rolled = before?["rolled_to"]?.integerValue ?? 0
        let start = rolled >= newest ? 1 : rolled + 1
        let end = min(newest, start + newest / 30)
        var found = Findings()
        try await check(fresh...max(fresh, newest), &found)
        try await check(start...end, &found)
        let outside = try await anchor?.checkpoints() ?? (kept: [], unreadable: 0)
        if outside.unreadable > 0 { found.texts.append("\(outside.unreadable) lines that were kept outside cannot be read") }
        for lost in try await AuditAnchoring.missing(of: outside.kept, in: client) {
            found.texts.append("checkpoint \(lost.number), which was kept outside, is not in the log: an older copy was restored")
        }
        for text in found.texts { log.error("the audit log is not what was sealed", ["finding": .string(text)]) }
        let facts = AuditVerifiedFacts(
            node: node, checked: found.checked, newest: newest, rolledTo: end, faults: Int64(found.texts.count))
        let texts = found.texts
        try await client.withTransaction(scope: .system) { transaction in
            let recorder = Recorder(postgres: transaction, dateSource: dateSource)
            if texts.isEmpty {
                try await recorder.record(AuditVerified(facts), by: .system(component: "audit"))
            } else {
                try await recorder.record(AuditVerificationFailed(facts, findings: texts), by: .system(component: "audit"))
            }
        }
        return facts.faults
    }

    private struct Findings {
        var checked: Int64 = 0
        var texts: [String] = []
    }

    /// Looks at links in the order of sealing: that the entry is there and hashes to what was kept, that its columns say the same, and that the
    /// link follows from the one before.
    private func check(_ seals: ClosedRange<Int64>, _ found: inout Findings) async throws {
        var next = seals.lowerBound
        while next <= seals.upperBound {
            let rows = try await client.query(
                """
                SELECT l.chain, l.position, l.seal, l.entry_id AS link_entry, l.entry_hash, l.link_hash, p.link_hash AS previous, e.*,
                    coalesce(t.class, '') AS type_class, coalesce(t.component, '') AS type_component, a.month IS NOT NULL AS is_archived
                FROM audit.link AS l
                LEFT JOIN audit.archive AS a ON a.detached_at IS NOT NULL AND a.retention_group = l.retention_group
                    AND a.month = date_trunc('month', l.recorded_at AT TIME ZONE 'UTC')::date
                LEFT JOIN audit.link AS p ON p.chain = l.chain AND p.position = l.position - 1
                LEFT JOIN audit.entry AS e ON e.id = l.entry_id AND e.recorded_at = l.recorded_at
                LEFT JOIN audit.event_type AS t ON t.name = e.type
                WHERE l.seal BETWEEN \(next) AND \(min(seals.upperBound, next + 999)) ORDER BY l.seal
                """, scope: .system)
            found.checked += Int64(rows.count)
            for row in rows {
                if let fault = try Self.fault(of: row) {
                    let place = "\(try row.decode("chain", as: String.self)) at \(try row.decode("position", as: Int64.self))"
                    found.texts.append("\(place): \(fault)")
                }
            }
            if Int64(rows.count) < min(seals.upperBound - next + 1, 1_000) { found.texts.append("links are missing behind \(next)") }
            next += 1_000
        }
    }

    private static func fault(of row: Row) throws -> String? {
        guard let canonical = try row.decode("canonical", as: [UInt8]?.self) else {
            return try row.decode("is_archived") ? nil : "its entry is gone"
        }
        let (chain, position): (String, Int64) = (try row.decode("chain"), try row.decode("position"))
        let entry: [UInt8] = try row.decode("entry_hash")
        guard AuditChain.entryHash(canonical) == entry else { return "its entry was changed" }
        let previous = position == 1 ? AuditChain.origin(of: chain) : try row.decode("previous", as: [UInt8]?.self) ?? []
        let expected = AuditChain.linkHash(chain: chain, position: position, previous: previous, entry: entry)
        guard try expected == row.decode("link_hash", as: [UInt8].self) else { return "it does not follow from the link before" }
        let stored = try JSON.decode(JSONValue.self, from: canonical)
        guard (try? CanonicalEntry(row: row).differences(from: stored))?.isEmpty == true else { return "a column of its entry was changed" }
        return nil
    }
}
