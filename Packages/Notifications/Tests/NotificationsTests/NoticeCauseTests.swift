import Billing
import Core
import Graphs
import Identity
import Jobs
import Notifications
import Orgs
import Testing

/// Which events show what to whom, and which take it away again: one scenario for each kind.
@Suite struct NoticeCauseTests {
    private let now = Acme.now
    private let price = Money(minorUnits: 4_900, currency: .usd)
    private let owners = [User.ID(high: 1, low: 1), User.ID(high: 1, low: 2)]
    private let eve = User.ID(high: 1, low: 7)

    /// Acme with its graph, which Ada and Eve administer.
    private func acme(_ status: Graph.Status = .active, change: (inout Subscription) -> Void = { _ in }) throws -> (Acme, GraphFactsOfEvent)
    {
        var acme = try Acme(change: change)
        let graph = Graph(
            id: try #require(GraphID("kg0123456789abcdef0123")), org: acme.org.id, kind: .generic, createdBy: acme.ada.id, createdAt: now,
            provisioning: .init(high: 1, low: 1), name: "sales", description: "", tags: [], extensions: [], customSchema: nil,
            initialEntity: nil, tier: .standard, subscription: acme.subscription.id, host: nil, status: status, statusSince: now,
            statusReason: nil, mode: .none, accessEpoch: 0, purgeAt: nil, isDeleteProtected: false)
        acme.facts.graphs = [graph]
        acme.facts.graphAdmins = [1, 7].map {
            GraphMember(
                user: User.ID(high: 1, low: $0), name: "x", email: "x@example.com", role: .admin, source: .explicit, grantedAt: now)
        }
        return (acme, GraphFactsOfEvent(graph))
    }

    /// The one post of an event, after the same event was seen to give the same decision again.
    private func post<Event: NoticeCause>(_ event: Event, _ acme: Acme) async throws -> NoticeChanges.Post {
        let first = try await event.noticeChanges(acme.facts, occurrence: "1").posts
        let again = try await event.noticeChanges(acme.facts, occurrence: "1").posts
        #expect(first.map(\.decision) == again.map(\.decision))
        try #require(first.count == 1)
        #expect(first[0].org == acme.org.id)
        return first[0]
    }

    private func isSilent<Event: NoticeCause>(_ event: Event, _ acme: Acme) async throws -> Bool {
        try await event.noticeChanges(acme.facts, occurrence: "1").posts.isEmpty
    }

    /// Whether an event takes away what another decision showed.
    private func takesAway<Event: NoticeCause>(_ event: Event, _ post: NoticeChanges.Post, _ acme: Acme) async throws -> Bool {
        try await event.noticeChanges(acme.facts, occurrence: "2").withdrawals.contains {
            $0.org == post.org && $0.kinds.contains(post.kind) && post.decision.hasPrefix($0.decisions)
        }
    }

    @Test func `NOT-177 a failed payment is shown to the owners while it is owed, and no more once it is paid or the service ended`()
        async throws
    {
        let (acme, _) = try acme { ($0.status, $0.graceDeadline) = (.pastDue, Acme.now + .days(14)) }
        let invoice = Invoice.ID(high: 1, low: 9)
        let failed = PaymentFailed(org: acme.org.id, subscription: acme.subscription.id, invoice: invoice, amount: price, nextAttempt: nil)
        let shown = try await post(failed, acme)
        #expect(shown.kind == .paymentFailed && shown.severity == .warning && shown.users == owners && shown.resource == "sales")
        #expect(shown.until == now + .days(14) && shown.subscription == acme.subscription.id)
        let paid = InvoicePaid(
            invoice: invoice, org: acme.org.id, subscription: acme.subscription.id, number: nil, amount: price, hostedURL: nil)
        #expect(try await takesAway(paid, shown, acme))
        func standing(_ to: Subscription.Status) -> SubscriptionStandingChanged {
            SubscriptionStandingChanged(facts: acme.event, from: .pastDue, to: to, deadline: nil)
        }
        #expect(try await takesAway(standing(.active), shown, acme))
        #expect(try await !takesAway(standing(.unpaid), shown, acme))
        let other = InvoicePaid(
            invoice: Invoice.ID(high: 1, low: 8), org: acme.org.id, subscription: acme.subscription.id, number: nil, amount: price,
            hostedURL: nil)
        #expect(try await !takesAway(other, shown, acme))
        let (settled, _) = try self.acme()
        #expect(try await isSilent(failed, settled))
    }

