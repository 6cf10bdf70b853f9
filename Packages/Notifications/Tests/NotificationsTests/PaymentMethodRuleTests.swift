import Audit
import Billing
import Core
import Identity
import Orgs
import PlatformTesting
import Testing

@testable import Notifications

@Suite struct PaymentMethodRuleTests {
    private func card(_ acme: Acme, id: String = "pm_1", month: Int = 1, year: Int = 2027, last4: String = "4242") -> PaymentMethod {
        PaymentMethod(
            id: ProviderID(id), org: acme.org.id, type: "card", brand: "visa", last4: last4, expiryMonth: month, expiryYear: year,
            isDefault: true, state: .usable)
    }

    private func acme() throws -> Acme {
        var acme = try Acme()
        acme.facts.billing = "bills@example.com"
        return acme
    }

    @Test(arguments: PaymentMethodChanged.Change.allCases)
    func `NOT-141 whoever pays is told of each method that is added, removed or charged from now on, and by whom`(
        change: PaymentMethodChanged.Change
    ) async throws {
        let acme = try acme()
        let rule = PaymentMethodChangedRule(facts: acme.facts, dateSource: SteppedDateSource(startingAt: Acme.now))
        let event = PaymentMethodChanged(card(acme), change, by: acme.ada.id)
        let drafts = try await rule.drafts(for: event, occurrence: "1")
        #expect(drafts.addresses == ["bills@example.com"])
        let context = try #require(drafts.first?.context as? PaymentMethodChangedContext)
        #expect(context.change == change && context.method == "Visa ending 4242" && context.actor == "Ada")
        #expect(try await rule.drafts(for: event, occurrence: "1").map(\.decision) == drafts.map(\.decision))
        // Back again is another change, and another card is another one, however alike their ids look in print.
        #expect(try await rule.drafts(for: event, occurrence: "2").map(\.decision) != drafts.map(\.decision))
        let other = PaymentMethodChanged(card(acme, id: "pm_2"), change, by: nil)
        let others = try await rule.drafts(for: other, occurrence: "1")
        #expect(others.map(\.decision) != drafts.map(\.decision))
        #expect((others.first?.context as? PaymentMethodChangedContext)?.actor == nil)
        #expect(MailTemplate.paymentMethodChanged.mailClass == .security)
    }

    @Test func `NOT-137 a payment that the bank wants confirmed is one mail for each invoice to whoever pays, until it is paid`()
        async throws
    {
        var acme = try acme()
        let id = Invoice.ID(high: 1, low: 9)
        let event = PaymentActionRequired(
            org: acme.org.id, subscription: acme.subscription.id, invoice: id, amount: Money(minorUnits: 4_900, currency: .usd),
            hostedURL: "https://invoice.stripe.com/i/1")
        let rule = PaymentActionRequiredRule(facts: acme.facts)
        let drafts = try await rule.drafts(for: event, occurrence: "1")
        #expect(drafts.addresses == ["bills@example.com"])
        let context = try #require(drafts.first?.context as? PaymentActionRequiredContext)
        #expect(context.amount == event.amount && context.hostedURL == event.hostedURL && context.plan == "Plan standard")
        #expect(try await rule.drafts(for: event, occurrence: "2").map(\.decision) == drafts.map(\.decision))
        let mail = Mail(
            id: Mail.ID(high: 1, low: 1), decision: "d", template: .paymentActionRequired,
            recipient: try #require(MailAddress("bills@example.com")), reason: "x", locale: "en", context: [:], status: .queued,
            attempts: 0, queuedAt: Acme.now)
        let about = (drafts.first?.about ?? []).reduce(AuditReferences(AuditReference(mail.id))) { $0.adding($1) }
        for (status, isGone) in [(Invoice.Status.open, false), (.paid, true), (.void, true)] {
            acme.facts.invoices = [
                Invoice(
                    id: id, org: acme.org.id, kind: .provider, subscription: acme.subscription.id, number: nil, providerInvoice: nil,
                    currency: .usd, subtotal: 4_900, total: 4_900, amountDue: 4_900, amountPaid: 0, status: status, period: nil,
                    dueDate: nil, paidAt: nil, hostedURL: nil, pdfURL: nil, lines: [], createdAt: Acme.now)
            ]
            let cause = try await FactualMailReasons(facts: acme.facts).whyGone(OutboxEntry(mail: mail, about: about, rendered: nil))
            #expect((cause != nil) == isGone, "\(status)")
        }
    }

