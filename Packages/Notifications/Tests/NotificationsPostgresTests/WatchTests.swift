import Audit
import AuditPostgres
import Billing
import BillingPostgres
import Core
import Cryptography
import EventLoops
import FoundationEssentials
import Graphs
import GraphsPostgres
import HTTPServer
@_spi(Authentication) import Identity
import IdentityHTTP
import IdentityPostgres
import IdleCancellation
import Jobs
import JobsPostgres
import JobsTesting
import Notifications
import NotificationsHTTP
import NotificationsMarkup
import NotificationsPostgres
import Observability
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Synchronization
import Testing

/// What those who run the product see of mails and messages (NOT-193, NOT-194).
@Suite struct WatchTests {
    private final class Lines: Sendable {
        let all = Mutex<[String]>([])
        func taken() -> [String] {
            all.withLock { lines in
                defer { lines = [] }
                return lines
            }
        }
    }

    @Test func `NOT-193 the figures have closed lists of names and labels, and count what is in the outbox`() async throws {
        try await Outbox.with { outbox in
            let metrics = Metrics()
            let figures = DatabaseFigures(
                client: outbox.database.systemClient, figures: NotificationFigures.all, metrics: metrics,
                loop: outbox.database.loops.next(), log: .silent)
            func value(_ start: String) -> Int? {
                metrics.render().split(separator: "\n").first { $0.hasPrefix(start + " ") }?.split(separator: " ").last.flatMap { Int($0) }
            }
            await figures.refresh()
            #expect(value(#"trellis_mails_waiting{class="required"}"#) == 0)
            let sent = try await outbox.queueOne()
            _ = try await outbox.queueOne(decision: "test/2")
            let bad = try await outbox.queueOne(decision: "test/3")
            _ = try await outbox.queueOne(Outbox.security)
            let held = MailDraft(
                decision: "test/held", context: Outbox.required, about: [],
                recipients: [MailRecipient(address: try #require(MailAddress("ada@example.com")), user: nil, locale: nil, reason: "x")])
            _ = try await outbox.store.withTransaction { try await outbox.outbox.hold(held, at: outbox.clock.now, in: $0) }
            _ = try await outbox.send(sent, through: RecordingEmailSender())
            _ = try await outbox.send(bad, through: RecordingEmailSender(), rendering: BrokenRenderer())
            // The machine's clock is the business time here.
            try await outbox.database.adminClient.execute("ALTER TABLE notifications.mail DISABLE TRIGGER USER")
            try await outbox.database.adminClient.execute(
                "UPDATE notifications.mail SET queued_at = now() - interval '90 seconds', moved_at = now()")
            await figures.refresh()
            #expect(value(#"trellis_mails_waiting{class="required"}"#) == 1)
            #expect(value(#"trellis_mails_waiting{class="security"}"#) == 1)
            #expect(value("trellis_mails_held") == 1)
            #expect(value(#"trellis_mails_sent_today{template="graph_deprovisioned"}"#) == 1)
            #expect(value(#"trellis_mails_failed_today{template="graph_deprovisioned"}"#) == 1)
            #expect((85...100).contains(value(#"trellis_mails_oldest_waiting_seconds{class="security"}"#) ?? 0))
            #expect(value("trellis_webhook_delay_seconds") == 0 && value("trellis_notices_pending") == 0)
            #expect(value(#"trellis_webhook_attempts_today{result="taken"}"#) == 0)
            #expect(
                metrics.inventory == [
                    "trellis_mails_bounce_permille", "trellis_mails_failed_today template", "trellis_mails_held",
                    "trellis_mails_oldest_waiting_seconds class", "trellis_mails_sent_today template", "trellis_mails_waiting class",
                    "trellis_notices_pending", "trellis_webhook_attempts_today result", "trellis_webhook_delay_seconds",
                    "trellis_webhook_endpoints status",
                ])
            #expect(
                NotificationFigures.all.map(\.name).contains("trellis_mails_skipped_today")
                    && NotificationFigures.all.map(\.name).contains("trellis_mails_bounced_today"))
        }
    }

    @Test func `NOT-194 a mail that waits too long, too many that come back, and one that cannot be written are alarmed about`()
        async throws
    {
        try await Outbox.with { outbox in
            let (lines, metrics) = (Lines(), Metrics())
            let log = Log(
                label: "mail", level: .debug, sink: { line in lines.all.withLock { $0.append(String(decoding: line, as: UTF8.self)) } })
            let handler = WatchMailsHandler(store: outbox.store, metrics: metrics, log: log)
            func look() async throws -> [String] {
                let context = JobContext(
                    lease: JobLease(job: JobID(rawValue: 1), worker: 1, token: 1), attempt: 1, isLastAttempt: false,
                    dateSource: outbox.clock, effects: NoEffects())
                #expect(try await handler.run(WatchMails(), context: context) == .completed)
                return lines.taken().compactMap { line in MailHealth.Alert.allCases.map(\.rawValue).first { line.contains("\"\($0)\"") } }
            }
            #expect(try await look().isEmpty)
            let security = try await outbox.queueOne(Outbox.security, decision: "test/security")
            let other = try await outbox.queueOne(decision: "test/other")
            outbox.clock.advance(by: .seconds(60))
            #expect(try await look().isEmpty)
            outbox.clock.advance(by: .seconds(1))
            #expect(try await look() == ["security_mail_delayed"])
            #expect(metrics.render().contains(#"trellis_mail_alert{condition="security_mail_delayed"} 1"#))
            // The relay is down: what was put off is late all the same where the safety of an account is concerned.
            _ = try await outbox.send(security, through: ScriptedSender(.failure(.temporary(reason: "451"))))
            #expect(try await look() == ["security_mail_delayed"])
            outbox.clock.advance(by: .minutes(15))
            #expect(try await look() == ["security_mail_delayed", "mail_delayed"])
            _ = try await outbox.send(security, through: RecordingEmailSender(), attempt: 2)
            _ = try await outbox.send(other, through: RecordingEmailSender())
            #expect(try await look().isEmpty)
            #expect(metrics.render().contains(#"trellis_mail_alert{condition="security_mail_delayed"} 0"#))

            let broken = try await outbox.queueOne(decision: "test/broken")
            _ = try await outbox.send(broken, through: RecordingEmailSender(), rendering: BrokenRenderer())
            #expect(try await look() == ["mail_unwritten"])
        }
    }

    @Test(arguments: [(100, 5, false), (100, 6, true), (19, 1, true), (20, 1, false), (0, 0, false)])
    func `NOT-194 more than five of a hundred mails of a day that come back are too many`(taken: Int, bounced: Int, isAlarming: Bool) {
        let health = MailHealth(oldestSecurity: nil, oldestOther: nil, taken: taken, bounced: bounced, unwritten: 0)
        #expect(health.alerts(at: Instant(secondsSinceEpoch: 0)) == (isAlarming ? [.bounces] : []))
    }

    @Test func `NOT-064 whoever is in several audiences gets one mail, whatever the address is written like`() async throws {
        try await Outbox.with { outbox in
            let recipients = try ["Ada@example.com", "ada@example.com", "bob@example.com"].enumerated().map { number, address in
                MailRecipient(
                    address: try #require(MailAddress(address)), user: nil, locale: nil,
                    reason: number == 0 ? "the bills of Acme go to this address" : "you own Acme")
            }
            let draft = MailDraft(decision: "test/64", context: Outbox.required, about: [], recipients: recipients)
            let queued = try await outbox.store.withTransaction { try await outbox.outbox.queue(draft, at: outbox.clock.now, in: $0) }
            #expect(queued.count == 2)
            #expect(try await outbox.entry(queued[0]).mail.reason == "the bills of Acme go to this address")
            // A second rule that hears the same decision adds nobody twice.
            let again = MailDraft(decision: "test/64", context: Outbox.required, about: [], recipients: recipients.reversed())
            #expect(try await outbox.store.withTransaction { try await outbox.outbox.queue(again, at: outbox.clock.now, in: $0) }.isEmpty)
        }
    }

    /// What somebody has to look at, as a test says it.
    private final class Said: OperatorConditions {
        let open = Mutex<[OperatorCondition]>([])
        func current(at now: Instant) async throws -> [OperatorCondition] { open.withLock(\.self) }
    }

    @Test func `NOT-170 a condition is told once, each day while it lasts, and when it has been gone for an hour; then it begins anew`()
        async throws
    {
        try await Outbox.with { outbox in
            let (said, metrics) = (Said(), Metrics())
            let operators = try ["ops@example.com", "night@example.com"].map { try #require(MailAddress($0)) }
            let letters = OperatorCondition("dead_letters", severity: .critical, title: "Jobs were given up", detail: "3 wait.")
            let sealing = OperatorCondition("audit_sealing", severity: .warning, title: "Sealed late", detail: "4 wait.")
            func look(_ conditions: OperatorCondition...) async throws {
                said.open.withLock { $0 = conditions }
                let handler = WatchConditionsHandler(
                    store: outbox.store, conditions: said, operators: operators, outbox: outbox.outbox, metrics: metrics, log: .silent)
                let context = JobContext(
                    lease: JobLease(job: JobID(rawValue: 1), worker: 1, token: 1), attempt: 1, isLastAttempt: false,
                    dateSource: outbox.clock, effects: NoEffects())
                #expect(try await handler.run(WatchConditions(), context: context) == .committed)
            }
            func told() async throws -> [String] {
                try await outbox.database.adminClient.query(
                    "SELECT DISTINCT split_part(decision, '/', 2) || ' ' || split_part(decision, '/', 4) AS what FROM notifications.mail ORDER BY 1"
                ).map { try $0.decode("what") }
            }
            try await look()
            #expect(try await told() == [])
            for _ in 1...2 { try await look(letters) }
            #expect(try await told() == ["dead_letters 1"])
            #expect(try await outbox.database.adminClient.query("SELECT FROM notifications.mail").count == 2)
            #expect(metrics.render().contains(#"trellis_operator_alert{condition="dead_letters"} 1"#))
            // Another condition is another alert; what comes and goes within the hour is one.
            outbox.clock.advance(by: .minutes(30))
            try await look(sealing)
            try await look(letters, sealing)
            #expect(try await told() == ["audit_sealing 1", "dead_letters 1"])
            for _ in 1...47 {
                outbox.clock.advance(by: .minutes(30))
                try await look(letters)
            }
            #expect(try await told() == ["audit_sealing 1", "audit_sealing over", "dead_letters 1", "dead_letters 2"])
            outbox.clock.advance(by: .minutes(59))
            try await look()
            #expect(metrics.render().contains(#"trellis_operator_alert{condition="dead_letters"} 1"#))
            outbox.clock.advance(by: .minutes(1))
            for _ in 1...2 { try await look() }
            #expect(try await told().suffix(3) == ["dead_letters 1", "dead_letters 2", "dead_letters over"])
            #expect(metrics.render().contains(#"trellis_operator_alert{condition="dead_letters"} 0"#))
            try await look(letters)
            #expect(
                try await outbox.database.adminClient.query("SELECT FROM notifications.operator_alert WHERE closed_at IS NULL").count == 1)
            #expect(try await outbox.database.adminClient.query("SELECT FROM notifications.mail").count == 12)
        }
    }
}
