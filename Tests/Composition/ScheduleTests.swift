import Core
import Foundation
import Jobs
import JobsPostgres
import Observability
import PlatformTesting
import Postgres
import Testing

@testable import Composition

/// What the worker does again and again, as the product is put together: name, times, lane, and what becomes of a time that was missed.
@Suite struct ScheduleTests {
    /// A schedule as an operator would read it. The maintenance lane is where searches run; what they find has the lane of its own work.
    private struct Line: Hashable, CustomStringConvertible {
        let name: String
        let cron: String
        let lane: Lane
        let missed: Schedule.Missed

        init(_ name: String, _ cron: String, _ lane: Lane = .maintenance, missed: Schedule.Missed = .once) {
            self.name = name
            self.cron = cron
            self.lane = lane
            self.missed = missed
        }

        init(_ schedule: Schedule) {
            self.init(schedule.name, schedule.cron.description, type(of: schedule.job).lane, missed: schedule.missed)
        }

        var description: String { "\(name) at \(cron) in \(lane), missed \(missed)" }
    }

    private static let lines: Set<Line> = [
        Line("billing.catch_credits", "30 0 * * *"),
        Line("billing.catch_deadlines", "*/5 * * * *"),
        Line("billing.catch_events", "* * * * *"),
        Line("billing.catch_intents", "* * * * *"),
        Line("billing.catch_invoices", "0 * * * *"),
        Line("billing.catch_renewals", "*/5 * * * *"),
        Line("billing.compare_prices", "30 1 * * *", .money),
        Line("billing.pull_provider_events", "*/15 * * * *", .money),
        Line("billing.reconcile_idle_ends", "50 3 * * *"),
        Line("billing.reconcile_provider", "30 3 * * *", .money),
        Line("billing.refill_credit_pools", "*/10 * * * *", .money),
        Line("billing.sweep_checkouts", "*/5 * * * *"),
        Line("billing.sweep_idle_renewals", "0 2 * * *"),
        Line("billing.sweep_idle_reversals", "*/5 * * * *"),
        Line("billing.take_census", "*/5 * * * *"),
        Line("billing.watch_cards", "0 9 * * *"),
        Line("graphs.catch_paid_sales", "*/5 * * * *"),
        Line("graphs.check_backup_coverage", "15 5 * * *"),
        Line("graphs.check_held_purges", "40 5 * * *"),
        Line("graphs.compare_counts", "0 9 * * 0"),
        Line("graphs.end_repository_grants", "*/5 * * * *"),
        Line("graphs.forget_measures", "15 4 * * *"),
        Line("graphs.free_lapsed_holds", "* * * * *"),
        Line("graphs.order_compactions", "30 6 * * *"),
        Line("graphs.order_drills", "0 8 * * 0"),
        Line("graphs.order_nightly_backups", "0 7 * * *"),
        Line("graphs.reconcile_seats", "30 4 * * *"),
        Line("graphs.sample_storage", "*/5 * * * *", missed: .skipped),
        Line("graphs.supervise_backups", "* * * * *", missed: .skipped),
        Line("graphs.sweep_backup_store", "30 5 * * *"),
        Line("graphs.sweep_credentials", "10 * * * *"),
        Line("graphs.sweep_due", "*/5 * * * *"),
        Line("graphs.sweep_expired_backups", "0 5 * * *"),
        Line("graphs.sweep_orphans", "20 * * * *", missed: .skipped),
        Line("graphs.sweep_records", "0 6 * * *"),
        Line("identity.clean_up", "40 * * * *"),
        Line("identity.probe_activity", "25 * * * *"),
        Line("identity.review_keys", "*/5 * * * *"),
        Line("identity.review_unverified", "20 3 * * *"),
        Line("identity.take_census", "*/5 * * * *"),
        Line("jobs.forget", "15 4 * * *"),
        Line("notifications.catch_deliveries", "* * * * *"),
        Line("notifications.catch_mails", "* * * * *"),
        Line("notifications.clean_webhooks", "0 4 * * *"),
        Line("notifications.clear_notices", "0 4 * * *"),
        Line("notifications.watch_conditions", "*/5 * * * *", missed: .skipped),
        Line("notifications.watch_mails", "*/5 * * * *", missed: .skipped),
        Line("operations.catch_overdue", "* * * * *"),
        Line("operations.check_invariants", "45 4 * * *"),
        Line("operations.forget", "15 4 * * *"),
        Line("operations.forget_request_keys", "35 * * * *"),
        Line("operations.release_streams", "* * * * *", missed: .skipped),
        Line("operations.store_monthly_reports", "0 6 2 * *"),
        Line("orgs.check_references", "47 3 * * *"),
        Line("orgs.close_expired_offers", "7 * * * *"),
        Line("orgs.expire_exports", "7 * * * *"),
        Line("orgs.measure", "* * * * *", missed: .skipped),
        Line("orgs.reconcile_slots", "17 3 * * *"),
        Line("orgs.sweep_purges", "*/5 * * * *"),
    ]

    @Test
    func
        `OPS-100 OPS-101 OPS-105 OPS-106 OPS-107 OPS-108 OPS-109 OPS-110 OPS-111 OPS-112 OPS-113 OPS-114 OPS-115 OPS-116 OPS-117 OPS-118 OPS-119 OPS-122 OPS-123 OPS-124 OPS-125 OPS-126 OPS-128 OPS-130 OPS-131 OPS-132 OPS-133 OPS-134 OPS-135 OPS-136 OPS-137 OPS-138 OPS-139 OPS-141 OPS-142 OPS-150 the worker looks at these times, in these lanes, and makes up for a pause once`()
        async throws
    {
        try await TestDatabase.withDatabase(migrations: [TrellisMigrations.all]) { database in
            let configuration = try TrellisConfiguration(
                environment: [
                    "TRELLIS_ENVIRONMENT": "test", "TRELLIS_DATABASE_URL": database.url,
                    "TRELLIS_BACKUP_DIR": FileManager.default.temporaryDirectory.path, "TRELLIS_SMTP_URL": "smtp://127.0.0.1:1",
                ].merging(ComposedAPI.selling) { $1 })
            let foundations = try await Foundations(configuration, role: .system, name: "worker", log: .silent)
            let found: Set<Line>
            do {
                let product = try await Product(foundations)
                found = Set(try product.jobRegistry().schedules.map { Line($0) })
                await product.shutdown()
                await foundations.shutdown()
            } catch {
                await foundations.shutdown()
                throw error
            }
            for line in Self.lines.subtracting(found).sorted(by: { $0.name < $1.name }) {
                Issue.record("not as in the table: \(line); found \(found.filter { $0.name == line.name })")
            }
        }
    }
}
