import Core
import Identity
import Jobs
import Notifications
import NotificationsPostgres
import Observability
import PlatformTesting
import Postgres
import Synchronization
import Testing

@Suite struct SendMailTests {
    @Test func `ID-153 mails that a relay could not take go when it is back, but for one whose link has ended: that is asked for anew`()
        async throws
    {
        try await Outbox.with { outbox in
            func mail(_ decision: String, until: Instant) async throws -> Mail.ID {
                try await outbox.queueOne(
                    EmailVerificationContext(
                        name: "Ada", link: MailSecretLink(kind: "email_verification", id: LinkToken.ID(high: 1, low: 1).description),
                        disownLink: nil, validUntil: until), decision: decision)
            }
            let good = try await mail("test/good", until: outbox.clock.now + .days(3))
            let ended = try await mail("test/ended", until: outbox.clock.now + .days(1))
            for id in [good, ended] { _ = try await outbox.send(id, through: ScriptedSender(Self.putOff)) }
            outbox.clock.advance(by: .days(1))
            let sender = ScriptedSender(Self.taken)
            for id in [ended, good] { _ = try await outbox.send(id, through: sender, attempt: 2) }
            #expect(try await outbox.entry(good).mail.status == .sent)
            #expect(try await outbox.entry(ended).mail.status == .canceled)
            let renewals = try await outbox.database.adminClient.query(
                "SELECT j.args->>'link' AS link FROM jobs.job j JOIN jobs.kind k ON k.id = j.kind_id WHERE k.name = 'identity.renew_link'")
            #expect(try renewals.map { try $0.decode("link", as: String.self) } == [LinkToken.ID(high: 1, low: 1).description])
        }
    }