    @Test func `NOT-177 what the bank wants confirmed is shown until the invoice is paid`() async throws {
        let (acme, _) = try acme()
        let invoice = Invoice.ID(high: 1, low: 9)
        let wanted = PaymentActionRequired(
            org: acme.org.id, subscription: acme.subscription.id, invoice: invoice, amount: price, hostedURL: nil)
        let shown = try await post(wanted, acme)
        #expect(shown.kind == .paymentActionRequired && shown.users == owners)
        let paid = InvoicePaid(
            invoice: invoice, org: acme.org.id, subscription: acme.subscription.id, number: nil, amount: price, hostedURL: nil)
        #expect(try await takesAway(paid, shown, acme))
    }

    @Test func `NOT-177 the deadline of a debt is shown from the day on that the service is limited`() async throws {
        let (acme, _) = try acme { $0.status = .pastDue }
        func stage(_ stage: DunningStage) -> DunningStageReached {
            DunningStageReached(
                facts: acme.event, debt: DunningCase.ID(high: 1, low: 7), stage: stage, amount: price, nextAttempt: nil,
                deadline: Acme.now + .days(3), payURL: nil)
        }
        for limited in [DunningStage.readOnly, .lastDay] {
            let shown = try await post(stage(limited), acme)
            #expect(shown.kind == .pastDueDeadline && shown.severity == .critical && shown.until == now + .days(3))
            let settled = SubscriptionStandingChanged(facts: acme.event, from: .unpaid, to: .active, deadline: nil)
            #expect(try await takesAway(settled, shown, acme))
        }
        for early in [DunningStage.day0, .day3, .day13, .ended] { #expect(try await isSilent(stage(early), acme)) }
        let (settled, _) = try self.acme()
        #expect(try await isSilent(stage(.lastDay), settled))
    }

    @Test func `NOT-177 a deletion ahead is shown until it is taken back or the graph is closed, a closed graph until it is open or gone`()
        async throws
    {
        let (acme, facts) = try acme { $0.cancellation = .init(mode: .periodEnd, origin: .user) }
        let asked = GraphDeletionRequested(
            facts: facts, requestedBy: acme.ada.id, endsAt: now + .days(5), destroyedAt: nil, backupKeptUntil: nil)
        let ahead = try await post(asked, acme)
        #expect(ahead.kind == .deletionPending && ahead.users == owners + [eve] && ahead.until == now + .days(5))
        #expect(ahead.resource == "sales" && ahead.subject == facts.graph.description)
        let suspended = GraphSuspended(facts: facts, reason: "ended", purgeAt: now + .days(7))
        #expect(try await takesAway(SubscriptionResumed(facts: acme.event), ahead, acme))
        #expect(try await takesAway(suspended, ahead, acme))
        // A deletion at once, and one that was taken back before it was told, are not shown.
        let atOnce = GraphDeletionRequested(facts: facts, requestedBy: acme.ada.id, endsAt: nil, destroyedAt: nil, backupKeptUntil: now)
        #expect(try await isSilent(atOnce, acme))
        let (resumed, _) = try self.acme()
        #expect(try await isSilent(asked, resumed))

        let (closed, _) = try self.acme(.suspended)
        let shown = try await post(suspended, closed)
        #expect(shown.kind == .graphSuspended && shown.severity == .critical && shown.users == owners + [eve])
        #expect(shown.until == now + .days(7))
        #expect(try await takesAway(GraphResumed(facts: facts), shown, closed))
        #expect(
            try await takesAway(
                GraphDeprovisioned(facts: facts, finalBackup: GraphBackup.ID(high: 1, low: 5), backupKeptUntil: nil), shown, closed))
        #expect(try await isSilent(suspended, acme))
    }

