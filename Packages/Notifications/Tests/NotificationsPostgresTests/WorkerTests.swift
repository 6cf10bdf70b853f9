import Audit
import AuditPostgres
import Core
import Graphs
import Identity
import Jobs
import JobsPostgres
import JobsTesting
import Notifications
import NotificationsPostgres
import Observability
import Orgs
import PlatformTesting
import Postgres
import Testing

/// Accounts and orgs of the tests' own, so that the log has somebody to point to.
private enum CreatePeople: Migration {
    static var id: String { "0901-test-people" }
    static var sql: String {
        """
        CREATE TABLE notifications.test_user (id uuid PRIMARY KEY);
        CREATE TABLE notifications.test_org (id uuid PRIMARY KEY);
        GRANT SELECT, INSERT ON notifications.test_user, notifications.test_org TO trellis_app, trellis_system;
        """ + AuditSchema.locate(.user, in: "notifications.test_user", column: "id")
            + AuditSchema.locate(.org, in: "notifications.test_org", column: "id")
    }
}

/// The whole way on the real queue: from an event of a domain to a relay, by a worker that a test drives.
@Suite struct WorkerTests {
    private struct Setting {
        let database: TestDatabase
        let clock: SteppedDateSource
        let store: PostgresNotificationStore<NotificationsOnlyTransaction>

        func worker(sending sender: any EmailSender) -> ManualWorker {
            var registry = JobRegistry()
            NotificationHandlers(
                store: store, outbox: MailOutbox(), facts: NoFacts(), renderer: PlainRenderer(), sender: sender, graphs: .standard,
                dateSource: clock, log: .silent, jitter: { 0.5 }
            ).register(on: &registry)
            return ManualWorker(client: database.systemClient, registry: registry, dateSource: clock)
        }

        /// Works until every event was handed on and nothing is due. An event waits for older transactions of the whole server, so one round
        /// may not be enough while other tests run.
        @discardableResult
        func drain(_ worker: ManualWorker) async throws -> [JobRun] {
            var runs: [JobRun] = []
            let deadline = ContinuousClock.now + .seconds(300)
            repeat {
                runs += try await worker.drain()
                let rows = try await database.systemClient.query(
                    """
                    SELECT (SELECT next_xid FROM jobs.event_cursor WHERE name = 'relay') > (SELECT coalesce(max(xid), 0) FROM jobs.event)
                        AND NOT EXISTS (SELECT FROM jobs.job WHERE run_at <= \(clock.now))
                    """, scope: .system)
                if try rows[0].decode(Bool.self) { return runs }
            } while ContinuousClock.now < deadline
            Issue.record("the queue did not become empty")
            return runs
        }

        func statuses() async throws -> [String] {
            try await database.adminClient.query("SELECT status FROM notifications.mail ORDER BY queued_at, id").map {
                try $0.decode(String.self)
            }
        }
    }

    private static let user = User.ID(high: 1, low: 1)

    private func with(_ body: (Setting) async throws -> Void) async throws {
        let migrations = [AuditMigrations.all, JobsMigrations.all, NotificationsMigrations.all, [CreatePeople.self]]
        try await TestDatabase.withDatabase(migrations: migrations) { database in
            try await database.systemClient.execute("INSERT INTO notifications.test_user VALUES (\(Self.user))")
            let clock = SteppedDateSource(startingAt: Instant(secondsSinceEpoch: 1_800_000_000))
            let store = PostgresNotificationStore(client: database.systemClient, notifier: nil) {
                NotificationsOnlyTransaction(postgres: $0, dateSource: clock, wakeUps: $1)
            }
            try await body(Setting(database: database, clock: clock, store: store))
        }
    }

    private func requestVerification(_ setting: Setting, link: UInt64 = 1) async throws {
        let event = EmailVerificationRequested(
            user: Self.user, email: "ada@example.com", name: "Ada", link: LinkToken.ID(high: 1, low: link),
            expiresAt: setting.clock.now + .hours(24))
        try await setting.store.withTransaction { try await $0.publish(event) }
    }

