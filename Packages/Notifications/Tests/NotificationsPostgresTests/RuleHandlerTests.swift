import Audit
import AuditPostgres
import Billing
import Core
import FoundationEssentials
import Graphs
import Identity
import Jobs
import JobsPostgres
import Notifications
import NotificationsMarkup
import NotificationsPostgres
import Observability
import Orgs
import PlatformTesting
import Postgres
import Synchronization
import Testing

/// An org and a graph of the tests' own, so that the log has something to point to.
private enum CreateThings: Migration {
    static var id: String { "0900-test-things" }
    static var sql: String {
        """
        CREATE TABLE notifications.test_org (id uuid PRIMARY KEY);
        CREATE TABLE notifications.test_graph (id text PRIMARY KEY);
        CREATE TABLE notifications.test_user (id uuid PRIMARY KEY);
        CREATE TABLE notifications.test_invitation (id uuid PRIMARY KEY);
        GRANT SELECT, INSERT ON notifications.test_org, notifications.test_graph, notifications.test_user, notifications.test_invitation
            TO trellis_app, trellis_system;
        """ + AuditSchema.locate(.org, in: "notifications.test_org", column: "id")
            + AuditSchema.locate(.graph, in: "notifications.test_graph", column: "id")
            + AuditSchema.locate(.user, in: "notifications.test_user", column: "id")
            + AuditSchema.locate(.invitation, in: "notifications.test_invitation", column: "id")
    }
}

/// Something that happens once, while something else is read.
private final class Turn: Sendable {
    let after: Graph
    private let act: @Sendable () async throws -> Void
    private let isOver = Mutex(false)

    init(after: Graph, act: @escaping @Sendable () async throws -> Void) {
        self.after = after
        self.act = act
    }

    /// Whether it is this time that it happens.
    func happens() async throws -> Bool {
        let isFirst = isOver.withLock { isOver in
            defer { isOver = true }
            return !isOver
        }
        if isFirst { try await act() }
        return isFirst
    }
}

/// One org with one owner and one graph.
private struct OneGraph: MailFacts {
    let company: Org
    let database: Graph
    var invited: Invitation?
    var lastBackup: GraphBackup?
    /// What happens while the graph is read, and how it is from then on.
    var turn: Turn?

    init(status: Graph.Status, purgeAt: Instant?, at now: Instant) throws {
        let org = Org.ID(high: 1, low: 2)
        company = Org(
            id: org, name: try #require(OrgName("Acme")), type: .team, personalOwner: nil, state: .active, createdAt: now, updatedAt: now,
            version: 1)
        database = Graph(
            id: try #require(GraphID("kg0123456789abcdef0123")), org: org, kind: .generic, createdBy: User.ID(high: 1, low: 1),
            createdAt: now, provisioning: .init(high: 1, low: 1), name: "sales", description: "", tags: [], extensions: [],
            customSchema: nil, initialEntity: nil, tier: .standard, subscription: nil, host: nil, status: status, statusSince: now,
            statusReason: nil, mode: .none, accessEpoch: 0, purgeAt: purgeAt, isDeleteProtected: false)
    }

    func org(_ id: Org.ID) async throws -> Org? { company }
    func admins(of org: Org.ID) async throws -> [Member] { try await owners(of: org) }
    func owners(of org: Org.ID) async throws -> [Member] {
        [
            Member(
                user: User.ID(high: 1, low: 1), name: "Ada", email: "ada@example.com", role: .owner, joinedAt: company.createdAt,
                isActive: true)
        ]
    }
    func people(_ ids: [User.ID]) async throws -> [User] { [] }
    func billingAddress(of org: Org.ID) async throws -> String? { nil }
    func subscription(_ id: Subscription.ID, of org: Org.ID) async throws -> SubscriptionView? { nil }
    func subscription(ofGraph graph: ResourceID) async throws -> SubscriptionView? { nil }
    func invoice(_ id: Invoice.ID, of org: Org.ID) async throws -> Invoice? { nil }
    func planName(_ key: PlanKey) -> String { key.name }
    func graph(_ id: GraphID) async throws -> Graph? {
        guard let turn else { return database }
        guard try await turn.happens() else { return turn.after }
        return database
    }
    func admins(of graph: Graph) async throws -> [GraphMember] { [] }
    func isOpen(_ invitation: Invitation.ID) async throws -> Bool { true }
    func invitation(_ id: Invitation.ID) async throws -> Invitation? { invited }
    func backup(_ id: GraphBackup.ID) async throws -> GraphBackup? { lastBackup }
    func isUndeliverable(_ address: MailAddress) async throws -> Bool { false }
}