    @Test func `NOT-177 a graph that fills and credits that run low are shown to those who keep the graph`() async throws {
        let (acme, facts) = try acme()
        for (percent, severity, via) in [(80, Notice.Severity.warning, "low"), (100, .critical, "empty")] {
            let shown = try await post(StorageThresholdReached(facts: facts, percent: percent, bytes: 8, cap: 10), acme)
            #expect(shown.kind == .capacity && shown.severity == severity && shown.via == via && shown.users == owners + [eve])
        }
        for (balance, via) in [(Int64(0), "empty"), (150, "low")] {
            let low: CreditsRunLow = try event([
                "pool": CreditPool.ID(high: 1, low: 5), "org": acme.org.id, "resource": "kg0123456789abcdef0123", "percent": 5,
                "balance": AICredits(hundredths: balance), "refillAt": now + .days(9),
            ])
            let shown = try await post(low, acme)
            #expect(shown.kind == .creditsLow && shown.via == via && shown.until == now + .days(9) && shown.users == owners + [eve])
            #expect(shown.resource == "sales")
        }
    }

    @Test func `NOT-177 an org that will be erased is shown to those who ran it until it stays or is gone`() async throws {
        let (acme, _) = try acme()
        let scheduled = OrgDeletionScheduled(org: acme.org.id, name: "Acme", purgeAt: now + .days(30), recipients: [acme.ada.id])
        // Restored before it was told.
        #expect(try await isSilent(scheduled, acme))
        var ending = acme
        ending.facts.orgs = [
            Org(
                id: acme.org.id, name: acme.org.name, type: .team, personalOwner: nil, state: .deleted, createdAt: now, updatedAt: now,
                version: 2, purgeAt: now + .days(30))
        ]
        let shown = try await post(scheduled, ending)
        #expect(shown.kind == .orgDeletionPending && shown.severity == .critical && shown.users == [acme.ada.id])
        #expect(shown.until == now + .days(30))
        #expect(try await takesAway(OrgRestored(org: acme.org.id, name: "Acme"), shown, ending))
    }

    @Test func `NOT-177 who is asked to own an org is shown it until it is answered`() async throws {
        let (acme, _) = try acme()
        func transfer(_ state: OwnershipTransfer.State) -> OwnershipTransfer {
            OwnershipTransfer(
                id: OwnershipTransfer.ID(high: 1, low: 4), org: acme.org.id, from: acme.ada.id, to: eve, keepRole: .admin, state: state,
                origin: .owner, acceptableAt: now, expiresAt: now + .days(14), createdAt: now, closedAt: nil)
        }
        let shown = try await post(OwnershipTransferRequested(transfer(.pending)), acme)
        #expect(shown.kind == .ownershipTransferPending && shown.users == [eve] && shown.until == now + .days(14))
        #expect(shown.subject == transfer(.pending).id.description)
        #expect(try await takesAway(OwnershipTransferred(transfer(.accepted)), shown, acme))
        #expect(try await takesAway(OwnershipTransferEnded(transfer(.pending), as: .declined), shown, acme))
    }

    @Test func `NOT-177 limits, declined invitations and support's access are shown to those whom they concern`() async throws {
        var (acme, _) = try acme()
        let limit = try await post(
            OrgLimitNearlyReached(org: acme.org.id, limit: "graphs", used: 9, maximum: 10, recipients: owners), acme)
        #expect(limit.kind == .limitWarning && limit.via == "9 of 10" && limit.resource == "graphs" && limit.users == owners)

        let invitation = Invitation(
            id: Invitation.ID(high: 1, low: 8), org: acme.org.id, email: try #require(EmailAddress("frank@example.com")), role: .member,
            state: .declined, invitedBy: eve, inviterName: "Eve", sendCount: 1, lastSentAt: now, expiresAt: now + .days(7), acceptedBy: nil,
            createdAt: now)
        acme.facts.invited = invitation
        let declined = try await post(InvitationClosed(invitation, because: .declined), acme)
        #expect(declined.kind == .invitationDeclined && declined.users == [eve] && declined.resource == "f…@example.com")
        for reason in [InvitationClosed.Reason.revoked, .expired] {
            #expect(try await isSilent(InvitationClosed(invitation, because: reason), acme))
        }

        func support(until: Instant?) -> OrgSupportAccessChanged {
            OrgSupportAccessChanged(org: acme.org.id, name: "Acme", until: until, changedBy: nil, recipients: owners)
        }
        let session = try await post(support(until: now + .days(1)), acme)
        #expect(session.kind == .supportSession && session.severity == .info && session.until == now + .days(1))
        #expect(try await takesAway(support(until: nil), session, acme))
        #expect(try await isSilent(support(until: nil), acme))
    }
}
