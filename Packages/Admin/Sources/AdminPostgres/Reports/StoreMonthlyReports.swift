internal import Billing
public import Core
public import Jobs
public import JobsPostgres
internal import Orgs
public import Postgres

/// The order to store the report of the month before, and of those before it that were missed (OPS-142).
public struct StoreMonthlyReports: Job {
    /// `operations.store_monthly_reports`
    public static let kind = "operations.store_monthly_reports"
    /// Nobody waits for it.
    public static let lane = Lane.maintenance
    /// It reads the sums of a month.
    public static let timeout: Duration = .minutes(30)

    /// Orders it.
    public init() {}

    /// On the second of each month, and once after a pause.
    public static var schedule: Schedule? {
        CronExpression("0 6 2 * *").map { Schedule(kind, $0, missed: .once, job: StoreMonthlyReports()) }
    }
}

/// Adds up usage and credits by the month, one line for each org, and stores the sum once; storing it is told in the same transaction.
public struct MonthlyReports: Sendable {
    /// How many months are made up for at most.
    static let most = 12
    /// How many changes are told.
    static let told = 5

    private let client: PostgresClient
    private let dateSource: any DateSource
    private let notifier: JobNotifier?

    /// Makes the reports.
    ///
    /// - Parameter client: as the system role.
    public init(client: PostgresClient, dateSource: any DateSource, notifier: JobNotifier? = nil) {
        self.client = client
        self.dateSource = dateSource
        self.notifier = notifier
    }

    /// Adds the job to a worker's registry; a second time is a defect and ends the program.
    public func register(on registry: inout JobRegistry) {
        registry.register(StoreMonthlyReportsHandler(reports: self))
        if let schedule = StoreMonthlyReports.schedule { registry.add(schedule) }
    }

    private struct Work: PostgresJobTransaction {
        let postgres: PostgresTransaction
        let dateSource: any DateSource
        let wakeUps: JobWakeUps?
    }

    /// Stores the report of the month before, and of each month since the newest stored one; a month that is stored stays as it is.
    ///
    /// - Returns: the months that were stored now, the oldest first.
    @discardableResult
    public func store(at now: Instant) async throws -> [CalendarDate] {
        let last = Self.monthBefore(Self.month(of: now))
        let newest = try await client.query("SELECT max(month) AS month FROM operations.monthly_report", scope: .system).first?
            .decode("month", as: CalendarDate?.self)
        var months = [last]
        while let newest, let first = months.first, months.count < Self.most, Self.monthBefore(first) > newest {
            months.insert(Self.monthBefore(first), at: 0)
        }
        var stored: [CalendarDate] = []
        for month in months where try await store(month, at: now) { stored.append(month) }
        return stored
    }

    private func store(_ month: CalendarDate, at now: Instant) async throws -> Bool {
        let wakeUps = JobWakeUps()
        let isNew = try await client.withTransaction(.init(statementTimeout: .minutes(10)), scope: .system) { transaction in
            let lines = try await Self.lines(of: month, transaction)
            let before = try await Self.used(in: Self.monthBefore(month), transaction)
            let work = Work(postgres: transaction, dateSource: dateSource, wakeUps: wakeUps)
            let days = Int64(Self.monthAfter(month).daysSinceEpoch - month.daysSinceEpoch)
            let event = MonthlyReportStored(
                month: Self.text(month), orgs: Int64(lines.count), graphs: lines.reduce(0) { $0 + $1.graphs },
                averageBytes: lines.reduce(0) { $0 + $1.byteDays } / days, creditsGranted: lines.reduce(0) { $0 + $1.granted },
                creditsUsed: lines.reduce(0) { $0 + $1.used }, changes: Self.changes(lines, before))
            let count = try await transaction.execute(
                """
                INSERT INTO operations.monthly_report
                    (month, stored_at, orgs, graphs, average_bytes, credits_granted, credits_used, lines)
                VALUES (\(month), \(now), \(event.orgs), \(event.graphs), \(event.averageBytes), \(event.creditsGranted),
                    \(event.creditsUsed), \(JSONValue.array(lines.map { $0.json(days: days) })))
                ON CONFLICT (month) DO NOTHING
                """)
            if count == 1 { try await work.publish(event) }
            return count == 1
        }
        notifier?.notify(wakeUps)
        return isNew
    }

