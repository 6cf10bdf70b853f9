import Audit
import Core
import Graphs
import Identity
import Jobs
import Notifications
import NotificationsPostgres
import Observability
import Orgs
import PlatformTesting
import Postgres
import Testing

/// How much one org's actions may fill somebody's mailbox.
@Suite struct NoticeBudgetTests {
    private func role(_ number: Int, of person: String = "Ada") -> RoleChangedContext {
        RoleChangedContext(person: person, org: "Acme", role: "role \(number)", oldRole: "member", isOwn: true, orgID: "org_1")
    }

    /// Queues a mail about the org and runs its job, as the worker would.
    private func send(
        _ context: any MailContext, _ number: Int, to address: String, of org: Org.ID?, _ here: Neighbourhood,
        through sender: RecordingEmailSender
    ) async throws -> MailStatus {
        let recipient = MailRecipient(address: try #require(MailAddress(address)), user: nil, locale: nil, reason: "you belong to Acme")
        let draft = MailDraft(
            decision: "test/\(number)/\(here.clock.now)", context: context, about: org.map { [AuditReference($0)] } ?? [],
            recipients: [recipient])
        let id = try #require(
            try await here.store.withTransaction { try await MailOutbox().queue(draft, at: here.clock.now, in: $0) }.first)
        let handler = SendMailHandler(
            store: here.store, renderer: PlainRenderer(), sender: sender, reasons: EveryReasonStands(), jitter: { 0.5 }, log: .silent)
        let context = JobContext(
            lease: JobLease(job: JobID(rawValue: 1), worker: 1, token: 1), attempt: 1, isLastAttempt: false, dateSource: here.clock,
            effects: NoEffects())
        _ = try await handler.run(SendMail(mail: id), context: context)
        return try #require(try await here.store.withTransaction { try await $0.lockMail(id) }).mail.status
    }

    @Test
    func `NOT-039 an org's actions send an address ten mails an hour and thirty a day, each one above is told, and nobody else is touched`()
        async throws
    {
        try await Neighbourhood.with { here in
            let (sender, other) = (RecordingEmailSender(), Org.ID.make(at: here.clock.now))
            try await here.write(
                """
                INSERT INTO orgs.org (id, name, org_type, state, owner_count, created_at, updated_at)
                VALUES (\(other), 'Other', 'team', 'active', 1, \(here.clock.now), \(here.clock.now))
                """)
            func burst(_ count: Int) async throws -> [MailStatus] {
                var statuses: [MailStatus] = []
                for number in 1...count {
                    statuses.append(try await send(role(number), number, to: "ada@example.com", of: here.org, here, through: sender))
                }
                return statuses
            }
            let first = try await burst(12)
            #expect(first == Array(repeating: .sent, count: 10) + [.skipped, .skipped])
            #expect(
                try await here.count("audit.entry WHERE type = 'send_budget_exceeded' AND ref_org IS NOT NULL AND ref_mail IS NOT NULL")
                    == 2)
            // Another person, another org and what no admin causes at will have room.
            #expect(try await send(role(20, of: "Bob"), 20, to: "bob@example.com", of: here.org, here, through: sender) == .sent)
            #expect(try await send(role(21), 21, to: "ada@example.com", of: other, here, through: sender) == .sent)
            #expect(try await send(Outbox.required, 22, to: "ada@example.com", of: here.org, here, through: sender) == .sent)
            // To the very hour later there is room again, twice; then the day is full.
            for _ in 1...2 {
                here.clock.advance(by: .hours(1))
                #expect(try await burst(10) == Array(repeating: .sent, count: 10))
            }
            here.clock.advance(by: .hours(1))
            #expect(try await burst(1) == [.skipped])
            here.clock.advance(by: .hours(21))
            #expect(try await burst(1) == [.sent])
        }
    }
}
