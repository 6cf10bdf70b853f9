import Billing
import Core
import IdleCancellation
import Testing

extension Instant {
    static func at(_ text: String) throws -> Instant { try #require(Instant(text)) }
}

@Suite struct RuleTests {
    private let rule = TwoPeriodRule()

    /// A graph that nobody has used for two months.
    private func idle() throws -> IdleFacts {
        let period = try #require(Period(start: .at("2027-04-01T09:00:00Z"), end: .at("2027-05-01T09:00:00Z")))
        return IdleFacts(
            payer: .provider, isPlanCovered: true, existingCase: nil, isEnding: false, isActive: true, isCollectionPaused: false,
            isScheduled: false, period: period, interval: RenewalInterval(.month, count: 1), isFree: false,
            startedAt: try .at("2027-02-01T09:00:00Z"), trialEnd: nil, eligibleAfter: try .at("2027-02-01T09:00:00Z"),
            lastActivity: try .at("2027-02-08T00:00:00Z"))
    }

    /// Every early return, in the order of IDL-015.
    private static let returns: [(IdleSkipReason, @Sendable (inout IdleFacts) -> Void)] = [
        (.notProviderBilled, { $0.payer = .nobody }), (.netTerms, { $0.payer = .netTerms }), (.planExempt, { $0.isPlanCovered = false }),
        (.alreadyKept, { $0.existingCase = .kept }), (.alreadyEnding, { $0.isEnding = true }), (.status, { $0.isActive = false }),
        (.paused, { $0.isCollectionPaused = true }), (.scheduled, { $0.isScheduled = true }), (.ambiguousPeriod, { $0.period = nil }),
        (.unknownInterval, { $0.interval = nil }), (.nothingToCharge, { $0.isFree = true }),
        (.firstPeriod, { $0.startedAt = $0.period?.start ?? $0.eligibleAfter }),
        (.grandfathered, { $0.eligibleAfter = Instant(secondsSinceEpoch: 4_000_000_000) }), (.noActivityHistory, { $0.lastActivity = nil }),
        (.stillActive, { facts in facts.lastActivity = facts.lastActivity.map { $0 + .days(365) } }),
    ]

    @Test func `IDL-019 nobody used it for two periods: it is called off`() throws {
        #expect(rule.verdict(try idle()) == .cancel)
    }

    @Test(arguments: [(-1, IdleVerdict.cancel), (0, .skip(.stillActive)), (1, .skip(.stillActive))])
    func `IDL-T02 IDL-019 a use one second before the threshold cancels, at it and after it not`(
        seconds: Int, verdict: IdleVerdict
    ) throws {
        var facts = try idle()
        facts.lastActivity = try .at("2027-03-01T09:00:00Z") + .seconds(Int64(seconds))
        #expect(rule.verdict(facts) == verdict)
    }

    @Test(arguments: [(-1, IdleVerdict.cancel), (0, .cancel), (1, .skip(.grandfathered))])
    func `IDL-T02 IDL-017 a period that begins at or after the instant of eligibility is judged`(
        seconds: Int, verdict: IdleVerdict
    ) throws {
        var facts = try idle()
        facts.eligibleAfter = try #require(facts.period).start + .seconds(Int64(seconds))
        #expect(rule.verdict(facts) == verdict)
    }

    @Test func `IDL-T02 IDL-005 no recorded use is no evidence`() throws {
        var facts = try idle()
        facts.lastActivity = nil
        #expect(rule.verdict(facts) == .skip(.noActivityHistory))
    }

    @Test func `IDL-T03 IDL-015 IDL-002 IDL-021 each reason alone, and of two the earlier one`() throws {
        for (index, first) in Self.returns.enumerated() {
            var alone = try idle()
            first.1(&alone)
            #expect(rule.verdict(alone) == .skip(first.0))
            for second in Self.returns.dropFirst(index + 1) {
                for order in [[first, second], [second, first]] {
                    var facts = try idle()
                    for (_, apply) in order { apply(&facts) }
                    // Two payers are not possible at once: the one that was set last counts.
                    if first.0 == .notProviderBilled, second.0 == .netTerms { continue }
                    #expect(rule.verdict(facts) == .skip(first.0), "\(first.0) and \(second.0)")
                }
            }
        }
    }

    @Test(arguments: IdleCaseState.allCases)
    func `IDL-012 IDL-T03 every case of the period stops another one`(state: IdleCaseState) throws {
        var facts = try idle()
        facts.existingCase = state
        let expected: IdleSkipReason =
            switch state {
            case .held, .lapsed: .alreadyHeld
            case .superseded: .alreadySuperseded
            case .kept, .reversing, .driftCorrected: .alreadyKept
            case .overridden: .alreadyOverridden
            case .decided, .confirmed, .completed, .missed, .keepFailed: .alreadyCancelled
            }
        #expect(rule.verdict(facts) == .skip(expected))
    }

    @Test func `IDL-016 IDL-T03 who was idle for a year before buying is not judged in the first period, and in the second`() throws {
        var facts = try idle()
        facts.lastActivity = try .at("2026-01-01T00:00:00Z")
        facts.startedAt = try .at("2027-04-01T09:00:00Z")
        facts.eligibleAfter = try .at("2027-04-01T09:00:00Z")
        #expect(rule.verdict(facts) == .skip(.firstPeriod))
        facts.period = Period(start: try .at("2027-05-01T09:00:00Z"), end: try .at("2027-06-01T09:00:00Z"))
        #expect(rule.verdict(facts) == .cancel)
    }

    @Test func `IDL-016 IDL-T03 the first paid period after a trial is a first period`() throws {
        var facts = try idle()
        facts.trialEnd = try .at("2027-04-01T09:00:00Z")
        #expect(rule.verdict(facts) == .skip(.firstPeriod))
        facts.trialEnd = try .at("2027-03-01T09:00:00Z")
        #expect(rule.verdict(facts) == .cancel)
    }

    @Test func `IDL-T04 IDL-019 IDL-020 more use never turns keeping into cancelling, and the threshold stays within its bounds`() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 1...200 {
            let unit = RenewalInterval.Unit.allCases.randomElement(using: &random) ?? .month
            let interval = try #require(RenewalInterval(unit, count: Int.random(in: 1...6, using: &random)))
            // Periods as the provider makes them: from one anchor, each month clamped anew.
            let anchor = Instant(secondsSinceEpoch: Int64.random(in: 1_600_000_000...2_400_000_000, using: &random))
            let number = Int.random(in: 1...40, using: &random)
            let day = anchor.calendarDate.day
            func start(_ index: Int) -> Instant {
                switch unit {
                case .day: anchor + .days(index * interval.count)
                case .week: anchor + .days(7 * index * interval.count)
                case .month: anchor.addingMonths(index * interval.count, anchoredOnDay: day)
                case .year: anchor.addingMonths(12 * index * interval.count, anchoredOnDay: day)
                }
            }
            let threshold = rule.threshold(start: start(number), interval: interval)
            #expect(threshold <= start(number - 1))
            #expect(start(number - 1) - threshold <= .days(3))
            var facts = try idle()
            facts.period = Period(start: start(number), end: start(number + 1))
            facts.interval = interval
            facts.startedAt = anchor - .days(1)
            facts.eligibleAfter = anchor
            var wasKept = false
            var use = start(0) - .days(40)
            for _ in 1...20 {
                use = use + .seconds(Int64.random(in: 0...40 * 86_400, using: &random))
                facts.lastActivity = use
                let isKept = rule.verdict(facts) != .cancel
                #expect(isKept || !wasKept)
                wasKept = isKept
            }
        }
    }
}
