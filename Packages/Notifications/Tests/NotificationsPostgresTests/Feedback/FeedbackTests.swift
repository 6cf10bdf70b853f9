import Audit
import AuditPostgres
import Core
import Identity
import Jobs
import JobsPostgres
import Notifications
import NotificationsPostgres
import PlatformTesting
import Postgres
import Testing

extension Outbox {
    fileprivate var desk: FeedbackDesk<PostgresNotificationStore<TestTransaction>> { FeedbackDesk(store: store, dateSource: clock) }

    fileprivate func report(_ kind: MailFeedback.Kind, _ mail: Mail.ID?, to recipient: String? = nil, code: String? = "5.1.1") throws
        -> MailFeedback
    {
        try #require(MailFeedback(mail: mail, recipient: recipient.flatMap { MailAddress($0) }, kind: kind, code: code))
    }

    fileprivate func sentMail(_ context: any MailContext = Outbox.required, decision: String = "test/1") async throws -> Mail.ID {
        let id = try await queueOne(context, decision: decision)
        _ = try await send(id, through: RecordingEmailSender())
        return id
    }

    fileprivate func status(_ id: Mail.ID) async throws -> MailStatus { try await entry(id).mail.status }

    fileprivate func events(_ topic: String) async throws -> Int {
        try await database.adminClient.query("SELECT count(*) FROM jobs.event e WHERE to_jsonb(e)::text LIKE \("%\(topic)%")")[0].decode(
            Int.self)
    }
}

@Suite struct FeedbackTests {
    @Test func `NOT-055 NOT-031 reports move a mail on, by its id or by its address, and each is told once`() async throws {
        try await Outbox.with { outbox in
            let id = try await outbox.sentMail()
            #expect(try await outbox.desk.take(outbox.report(.delayed, id, code: "4.4.1")) == .taken)
            #expect(try await outbox.status(id) == .sent)
            #expect(try await outbox.desk.take(outbox.report(.delivered, id, code: "2.0.0")) == .taken)
            #expect(try await outbox.desk.take(outbox.report(.delivered, id, code: "2.0.0")) == .known)
            #expect(try await outbox.status(id) == .delivered)
            #expect(try await outbox.desk.take(outbox.report(.complaint, nil, to: "ADA@example.com", code: nil)) == .taken)
            #expect(try await outbox.status(id) == .complained)
            #expect(try await outbox.auditTypes(of: id).last == "email_complained")
            #expect(try await outbox.desk.take(outbox.report(.hardBounce, id, to: "eve@example.com")) == .noSuchMail)
            #expect(try await outbox.desk.take(outbox.report(.hardBounce, nil, to: "eve@example.com")) == .noSuchMail)
            #expect(try await outbox.desk.take(outbox.report(.hardBounce, Mail.ID(high: 7, low: 7))) == .noSuchMail)
        }
    }

