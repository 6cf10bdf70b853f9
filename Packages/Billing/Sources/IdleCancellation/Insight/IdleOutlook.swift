internal import Billing
internal import Core
internal import Identity
internal import Orgs

/// What facts come to, before probe and guard: the rule, the share of orgs, observation. The real run and every look ahead ask this one (IDL-069).
struct IdleOutlook: Sendable {
    let rule: any IdleRule
    let settings: IdleSettings

    func outcome(of facts: IdleFacts, org: Org.ID) -> IdleEvaluation.Outcome {
        switch rule.verdict(facts) {
        case .skip(let reason): return .skipped(reason)
        case .cancel: break
        }
        // A share of the orgs by their ids, so that raising it only adds.
        guard Int(org.low % 100) < settings.rolloutPercent else { return .skipped(.outsideRollout) }
        return settings.mode == .enforce ? .fired : .wouldFire
    }

    /// One interval before the start of the running period; none where there is no provider whose period it could be (section 1).
    func threshold(of facts: IdleFacts) -> Instant? {
        guard facts.payer == .provider else { return nil }
        return facts.period.flatMap { period in facts.interval.map { rule.threshold(start: period.start, interval: $0) } }
    }

    /// The end of the first period, from the running one on, in which nothing but a use would keep it; `nil` when there is none within two years.
    func earliestEnd(of facts: IdleFacts, at now: Instant) -> Instant? {
        guard let interval = facts.interval, var period = facts.period else { return nil }
        for _ in 0..<24 {
            var later = facts
            later.period = period
            later.existingCase = period == facts.period ? facts.existingCase : nil
            if rule.verdict(later) == .cancel { return period.end }
            guard let next = Period(start: period.end, end: interval.after(period.end)) else { return nil }
            period = next
        }
        return nil
    }

    /// When it is looked at next: seven days before a renewal, by the provider's announcement.
    func nextEvaluation(of facts: IdleFacts, at now: Instant) -> Instant? {
        guard facts.isActive, !facts.isEnding, facts.payer == .provider, let period = facts.period, let interval = facts.interval else {
            return nil
        }
        let lead = period.end - .days(7)
        return lead > now ? lead : interval.after(period.end) - .days(7)
    }
}
