import Billing
import Core
import Graphs
import Identity
import Orgs
import Testing

@testable import Notifications

@Suite struct MoneyMailRuleTests {
    private let price = Money(minorUnits: 4_900, currency: .usd)
    private let nothing = Money(minorUnits: 0, currency: .usd)
    private let invoice = Invoice.ID(high: 1, low: 9)

    private func facts(_ acme: Acme, status: Invoice.Status = .open, due: Money? = nil, open: Money? = nil) throws -> OwnInvoiceFacts {
        try event([
            "invoice": invoice, "org": acme.org.id, "subscription": acme.subscription.id, "number": "TRE-0002", "status": status,
            "amountDue": due ?? price, "amountOpen": open ?? price, "dueDate": Acme.now + .days(30),
        ])
    }

    private func acme() throws -> Acme {
        var acme = try Acme()
        acme.facts.billing = "bills@example.com"
        return acme
    }

    @Test func `BIL-146 NOT-132 an invoice on net terms is one mail to whoever pays, and none when nothing is to be paid`() async throws {
        let acme = try acme()
        let rule = InvoiceIssuedRule(facts: acme.facts)
        let drafts = try await rule.drafts(for: event(["facts": facts(acme)]), occurrence: "1")
        #expect(drafts.addresses == ["bills@example.com"])
        let context = try #require(drafts.first?.context as? InvoiceIssuedContext)
        #expect(context.number == "TRE-0002" && context.amount == price && context.dueAt == Acme.now + .days(30))
        #expect(try await rule.drafts(for: event(["facts": facts(acme)]), occurrence: "2").map(\.decision) == drafts.map(\.decision))
        #expect(try await rule.drafts(for: event(["facts": facts(acme, due: nothing)]), occurrence: "1").isEmpty)
    }

    @Test
    func `NOT-134 an invoice is reminded of before it is due and on three days after, owners from the second; payment stops the rest`()
        async throws
    {
        let acme = try acme()
        let rule = InvoiceReminderRule(facts: acme.facts)
        func drafts(_ stage: InvoiceStage, _ facts: OwnInvoiceFacts? = nil) async throws -> [MailDraft] {
            try await rule.drafts(for: event(["facts": facts ?? self.facts(acme), "stage": stage]), occurrence: "1")
        }
        #expect(try await drafts(.dueSoon).first?.context is InvoiceDueSoonContext)
        #expect(try await drafts(.due).isEmpty)
        var decisions: Set<String> = []
        for (stage, days, addresses) in [
            (InvoiceStage.overdue1, Int64(1), ["bills@example.com"]),
            (.overdue7, 7, ["bills@example.com", "ada@example.com", "bob@example.com"]),
            (.overdue14, 14, ["bills@example.com", "ada@example.com", "bob@example.com"]),
        ] {
            let found = try await drafts(stage)
            #expect(found.addresses == addresses)
            #expect((found.first?.context as? InvoiceOverdueContext)?.days == days)
            decisions.formUnion(found.map(\.decision))
        }
        #expect(decisions.count == 3)
        #expect(try await drafts(.overdue7, facts(acme, status: .paid)).isEmpty)
        #expect(try await drafts(.overdue7, facts(acme, open: nothing)).isEmpty)
    }

    @Test func `NOT-135 an invoice that was voided or written off is told with its state`() async throws {
        let acme = try acme()
        let rule = InvoiceCorrectedRule(facts: acme.facts)
        for (status, isVoid) in [(Invoice.Status.void, true), (.uncollectible, false)] {
            let drafts = try await rule.drafts(for: event(["facts": facts(acme, status: status)]), occurrence: "1")
            #expect(drafts.addresses == ["bills@example.com"])
            #expect((drafts.first?.context as? InvoiceCorrectedContext)?.isVoid == isVoid)
        }
        #expect(try await rule.drafts(for: event(["facts": facts(acme, status: .paid)]), occurrence: "1").isEmpty)
    }

    @Test func `NOT-138 a payment is told of as received after a failure only`() async throws {
        let acme = try acme()
        let rule = PaymentRecoveredRule(facts: acme.facts)
        func drafts(_ from: Subscription.Status, _ to: Subscription.Status) async throws -> [MailDraft] {
            try await rule.drafts(
                for: SubscriptionStandingChanged(facts: acme.event, from: from, to: to, deadline: nil), occurrence: "1")
        }
        #expect(try await drafts(.pastDue, .active).addresses == ["bills@example.com"])
        #expect(try await drafts(.unpaid, .active).addresses == ["bills@example.com"])
        for (from, to) in [(Subscription.Status.active, Subscription.Status.pastDue), (.pastDue, .unpaid), (.provisioning, .active)] {
            #expect(try await drafts(from, to).isEmpty)
        }
    }

