import Audit
import Billing
import Core
import Graphs
import Identity
import Jobs
import Notifications
import Orgs
import Testing

@Suite struct GraphRuleTests {
    private let now = Acme.now
    private let catalogue = GraphCatalogue.standard

    private func graph(of acme: Acme) throws -> Graph {
        Graph(
            id: try #require(GraphID("kg0123456789abcdef0123")), org: acme.org.id, kind: .generic, createdBy: acme.ada.id, createdAt: now,
            provisioning: .init(high: 1, low: 1), name: "sales", description: "", tags: [], extensions: [], customSchema: nil,
            initialEntity: nil, tier: .standard, subscription: acme.subscription.id, host: nil, status: .active, statusSince: now,
            statusReason: nil, mode: .none, accessEpoch: 0, purgeAt: nil, isDeleteProtected: false)
    }

    /// Acme with its graph, which Ada and Eve administer.
    private func acme(change: (inout Subscription) -> Void = { _ in }) throws -> (Acme, GraphFactsOfEvent) {
        var acme = try Acme(change: change)
        let graph = try graph(of: acme)
        acme.facts.graphs = [graph]
        acme.facts.graphAdmins = [("ada@example.com", 1), ("eve@example.com", 7)].map { email, id in
            GraphMember(
                user: User.ID(high: 1, low: id), name: email, email: email, role: .admin, source: .explicit, grantedAt: now)
        }
        return (acme, GraphFactsOfEvent(graph))
    }

    @Test func `NOT-160 a graph that is ready is told to whoever asked and to those who administer it`() async throws {
        let (acme, facts) = try acme()
        let drafts = try await GraphReadyRule(facts: acme.facts).drafts(
            for: GraphProvisioned(facts: facts, tier: .standard, at: now), occurrence: "1")
        #expect(drafts.addresses == ["ada@example.com", "ada@example.com", "eve@example.com"])
        #expect(drafts.first?.recipients.first?.reason == "you asked for it")
        #expect(drafts.first?.about == [AuditReference(acme.org.id), AuditReference(facts.graph)])
        #expect((drafts.first?.context as? GraphReadyContext)?.graph == "sales")
    }

    @Test func `NOT-130 a subscription's mail names the graph as people do`() async throws {
        let (acme, _) = try acme()
        let drafts = try await SubscriptionStartedRule(facts: acme.facts).drafts(
            for: SubscriptionActivated(facts: acme.event, at: now, periodEnd: nil), occurrence: "1")
        #expect((drafts.first?.context as? SubscriptionStartedContext)?.resource == "sales")
    }

    @Test func `NOT-160 a failed graph is told here only where no money was taken`() async throws {
        let (free, facts) = try acme { $0.backing = .netTerms }
        let event = GraphProvisioningFailed(facts: facts, code: "x", message: "x")
        #expect(try await GraphCreateFailedRule(facts: free.facts).drafts(for: event, occurrence: "1").count == 1)
        let (paid, _) = try acme { $0.backing = .providerSubscription(ProviderID("sub_1")) }
        #expect(try await GraphCreateFailedRule(facts: paid.facts).drafts(for: event, occurrence: "1").isEmpty)
    }

