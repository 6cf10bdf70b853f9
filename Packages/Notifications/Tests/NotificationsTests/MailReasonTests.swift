import Audit
import Billing
import Core
import Graphs
import Identity
import Orgs
import Testing

@testable import Notifications

@Suite struct MailReasonTests {
    /// A mail of a template, whatever it says.
    private func entry(template: MailTemplate, about: [AuditReference]) throws -> OutboxEntry {
        let id = Mail.ID(high: 1, low: 1)
        let mail = Mail(
            id: id, decision: "d", template: template, recipient: try #require(MailAddress("ada@example.com")), reason: "x", locale: "en",
            context: [:], status: .deferred, attempts: 1, queuedAt: Acme.now)
        return OutboxEntry(mail: mail, about: about.reduce(AuditReferences(AuditReference(id))) { $0.adding($1) }, rendered: nil)
    }

    private func entry(_ context: any MailContext, about: [AuditReference]) throws -> OutboxEntry {
        let id = Mail.ID(high: 1, low: 1)
        let mail = Mail(
            id: id, decision: "d", template: type(of: context).template, recipient: try #require(MailAddress("ada@example.com")),
            reason: "x", locale: "en", context: try JSON.decode(JSONValue.self, from: JSON.encode(context)), status: .queued, attempts: 0,
            queuedAt: Acme.now)
        return OutboxEntry(mail: mail, about: about.reduce(AuditReferences(AuditReference(id))) { $0.adding($1) }, rendered: nil)
    }

    @Test func `BIL-146 NOT-034 a mail about a failed payment stays while something is owed and goes once it is paid`() async throws {
        let context = PaymentFailedContext(org: "Acme", orgID: "o", plan: "p", amount: nil, nextAttempt: nil, deadline: nil)
        for (status, isGone) in [(Subscription.Status.pastDue, false), (.unpaid, false), (.canceled, false), (.active, true)] {
            let acme = try Acme { $0.status = status }
            let mail = try entry(context, about: [AuditReference(acme.org.id), AuditReference(acme.subscription.id)])
            #expect(try await FactualMailReasons(facts: acme.facts).whyGone(mail) == (isGone ? "it was paid" : nil), "\(status)")
        }
    }

    @Test func `NOT-034 a mail about the end of a subscription goes when the end was taken back`() async throws {
        let context = SubscriptionCanceledContext(org: "Acme", orgID: "o", plan: "p", resource: nil, endsAt: Acme.now)
        for isCanceled in [true, false] {
            let acme = try Acme {
                if isCanceled { $0.cancellation = Subscription.Cancellation(mode: .periodEnd, origin: .user, reason: nil) }
            }
            let mail = try entry(context, about: [AuditReference(acme.org.id), AuditReference(acme.subscription.id)])
            #expect((try await FactualMailReasons(facts: acme.facts).whyGone(mail) == nil) == isCanceled)
        }
    }

    @Test
    func `GRA-126 NOT-034 a mail about a deletion goes when the deletion was taken back, and stays while the graph is being destroyed`()
        async throws
    {
        let context = GraphDeleteRequestedContext(
            org: "Acme", orgID: "o", graph: "sales", graphID: "kg0123456789abcdef0123", askedBy: "Ada", endsAt: nil, destroyedAt: nil,
            backupUntil: Acme.now, canUndo: false)
        for (status, isCanceled, isGone) in [(Graph.Status.active, false, true), (.active, true, false), (.deprovisioning, false, false)] {
            var acme = try Acme {
                if isCanceled { $0.cancellation = Subscription.Cancellation(mode: .periodEnd, origin: .user, reason: nil) }
            }
            let graph = Graph(
                id: try #require(GraphID("kg0123456789abcdef0123")), org: acme.org.id, kind: .generic, createdBy: acme.ada.id,
                createdAt: Acme.now, provisioning: .init(high: 1, low: 1), name: "sales", description: "", tags: [], extensions: [],
                customSchema: nil, initialEntity: nil, tier: .standard, subscription: acme.subscription.id, host: nil, status: status,
                statusSince: Acme.now, statusReason: nil, mode: .none, accessEpoch: 0, purgeAt: nil, isDeleteProtected: false)
            acme.facts.graphs = [graph]
            let mail = try entry(context, about: [AuditReference(acme.org.id), AuditReference(graph.id)])
            let why = try await FactualMailReasons(facts: acme.facts).whyGone(mail)
            #expect(why == (isGone ? "the deletion was taken back" : nil), "\(status) \(isCanceled)")
        }
    }

