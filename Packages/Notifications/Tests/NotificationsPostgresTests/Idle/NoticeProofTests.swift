import Audit
import AuditPostgres
import Billing
import Core
import Cryptography
import Graphs
import Identity
import IdleCancellation
import Jobs
import JobsPostgres
import Notifications
import NotificationsPostgres
import Observability
import Orgs
import PlatformTesting
import Postgres
import Testing

/// What the outbox shows of the words before a destruction: the mails as the product writes them, and the relay's answers as rows.
@Suite struct NoticeProofTests {
    private static let graphID = "kg0123456789abcdef0123"

    /// A graph that was suspended now, for which a subscription paid that idleness ended, or none.
    private func graph(_ here: Neighbourhood, paidBy idleCase: IdleCase? = nil, purgedIn kept: Duration = .days(7)) throws -> Graph {
        Graph(
            id: try #require(GraphID(Self.graphID)), org: here.org, kind: .generic, createdBy: .make(at: here.clock.now),
            createdAt: here.clock.now, provisioning: .make(at: here.clock.now), name: "sales", description: "", tags: [], extensions: [],
            customSchema: nil, initialEntity: nil, tier: .standard, subscription: idleCase?.subscription, host: nil, status: .suspended,
            statusSince: here.clock.now, statusReason: nil, mode: .none, accessEpoch: 0, purgeAt: here.clock.now + kept,
            isDeleteProtected: false)
    }

    private func proof(_ graph: Graph, _ here: Neighbourhood) async throws -> NoticeProof {
        try await here.store.withTransaction { try await MailedNotices().proof(for: graph, in: $0) }
    }