    @Test func `NOT-147 a deletion says when things happen, at once or with the period`() async throws {
        let (acme, facts) = try acme()
        let rule = GraphDeleteRequestedRule(facts: acme.facts, catalogue: catalogue)
        let atOnce = try await rule.drafts(
            for: GraphDeletionRequested(
                facts: facts, requestedBy: acme.ada.id, endsAt: nil, destroyedAt: nil, backupKeptUntil: now + .days(90)),
            occurrence: "1")
        let immediate = try #require(atOnce.first?.context as? GraphDeleteRequestedContext)
        #expect(immediate.askedBy == "Ada")
        #expect(immediate.endsAt == nil && immediate.destroyedAt == nil && !immediate.canUndo)
        #expect(immediate.backupUntil == now + .days(90))
        #expect(
            atOnce.addresses == [
                "ada@example.com", "bob@example.com", "ada@example.com", "bob@example.com", "ada@example.com", "eve@example.com",
            ])
        let end = now + .days(31)
        let later = try await rule.drafts(
            for: GraphDeletionRequested(
                facts: facts, requestedBy: User.ID(high: 9, low: 9), endsAt: end, destroyedAt: nil, backupKeptUntil: nil),
            occurrence: "2")
        let deferred = try #require(later.first?.context as? GraphDeleteRequestedContext)
        #expect(deferred.askedBy == "A former member")
        #expect(deferred.endsAt == end && deferred.canUndo)
        #expect(deferred.destroyedAt == end + catalogue.retention)
        #expect(deferred.backupUntil == end + catalogue.retention + catalogue.finalBackupHosting)
    }

    @Test
    func `GRA-051 NOT-147 a deferred deletion is told again three days before the end, to all who were told, unless it was taken back`()
        async throws
    {
        let end = now + .days(31)
        let (acme, facts) = try acme { $0.cancellation = Subscription.Cancellation(mode: .periodEnd, origin: .user, reason: nil) }
        let event = GraphDeletionRequested(
            facts: facts, requestedBy: acme.ada.id, endsAt: end, destroyedAt: end + .days(7), backupKeptUntil: end + .days(97))
        let first = try await GraphDeleteRequestedRule(facts: acme.facts, catalogue: catalogue).drafts(for: event, occurrence: "1")
        let reminder = try #require(GraphDeletionReminders.mails(for: event, at: now).first)
        #expect(reminder.options.runAt == end - .days(3))
        #expect(GraphDeletionReminders.mails(for: event, at: end - .days(3)).isEmpty)
        let atOnce = GraphDeletionRequested(
            facts: facts, requestedBy: acme.ada.id, endsAt: nil, destroyedAt: nil, backupKeptUntil: now + .days(90))
        #expect(GraphDeletionReminders.mails(for: atOnce, at: now).isEmpty)
        let draft = try #require(try await reminder.draft(facts: acme.facts))
        #expect([draft].addresses == first.addresses && !first.addresses.isEmpty)
        #expect(draft.decision != first.first?.decision)
        let context = try #require(draft.context as? GraphDeleteRequestedContext)
        #expect(context.values == (first.first?.context as? GraphDeleteRequestedContext)?.values)
        #expect(context.askedBy == "Ada" && context.endsAt == end && context.destroyedAt == end + .days(7) && context.canUndo)
        #expect(context.backupUntil == end + .days(97))
        // Taken back, ended before, or with another end, which has a reminder of its own.
        #expect(try await reminder.draft(facts: self.acme().0.facts) == nil)
        let (later, _) = try self.acme {
            $0.cancellation = Subscription.Cancellation(mode: .periodEnd, origin: .user, reason: nil)
            $0.currentPeriod = Period(start: end, end: end + .days(30))
        }
        #expect(try await reminder.draft(facts: later.facts) == nil)
        var gone = acme
        gone.facts.graphs = []
        #expect(try await reminder.draft(facts: gone.facts) == nil)
    }

    @Test func `NOT-144 a suspension says until when the data is kept, each time it happens`() async throws {
        let (acme, facts) = try acme()
        let rule = GraphSuspendedRule(facts: acme.facts)
        let event = GraphSuspended(facts: facts, reason: "ended", purgeAt: now + .days(7))
        let first = try await rule.drafts(for: event, occurrence: "1")
        #expect((first.first?.context as? GraphSuspendedContext)?.destroyedAt == now + .days(7))
        #expect(try await rule.drafts(for: event, occurrence: "2").map(\.decision) != first.map(\.decision))
        // What is closed with its org is told by the mails about the org.
        #expect(try await rule.drafts(for: GraphSuspended(facts: facts, reason: "org_deleted", purgeAt: nil), occurrence: "3").isEmpty)
    }

    @Test func `NOT-160 a graph that is back is told to all who were told of its suspension, each time`() async throws {
        let (acme, facts) = try acme()
        let suspended = try await GraphSuspendedRule(facts: acme.facts).drafts(
            for: GraphSuspended(facts: facts, reason: "ended", purgeAt: now + .days(7)), occurrence: "1")
        let rule = GraphUndeletedRule(facts: acme.facts)
        let told = try await rule.drafts(for: GraphResumed(facts: facts), occurrence: "2")
        #expect(told.addresses == suspended.addresses && !told.addresses.isEmpty)
        #expect((told.first?.context as? GraphUndeletedContext)?.graph == "sales")
        #expect(try await rule.drafts(for: GraphResumed(facts: facts), occurrence: "2").map(\.decision) == told.map(\.decision))
        #expect(try await rule.drafts(for: GraphResumed(facts: facts), occurrence: "3").map(\.decision) != told.map(\.decision))
    }

    @Test func `NOT-146 a graph that is gone is told with its final backup, to owners though nobody administers it any more`() async throws
    {
        var (acme, facts) = try acme()
        acme.facts.graphs = []
        let rule = GraphDeprovisionedRule(facts: acme.facts, dateSource: SteppedDateSource(startingAt: now))
        let drafts = try await rule.drafts(
            for: GraphDeprovisioned(facts: facts, finalBackup: GraphBackup.ID(high: 1, low: 5), backupKeptUntil: now + .days(90)),
            occurrence: "1")
        #expect(drafts.addresses == ["ada@example.com", "bob@example.com", "ada@example.com", "bob@example.com"])
        let context = try #require(drafts.first?.context as? GraphDeprovisionedContext)
        #expect(context.destroyedAt == now)
        #expect(context.backupUntil == now + .days(90))
    }

    @Test func `NOT-028 a graph of an org that is gone calls for no mail`() async throws {
        let (_, facts) = try acme()
        let event = GraphSuspended(facts: facts, reason: "ended", purgeAt: nil)
        #expect(try await GraphSuspendedRule(facts: FixedFacts()).drafts(for: event, occurrence: "1").isEmpty)
    }
}
