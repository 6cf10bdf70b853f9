import Core
import HTTPClient
import Jobs
import JobsPostgres
import NotificationsPostgres
import Observability
import PlatformTesting
import Postgres
import Synchronization
import Testing

@testable import Notifications

/// The nets under messages that are to leave: every job is lost, and what was to leave leaves all the same. The clock is the outbox's own and moves
/// only by what a test says.
@Suite struct LostMessageTests {
    private struct ReasonGone: MailReasons {
        func whyGone(_ entry: OutboxEntry) async throws -> String? { "the graph is there again" }
    }

    /// Looks once as the schedule would, and follows the pages.
    @discardableResult
    private func look(for net: MessageNet, _ outbox: Outbox, page: Int = CatchLostMessages.page) async throws -> NetCount {
        let metrics = Metrics()
        let handler = CatchLostMessagesHandler(store: outbox.store, meters: NetMeters(metrics: metrics, log: .silent), page: page)
        var pages = 0
        var next: CatchLostMessages? = CatchLostMessages(net: net)
        while let job = next {
            #expect(try await handler.run(job, context: outbox.context) == .completed)
            pages += 1
            let rows = try await outbox.database.adminClient.query(
                """
                DELETE FROM jobs.job USING jobs.kind k WHERE k.id = kind_id AND k.name = \(CatchLostMessages.kind)
                RETURNING args, serial_key IS NOT NULL AS is_serial
                """)
            #expect(rows.count <= 1)
            next = try rows.first.map { row in
                #expect(try row.decode("is_serial", as: Bool.self))
                return try JSON.decode(CatchLostMessages.self, from: JSON.encode(row.decode("args", as: JSONValue.self)))
            }
        }
        func count(_ result: String) -> Int {
            metrics.counter(
                "trellis_net_rows_total", help: "Due work that nets looked at, and whether it had lost its job.",
                labels: [Label("net", net.name), Label("result", result)]
            ).value
        }
        return NetCount(found: count("found"), enqueued: count("enqueued"), pages: pages)
    }

    private struct NetCount: Equatable {
        let found: Int
        let enqueued: Int
        let pages: Int
    }

    private func loseJobs(_ outbox: Outbox) async throws {
        try await outbox.database.adminClient.execute("DELETE FROM jobs.job")
    }

