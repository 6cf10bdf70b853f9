public import Audit
public import AuditProof
internal import AuditStorage
public import Core
internal import Cryptography
internal import FoundationEssentials
public import Observability
public import Postgres

/// Gives entries their links and signs how far the chains have got. Writers never wait for it, and it never waits for them.
public struct AuditSealer: Sendable {
    /// The most entries of one batch (AUD-038).
    public static let batchSize = 2_000
    /// How long after the last checkpoint the next is due when there are new links (AUD-044).
    public static let checkpointInterval: Duration = AuditCheckpoint.interval

    private let client: PostgresClient
    private let dateSource: any DateSource
    private let signer: AuditSigner
    private let anchor: (any AuditAnchor)?
    private let node: Node.ID?
    private let metrics: Metrics?
    private let log: Log

    /// Makes a sealer.
    ///
    /// - Parameters:
    ///   - client: works in the background's role; what serves requests cannot write links.
    ///   - anchor: keeps each checkpoint outside of the database; `nil` where the log lines are the only copy.
    ///   - node: the process, to which the entry about the first checkpoint of a day refers; `nil` where none is written.
    ///   - metrics: where it counts what it sealed; `nil` where nobody looks.
    public init(
        client: PostgresClient, dateSource: any DateSource, signer: AuditSigner, anchor: (any AuditAnchor)? = nil, node: Node.ID? = nil,
        metrics: Metrics? = nil, log: Log
    ) {
        self.client = client
        self.dateSource = dateSource
        self.signer = signer
        self.anchor = anchor
        self.node = node
        self.metrics = metrics
        self.log = log
    }

    /// One sealer works at a time in the whole deployment; this number is what they agree on.
    private static let lock: Int64 = 0x6175_6469_7400_01

    /// Links the oldest entries that wait, in the order in which they were written, all of them or none.
    ///
    /// While another sealer is at work it does nothing. A second one that got past it would find the places taken and link nothing.
    /// - Returns: how many entries were linked.
    /// - Throws: ``PostgresError`` when the database refuses.
    public func seal() async throws -> Int {
        let began = ContinuousClock.now
        let sealed = try await client.withTransaction(scope: .system) { transaction in
            guard try await lead(in: transaction) else { return [Row]() }
            // The batch is taken first: after an outage of days a join of everything that waits would take longer than a statement may.
            let waiting = try await transaction.query(
                """
                WITH next AS MATERIALIZED (
                    SELECT ordinal, entry_id, recorded_at FROM audit.unsealed ORDER BY ordinal LIMIT \(Self.batchSize))
                SELECT u.ordinal, e.id, e.recorded_at, e.retention_group, e.ref_org, e.canonical, e.type, e.risk, e.summary, e.request_id, t.class
                FROM next AS u JOIN audit.entry AS e ON e.id = u.entry_id AND e.recorded_at = u.recorded_at
                LEFT JOIN audit.event_type AS t ON t.name = e.type ORDER BY u.ordinal
                """)
            guard !waiting.isEmpty else { return waiting }
            var batch = Batch(seal: try await lastSeal(in: transaction))
            let chains = Set(try waiting.map(Batch.chain(of:)))
            for row in try await transaction.query("SELECT chain, length, hash FROM audit.chain_head WHERE chain = ANY(\(chains.sorted()))")
            {
                let (chain, length, hash) = try row.decode((String, Int64, [UInt8]).self)
                batch.heads[chain] = AuditHead(chain: chain, length: length, hash: hash)
            }
            for row in waiting { try batch.append(row) }
            for statement in batch.statements { try await transaction.execute(statement) }
            return waiting
        }
        for row in sealed { try tell(of: row) }
        if !sealed.isEmpty { try count(sealed, in: began.duration(to: .now)) }
        return sealed.count
    }

