public import Audit
internal import AuditStorage
public import Core
public import Postgres

/// The log by SQL on a transaction: adopt it to record facts together with what makes them true.
public protocol PostgresAuditTransaction: AuditTransaction {
    /// The transaction.
    var postgres: PostgresTransaction { get }
    /// The business time.
    var dateSource: any DateSource { get }
}

extension PostgresAuditTransaction {
    /// Inserts the entry; the only place of the product that does. It goes with the next statement or the commit, so that it costs no round trip (AUD-040); the
    /// database's refusal is thrown there.
    @discardableResult
    public func record(_ entry: some AuditEvent, by actor: AuditActor) async throws -> AuditEntryID {
        let now = dateSource.now
        let id = AuditEntryID.make(at: now)
        if let key = entry.deduplicationKey {
            let claimed = try await postgres.execute(
                "INSERT INTO audit.deduplication (key, entry_id) VALUES (\(key), \(id)) ON CONFLICT (key) DO NOTHING")
            if claimed == 0 {
                let rows = try await postgres.query("SELECT entry_id FROM audit.deduplication WHERE key = \(key)")
                if let first = try rows.first?.decode("entry_id", as: AuditEntryID.self) { return first }
            }
        }
        try await rememberNetworks(entry.references.all + [actor.reference].compactMap(\.self), at: now)
        let record = AuditRecord(entry, by: actor, id: id, at: now)
        let insertion = AuditInsertion(record)
        for statement in [insertion.statement, insertion.aside].compactMap(\.self) {
            try await postgres.post(statement) { if case .failure = $0 { AuditRefusals.add() } }
        }
        record.handOn()
        return id
    }

    /// A network is known by being seen; its row is made with the first entry that refers to it.
    private func rememberNetworks(_ references: [AuditReference], at now: Instant) async throws {
        for case (.networkClient, .text(let network)) in references.map({ ($0.kind, $0.key) }) {
            try await postgres.post(
                "INSERT INTO audit.network_client (network, first_seen) VALUES (\(network), \(now)) ON CONFLICT (network) DO NOTHING")
        }
    }
}