    @Test func `OPS-135 mails that lost their job are sent after a minute, those whose reason is gone are not, and nothing is sent twice`()
        async throws
    {
        #expect(MessageNet.mails.schedule?.cron.description == "* * * * *" && MessageNet.mails.schedule?.missed == .once)
        try await Outbox.with { outbox in
            let first = try await outbox.queueOne(decision: "test/1")
            let gone = try await outbox.queueOne(decision: "test/2")
            let put = try await outbox.queueOne(decision: "test/3")
            _ = try await outbox.send(put, through: ScriptedSender(.failure(.temporary(reason: "451"))))
            // Nobody knows what became of it, and its class says not to send it again: it is no work.
            let unknown = try await outbox.queueOne(Outbox.service, decision: "test/4")
            _ = try await outbox.send(unknown, through: ScriptedSender(.failure(.unknown(reason: "the line broke"))))
            let sent = try await outbox.queueOne(decision: "test/5")
            _ = try await outbox.send(sent, through: RecordingEmailSender())
            outbox.clock.advance(by: MessageNet.patience)
            // Everything has its job: nothing is caught.
            #expect(try await look(for: .mails, outbox) == NetCount(found: 3, enqueued: 0, pages: 1))
            try await loseJobs(outbox)
            #expect(try await look(for: .mails, outbox, page: 1) == NetCount(found: 3, enqueued: 3, pages: 4))
            #expect(Set(try await outbox.jobs().map(\.mail)) == Set([first, gone, put].map(\.description)))
            #expect(try await look(for: .mails, outbox) == NetCount(found: 3, enqueued: 0, pages: 1))

            let relay = RecordingEmailSender()
            _ = try await outbox.send(first, through: relay)
            _ = try await outbox.send(gone, through: ScriptedSender(), because: ReasonGone())
            _ = try await outbox.send(put, through: relay, attempt: 2)
            #expect(try await outbox.entry(gone).mail.status == .canceled)
            for mail in [first, put] { #expect(try await outbox.entry(mail).mail.status == .sent) }
            try await loseJobs(outbox)
            outbox.clock.advance(by: MessageNet.patience)
            #expect(try await look(for: .mails, outbox) == NetCount(found: 0, enqueued: 0, pages: 1))
        }
    }

    @Test func `OPS-135 what was given up stays with its operator, what was queued just now or long ago is left alone`() async throws {
        try await Outbox.with { outbox in
            let mail = try await outbox.queueOne(decision: "test/1")
            outbox.clock.advance(by: MessageNet.patience - .microseconds(1))
            #expect(try await look(for: .mails, outbox).found == 0)
            outbox.clock.advance(by: .microseconds(1))
            #expect(try await look(for: .mails, outbox).found == 1)
            try await outbox.database.adminClient.execute(
                """
                INSERT INTO jobs.job_dead (id, lane, kind_id, attempt, crash_count, created_at, run_at, died_at, reason, args)
                SELECT 900, 4, jobs.kind_id(\(SendMail.kind)), 20, 0, \(outbox.clock.now), \(outbox.clock.now), \(outbox.clock.now), 'x',
                    jsonb_build_object('mail', \(mail.description)::text)
                """)
            try await loseJobs(outbox)
            #expect(try await look(for: .mails, outbox) == NetCount(found: 0, enqueued: 0, pages: 1))
            try await outbox.database.adminClient.execute("UPDATE jobs.job_dead SET requeued_as = 901")
            outbox.clock.advance(by: MessageNet.reach - MessageNet.patience - .microseconds(1))
            #expect(try await look(for: .mails, outbox) == NetCount(found: 1, enqueued: 1, pages: 1))
            outbox.clock.advance(by: .microseconds(1))
            #expect(try await look(for: .mails, outbox).found == 0)
        }
    }

    @Test func `OPS-136 deliveries that are due without a job are made once, those that wait for their next attempt wait`() async throws {
        #expect(MessageNet.deliveries.schedule?.cron.description == "* * * * *" && MessageNet.deliveries.schedule?.missed == .once)
        try await Hooks.with { hooks in
            let outbox = hooks.outbox
            let endpoint = try await hooks.endpoint(ordered: true).endpoint
            let other = try await hooks.endpoint(2).endpoint
            let message = try #require(try await hooks.publish())
            outbox.clock.advance(by: MessageNet.patience)
            #expect(try await look(for: .deliveries, outbox) == NetCount(found: 2, enqueued: 0, pages: 1))
            try await loseJobs(outbox)
            #expect(try await look(for: .deliveries, outbox, page: 1) == NetCount(found: 2, enqueued: 2, pages: 3))
            #expect(try await hooks.jobs() == 2)
            // One gets through; the other is put off, and its next attempt is what is waited for.
            _ = try await hooks.deliver(message, to: endpoint)
            hooks.receiver.usual.withLock { $0 = ClientResponse(status: 500) }
            _ = try await hooks.deliver(message, to: other)
            #expect(hooks.receiver.count == 2)
            try await loseJobs(outbox)
            #expect(try await look(for: .deliveries, outbox).found == 0)
            outbox.clock.advance(by: .hours(1))
            #expect(try await look(for: .deliveries, outbox) == NetCount(found: 1, enqueued: 1, pages: 1))
            hooks.receiver.usual.withLock { $0 = ClientResponse(status: 200) }
            _ = try await hooks.deliver(message, to: other)
            try await loseJobs(outbox)
            outbox.clock.advance(by: .hours(1))
            #expect(try await look(for: .deliveries, outbox).found == 0)
            #expect(hooks.receiver.count == 3)
        }
    }
}