    /// Counts what was sealed, by what it is about and how much it matters, and how large and slow the batch was (AUD-135).
    private func count(_ sealed: [Row], in time: Duration) throws {
        guard let metrics else { return }
        for row in sealed {
            let labels = [
                Label("class", try row.decode("class", as: String?.self) ?? "other"),
                Label("risk", try row.decode("risk", as: String.self)),
            ]
            metrics.counter("trellis_audit_entries_total", help: "Entries that were sealed, by class and risk.", labels: labels).increment()
        }
        metrics.histogram(
            "trellis_audit_seal_batch_entries", help: "Entries that were sealed at once.",
            bounds: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000]
        ).record(Double(sealed.count))
        metrics.histogram("trellis_audit_seal_seconds", help: "How long it took to seal entries.").record(time)
    }

    /// A line for whoever reads log lines, from the row as it is stored. The log itself does not depend on it: a line that is lost loses nothing (AUD-027).
    private func tell(of row: Row) throws {
        var fields: [String: JSONValue] = [
            "entry": .string(try row.decode("id", as: AuditEntryID.self).description), "type": .string(try row.decode("type")),
            "risk": .string(try row.decode("risk")), "summary": .string(try row.decode("summary")),
        ]
        fields["request_id"] = try row.decode("request_id", as: String?.self).map { .string($0) }
        switch AuditRisk(rawValue: try row.decode("risk")) {
        case .low, .medium: log.debug("audit entry", fields)
        case .high, .critical, nil: log.warning("audit entry", fields)
        }
    }

    /// Signs a checkpoint when one is due: with new links five minutes after the last, without them a day after it.
    ///
    /// - Returns: the checkpoint, when one was made.
    /// - Throws: ``PostgresError`` when the database refuses; ``CryptographyError`` when nothing can be signed.
    public func checkpoint() async throws -> AuditCheckpoint? {
        let now = dateSource.now
        let made: (checkpoint: AuditCheckpoint, signature: [UInt8])? = try await client.withTransaction(scope: .system) { transaction in
            guard try await lead(in: transaction) else { return nil }
            let links = try await lastSeal(in: transaction)
            let last = try await transaction.query("SELECT body FROM audit.checkpoint ORDER BY number DESC LIMIT 1").first
                .flatMap { AuditCheckpoint(body: try $0.decode("body")) }
            guard AuditCheckpoint.isDue(after: last, links: links, at: now) else { return nil }
            let heads = try await transaction.query("SELECT chain, length, hash FROM audit.chain_head").map { row in
                let (chain, length, hash) = try row.decode((String, Int64, [UInt8]).self)
                return AuditHead(chain: chain, length: length, hash: hash)
            }
            let checkpoint = AuditCheckpoint(
                number: (last?.number ?? 0) + 1, time: now, chains: Int64(heads.count), links: links, root: AuditTree.root(of: heads),
                previous: last?.hash ?? AuditCheckpoint.none, keyID: signer.keyID)
            let signature = try signer.signature(for: checkpoint)
            try await publishKey(in: transaction)
            try await transaction.execute(
                """
                INSERT INTO audit.checkpoint (number, signed_at, links, key_id, body, signature)
                VALUES (\(checkpoint.number), \(now), \(links), \(signer.keyID), \(checkpoint.body), \(signature))
                """)
            // The entry has a link of its own, which the next checkpoint covers: of each day only the first is told of, or there would be no end.
            if let node, last.map({ $0.time.calendarDate != now.calendarDate }) ?? true {
                try await Recorder(postgres: transaction, dateSource: dateSource).record(
                    AuditCheckpointSigned(node: node, number: checkpoint.number, links: links, keyID: signer.keyID),
                    by: .system(component: "audit"))
            }
            return (checkpoint, signature)
        }
        guard let made else { return nil }
        // Leaves the machine with the log lines: without a copy elsewhere nobody can see that database and key were both used (AUD-046).
        log.info(
            "audit checkpoint",
            [
                "checkpoint": .string(String(decoding: made.checkpoint.body, as: UTF8.self)),
                "signature": .string(Hex.encode(made.signature)),
            ])
        do {
            try await anchor?.keep(made.checkpoint, signature: made.signature)
        } catch {
            log.error("a checkpoint was not kept outside", ["error": .string("\(error)")])
        }
        return made.checkpoint
    }

    private struct Recorder: PostgresAuditTransaction {
        let postgres: PostgresTransaction
        let dateSource: any DateSource
    }

    /// Throws the backlog when somebody has to be told of it (AUD-041).
    func requirePromptness() async throws {
        let backlog = try await AuditBacklog.current(in: client)
        if backlog.state != .prompt { throw backlog }
    }

    private func lead(in transaction: PostgresTransaction) async throws -> Bool {
        try await transaction.query("SELECT pg_try_advisory_xact_lock(\(Self.lock))").first?.decode(Bool.self) ?? false
    }

    private func lastSeal(in transaction: PostgresTransaction) async throws -> Int64 {
        try await transaction.query("SELECT coalesce(max(seal), 0) FROM audit.link").first?.decode(Int64.self) ?? 0
    }

    /// The public part of a new key is kept with what the key before says for it (AUD-045).
    private func publishKey(in transaction: PostgresTransaction) async throws {
        let (id, key) = (signer.keyID, signer.publicKey.rawRepresentation)
        let last = try await transaction.query("SELECT id FROM audit.signing_key ORDER BY sequence DESC LIMIT 1").first
        let older = try last?.decode("id", as: String.self)
        guard older != id else { return }
        let endorsement = try older.flatMap { try signer.endorsement(by: $0) }
        try await transaction.execute(
            """
            INSERT INTO audit.signing_key (id, public_key, endorsed_by, endorsement)
            VALUES (\(id), \(key), \(endorsement == nil ? nil : older), \(endorsement)) ON CONFLICT (id) DO NOTHING
            """)
        guard let node else { return }
        let recorder = Recorder(postgres: transaction, dateSource: dateSource)
        try await recorder.record(
            SigningKeyPublished(node: node, keyID: id, endorsedBy: endorsement == nil ? nil : older), by: .system(component: "audit"))
        if let older {
            try await recorder.record(SigningKeyRetired(node: node, keyID: older, successor: id), by: .system(component: "audit"))
        }
    }
}

