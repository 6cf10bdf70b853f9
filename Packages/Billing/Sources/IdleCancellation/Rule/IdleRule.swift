internal import Billing
public import Core

/// Decides from facts alone whether a renewal is called off.
public protocol IdleRule: Sendable {
    /// Which rule it is; stored with each evaluation.
    var version: RuleVersion { get }

    /// The verdict; the same facts always give the same one.
    func verdict(_ facts: IdleFacts) -> IdleVerdict

    /// A use from this instant on keeps a subscription whose period began at `start`.
    func threshold(start: Instant, interval: RenewalInterval) -> Instant
}

/// The rule of idle-cancel.md, section 2: no use for the whole previous period, nor in the running one.
public struct TwoPeriodRule: IdleRule {
    /// How many whole periods before the running one must be without use; one, save for a look at what else would have been.
    private let quietPeriods: Int
    /// 1
    public var version: RuleVersion { RuleVersion(rawValue: 1) }

    /// Makes the rule.
    ///
    /// - Parameter quietPeriods: from 1 to 12.
    public init(quietPeriods: Int = 1) {
        self.quietPeriods = min(max(quietPeriods, 1), 12)
    }

    /// So many intervals before the start of the running period.
    public func threshold(start: Instant, interval: RenewalInterval) -> Instant {
        RenewalInterval(interval.unit, count: interval.count * quietPeriods)?.before(start) ?? interval.before(start)
    }

    /// The first reason that applies, in the order of IDL-015; a use before the threshold by a microsecond cancels, one at it does not.
    public func verdict(_ facts: IdleFacts) -> IdleVerdict {
        if let reason = uncovered(facts) ?? unclear(facts) { return .skip(reason) }
        guard let period = facts.period else { return .skip(.ambiguousPeriod) }
        guard let interval = facts.interval else { return .skip(.unknownInterval) }
        if facts.isFree { return .skip(.nothingToCharge) }
        guard let startedAt = facts.startedAt, period.start > max(startedAt, facts.trialEnd ?? startedAt) else {
            return .skip(.firstPeriod)
        }
        if period.start < facts.eligibleAfter { return .skip(.grandfathered) }
        guard let lastActivity = facts.lastActivity else { return .skip(.noActivityHistory) }
        guard lastActivity < threshold(start: period.start, interval: interval) else { return .skip(.stillActive) }
        return .cancel
    }

    /// Who is not asked at all.
    private func uncovered(_ facts: IdleFacts) -> IdleSkipReason? {
        switch facts.payer {
        case .nobody: return .notProviderBilled
        case .netTerms: return .netTerms
        case .provider: break
        }
        if !facts.isPlanCovered { return .planExempt }
        return facts.existingCase.map(IdleSkipReason.init(existing:))
    }

    /// What is about to end anyway, or is not about to be charged, or cannot be judged.
    private func unclear(_ facts: IdleFacts) -> IdleSkipReason? {
        if facts.isEnding { return .alreadyEnding }
        if !facts.isActive { return .status }
        if facts.isCollectionPaused { return .paused }
        return facts.isScheduled ? .scheduled : nil
    }
}