    @Test func `ID-153 NOT-034 what came back is not sent again a day later with a link that has ended, nor when its reason is gone`()
        async throws
    {
        struct Gone: MailReasons {
            func whyGone(_ entry: OutboxEntry) async throws -> String? { "it was paid" }
        }
        try await Outbox.with { outbox in
            let back = EmailRefusal.permanent(reason: "550 5.1.1", concernsAddress: true)
            let link = MailSecretLink(kind: "email_verification", id: LinkToken.ID(high: 1, low: 1).description)
            let ended = try await outbox.queueOne(
                EmailVerificationContext(name: "Ada", link: link, disownLink: nil, validUntil: outbox.clock.now + .hours(20)))
            let paid = try await outbox.queueOne(decision: "test/2")
            for id in [ended, paid] {
                #expect(try await outbox.send(id, through: ScriptedSender(.failure(back))) == .retry(after: .hours(24)))
            }
            outbox.clock.advance(by: .hours(24))
            let sender = ScriptedSender()
            #expect(try await outbox.send(ended, through: sender, attempt: 2) == .committed)
            #expect(try await outbox.send(paid, through: sender, attempt: 2, because: Gone()) == .committed)
            for id in [ended, paid] { #expect(try await outbox.entry(id).mail.status == .canceled) }
            let renewals = try await outbox.database.adminClient.query(
                "SELECT count(*) FROM jobs.job j JOIN jobs.kind k ON k.id = j.kind_id WHERE k.name = 'identity.renew_link'")
            #expect(try renewals[0].decode(Int.self) == 1)
            #expect(sender.emails.withLock { $0.isEmpty })
        }
    }

    static let taken = Result<EmailReceipt, EmailRefusal>.success(EmailReceipt(reply: "250 queued as Q1"))
    static let putOff = Result<EmailReceipt, EmailRefusal>.failure(.temporary(reason: "451"))
    static let lost = Result<EmailReceipt, EmailRefusal>.failure(.unknown(reason: "connection lost"))

    @Test func `NOT-026 a queued mail is written, sent and entered in the log; running again does nothing`() async throws {
        try await Outbox.with { outbox in
            let id = try await outbox.queueOne()
            let sender = RecordingEmailSender()
            #expect(try await outbox.send(id, through: sender) == .committed)
            let entry = try await outbox.entry(id)
            #expect(entry.mail.status == .sent)
            #expect(entry.mail.attempts == 1)
            #expect(sender.emails.map(\.id) == [id])
            #expect(sender.emails.map(\.date) == [outbox.clock.now])
            #expect(outbox.finished.leases.withLock { $0.count } == 1)
            #expect(try await outbox.auditTypes(of: id) == ["email_queued", "email_sent"])
            #expect(try await outbox.send(id, through: sender) == .completed)
            #expect(sender.emails.count == 1)
            let rows = try await outbox.database.adminClient.query("SELECT note FROM notifications.mail WHERE id = \(id)")
            #expect(try rows[0].decode(String.self) == "250 recorded as 1")
        }
    }

    @Test func `NOT-029 a retry sends the bytes of the first attempt though the template changed`() async throws {
        try await Outbox.with { outbox in
            let id = try await outbox.queueOne()
            let sender = ScriptedSender(Self.putOff, Self.taken)
            #expect(try await outbox.send(id, through: sender, rendering: PlainRenderer(version: "1")) == .retry(after: .minutes(1)))
            #expect(try await outbox.entry(id).mail.status == .deferred)
            outbox.clock.advance(by: .minutes(1))
            #expect(try await outbox.send(id, through: sender, rendering: PlainRenderer(version: "2"), attempt: 2) == .committed)
            let emails = sender.emails.withLock { $0 }
            #expect(emails.count == 2)
            #expect(emails[0] == emails[1])
            #expect(emails[0].subject == "Subject 1")
            #expect(try await outbox.entry(id).mail.attempts == 2)
        }
    }

    @Test func `NOT-032 eight temporary refusals are the end`() async throws {
        try await Outbox.with { outbox in
            let id = try await outbox.queueOne()
            var waits: [JobOutcome] = []
            for attempt in 1...8 {
                waits.append(try await outbox.send(id, through: FailingEmailSender(.temporary(reason: "451")), attempt: attempt))
            }
            #expect(
                waits == [
                    .retry(after: .minutes(1)), .retry(after: .minutes(5)), .retry(after: .minutes(15)), .retry(after: .hours(1)),
                    .retry(after: .hours(3)), .retry(after: .hours(6)), .retry(after: .hours(12)), .committed,
                ])
            #expect(try await outbox.entry(id).mail.status == .failed)
            #expect(try await outbox.auditTypes(of: id) == ["email_queued", "email_failed"])
        }
    }

    @Test func `NOT-043 a refusal for good is the end at once`() async throws {
        try await Outbox.with { outbox in
            let id = try await outbox.queueOne()
            let refusal = EmailRefusal.permanent(reason: "554 5.7.1", concernsAddress: false)
            #expect(try await outbox.send(id, through: FailingEmailSender(refusal)) == .committed)
            #expect(try await outbox.entry(id).mail.status == .failed)
            #expect(try await outbox.auditTypes(of: id) == ["email_queued", "email_failed"])
        }
    }

    @Test func `NOT-033 when it is not known whether a relay took it, required and security mails are sent again, others are not`()
        async throws
    {
        try await Outbox.with { outbox in
            for context: any MailContext in [Outbox.required, Outbox.security] {
                let id = try await outbox.queueOne(context)
                let sender = ScriptedSender(Self.lost, Self.taken)
                #expect(try await outbox.send(id, through: sender) == .retry(after: .minutes(1)))
                #expect(try await outbox.entry(id).mail.status == .unknown)
                #expect(try await outbox.send(id, through: sender, attempt: 2) == .committed)
                #expect(try await outbox.entry(id).mail.status == .sent)
                #expect(Set(sender.emails.withLock { $0.map(\.id) }) == [id])
            }
            let id = try await outbox.queueOne(Outbox.service)
            let sender = ScriptedSender(Self.lost)
            #expect(try await outbox.send(id, through: sender) == .committed)
            #expect(try await outbox.send(id, through: sender, attempt: 2) == .committed)
            #expect(try await outbox.entry(id).mail.status == .unknown)
            #expect(sender.emails.withLock { $0.count } == 1)
            #expect(try await outbox.auditTypes(of: id) == ["email_queued", "email_failed"])
        }
    }