/// Entries that get their links together.
private struct Batch {
    var seal: Int64
    var heads: [String: AuditHead] = [:]
    private var changed: Set<String> = []
    private var ordinals: [Int64] = []
    private var chains: [String] = []
    private var positions: [Int64] = []
    private var seals: [Int64] = []
    private var entries: [UUID] = []
    private var times: [Instant] = []
    private var groups: [String] = []
    private var entryHashes: [[UInt8]] = []
    private var linkHashes: [[UInt8]] = []

    init(seal: Int64) {
        self.seal = seal
    }

    static func chain(of row: Row) throws -> String {
        try row.decode("ref_org", as: UUID?.self).map { AuditChain.org($0.uuidString) } ?? AuditChain.system
    }

    mutating func append(_ row: Row) throws {
        let chain = try Self.chain(of: row)
        let head = heads[chain]
        let entryHash = AuditChain.entryHash(try row.decode("canonical"))
        let position = (head?.length ?? 0) + 1
        let hash = AuditChain.linkHash(
            chain: chain, position: position, previous: head?.hash ?? AuditChain.origin(of: chain), entry: entryHash)
        heads[chain] = AuditHead(chain: chain, length: position, hash: hash)
        changed.insert(chain)
        seal += 1
        ordinals.append(try row.decode("ordinal"))
        chains.append(chain)
        positions.append(position)
        seals.append(seal)
        entries.append(try row.decode("id"))
        times.append(try row.decode("recorded_at"))
        groups.append(try row.decode("retention_group"))
        entryHashes.append(entryHash)
        linkHashes.append(hash)
    }

    var statements: [Statement] {
        let moved = changed.sorted().compactMap { heads[$0] }
        return [
            """
            INSERT INTO audit.link (chain, position, seal, entry_id, recorded_at, retention_group, entry_hash, link_hash)
            SELECT * FROM unnest(\(chains), \(positions), \(seals), \(entries), \(times), \(groups), \(entryHashes), \(linkHashes))
            """,
            """
            INSERT INTO audit.chain_head (chain, length, hash)
            SELECT * FROM unnest(\(moved.map(\.chain)), \(moved.map(\.length)), \(moved.map(\.hash)))
            ON CONFLICT (chain) DO UPDATE SET length = excluded.length, hash = excluded.hash
            """,
            "DELETE FROM audit.unsealed WHERE ordinal = ANY(\(ordinals))",
        ]
    }
}