    @Test func `NOT-143 a change to another plan is told to whoever pays and whoever asked, made or not`() async throws {
        let acme = try acme()
        let wished = PlanReference(key: try #require(PlanKey("graph:large")), version: 1)
        func change(_ code: String) -> PlanChange {
            PlanChange(
                id: PlanChange.ID(high: 1, low: 8), subscription: acme.subscription.id, org: acme.org.id, from: acme.subscription.plan,
                to: wished, fromInterval: .monthly, toInterval: .monthly, requestedBy: acme.ada.id, operation: nil, prorationDate: Acme.now,
                state: .failed,
                failure: ProvisioningFailure(code: code, message: "", at: Acme.now), deadline: Acme.now, createdAt: Acme.now,
                endedAt: Acme.now)
        }
        let rule = PlanChangeFailedRule(facts: acme.facts)
        for (code, isForPayment) in [("PAYMENT_DECLINED", true), ("PAYMENT_ACTION_REQUIRED", true), ("HOST_FULL", false)] {
            let drafts = try await rule.drafts(
                for: SubscriptionPlanChangeFailed(facts: acme.event, change: change(code)), occurrence: code)
            #expect(drafts.addresses == ["bills@example.com", "ada@example.com"])
            let context = try #require(drafts.first?.context as? PlanChangeFailedContext)
            #expect(context.plan == "Plan standard" && context.wishedPlan == "Plan large" && context.isForPayment == isForPayment)
            // One for each change, however often it is heard.
            #expect(drafts.first?.decision.hasSuffix(change(code).id.description) == true)
        }
        let made = try await PlanChangedRule(facts: acme.facts).drafts(
            for: SubscriptionPlanChanged(
                facts: acme.event, change: change("").id, from: wished, requestedBy: acme.ada.id), occurrence: "1")
        #expect(made.addresses == ["bills@example.com", "ada@example.com"])
    }

    @Test func `NOT-140 BIL-076 STR-E49 OPS-114 a card that ends before a renewal is told once, and a newer one is not`() async throws {
        var acme = try acme()
        // 15 January 2027, and a renewal on the fifth of February.
        let end = try #require(Instant("2027-01-31T23:59:59Z"))
        let event = CardEnding(facts: acme.event, method: ProviderID("pm_1"), endsOn: end, renewsAt: Acme.now + .days(21))
        func drafts() async throws -> [MailDraft] { try await CardExpiringRule(facts: acme.facts).drafts(for: event, occurrence: "1") }
        #expect(try await drafts().isEmpty)
        acme.facts.method = card(acme)
        let first = try await drafts()
        #expect(first.addresses == ["bills@example.com"])
        let context = try #require(first.first?.context as? CardExpiringContext)
        #expect(context.endsOn == Instant("2027-01-31T23:59:59Z") && context.last4 == "4242" && context.renewsAt == event.renewsAt)
        // However often it is heard, it is about the same end of the same card.
        let later = CardEnding(facts: acme.event, method: ProviderID("pm_1"), endsOn: end, renewsAt: Acme.now + .days(49))
        #expect(
            try await CardExpiringRule(facts: acme.facts).drafts(for: later, occurrence: "2").map(\.decision) == first.map(\.decision))
        // It can be charged until the end of its month; a new one, or the same one renewed by its bank, longer.
        acme.facts.method = card(acme, month: 2)
        #expect(try await drafts().isEmpty)
        acme.facts.method = card(acme, id: "pm_2", year: 2031, last4: "1111")
        #expect(try await drafts().isEmpty)
        // A mail that waits goes when another card is charged.
        let mail = Mail(
            id: Mail.ID(high: 1, low: 1), decision: "d", template: .cardExpiring,
            recipient: try #require(MailAddress("bills@example.com")), reason: "x", locale: "en",
            context: try JSON.decode(JSONValue.self, from: JSON.encode(context)), status: .queued, attempts: 0, queuedAt: Acme.now)
        let entry = OutboxEntry(
            mail: mail, about: AuditReferences(AuditReference(mail.id)).adding(AuditReference(acme.org.id)), rendered: nil)
        #expect(try await FactualMailReasons(facts: acme.facts).whyGone(entry) == "another method is charged")
        acme.facts.method = card(acme, year: 2030)
        #expect(try await FactualMailReasons(facts: acme.facts).whyGone(entry) == "another method is charged")
        acme.facts.method = card(acme)
        #expect(try await FactualMailReasons(facts: acme.facts).whyGone(entry) == nil)
        let ended = try Acme { $0.status = .canceled }
        var facts = ended.facts
        facts.method = card(ended)
        #expect(try await CardExpiringRule(facts: facts).drafts(for: event, occurrence: "1").isEmpty)
    }
}