    @Test func `NOT-033 a mail found being sent was left by a process that died`() async throws {
        struct Died: Error {}
        struct DyingSender: EmailSender {
            func send(_ email: Email) async throws -> EmailReceipt { throw Died() }
        }
        try await Outbox.with { outbox in
            let required = try await outbox.queueOne(Outbox.required)
            await #expect(throws: Died.self) { try await outbox.send(required, through: DyingSender()) }
            #expect(try await outbox.entry(required).mail.status == .sending)
            #expect(try await outbox.send(required, through: ScriptedSender(Self.taken), attempt: 2) == .committed)
            #expect(try await outbox.entry(required).mail.status == .sent)

            let service = try await outbox.queueOne(Outbox.service)
            await #expect(throws: Died.self) { try await outbox.send(service, through: DyingSender()) }
            #expect(try await outbox.send(service, through: ScriptedSender(), attempt: 2) == .committed)
            #expect(try await outbox.entry(service).mail.status == .unknown)
            #expect(try await outbox.auditTypes(of: service) == ["email_queued", "email_failed"])
        }
    }

    @Test func `NOT-030 a mail that cannot be written fails and is entered in the log`() async throws {
        try await Outbox.with { outbox in
            let id = try await outbox.queueOne()
            let sender = RecordingEmailSender()
            #expect(try await outbox.send(id, through: sender, rendering: BrokenRenderer()) == .committed)
            #expect(try await outbox.entry(id).mail.status == .failed)
            #expect(sender.emails.isEmpty)
            #expect(try await outbox.auditTypes(of: id) == ["email_queued", "email_failed"])
        }
    }

    @Test func `NOT-035 no usable token is in the database, before sending or after`() async throws {
        try await Outbox.with { outbox in
            let id = try await outbox.queueOne(Outbox.security)
            let sender = ScriptedSender(Self.putOff, Self.taken)
            for attempt in 1...2 {
                _ = try await outbox.send(id, through: sender, attempt: attempt)
                let rows = try await outbox.database.adminClient.query("SELECT mail::text FROM notifications.mail mail")
                let row = try rows[0].decode(String.self)
                #expect(row.contains("ltk_1") && !row.contains("usable-token"))
            }
            #expect(sender.emails.withLock { $0.map(\.text) } == ["Text usable-token", "Text usable-token"])
        }
    }

    @Test func `NOT-195 log lines carry ids and the template, never address or body`() async throws {
        let lines = Lines()
        let log = Log(
            label: "mail", level: .debug, sink: { line in lines.all.withLock { $0.append(String(decoding: line, as: UTF8.self)) } })
        try await Outbox.with { outbox in
            let first = try await outbox.queueOne()
            _ = try await outbox.send(first, through: RecordingEmailSender(), log: log)
            let second = try await outbox.queueOne(Outbox.service)
            _ = try await outbox.send(second, through: ScriptedSender(Self.putOff), log: log)
            _ = try await outbox.send(second, through: FailingEmailSender(.permanent(reason: "550", concernsAddress: true)), log: log)
            let all = lines.all.withLock { $0 }
            #expect(all.count == 3)
            #expect(all.allSatisfy { $0.contains("\"mail_") && $0.contains("\"template\"") })
            #expect(!all.contains { $0.contains("example.com") || $0.contains("Acme") || $0.contains("Text") })
        }
    }

    private final class Lines: Sendable {
        let all = Mutex<[String]>([])
    }
}