@Suite struct RuleHandlerTests {
    private func with(_ body: (Outbox) async throws -> Void) async throws {
        let migrations = [AuditMigrations.all, JobsMigrations.all, NotificationsMigrations.all, [CreateThings.self]]
        try await TestDatabase.withDatabase(migrations: migrations) { database in
            try await database.systemClient.execute("INSERT INTO notifications.test_org VALUES (\(Org.ID(high: 1, low: 2)))")
            try await database.systemClient.execute("INSERT INTO notifications.test_graph VALUES ('kg0123456789abcdef0123')")
            try await database.systemClient.execute("INSERT INTO notifications.test_user VALUES (\(User.ID(high: 1, low: 1)))")
            try await body(Outbox(database: database))
        }
    }

    private func context(_ outbox: Outbox, job: Int64) -> JobContext {
        JobContext(
            lease: JobLease(job: JobID(rawValue: job), worker: 1, token: 1), attempt: 1, isLastAttempt: false, dateSource: outbox.clock,
            effects: NoEffects())
    }

    private func mails(_ outbox: Outbox) async throws -> [String] {
        try await outbox.database.adminClient.query("SELECT template FROM notifications.mail ORDER BY id").map {
            try $0.decode(String.self)
        }
    }

    @Test func `NOT-027 an event that is heard twice gives one mail, and one that happens again gives another`() async throws {
        try await with { outbox in
            let facts = try OneGraph(status: .suspended, purgeAt: nil, at: outbox.clock.now)
            let handler = MailRuleHandler(
                GraphSuspendedRule(facts: facts), store: outbox.store, outbox: outbox.outbox, log: .silent)
            let event = GraphSuspended(facts: GraphFactsOfEvent(facts.database), reason: "ended", purgeAt: nil)
            for job: Int64 in [1, 1, 1, 2] {
                let outcome = try await handler.handle(event, context: context(outbox, job: job))
                #expect(outcome == .committed)
            }
            #expect(try await mails(outbox) == ["graph_suspended", "graph_suspended"])
            let rows = try await outbox.database.adminClient.query(
                "SELECT count(*) FROM audit.entry WHERE type = 'email_queued' AND ref_org IS NOT NULL AND ref_graph IS NOT NULL")
            #expect(try rows[0].decode(Int.self) == 2)
        }
    }

    @Test func `a tenant reads the mails of its own org and no others`() async throws {
        try await with { outbox in
            let facts = try OneGraph(status: .suspended, purgeAt: nil, at: outbox.clock.now)
            let handler = MailRuleHandler(
                GraphSuspendedRule(facts: facts), store: outbox.store, outbox: outbox.outbox, log: .silent)
            let event = GraphSuspended(facts: GraphFactsOfEvent(facts.database), reason: "ended", purgeAt: nil)
            _ = try await handler.handle(event, context: context(outbox, job: 1))
            for (org, count) in [(facts.company.id, 1), (Org.ID(high: 9, low: 9), 0)] {
                let rows = try await outbox.database.client.query("SELECT count(*) FROM notifications.mail", scope: .org(org.uuid))
                #expect(try rows[0].decode(Int.self) == count)
            }
        }
    }

    @Test func `NOT-145 warnings are set three days and one day before the end, and come while it still stands`() async throws {
        try await with { outbox in
            let end = outbox.clock.now + .days(7)
            let facts = try OneGraph(status: .suspended, purgeAt: end, at: outbox.clock.now)
            let event = GraphSuspended(facts: GraphFactsOfEvent(facts.database), reason: "ended", purgeAt: end)
            let scheduler = DatedMailScheduler<DeletionWarnings, _>(store: outbox.store)
            for job: Int64 in [1, 1] { _ = try await scheduler.handle(event, context: context(outbox, job: job)) }
            let rows = try await outbox.database.adminClient.query("SELECT run_at FROM jobs.job ORDER BY run_at")
            #expect(try rows.map { try $0.decode(Instant.self) } == [end - .days(3), end - .days(1)])
            let handler = DatedMailHandler<WarnOfDeletion, _>(store: outbox.store, outbox: outbox.outbox, facts: facts)
            for days in [3, 1, 1] {
                _ = try await handler.run(
                    WarnOfDeletion(graph: event.facts.graph, org: event.facts.org, destroyedAt: end, daysBefore: days),
                    context: context(outbox, job: 5))
            }
            #expect(try await mails(outbox) == ["deletion_warning", "deletion_warning"])
        }
    }