    @Test func `NOT-034 an invitation that was taken back, answered or is over is not sent any more`() async throws {
        var acme = try Acme()
        let id = Invitation.ID(high: 5, low: 5)
        let context = OrgInvitationContext(
            inviter: "Ada", org: "Acme", role: "member", link: MailSecretLink(kind: "org_invitation", id: "l"), validUntil: Acme.now)
        let mail = try entry(context, about: [AuditReference(acme.org.id), AuditReference(id)])
        #expect(try await FactualMailReasons(facts: acme.facts).whyGone(mail) == "the invitation is not open any more")
        acme.facts.openInvitations = [id]
        #expect(try await FactualMailReasons(facts: acme.facts).whyGone(mail) == nil)
    }

    @Test func `NOT-034 a reminder that an org will be deleted goes when the org was brought back`() async throws {
        let acme = try Acme()
        let mail = try entry(
            OrgDeletionReminderContext(org: "Acme", days: 7, erasedAt: Acme.now, orgID: "o"), about: [AuditReference(acme.org.id)])
        #expect(try await FactualMailReasons(facts: acme.facts).whyGone(mail) == "the deletion was taken back")
        let other = try entry(OrgDeletedContext(org: "Acme"), about: [AuditReference(acme.org.id)])
        #expect(try await FactualMailReasons(facts: acme.facts).whyGone(other) == nil)
    }

    @Test(arguments: [Subscription.Cancellation.Origin?.none, .user, .idle])
    func `NOT-034 a mail that idleness ended a subscription goes once the end was taken back or is somebody's own`(
        origin: Subscription.Cancellation.Origin?
    ) async throws {
        let acme = try Acme { subscription in
            subscription.cancellation = origin.map { Subscription.Cancellation(mode: .periodEnd, origin: $0, reason: nil) }
        }
        let mail = try entry(
            template: .idleCancel, about: [AuditReference(acme.org.id), AuditReference(acme.subscription.id)])
        let cause = try await FactualMailReasons(facts: acme.facts).whyGone(mail)
        #expect(cause == (origin == .idle ? nil : "the end was taken back"))
    }

    @Test(arguments: [MailTemplate.invoiceIssued, .invoiceDueSoon, .invoiceOverdue])
    func `NOT-034 nobody is asked for what was paid, voided or written off meanwhile`(template: MailTemplate) async throws {
        for (status, paid, isGone) in [
            (Invoice.Status.open, Int64(0), false), (.open, 4_900, true), (.paid, 4_900, true), (.void, 0, true), (.uncollectible, 0, true),
        ] {
            var acme = try Acme()
            let invoice = Invoice(
                id: Invoice.ID(high: 1, low: 9), org: acme.org.id, kind: .own, subscription: nil, number: "TRE-0002", providerInvoice: nil,
                currency: .usd, subtotal: 4_900, total: 4_900, amountDue: 4_900, amountPaid: paid, status: status, period: nil,
                dueDate: Acme.now, paidAt: nil, hostedURL: nil, pdfURL: nil, lines: [], createdAt: Acme.now)
            acme.facts.invoices = [invoice]
            let mail = try entry(template: template, about: [AuditReference(acme.org.id), AuditReference(invoice.id)])
            let cause = try await FactualMailReasons(facts: acme.facts).whyGone(mail)
            #expect(cause == (isGone ? "nothing is open any more" : nil), "\(status) \(paid)")
        }
    }

    @Test func `NOT-034 a mail that an org is frozen goes when the org works again`() async throws {
        var acme = try Acme()
        let mail = try entry(template: .orgFrozen, about: [AuditReference(acme.org.id)])
        #expect(try await FactualMailReasons(facts: acme.facts).whyGone(mail) == "the org works again")
        acme.facts.orgs = [
            Org(
                id: acme.org.id, name: acme.org.name, type: .team, personalOwner: nil, state: .frozen, createdAt: Acme.now,
                updatedAt: Acme.now, version: 2)
        ]
        #expect(try await FactualMailReasons(facts: acme.facts).whyGone(mail) == nil)
    }

    @Test func `BIL-146 NOT-058 bills go to the owners when mail to the billing address comes back`() async throws {
        var acme = try Acme()
        acme.facts.billing = "bills@example.com"
        let audience = Audience(facts: acme.facts, org: acme.org)
        #expect(try await audience.billing().map(\.address.description) == ["bills@example.com"])
        acme.facts.undeliverable = [try #require(MailAddress("Bills@example.com"))]
        let moved = Audience(facts: acme.facts, org: acme.org)
        #expect(try await moved.billing().map(\.address.description) == ["ada@example.com", "bob@example.com"])
    }
}
