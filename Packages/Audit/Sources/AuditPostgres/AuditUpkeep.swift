public import Audit
public import Core
public import Postgres
internal import Synchronization

/// What the log needs once a day: at half past two, by UTC, months that are there before their time and archives of those that are over; a quarter
/// of an hour later private parts that are gone when their time is over (OPS-140).
public final class AuditUpkeep: Sendable {
    private let client: PostgresClient
    private let dateSource: any DateSource
    private let node: Node.ID
    private let retention: Duration
    private let otherRetention: Duration?
    private let archiver: AuditArchiver?
    private let lastKept = Mutex<Instant?>(nil)
    private let lastErased = Mutex<Instant?>(nil)

    /// Makes the upkeep.
    ///
    /// - Parameters:
    ///   - client: works in the background's role.
    ///   - node: the process, to which the entries refer.
    ///   - retention: how long private parts of security events are kept (AUD-060).
    ///   - archiver: takes months out of the table when they are due; `nil` where they stay.
    ///   - otherRetention: how long all others are kept; `nil` for as long as their entries.
    public init(
        client: PostgresClient, dateSource: any DateSource, node: Node.ID, retention: Duration = .days(180),
        otherRetention: Duration? = nil,
        archiver: AuditArchiver? = nil
    ) {
        self.client = client
        self.dateSource = dateSource
        self.node = node
        self.retention = retention
        self.otherRetention = otherRetention
        self.archiver = archiver
    }

    private struct Recorder: PostgresAuditTransaction {
        let postgres: PostgresTransaction
        let dateSource: any DateSource
    }

    /// Does what is due by the time of the day since this process did it last: what has to be erased first, then each month by itself, so that none of
    /// them keeps another from being done.
    ///
    /// - Throws: ``PostgresError`` when the database refuses one of them, behind all others.
    public func runIfDue() async throws {
        try await eraseIfDue()
        let now = dateSource.now
        guard DailyTime.archiving.isDue(since: lastKept.withLock(\.self), at: now) else { return }
        var failure: (any Error)?
        // Three months ahead of the database's clock, by which entries are filed (AUD-064). A month whose first entries lie in the rest already
        // is refused; readers and writers wait for the lock for two seconds at most.
        for month in Int32(0)...3 {
            do {
                _ = try await client.withTransaction(TransactionOptions(lockTimeout: .seconds(2)), scope: .system) { transaction in
                    try await transaction.query(
                        "SELECT audit.ensure_month((clock_timestamp() + \(month) * interval '1 month')::date)")
                }
            } catch {
                failure = failure ?? error
            }
        }
        if failure == nil {
            do { _ = try await archiver?.archiveDue() } catch { failure = error }
        }
        if let failure { throw failure }
        lastKept.withLock { $0 = now }
    }

    /// Erases what is due when a quarter to three has come since this process did it last.
    ///
    /// - Throws: ``PostgresError`` when the database refuses.
    public func eraseIfDue() async throws {
        let now = dateSource.now
        guard DailyTime.erasure.isDue(since: lastErased.withLock(\.self), at: now) else { return }
        try await erase()
        lastErased.withLock { $0 = now }
    }

    /// Erases what is due: private parts of security events after their time, and those that concern only a person whose account is gone. The
    /// entries, their places and their proof stay; each erasure is an entry itself (AUD-063). Doing it again erases nothing more.
    ///
    /// - Returns: how many private parts are gone.
    /// - Throws: ``PostgresError`` when the database refuses.
    @discardableResult
    public func erase() async throws -> Int64 {
        let (now, dateSource) = (dateSource.now, dateSource)
        let oldest = now + (.zero - retention)
        let oldestOther = otherRetention.map { now + (.zero - $0) }
        return try await client.withTransaction(scope: .system) { transaction in
            let recorder = Recorder(postgres: transaction, dateSource: dateSource)
            var expired = try await transaction.query("SELECT audit.erase_expired_private(\(oldest))")[0].decode(Int64.self)
            if let oldestOther {
                expired += try await transaction.query("SELECT audit.erase_older_private(\(oldestOther))")[0].decode(Int64.self)
            }
            let gone = try await transaction.query("SELECT audit.erase_private_of_deleted()")[0].decode(Int64.self)
            for (cause, count) in [(AuditPrivateErased.Cause.expired, expired), (.account, gone)] where count > 0 {
                try await recorder.record(
                    AuditPrivateErased(node: node, cause: cause, count: count), by: .system(component: "audit"))
            }
            return expired + gone
        }
    }
}