    @Test func `NOT-145 a graph that came back is not warned of`() async throws {
        try await with { outbox in
            let end = outbox.clock.now + .days(7)
            for (status, purgeAt) in [(Graph.Status.active, nil), (.suspended, end + .days(30)), (.deprovisioning, end)] {
                let facts = try OneGraph(status: status, purgeAt: purgeAt, at: outbox.clock.now)
                let handler = DatedMailHandler<WarnOfDeletion, _>(store: outbox.store, outbox: outbox.outbox, facts: facts)
                let outcome = try await handler.run(
                    WarnOfDeletion(graph: facts.database.id, org: facts.database.org, destroyedAt: end, daysBefore: 3),
                    context: context(outbox, job: 5))
                #expect(outcome == .cancelled(reason: "the graph is not to be destroyed then any more"))
            }
            #expect(try await mails(outbox).isEmpty)
        }
    }

    private func jobs(_ outbox: Outbox) async throws -> [Instant] {
        try await outbox.database.adminClient.query("SELECT run_at FROM jobs.job ORDER BY run_at").map { try $0.decode(Instant.self) }
    }

    @Test func `NOT-120 an invitation that nobody answered is reminded of two days before its end, once; an answered one is not`()
        async throws
    {
        try await with { outbox in
            let now = outbox.clock.now
            func invitation(_ state: Invitation.State, until end: Instant) throws -> Invitation {
                Invitation(
                    id: .init(high: 1, low: 6), org: Org.ID(high: 1, low: 2), email: try #require(EmailAddress("eve@example.com")),
                    role: .member, state: state, invitedBy: User.ID(high: 1, low: 1), inviterName: "Ada", sendCount: 1, lastSentAt: now,
                    expiresAt: end, acceptedBy: nil, createdAt: now)
            }
            let end = now + .days(7)
            let sent = try invitation(.pending, until: end)
            try await outbox.database.systemClient.execute("INSERT INTO notifications.test_invitation VALUES (\(sent.id))")
            let scheduler = DatedMailScheduler<InvitationReminders, _>(store: outbox.store)
            for _ in 1...2 {
                _ = try await scheduler.handle(InvitationSent(sent, orgName: "Acme"), context: context(outbox, job: 1))
            }
            // One that ends within two days was mailed a moment ago.
            let short = InvitationSent(try invitation(.pending, until: now + .days(1)), orgName: "Acme")
            #expect(try await scheduler.handle(short, context: context(outbox, job: 2)) == .completed)
            #expect(try await jobs(outbox) == [end - .days(2)])

            var facts = try OneGraph(status: .active, purgeAt: nil, at: now)
            let reminder = RemindOfInvitation(invitation: sent.id, of: sent.org, expiresAt: end)
            func remind() async throws -> JobOutcome {
                try await DatedMailHandler<RemindOfInvitation, _>(store: outbox.store, outbox: outbox.outbox, facts: facts).run(
                    reminder, context: context(outbox, job: 5))
            }
            // Accepted, taken back, gone, or sent again with a later end, which has a reminder of its own.
            for other in [
                try invitation(.accepted, until: end), try invitation(.revoked, until: end), nil,
                try invitation(.pending, until: end + .days(3)),
            ] {
                facts.invited = other
                #expect(try await remind() == .cancelled(reason: "the invitation does not end then any more"))
            }
            #expect(try await mails(outbox).isEmpty)
            facts.invited = sent
            for _ in 1...2 { #expect(try await remind() == .committed) }
            #expect(try await mails(outbox) == ["invitation_reminder"])
        }
    }

    @Test func `NOT-148 the last backup of a graph that is gone is told of 14 and 3 days before its end, while it is there`() async throws {
        try await with { outbox in
            let (now, id) = (outbox.clock.now, GraphBackup.ID(high: 1, low: 7))
            let end = now + .days(90)
            var facts = try OneGraph(status: .deprovisioned, purgeAt: nil, at: now)
            func gone(until end: Instant?) -> GraphDeprovisioned {
                GraphDeprovisioned(facts: GraphFactsOfEvent(facts.database), finalBackup: id, backupKeptUntil: end)
            }
            let scheduler = DatedMailScheduler<BackupEndWarnings, _>(store: outbox.store)
            for _ in 1...2 { _ = try await scheduler.handle(gone(until: end), context: context(outbox, job: 1)) }
            // A graph that never held anything left no backup.
            #expect(try await scheduler.handle(gone(until: nil), context: context(outbox, job: 2)) == .completed)
            #expect(try await jobs(outbox) == [end - .days(14), end - .days(3)])

            func warn(_ days: Int) async throws -> JobOutcome {
                try await DatedMailHandler<WarnOfBackupEnd, _>(store: outbox.store, outbox: outbox.outbox, facts: facts).run(
                    WarnOfBackupEnd(graph: facts.database.id, of: facts.company.id, backup: id, endsAt: end, daysBefore: days),
                    context: context(outbox, job: 5))
            }
            func backup(_ status: GraphBackup.Status, until end: Instant) -> GraphBackup {
                GraphBackup(
                    id: id, graph: facts.database.id, initiator: .system, createdAt: now, status: status, archive: nil, completedAt: now,
                    verifiedAt: now, expiresAt: end)
            }
            for other in [nil, backup(.completed, until: end + .days(30)), backup(.failed, until: end)] {
                facts.lastBackup = other
                #expect(try await warn(14) == .cancelled(reason: "the backup does not end then any more"))
            }
            facts.lastBackup = backup(.completed, until: end)
            for days in [14, 14, 3] { #expect(try await warn(days) == .committed) }
            #expect(try await mails(outbox) == ["final_backup_expiring", "final_backup_expiring"])
        }
    }

    @Test
    func `NOT-056 NOT-185 those who run an org are told in the product of mail that comes back and of a system that is switched off, once`()
        async throws
    {
        try await with { outbox in
            let facts = try OneGraph(status: .active, purgeAt: nil, at: outbox.clock.now)
            let address = try #require(MailAddress("bills@example.com"))
            let draft = MailDraft(
                decision: "test/1", context: Outbox.required, about: [AuditReference(facts.company.id)],
                recipients: [MailRecipient(address: address, user: nil, locale: nil, reason: "x")])
            let mail = try #require(
                try await outbox.store.withTransaction { try await outbox.outbox.queue(draft, at: outbox.clock.now, in: $0) }.first)
            let unread = try JSON.decode(
                MailUndeliverable.self,
                from: Array(
                    "{\"mail\":\"\(mail)\",\"org\":\"\(facts.company.id.uuid.uuidString)\",\"template\":\"graph_deprovisioned\"}".utf8))
            let undeliverable = UndeliverableNotices(store: outbox.store, facts: facts)
            let endpoint = try JSON.decode(
                WebhookEndpointDisabled.self,
                from: Array(
                    "{\"endpoint\":\"\(WebhookEndpoint.ID(high: 1, low: 1))\",\"org\":\"\(facts.company.id)\",\"host\":\"hooks.example.com\",\"reason\":\"it is gone\"}"
                        .utf8))
            let disabled = DisabledEndpointNotices(store: outbox.store, facts: facts)
            for _ in 1...2 {
                #expect(try await undeliverable.handle(unread, context: context(outbox, job: 1)) == .committed)
                #expect(try await disabled.handle(endpoint, context: context(outbox, job: 2)) == .committed)
            }
            let notices = try await outbox.store.withTransaction {
                try await $0.pendingNotices(of: User.ID(high: 1, low: 1), at: outbox.clock.now)
            }
            #expect(
                Set(try notices.map { try MarkupNoticeWriter().text(of: $0, in: "en") }) == [
                    "Mail to b…@example.com comes back. Please look at the addresses of your people and of billing.",
                    "Nothing is sent to hooks.example.com any more: it is gone.",
                ])
            let later = try await outbox.store.withTransaction {
                try await $0.pendingNotices(of: User.ID(high: 1, low: 1), at: outbox.clock.now + .days(15))
            }
            #expect(later.isEmpty)
        }
    }