    @Test func `NOT-055 a report over HTTP waits in the queue by the id of the mail, and the worker takes it`() async throws {
        try await Outbox.with { outbox in
            let id = try await outbox.sentMail()
            let intake = FeedbackIntake(store: outbox.store)
            #expect(try await intake.take(outbox.report(.hardBounce, nil, to: "ada@example.com", code: "5.1.1")) == .taken)
            #expect(try await intake.take(outbox.report(.hardBounce, nil, to: "ada@example.com", code: "5.1.1")) == .known)
            let rows = try await outbox.database.adminClient.query(
                "SELECT to_jsonb(j)::text FROM jobs.job j JOIN jobs.kind k ON k.id = j.kind_id WHERE k.name = 'notifications.take_mail_feedback'"
            )
            #expect(rows.count == 1)
            #expect(try !rows[0].decode(String.self).contains("example.com"))
            let handler = TakeMailFeedback.Handler(store: outbox.store)
            let job = try JSON.decode(
                TakeMailFeedback.self, from: Array("{\"mail\":\"\(id)\",\"report\":\"hard_bounce\",\"code\":\"5.1.1\"}".utf8))
            for _ in 1...2 { #expect(try await handler.run(job, context: outbox.context) == .completed) }
            #expect(try await outbox.status(id) == .bounced)
            #expect(try await outbox.entry(id).mail.bounces == 1)
        }
    }

    @Test func `NOT-056 a mail that must be read is tried once more a day after it came back, then those who run the org are told`()
        async throws
    {
        try await Outbox.with { outbox in
            let id = try await outbox.sentMail(Outbox.required)
            let first = outbox.clock.now
            #expect(try await outbox.desk.take(outbox.report(.hardBounce, id)) == .taken)
            #expect(try await outbox.status(id) == .bounced)
            let rows = try await outbox.database.adminClient.query("SELECT run_at FROM jobs.job WHERE run_at > \(first)")
            #expect(try rows.map { try $0.decode(Instant.self) } == [first + .hours(24)])
            #expect(try await outbox.events(MailUndeliverable.topic) == 0)
            // What the address is on the list for does not stop a mail that must be read.
            outbox.clock.advance(by: .hours(24))
            let sender = RecordingEmailSender()
            #expect(try await outbox.send(id, through: sender) == .committed)
            #expect(sender.emails.count == 1)
            #expect(try await outbox.status(id) == .sent)
            #expect(try await outbox.desk.take(outbox.report(.hardBounce, id)) == .taken)
            #expect(try await outbox.status(id) == .bounced)
            #expect(try await outbox.events(MailUndeliverable.topic) == 1)
            #expect(try await outbox.send(id, through: sender) == .completed)
            #expect(sender.emails.count == 1)
        }
    }

    @Test func `NOT-043 NOT-056 a relay that does not know the address puts it on the list; the other reasons to refuse do not`()
        async throws
    {
        try await Outbox.with { outbox in
            let unknown = FailingEmailSender(.permanent(reason: "the relay refused with 550 5.1.1", concernsAddress: true))
            let id = try await outbox.queueOne(Outbox.security)
            #expect(try await outbox.send(id, through: unknown) == .retry(after: .hours(24)))
            #expect(try await outbox.status(id) == .bounced)
            #expect(try await outbox.send(id, through: unknown, attempt: 2) == .completed)
            #expect(try await outbox.entry(id).mail.bounces == 2)
            #expect(try await outbox.events(MailUndeliverable.topic) == 1)
            let address = try #require(MailAddress("ada@example.com"))
            #expect(try await outbox.store.isSuppressed(address, at: outbox.clock.now))

            let service = try await outbox.queueOne(Outbox.service, decision: "test/2")
            let sender = RecordingEmailSender()
            #expect(try await outbox.send(service, through: sender) == .committed)
            #expect(try await outbox.status(service) == .suppressed)
            #expect(sender.emails.isEmpty)
            #expect(try await outbox.auditTypes(of: service) == ["email_queued", "email_suppressed"])
        }
        try await Outbox.with { outbox in
            let id = try await outbox.queueOne(Outbox.service)
            _ = try await outbox.send(id, through: FailingEmailSender(.permanent(reason: "554 5.7.1", concernsAddress: false)))
            #expect(try await !outbox.store.isSuppressed(try #require(MailAddress("ada@example.com")), at: outbox.clock.now))
        }
    }

    @Test func `NOT-056 the list names nobody`() async throws {
        try await Outbox.with { outbox in
            let id = try await outbox.sentMail(Outbox.service)
            _ = try await outbox.desk.take(outbox.report(.complaint, id, code: nil))
            let rows = try await outbox.database.adminClient.query(
                "SELECT to_jsonb(s)::text || (SELECT coalesce(string_agg(to_jsonb(f)::text, ''), '') FROM notifications.mail_feedback f) FROM notifications.suppression s"
            )
            #expect(rows.count == 1)
            #expect(try !rows[0].decode(String.self).contains("example"))
        }
    }

    @Test func `NOT-057 an address is released by confirming it again, by an operator with a reason, and a bounce after 180 days`()
        async throws
    {
        try await Outbox.with { outbox in
            let address = try #require(MailAddress("ada@example.com"))
            func bounce(_ decision: String) async throws -> Mail.ID {
                let id = try await outbox.sentMail(Outbox.service, decision: decision)
                _ = try await outbox.desk.take(outbox.report(.hardBounce, id))
                #expect(try await outbox.store.isSuppressed(address, at: outbox.clock.now))
                return id
            }
            let first = try await bounce("a")
            let release = VerifiedAddressRelease(store: outbox.store)
            let event = EmailVerified(user: .init(high: 1, low: 1), email: "Ada@Example.com", name: "Ada")
            for _ in 1...2 { #expect(try await release.handle(event, context: outbox.context) == .committed) }
            #expect(try await !outbox.store.isSuppressed(address, at: outbox.clock.now))
            #expect(try await outbox.auditTypes(of: first).filter { $0 == "suppression_removed" }.count == 1)

            _ = try await bounce("b")
            let list = SuppressionList(store: outbox.store, dateSource: outbox.clock)
            #expect(try await list.lift(address, because: "the mailbox was made bigger"))
            #expect(try await !list.lift(address, because: "the mailbox was made bigger"))
            #expect(try await !outbox.store.isSuppressed(address, at: outbox.clock.now))

            _ = try await bounce("c")
            #expect(try await outbox.store.isSuppressed(address, at: outbox.clock.now + .days(179)))
            #expect(try await !outbox.store.isSuppressed(address, at: outbox.clock.now + .days(180)))
        }
    }

    @Test func `NOT-034 a mail whose reason is gone before it leaves is canceled with the cause, also between two attempts`() async throws {
        struct Gone: MailReasons {
            func whyGone(_ entry: OutboxEntry) async throws -> String? { "it was paid" }
        }
        try await Outbox.with { outbox in
            let sender = RecordingEmailSender()
            let first = try await outbox.queueOne()
            #expect(try await outbox.send(first, through: sender, because: Gone()) == .committed)
            let second = try await outbox.queueOne(decision: "test/2")
            _ = try await outbox.send(second, through: FailingEmailSender(.temporary(reason: "451")))
            #expect(try await outbox.send(second, through: sender, attempt: 2, because: Gone()) == .committed)
            for id in [first, second] {
                #expect(try await outbox.status(id) == .canceled)
                let note = try await outbox.database.adminClient.query("SELECT note FROM notifications.mail WHERE id = \(id)")
                #expect(try note[0].decode(String.self) == "it was paid")
            }
            #expect(sender.emails.isEmpty)
        }
    }

    @Test func `NOT-044 the relay that took a mail and what it calls it are kept`() async throws {
        try await Outbox.with { outbox in
            let relays = RelayedEmailSender(
                [
                    .init(name: "first.example", sender: FailingEmailSender(.unreachable(reason: "down"))),
                    .init(
                        name: "second.example", sender: ScriptedSender(.success(EmailReceipt(reply: "250 queued as 4Bx", queueID: "4Bx")))),
                ], dateSource: outbox.clock)
            let id = try await outbox.queueOne()
            #expect(try await outbox.send(id, through: relays) == .committed)
            let rows = try await outbox.database.adminClient.query("SELECT relay, queue_id FROM notifications.mail WHERE id = \(id)")
            let (relay, queue) = try rows[0].decode((String, String).self)
            #expect(relay == "second.example" && queue == "4Bx")
        }
    }

    @Test func `NOT-009 the row of a sent mail keeps the hash of what it was made of`() async throws {
        try await Outbox.with { outbox in
            let id = try await outbox.sentMail()
            let rows = try await outbox.database.adminClient.query("SELECT template_hash, locale FROM notifications.mail WHERE id = \(id)")
            let (hash, locale) = try rows[0].decode(([UInt8], String).self)
            #expect(hash == [UInt8](repeating: UInt8(ascii: "1"), count: 32))
            #expect(locale == "en")
        }
    }
}

extension Outbox {
    var context: JobContext {
        JobContext(
            lease: JobLease(job: JobID(rawValue: 1), worker: 1, token: 1), attempt: 1, isLastAttempt: false, dateSource: clock,
            effects: NoEffects())
    }
}
