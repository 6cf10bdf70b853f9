import Audit
import Core
import Jobs
import Notifications
import NotificationsPostgres
import PlatformTesting
import Postgres
import Testing

@Suite struct OutboxTests {
    @Test func `NOT-026 a mail is a row, a job and an entry of one transaction`() async throws {
        try await Outbox.with { outbox in
            let ids = try await outbox.queue(Outbox.required, to: "ada@example.com", "bob@example.com")
            #expect(ids.count == 2)
            let entry = try await outbox.entry(ids[0])
            #expect(entry.mail.status == .queued)
            #expect(entry.mail.template == .graphDeprovisioned)
            #expect(entry.about == AuditReferences(AuditReference(ids[0])))
            #expect(entry.rendered == nil)
            #expect(try await outbox.auditTypes(of: ids[0]) == ["email_queued"])
            let jobs = try await outbox.jobs()
            #expect(jobs.map(\.kind) == ["notifications.send_mail", "notifications.send_mail"])
            #expect(jobs.map(\.mail) == ids.map(\.description))
        }
    }

    @Test func `NOT-026 what is undone leaves no mail`() async throws {
        struct Undone: Error {}
        try await Outbox.with { outbox in
            let address = try #require(MailAddress("ada@example.com"))
            let draft = MailDraft(
                decision: "test/1", context: Outbox.required, about: [],
                recipients: [MailRecipient(address: address, user: nil, locale: nil, reason: "x")])
            await #expect(throws: (any Error).self) {
                try await outbox.store.withTransaction { transaction in
                    try await outbox.outbox.queue(draft, at: outbox.clock.now, in: transaction)
                    throw Undone()
                }
            }
            let rows = try await outbox.database.adminClient.query(
                "SELECT (SELECT count(*) FROM notifications.mail) + (SELECT count(*) FROM jobs.job)")
            #expect(try rows[0].decode(Int.self) == 0)
        }
    }

    @Test func `BIL-146 NOT-027 one decision is told once to each address, however it is spelled and however often heard`() async throws {
        try await Outbox.with { outbox in
            let counts = [
                try await outbox.queue(Outbox.required, to: "ada@example.com", "Ada@Example.com").count,
                try await outbox.queue(Outbox.required, to: "ADA@example.com").count,
                try await outbox.queue(Outbox.required, to: "bob@example.com").count,
                try await outbox.queue(Outbox.service, to: "ada@example.com").count,
                try await outbox.queue(Outbox.required, decision: "test/2", to: "ada@example.com").count,
            ]
            #expect(counts == [1, 0, 1, 1, 1])
            let jobs = try await outbox.jobs()
            #expect(jobs.count == 4)
        }
    }

    @Test func `NOT-065 the outbox keeps from an address that was never confirmed what may be turned off`() async throws {
        try await Outbox.with { outbox in
            var recipient = MailRecipient(address: try #require(MailAddress("eve@example.com")), user: nil, locale: nil, reason: "x")
            recipient.isUnconfirmed = true
            let drafts = [Outbox.required as any MailContext, Outbox.service].map {
                MailDraft(decision: "test/1", context: $0, about: [], recipients: [recipient])
            }
            let queued = try await outbox.store.withTransaction { transaction in
                var count: [Int] = []
                for draft in drafts { count.append(try await outbox.outbox.queue(draft, at: outbox.clock.now, in: transaction).count) }
                return count
            }
            #expect(queued == [1, 0])
        }
    }

    @Test func `NOT-027 a race for one decision gives one mail`() async throws {
        try await Outbox.with { outbox in
            let queued = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<12 { group.addTask { try await outbox.queue(Outbox.required, to: "ada@example.com").count } }
                return try await group.reduce(0, +)
            }
            #expect(queued == 1)
            let jobs = try await outbox.jobs()
            #expect(jobs.count == 1)
        }
    }

    @Test func `NOT-031 the database moves a mail only as the table says`() async throws {
        try await Outbox.with { outbox in
            let rows = try await outbox.database.adminClient.query("SELECT before, after FROM notifications.mail_move")
            var moves: [MailStatus: Set<MailStatus>] = [:]
            for row in rows {
                let (before, after) = try row.decode((String, String).self)
                moves[try #require(MailStatus(rawValue: before)), default: []].insert(try #require(MailStatus(rawValue: after)))
            }
            for status in MailStatus.allCases { #expect(moves[status, default: []] == status.successors, "\(status)") }
            let id = try await outbox.queueOne()
            for status in [MailStatus.sent, .sending, .deferred, .unknown] {
                await #expect(throws: (any Error).self) {
                    try await outbox.store.withTransaction {
                        try await $0.moveMail(id, to: status, attempts: 1, note: nil, at: outbox.clock.now)
                    }
                }
            }
            #expect(try await outbox.entry(id).mail.status == .queued)
        }
    }

    @Test func `NOT-029 a mail is written once, for the database too`() async throws {
        try await Outbox.with { outbox in
            let id = try await outbox.queueOne()
            let now = outbox.clock.now
            func write(_ version: String) async throws {
                let rendering = try await PlainRenderer(version: version).render(outbox.entry(id).mail)
                try await outbox.store.withTransaction { try await $0.saveRendering(rendering, of: id, at: now) }
            }
            try await write("1")
            await #expect(throws: (any Error).self) { try await write("2") }
            for change in ["subject = 'x'", "html = 'x'", "plain_text = 'x'", "recipient = 'eve@example.com'", "decision = 'x'"] {
                await #expect(throws: (any Error).self, "\(change)") {
                    try await outbox.database.ownerClient.execute(
                        Statement("UPDATE notifications.mail SET \(change)"), scope: .system)
                }
            }
            #expect(try await outbox.entry(id).rendered?.subject == "Subject 1")
        }
    }

    @Test func `a tenant sees no mail of another org, and no role of the API writes one`() async throws {
        try await Outbox.with { outbox in
            _ = try await outbox.queueOne()
            let other = Mail.ID.make(at: outbox.clock.now).uuid
            for scope in [TransactionScope.none, .org(other), .user(other)] {
                let rows = try await outbox.database.client.query("SELECT count(*) FROM notifications.mail", scope: scope)
                #expect(try rows[0].decode(Int.self) == 0)
            }
            await #expect(throws: PostgresError.self) {
                try await outbox.database.client.execute("UPDATE notifications.mail SET note = 'x'", scope: .system)
            }
            await #expect(throws: PostgresError.self) {
                try await outbox.database.systemClient.execute("DELETE FROM notifications.mail", scope: .system)
            }
        }
    }
}