    @Test func `NOT-177 NOT-174 what events show is posted once, the gravest comes first, and is taken away again`() async throws {
        try await with { outbox in
            let now = outbox.clock.now
            let (facts, ada) = (try OneGraph(status: .suspended, purgeAt: now + .days(7), at: now), User.ID(high: 1, low: 1))
            let graph = GraphFactsOfEvent(facts.database)
            func hear<Event: NoticeCause>(_ event: Event, job: Int64) async throws {
                let outcome = try await NoticeCauseHandler<Event, _>(store: outbox.store, facts: facts).handle(
                    event, context: context(outbox, job: job))
                #expect(outcome == .committed)
            }
            func shown() async throws -> [Notice] {
                try await outbox.store.withTransaction { try await $0.pendingNotices(of: ada, at: outbox.clock.now) }
            }
            let closed = GraphSuspended(facts: graph, reason: "ended", purgeAt: now + .days(7))
            for _ in 1...2 { try await hear(closed, job: 1) }
            outbox.clock.advance(by: .seconds(1))
            let limit = OrgLimitNearlyReached(org: facts.company.id, limit: "graphs", used: 9, maximum: 10, recipients: [ada])
            for _ in 1...2 { try await hear(limit, job: 2) }
            outbox.clock.advance(by: .seconds(1))
            try await hear(
                OrgSupportAccessChanged(
                    org: facts.company.id, name: "Acme", until: now + .days(1), changedBy: nil, recipients: [ada]), job: 3)
            // By gravity, although the lesser ones are newer.
            #expect(try await shown().map(\.kind) == [.graphSuspended, .limitWarning, .supportSession])
            let first = try #require(try await shown().first)
            #expect(first.until == now + .days(7) && first.page == .graph(org: "\(facts.company.id)", graph: "\(graph.graph)"))
            #expect(try await shown().last?.page == .org("\(facts.company.id)"))
            let texts = try await shown().map { try MarkupNoticeWriter().text(of: $0, in: "en") }
            #expect(texts[0].hasPrefix("The graph sales is closed.") && texts[1].contains("graphs, 9 of 10"))
            for _ in 1...2 { try await hear(GraphResumed(facts: graph), job: 4) }
            // Heard late, or closed again: another decision is another notice, the same one is none.
            try await hear(closed, job: 1)
            #expect(try await shown().map(\.kind) == [.limitWarning, .supportSession])
            try await hear(closed, job: 5)
            #expect(try await shown().map(\.kind) == [.graphSuspended, .limitWarning, .supportSession])
        }
    }

