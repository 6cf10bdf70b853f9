import Billing
import Core
import Orgs
import Testing

@testable import IdleCancellation

/// Table S5, row by row: what a good link shows for a case.
@Suite struct KeepPageRowsTests {
    private static let now = Instant(secondsSinceEpoch: 1_808_000_000)
    private let facts = KeepPageFacts(resource: "Orders", org: "Acme", periodEnd: now + .days(6))

    private func idleCase(_ state: IdleCaseState) throws -> IdleCase {
        let org = Org.ID(high: 1, low: 1)
        return IdleCase(
            id: IdleCase.ID(high: 1, low: 2), org: org, subscription: Subscription.ID(high: 1, low: 3), resource: nil,
            subject: .members(of: org),
            period: try #require(Period(start: Self.now - .days(24), end: Self.now + .days(6))),
            interval: try #require(RenewalInterval(.month, count: 1)),
            threshold: Self.now - .days(54), lastActivity: nil, evaluation: IdleEvaluation.ID(high: 1, low: 4), event: nil,
            providerSubscription: ProviderID("sub_1"), state: state, at: Self.now)
    }

    @Test(arguments: IdleCaseState.allCases)
    func `IDL-T10, ADM-086 a fresh link shows what the case says, and one that was used says that the subscription continues`(
        state: IdleCaseState
    ) throws {
        let fresh = KeepPageRows.page(for: try idleCase(state), isUsed: false, facts)
        let used = KeepPageRows.page(for: try idleCase(state), isUsed: true, facts)
        switch state {
        case .decided, .confirmed: #expect(fresh == .pending(facts) && used == .continues(facts))
        case .reversing, .kept, .superseded, .driftCorrected: #expect(fresh == .alreadyActive(facts) && used == .continues(facts))
        case .overridden, .held, .lapsed, .missed, .keepFailed: #expect(fresh == .endedOtherwise(facts) && used == .endedOtherwise(facts))
        case .completed: #expect(fresh == .periodEnded && used == .periodEnded)
        }
    }
}