    /// Queues a mail as its rule does, and lets it get as far as a relay let it.
    private func mail(
        _ context: any MailContext, _ decision: String, to address: String, of user: User.ID?, _ status: String, _ here: Neighbourhood
    ) async throws {
        let recipient = MailRecipient(
            address: try #require(MailAddress(address)), user: user?.uuid, locale: nil, reason: "you own Acme")
        let draft = MailDraft(decision: decision, context: context, about: [AuditReference(here.org)], recipients: [recipient])
        let ids = try await here.store.withTransaction { try await MailOutbox().queue(draft, at: here.clock.now, in: $0) }
        try await settle(try #require(ids.first), status, here)
    }

    private func settle(_ id: Mail.ID, _ status: String, _ here: Neighbourhood) async throws {
        let sentAt = status == "sent" ? here.clock.now : nil
        try await here.write(
            """
            UPDATE notifications.mail SET status = \(status), sent_at = \(sentAt), subject = 's', html = 'h', plain_text = 't',
                content_hash = sha256('c'), template_hash = sha256('t'), rendered_at = \(here.clock.now) WHERE id = \(id)
            """)
    }

    private func suspension(_ here: Neighbourhood) -> GraphSuspendedContext {
        GraphSuspendedContext(
            org: "Acme", orgID: "org_1", graph: "sales", graphID: Self.graphID, destroyedAt: here.clock.now + .days(7), canComeBack: true)
    }

    private func warning(_ here: Neighbourhood) -> DeletionWarningContext {
        DeletionWarningContext(
            org: "Acme", orgID: "org_1", graph: "sales", graphID: Self.graphID, destroyedAt: here.clock.now + .days(7), canComeBack: true)
    }

    @Test(arguments: ["queued", "rendered", "sending", "deferred", "unknown", "failed", "canceled", "sent"])
    func `GRA-057 only what a relay accepted was said`(status: String) async throws {
        try await Neighbourhood.with { here in
            let ada = try await here.person("Ada", as: .owner)
            let graph = try graph(here)
            #expect(try await proof(graph, here) == NoticeProof(owners: [.init(suspension: nil, lastWarning: nil)], idleEnd: .none))
            let end = "\(graph.purgeAt?.description ?? "")"
            try await mail(
                suspension(here), "\(GraphSuspended.topic)/\(graph.id)/1", to: "ada@example.com", of: ada, status, here)
            here.clock.advance(by: .days(4))
            try await mail(warning(here), "\(WarnOfDeletion.kind)/\(graph.id)/\(end)/3", to: "ada@example.com", of: ada, status, here)
            let early = try await proof(graph, here).owners
            #expect(early == [.init(suspension: status == "sent" ? graph.statusSince : nil, lastWarning: nil)])
            here.clock.advance(by: .days(2))
            try await mail(warning(here), "\(WarnOfDeletion.kind)/\(graph.id)/\(end)/1", to: "ada@example.com", of: ada, status, here)
            let said = try await proof(graph, here).owners
            let expected: NoticeProof.Owner =
                status == "sent"
                ? .init(suspension: graph.statusSince, lastWarning: graph.statusSince + .days(6)) : .init(suspension: nil, lastWarning: nil)
            #expect(said == [expected])
            // Put off, it is another day: of that one nobody was warned.
            let later = try self.graph(here, purgedIn: .days(30))
            #expect(try await proof(later, here).owners.map(\.lastWarning) == [nil])
        }
    }

    @Test func `GRA-057 what an admin, a former owner, another graph or an earlier suspension was told of proves nothing`() async throws {
        try await Neighbourhood.with { here in
            _ = try await here.person("Ada", as: .owner)
            let bob = try await here.person("Bob", as: .admin)
            let eve = try await here.person("Eve", as: .owner)
            try await here.write("UPDATE orgs.membership SET ended_at = \(here.clock.now), end_reason = 'left' WHERE user_id = \(eve)")
            // Said before the graph was suspended this time.
            try await mail(suspension(here), "\(GraphSuspended.topic)/\(Self.graphID)/0", to: "ada@example.com", of: nil, "sent", here)
            here.clock.advance(by: .days(1))
            let graph = try graph(here)
            for (user, name) in [(bob, "bob"), (eve, "eve")] {
                try await mail(
                    suspension(here), "\(GraphSuspended.topic)/\(graph.id)/1", to: name + "@example.com", of: user, "sent", here)
            }
            try await mail(
                suspension(here), "\(GraphSuspended.topic)/kgffffffffffffffffffff/1", to: "ada@example.com", of: nil, "sent", here)
            #expect(try await proof(graph, here).owners == [.init(suspension: nil, lastWarning: nil)])
            // The bills go to her address: the one mail to it was told to her.
            try await mail(suspension(here), "\(GraphSuspended.topic)/\(graph.id)/2", to: "Ada@example.com", of: nil, "sent", here)
            #expect(try await proof(graph, here).owners == [.init(suspension: here.clock.now, lastWarning: nil)])
        }
    }

    @Test func `IDL-T39 IDL-057 while all decision mails come back there is no proof, and one address that accepts is enough`() async throws
    {
        try await Neighbourhood.with { here in
            _ = try await here.person("Ada", as: .owner)
            _ = try await here.person("Bob", as: .owner)
            let idleCase = try await here.idleCase(state: .completed)
            try await here.write(
                """
                UPDATE billing.subscription SET status = 'canceled', ends_at = \(here.clock.now), cancellation_type = 'period_end',
                    cancellation_origin = 'idle' WHERE id = \(idleCase.subscription)
                """)
            let sink = try here.sink()
            try await here.store.withTransaction { transaction in
                try await sink.hold(idleCase, in: transaction)
                try await sink.release(idleCase, in: transaction)
            }
            let graph = try graph(here, paidBy: idleCase)
            let ids = try await here.database.adminClient.query("SELECT id FROM notifications.mail ORDER BY address").map {
                try $0.decode("id", as: Mail.ID.self)
            }
            #expect(ids.count == 2)
            #expect(try await proof(graph, here).idleEnd == .untold)
            for id in ids { try await settle(id, "failed", here) }
            #expect(try await proof(graph, here).idleEnd == .untold)
            try await settle(ids[1], "sent", here)
            #expect(try await proof(graph, here).idleEnd == .told)
            // A person's own end needs no decision mail.
            try await here.write("UPDATE billing.subscription SET cancellation_origin = 'user' WHERE id = \(idleCase.subscription)")
            #expect(try await proof(graph, here).idleEnd == .none)
        }
    }

    @Test func `GRA-057 what is missing when a purge is put off is said again with the new time, at once`() async throws {
        try await Neighbourhood.with { here in
            let ada = try await here.person("Ada", as: .owner)
            let graph = try graph(here)
            // The log refers to it.
            try await here.write(
                """
                INSERT INTO graphs.graph (id, org_id, kind, created_by, created_at, provisioning_id, name, description, tags, extensions, tier,
                    status, status_since, mode, access_epoch)
                VALUES (\(Self.graphID), \(here.org), 'generic', \(ada), \(here.clock.now), gen_random_uuid(), 'sales', '', '{}', '{}',
                    'ladybug-standard', 'provisioning', \(here.clock.now), 'none', 0)
                """)
            let facts = try SuspendedGraph(graph: graph, owner: ada, org: here.org, at: here.clock.now)
            let context = JobContext(
                lease: JobLease(job: JobID(rawValue: 1), worker: 1, token: 1), attempt: 1, isLastAttempt: false, dateSource: here.clock,
                effects: NoEffects())
            here.clock.advance(by: .days(7))
            let event = GraphPurgePutOff(
                facts: GraphFactsOfEvent(graph), purgeAt: here.clock.now + .days(1), missing: [.suspension, .lastWarning])
            let rule = MailRuleHandler(PutOffPurgeRule(facts: facts), store: here.store, outbox: MailOutbox(), log: .silent)
            for _ in 0..<2 {
                _ = try await DatedMailScheduler<PutOffWarnings, _>(store: here.store).handle(event, context: context)
                _ = try await rule.handle(event, context: context)
            }
            #expect(try await here.mails().map(\.template) == ["graph_suspended"])
            let jobs = try await here.database.adminClient.query(
                """
                SELECT j.run_at FROM jobs.job j JOIN jobs.kind k ON k.id = j.kind_id WHERE k.name = 'notifications.warn_of_deletion'
                """)
            #expect(try jobs.map { try $0.decode(Instant.self) } == [here.clock.now])
            // Let go after a hold there is time for both stages; what was said already is not said again.
            let later = GraphPurgePutOff(facts: GraphFactsOfEvent(graph), purgeAt: here.clock.now + .days(3), missing: [])
            _ = try await DatedMailScheduler<PutOffWarnings, _>(store: here.store).handle(later, context: context)
            _ = try await rule.handle(later, context: context)
            #expect(try await here.mails().count == 1)
            #expect(try await here.count("jobs.job j JOIN jobs.kind k ON k.id = j.kind_id WHERE k.name LIKE '%warn_of_deletion'") == 3)
        }
    }
}

/// An org of one owner with one graph that is suspended.
private struct SuspendedGraph: MailFacts {
    let graph: Graph
    let owner: User.ID
    let company: Org

    init(graph: Graph, owner: User.ID, org: Org.ID, at now: Instant) throws {
        self.graph = graph
        self.owner = owner
        company = Org(
            id: org, name: try #require(OrgName("Acme")), type: .team, personalOwner: nil, state: .active, createdAt: now, updatedAt: now,
            version: 1)
    }

    func org(_ id: Org.ID) async throws -> Org? { company }
    func admins(of org: Org.ID) async throws -> [Member] { [] }
    func owners(of org: Org.ID) async throws -> [Member] {
        [Member(user: owner, name: "Ada", email: "ada@example.com", role: .owner, joinedAt: company.createdAt, isActive: true)]
    }
    func people(_ ids: [User.ID]) async throws -> [User] { [] }
    func billingAddress(of org: Org.ID) async throws -> String? { nil }
    func subscription(_ id: Subscription.ID, of org: Org.ID) async throws -> SubscriptionView? { nil }
    func subscription(ofGraph graph: ResourceID) async throws -> SubscriptionView? { nil }
    func invoice(_ id: Invoice.ID, of org: Org.ID) async throws -> Invoice? { nil }
    func planName(_ key: PlanKey) -> String { key.name }
    func graph(_ id: GraphID) async throws -> Graph? { graph }
    func admins(of graph: Graph) async throws -> [GraphMember] { [] }
    func isOpen(_ invitation: Invitation.ID) async throws -> Bool { false }
    func isUndeliverable(_ address: MailAddress) async throws -> Bool { false }
}
