public import Audit
public import Core
public import Observability
public import Postgres
internal import Synchronization

/// What the log needs: months that are there before their time, looked after each minute; and once a day, at half past two, by UTC, archives of those that
/// are over; a quarter of an hour later private parts that are gone when their time is over (OPS-140).
public final class AuditUpkeep: Sendable {
    private let client: PostgresClient
    private let dateSource: any DateSource
    private let node: Node.ID
    private let retention: Duration
    private let otherRetention: Duration?
    private let archiver: AuditArchiver?
    private let log: Log
    private let lastKept = Mutex<Instant?>(nil)
    private let lastErased = Mutex<Instant?>(nil)
    private let lastLooked = Mutex<ContinuousClock.Instant?>(nil)

    /// Makes the upkeep.
    ///
    /// - Parameters:
    ///   - client: works in the background's role.
    ///   - node: the process, to which the entries refer.
    ///   - retention: how long private parts of security events are kept (AUD-060).
    ///   - archiver: takes months out of the table when they are due; `nil` where they stay.
    ///   - otherRetention: how long all others are kept; `nil` for as long as their entries.
    ///   - log: hears of entries that came when their month was not there.
    public init(
        client: PostgresClient, dateSource: any DateSource, node: Node.ID, retention: Duration = .days(180),
        otherRetention: Duration? = nil,
        archiver: AuditArchiver? = nil, log: Log = .silent
    ) {
        self.client = client
        self.dateSource = dateSource
        self.node = node
        self.retention = retention
        self.otherRetention = otherRetention
        self.archiver = archiver
        self.log = log
    }

    private struct Recorder: PostgresAuditTransaction {
        let postgres: PostgresTransaction
        let dateSource: any DateSource
    }

    /// Does what is due since this process did it last: what has to be erased first, then the months, then what is over, so that none of them keeps another
    /// from being done.
    ///
    /// - Throws: ``PostgresError`` when the database refuses one of them, behind all others.
    public func runIfDue() async throws {
        try await eraseIfDue()
        try await keepMonthsIfDue()
        let now = dateSource.now
        guard let archiver, DailyTime.archiving.isDue(since: lastKept.withLock(\.self), at: now) else { return }
        try await archiver.archiveDue()
        lastKept.withLock { $0 = now }
    }

    /// Looks after the months when a minute has passed since this process did it last.
    ///
    /// - Throws: ``PostgresError`` when the database refuses.
    public func keepMonthsIfDue() async throws {
        let now = ContinuousClock.now
        guard lastLooked.withLock({ last in last.map { now - $0 >= .minutes(1) } ?? true }) else { return }
        try await keepMonths()
        lastLooked.withLock { $0 = now }
    }

    /// Makes the months that are missing, this one and three more of each group, by the database's clock, by which entries are filed; and those of entries
    /// that came when theirs was not there, as when that clock has jumped: these are in them then (AUD-064). Doing it again makes nothing.
    ///
    /// - Returns: the months that were made.
    /// - Throws: ``PostgresError`` when one is refused, behind all others. Readers and writers wait for the lock for two seconds at most.
    @discardableResult
    public func keepMonths() async throws -> [AuditMonth] {
        let missing = try await client.query(
            "SELECT retention_group, to_char(month, 'YYYY-MM') AS month, is_used FROM audit.missing_months()", scope: .system)
        var made: [AuditMonth] = []
        var failure: (any Error)?
        for row in missing {
            let (group, month) = (try row.decode("retention_group", as: String.self), try row.decode("month", as: String.self))
            if try row.decode("is_used", as: Bool.self) {
                log.error("entries came for which no month was ready", ["group": .string(group), "month": .string(month)])
            }
            do {
                try await client.withTransaction(TransactionOptions(lockTimeout: .seconds(2)), scope: .system) { transaction in
                    _ = try await transaction.query("SELECT audit.ensure_month(\(month + "-01")::text::date, \(group))")
                }
                if let group = AuditRetentionGroup(rawValue: group) { made.append(AuditMonth(group, month)) }
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        return made
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
            var expired = try await transaction.query("SELECT audit.erase_private('security', \(oldest))")[0].decode(Int64.self)
            if let oldestOther {
                expired += try await transaction.query("SELECT audit.erase_private('other', \(oldestOther))")[0].decode(Int64.self)
            }
            let gone = try await transaction.query("SELECT audit.erase_private('account', NULL)")[0].decode(Int64.self)
            for (cause, count) in [(AuditPrivateErased.Cause.expired, expired), (.account, gone)] where count > 0 {
                try await recorder.record(
                    AuditPrivateErased(node: node, cause: cause, count: count), by: .system(component: "audit"))
            }
            return expired + gone
        }
    }
}