    /// What one org did in a month.
    private struct Line {
        let org: Org.ID
        let graphs: Int64
        let byteDays: Int64
        let granted: Int64
        let used: Int64
        let expired: Int64

        func json(days: Int64) -> JSONValue {
            [
                "org_id": .string(org.description), "graphs": .integer(graphs), "average_bytes": .integer(byteDays / days),
                "credits_granted": .integer(granted), "credits_used": .integer(used), "credits_expired": .integer(expired),
            ]
        }
    }

    /// A day of a graph counts with the mean of its measures; one without a measure does not count.
    private static func lines(of month: CalendarDate, _ transaction: PostgresTransaction) async throws -> [Line] {
        let next = monthAfter(month)
        return try await transaction.query(
            """
            WITH usage AS (
                SELECT org_id, count(DISTINCT graph_id)::bigint AS graphs, round(sum(byte_sum / measures))::bigint AS byte_days
                FROM graphs.storage_day WHERE day >= \(month) AND day < \(next) GROUP BY org_id
            ), credits AS (
                SELECT org_id, coalesce(sum(amount) FILTER (WHERE type IN ('allocation', 'bonus', 'refund')), 0)::bigint AS granted,
                    coalesce(-sum(amount) FILTER (WHERE type = 'consumption'), 0)::bigint AS used,
                    coalesce(-sum(amount) FILTER (WHERE type = 'expiration'), 0)::bigint AS expired
                FROM billing.credit_transaction WHERE created_at >= \(start(of: month)) AND created_at < \(start(of: next)) GROUP BY org_id
            )
            SELECT org_id, coalesce(u.graphs, 0) AS graphs, coalesce(u.byte_days, 0) AS byte_days, coalesce(c.granted, 0) AS granted,
                coalesce(c.used, 0) AS used, coalesce(c.expired, 0) AS expired
            FROM usage u FULL JOIN credits c USING (org_id) ORDER BY org_id
            """
        ).map { row in
            Line(
                org: try row.decode("org_id"), graphs: try row.decode("graphs"), byteDays: try row.decode("byte_days"),
                granted: try row.decode("granted"), used: try row.decode("used"), expired: try row.decode("expired"))
        }
    }

    private static func used(in month: CalendarDate, _ transaction: PostgresTransaction) async throws -> [Org.ID: Int64] {
        let rows = try await transaction.query(
            """
            SELECT org_id, (-sum(amount))::bigint AS used FROM billing.credit_transaction
            WHERE type = 'consumption' AND created_at >= \(start(of: month)) AND created_at < \(start(of: monthAfter(month))) GROUP BY org_id
            """)
        return try rows.reduce(into: [:]) { $0[try $1.decode("org_id")] = try $1.decode("used") }
    }

    /// The largest first; of equal ones the one whose org is older.
    private static func changes(_ lines: [Line], _ before: [Org.ID: Int64]) -> [MonthlyReportStored.Change] {
        var used = before.mapValues { (now: Int64(0), before: $0) }
        for line in lines { used[line.org] = (line.used, before[line.org] ?? 0) }
        let changes = used.filter { $0.value.now != $0.value.before }.map { org, value in
            MonthlyReportStored.Change(org: org, used: value.now, usedBefore: value.before)
        }
        return Array(
            changes.sorted { left, right in
                let sizes = (abs(left.used - left.usedBefore), abs(right.used - right.usedBefore))
                return sizes.0 == sizes.1 ? left.org < right.org : sizes.0 > sizes.1
            }.prefix(told))
    }

    private static func month(of instant: Instant) -> CalendarDate {
        CalendarDate(year: instant.calendarDate.year, month: instant.calendarDate.month, day: 1)
    }

    private static func start(of date: CalendarDate) -> Instant { Instant(secondsSinceEpoch: Int64(date.daysSinceEpoch) * 86_400) }

    private static func monthBefore(_ month: CalendarDate) -> CalendarDate { self.month(of: start(of: month) - .seconds(1)) }

    private static func monthAfter(_ month: CalendarDate) -> CalendarDate { self.month(of: start(of: month) + .days(31)) }

    private static func text(_ month: CalendarDate) -> String { String(start(of: month).description.prefix(7)) }
}

struct StoreMonthlyReportsHandler: JobHandler {
    let reports: MonthlyReports

    func run(_ job: StoreMonthlyReports, context: JobContext) async throws -> JobOutcome {
        try await reports.store(at: context.now)
        return .completed
    }
}
