public import Audit
public import Core
public import Observability
public import Postgres
internal import Synchronization

/// The denials of one process (AUD-028).
public final class PostgresDenialLog: DenialLog {
    private let client: PostgresClient
    private let dateSource: any DateSource
    private let node: Node.ID
    private let log: Log
    private let tally = Mutex(DenialTally())

    /// Makes a log.
    ///
    /// - Parameter node: the process, to which the entries about what was only counted refer.
    public init(client: PostgresClient, dateSource: any DateSource, node: Node.ID, log: Log) {
        self.client = client
        self.dateSource = dateSource
        self.node = node
        self.log = log
    }

    private struct Recorder: PostgresAuditTransaction {
        let postgres: PostgresTransaction
        let dateSource: any DateSource
    }

    /// One short transaction for the first of a minute, and none for others.
    public func note(_ denial: some ClientDenial) async throws {
        let now = dateSource.now
        guard tally.withLock({ $0.admit(denial, at: now) }) == .written else { return }
        do {
            try await write { _ = try await $0.record(denial, by: denial.actor) }
        } catch {
            tally.withLock { $0.takeBack(denial) }
            log.error("a denial could not be recorded", ["error": .string("\(error)")])
            throw error
        }
    }

    /// Writes the counts of minutes that are over. What cannot be written is due again.
    ///
    /// - Parameter ending: whether the process ends: then the minutes that run are written too.
    /// - Throws: ``PostgresError`` when the database refuses.
    public func writeDue(ending: Bool) async throws {
        let now = dateSource.now
        let (counted, shed) = tally.withLock { $0.due(at: now, ending: ending) }
        guard !counted.isEmpty || shed != nil else { return }
        do {
            try await write { [node] recorder in
                for denials in counted { _ = try await recorder.record(denials.entry, by: denials.actor) }
                guard let shed else { return }
                let entry = SecurityEventsShed(node: node, counts: shed.counts, since: shed.since)
                _ = try await recorder.record(entry, by: .system(component: "audit"))
            }
        } catch {
            tally.withLock { $0.putBack(counted, shed) }
            throw error
        }
    }

    private func write(_ body: (Recorder) async throws -> Void) async throws {
        let dateSource = dateSource
        try await client.withTransaction(scope: .system) { transaction in
            try await body(Recorder(postgres: transaction, dateSource: dateSource))
        }
    }
}
