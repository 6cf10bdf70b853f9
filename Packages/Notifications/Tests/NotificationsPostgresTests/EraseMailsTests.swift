import Core
import Identity
import Jobs
import Notifications
import NotificationsPostgres
import PlatformTesting
import Postgres
import Testing

@Suite struct EraseMailsTests {
    private func queue(_ outbox: Outbox, to user: User.ID, _ address: String, decision: String) async throws -> Mail.ID {
        let draft = MailDraft(
            decision: decision, context: Outbox.security, about: [],
            recipients: [
                MailRecipient(address: try #require(MailAddress(address)), user: user.uuid, locale: nil, reason: "of a test")
            ])
        return try #require(
            try await outbox.store.withTransaction { try await outbox.outbox.queue(draft, at: outbox.clock.now, in: $0) }.first)
    }

    private func erase(_ user: User.ID, in outbox: Outbox) async throws {
        let context = JobContext(
            lease: JobLease(job: JobID(rawValue: 1), worker: 1, token: 1), attempt: 1, isLastAttempt: false, dateSource: outbox.clock,
            effects: NoEffects())
        _ = try await EraseMails(store: outbox.store).handle(PersonErased(user: user), context: context)
    }

    @Test func `NOT-036 the mails of a person who is gone lose address and body, and stay as facts`() async throws {
        try await Outbox.with { outbox in
            let (ada, ben) = (User.ID(high: 1, low: 1), User.ID(high: 1, low: 2))
            let sent = try await queue(outbox, to: ada, "planted@example.com", decision: "test/1")
            _ = try await outbox.send(sent, through: ScriptedSender(.success(EmailReceipt(reply: "250 queued for planted@example.com"))))
            let waiting = try await queue(outbox, to: ada, "planted@example.com", decision: "test/2")
            let back = try await queue(outbox, to: ada, "planted@example.com", decision: "test/3")
            _ = try await outbox.send(
                back, through: ScriptedSender(.failure(.permanent(reason: "550 5.1.1", concernsAddress: true))))
            let other = try await queue(outbox, to: ben, "ben@example.com", decision: "test/2")
            func rows(_ text: String) async throws -> Int {
                try await outbox.database.adminClient.query(
                    Statement("SELECT FROM notifications.mail AS m WHERE strpos(m::text, $1) > 0", [text])
                ).count
            }
            #expect(try await rows("planted") == 3)
            #expect(try await outbox.entry(sent).mail.status == .sent)
            let before = try await outbox.entry(sent)

            try await erase(ada, in: outbox)
            #expect(try await rows("planted") == 0)
            let after = try await outbox.entry(sent)
            #expect(after.mail.status == .sent && after.mail.decision == before.mail.decision)
            #expect(after.rendered?.contentHash == before.rendered?.contentHash && after.rendered?.subject == before.rendered?.subject)
            #expect(after.rendered?.html == "" && after.rendered?.text == "")
            #expect(try await outbox.entry(waiting).mail.status == .canceled)
            #expect(try await outbox.entry(back).mail.status == .canceled, "it would leave once more, to nobody")
            #expect(try await outbox.entry(other).mail.recipient.description == "ben@example.com")
            // Nothing can be written back.
            await #expect(throws: PostgresError.self) {
                _ = try await outbox.database.adminClient.execute(
                    "UPDATE notifications.mail SET html = 'again' WHERE id = \(sent)")
            }
            try await erase(ada, in: outbox)
            #expect(try await outbox.entry(sent).mail.status == .sent)
        }
    }
}