    @Test func `NOT-173 what ends while its reason is read is not told, nor what an org had that is erased`() async throws {
        try await with { outbox in
            let (now, ada) = (outbox.clock.now, User.ID(high: 1, low: 1))
            var facts = try OneGraph(status: .suspended, purgeAt: now + .days(7), at: now)
            let graph = GraphFactsOfEvent(facts.database)
            func hear<Event: NoticeCause>(_ event: Event, _ facts: OneGraph, job: Int64) async throws {
                let outcome = try await NoticeCauseHandler<Event, _>(store: outbox.store, facts: facts).handle(
                    event, context: context(outbox, job: job))
                #expect(outcome == .committed)
            }
            func shown() async throws -> [Notice.Kind] {
                try await outbox.store.withTransaction { try await $0.pendingNotices(of: ada, at: outbox.clock.now).map(\.kind) }
            }
            let closed = GraphSuspended(facts: graph, reason: "ended", purgeAt: now + .days(7))
            let (plain, resumed) = (facts, try OneGraph(status: .active, purgeAt: nil, at: now).database)
            let taker = NoticeCauseHandler<GraphResumed, _>(store: outbox.store, facts: plain)
            let late = context(outbox, job: 2)
            facts.turn = Turn(after: resumed) { _ = try await taker.handle(GraphResumed(facts: graph), context: late) }
            try await hear(closed, facts, job: 1)
            #expect(try await shown() == [])
            // Nothing of it hinders what is true.
            try await hear(closed, plain, job: 3)
            #expect(try await shown() == [.graphSuspended])

            let other = Org.ID(high: 9, low: 9)
            try await outbox.database.systemClient.execute("INSERT INTO notifications.test_org VALUES (\(other))")
            try await hear(OrgLimitNearlyReached(org: other, limit: "graphs", used: 9, maximum: 10, recipients: [ada]), plain, job: 4)
            let erasure = EraseNotices(store: outbox.store)
            for _ in 1...2 {
                let event = OrgPurged(org: facts.company.id, recipients: [ada])
                #expect(try await erasure.handle(event, context: context(outbox, job: 5)) == .committed)
            }
            #expect(try await shown() == [.limitWarning])
            let rows = try await outbox.database.adminClient.query(
                "SELECT count(*) FROM notifications.notice WHERE org_id = \(facts.company.id)")
            #expect(try rows[0].decode(Int.self) == 0)
            // Heard late, it tells nobody of what is gone.
            try await hear(closed, plain, job: 6)
            #expect(try await shown() == [.limitWarning])
        }
    }
}
