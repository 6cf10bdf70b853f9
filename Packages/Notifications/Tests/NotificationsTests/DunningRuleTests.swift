import Billing
import Core
import Notifications
import Orgs
import Testing

@Suite struct DunningRuleTests {
    private let price = Money(minorUnits: 4_900, currency: .usd)
    private let debt = DunningCase.ID(high: 1, low: 7)

    private func stage(_ stage: DunningStage, of acme: Acme) -> DunningStageReached {
        DunningStageReached(
            facts: acme.event, debt: debt, stage: stage, amount: price, nextAttempt: nil, deadline: Acme.now + .days(3), payURL: nil)
    }

    @Test func `BIL-091 each stage of a debt is one mail, and none once it is paid`() async throws {
        let acme = try Acme { $0.status = .pastDue }
        let rule = DunningStageRule(facts: acme.facts)
        var decisions: Set<String> = []
        for reached in [DunningStage.day3, .day7, .day13, .readOnly, .lastDay] {
            let drafts = try await rule.drafts(for: stage(reached, of: acme), occurrence: "1")
            #expect(drafts.addresses == ["ada@example.com", "bob@example.com"] || drafts.count == 1)
            #expect(try await rule.drafts(for: stage(reached, of: acme), occurrence: "2").map(\.decision) == drafts.map(\.decision))
            decisions.formUnion(drafts.map(\.decision))
        }
        #expect(decisions.count == 5)
        // The failed charge itself and the end have mails of their own.
        for silent in [DunningStage.day0, .ended] {
            #expect(try await rule.drafts(for: stage(silent, of: acme), occurrence: "1").isEmpty)
        }
        let paid = try Acme { $0.status = .active }
        #expect(try await DunningStageRule(facts: paid.facts).drafts(for: stage(.day7, of: paid), occurrence: "1").isEmpty)
    }

    @Test func `STR-081 a first payment that failed is told once to whoever wanted to buy`() async throws {
        let acme = try Acme { $0.startedAt = nil }
        let failure = ProvisioningFailure(code: "PAYMENT_FAILED", message: "The first payment failed.", at: Acme.now)
        let event = FirstPaymentFailed(facts: acme.event, failure: failure)
        let rule = FirstPaymentFailedRule(facts: acme.facts)
        let first = try await rule.drafts(for: event, occurrence: "1")
        #expect(first.count == 1)
        #expect(first.addresses.contains("ada@example.com"))
        #expect(try await rule.drafts(for: event, occurrence: "2").map(\.decision) == first.map(\.decision))
    }
}