    @Test func `NOT-101 an event becomes one mail with the relay, and each newer link another`() async throws {
        try await with { setting in
            let sender = RecordingEmailSender()
            let worker = setting.worker(sending: sender)
            try await requestVerification(setting)
            let runs = try await setting.drain(worker)
            #expect(
                runs.map(\.description) == [
                    "event:notifications.email_verification completed", "notifications.send_mail completed",
                ])
            try await requestVerification(setting, link: 2)
            try await setting.drain(worker)
            #expect(sender.emails.map(\.recipient.description) == ["ada@example.com", "ada@example.com"])
            #expect(Set(sender.emails.map(\.id)).count == 2)
            #expect(try await setting.statuses() == ["sent", "sent"])
        }
    }

    @Test func `NOT-027 an event that is published twice gives one mail`() async throws {
        try await with { setting in
            let sender = RecordingEmailSender()
            for _ in 1...3 { try await requestVerification(setting) }
            try await setting.drain(setting.worker(sending: sender))
            #expect(sender.emails.count == 1)
        }
    }

    @Test func `NOT-032 a relay that is down delays the mail and does not lose it`() async throws {
        try await with { setting in
            try await requestVerification(setting)
            let down = setting.worker(sending: FailingEmailSender(.temporary(reason: "451")))
            try await setting.drain(down)
            #expect(try await setting.statuses() == ["deferred"])
            try await setting.drain(down)
            #expect(try await setting.statuses() == ["deferred"])
            setting.clock.advance(by: .minutes(2))
            let sender = RecordingEmailSender()
            try await setting.drain(setting.worker(sending: sender))
            #expect(sender.emails.count == 1)
            #expect(try await setting.statuses() == ["sent"])
        }
    }

    @Test func `NOT-038 what matters most is handed over first, and a bulk of one org holds up no other org's mail`() async throws {
        try await with { setting in
            let (bulky, small) = (Org.ID(high: 2, low: 1), Org.ID(high: 2, low: 2))
            for org in [bulky, small] {
                try await setting.database.systemClient.execute("INSERT INTO notifications.test_org VALUES (\(org))")
            }
            func queue(_ context: any MailContext, of org: Org.ID, to names: [String]) async throws {
                let recipients = try names.map { name in
                    MailRecipient(address: try #require(MailAddress("\(name)@example.com")), user: nil, locale: nil, reason: "of a test")
                }
                let draft = MailDraft(decision: "bulk/\(names[0])", context: context, about: [AuditReference(org)], recipients: recipients)
                _ = try await setting.store.withTransaction { try await MailOutbox().queue(draft, at: setting.clock.now, in: $0) }
            }
            try await queue(Outbox.service, of: bulky, to: (1...60).map { "p\($0)" })
            try await queue(Outbox.service, of: small, to: ["small"])
            try await queue(Outbox.required, of: bulky, to: ["required"])
            try await queue(Outbox.security, of: bulky, to: ["security"])
            let sender = RecordingEmailSender()
            try await setting.drain(setting.worker(sending: sender))
            let order = sender.emails.map { String($0.recipient.description.prefix { $0 != "@" }) }
            #expect(order.count == 63)
            // The bulk has used the org's share up before the two; they wait for nobody who has not.
            let place = try #require(order.firstIndex(of: "small"))
            #expect(place <= 34, "\(order)")
            #expect(order.firstIndex(of: "security") ?? 99 < order.firstIndex(of: "required") ?? 0, "\(order)")
            #expect(order.firstIndex(of: "required") ?? 99 < 60)
        }
    }

    @Test func `NOT-030 a mail that cannot be written does not stand in the way of the next`() async throws {
        try await with { setting in
            try await requestVerification(setting)
            var registry = JobRegistry()
            NotificationHandlers(
                store: setting.store, outbox: MailOutbox(), facts: NoFacts(), renderer: BrokenRenderer(), sender: RecordingEmailSender(),
                graphs: .standard, dateSource: setting.clock, log: .silent
            ).register(on: &registry)
            try await setting.drain(ManualWorker(client: setting.database.systemClient, registry: registry, dateSource: setting.clock))
            setting.clock.advance(by: .seconds(1))
            try await requestVerification(setting, link: 2)
            try await setting.drain(setting.worker(sending: RecordingEmailSender()))
            #expect(try await setting.statuses() == ["failed", "sent"])
        }
    }
}