    @Test
    func `NOT-139 limited access, the last day and the end each have a mail, to those who pay, own and administer; payment stops the rest`()
        async throws
    {
        func facts(_ status: Subscription.Status) throws -> Acme {
            var acme = try Acme { $0.status = status }
            acme.facts.billing = "bills@example.com"
            let id = try #require(GraphID("kg0123456789abcdef0123"))
            acme.facts.graphs = [
                Graph(
                    id: id, org: acme.org.id, kind: .generic, createdBy: acme.ada.id, createdAt: Acme.now,
                    provisioning: .init(high: 1, low: 1), name: "sales", description: "", tags: [], extensions: [], customSchema: nil,
                    initialEntity: nil, tier: .standard, subscription: acme.subscription.id, host: nil, status: .active,
                    statusSince: Acme.now, statusReason: nil, mode: .none, accessEpoch: 0, purgeAt: nil, isDeleteProtected: false)
            ]
            return acme
        }
        let owing = try facts(.unpaid)
        func stage(_ stage: DunningStage, of acme: Acme) async throws -> [MailDraft] {
            try await DunningStageRule(facts: acme.facts).drafts(
                for: DunningStageReached(
                    facts: acme.event, debt: .init(high: 1, low: 7), stage: stage, amount: price, nextAttempt: nil,
                    deadline: Acme.now + .days(1), payURL: nil), occurrence: "1")
        }
        let everybody = ["bills@example.com", "ada@example.com", "bob@example.com"]
        let limited = try await stage(.readOnly, of: owing)
        #expect(limited.addresses == everybody)
        #expect((limited.first?.context as? PaymentAccessLimitedContext)?.resource == "sales")
        let last = try await stage(.lastDay, of: owing)
        #expect(last.addresses == everybody)
        #expect((last.first?.context as? PaymentFinalNoticeContext)?.deadline == Acme.now + .days(1))
        let paid = try facts(.active)
        #expect(try await stage(.readOnly, of: paid).isEmpty)
        #expect(try await stage(.lastDay, of: paid).isEmpty)

        let ended = SubscriptionEnded(
            facts: owing.event, endedAt: Acme.now, mode: .immediate, origin: .paymentFailure, via: "deadline")
        #expect(try await PaymentEndedRule(facts: owing.facts).drafts(for: ended, occurrence: "1").addresses == everybody)
        // One end, one mail.
        #expect(try await SubscriptionEndedNowRule(facts: owing.facts).drafts(for: ended, occurrence: "1").isEmpty)
        let canceled = SubscriptionEnded(facts: owing.event, endedAt: Acme.now, mode: .immediate, origin: .user, via: "api")
        #expect(try await PaymentEndedRule(facts: owing.facts).drafts(for: canceled, occurrence: "1").isEmpty)
    }

    @Test func `BIL-146 NOT-155 refunds and credits are told once each, and a refund that did not arrive is put right`() async throws {
        let acme = try acme()
        let refund = try await RefundIssuedRule(facts: acme.facts).drafts(
            for: RefundProcessed(org: acme.org.id, subscription: acme.subscription.id, amount: price), occurrence: "1")
        #expect(refund.addresses == ["bills@example.com"])
        #expect((refund.first?.context as? RefundIssuedContext)?.hasFailed == false)
        let reversed = try await RefundReversedRule(facts: acme.facts).drafts(
            for: RefundReversed(org: acme.org.id, refund: .init(high: 1, low: 3), amount: price), occurrence: "1")
        #expect((reversed.first?.context as? RefundIssuedContext)?.hasFailed == true)
        let credit = AccountCredit.ID(high: 1, low: 4)
        let issued: AccountCreditIssued = try event([
            "credit": credit, "org": acme.org.id, "amount": price, "reason": "goodwill", "balance": price,
        ])
        let rule = AccountCreditIssuedRule(facts: acme.facts)
        let told = try await rule.drafts(for: issued, occurrence: "1")
        #expect(told.addresses == ["bills@example.com"])
        #expect(try await rule.drafts(for: issued, occurrence: "2").map(\.decision) == told.map(\.decision))
        func expiring(_ amount: Money) async throws -> [MailDraft] {
            try await AccountCreditExpiringRule(facts: acme.facts).drafts(
                for: event(["credit": credit, "org": acme.org.id, "remaining": amount, "expiresAt": Acme.now + .days(14)]),
                occurrence: "1")
        }
        #expect(try await expiring(price).addresses == ["bills@example.com"])
        #expect(try await expiring(nothing).isEmpty)
    }

    @Test func `NOT-157 credits that run low and that are used up have a mail for each stage`() async throws {
        let acme = try acme()
        let rule = CreditsLowRule(facts: acme.facts)
        var decisions: Set<String> = []
        for percent in [Int16(20), 5, 0] {
            let low: CreditsRunLow = try event([
                "pool": CreditPool.ID(high: 1, low: 5), "org": acme.org.id, "resource": "kg0123456789abcdef0123", "percent": percent,
                "balance": AICredits(hundredths: 0), "refillAt": Acme.now + .days(9),
            ])
            let drafts = try await rule.drafts(for: low, occurrence: "1")
            #expect(drafts.addresses == ["ada@example.com", "bob@example.com"])
            #expect(drafts.first?.context is CreditsExhaustedContext == (percent == 0))
            decisions.formUnion(drafts.map(\.decision))
        }
        #expect(decisions.count == 3)
    }
}
