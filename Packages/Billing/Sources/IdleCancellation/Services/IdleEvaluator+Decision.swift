internal import Audit
internal import Billing
internal import Core
internal import Identity
internal import Jobs
internal import Observability
internal import Orgs

extension IdleEvaluator {
    /// One subscription with everything that was gathered about it.
    struct Candidate: Sendable {
        let row: Subscription
        let facts: IdleFacts
        let subject: IdleSubject
        let use: ActivityFact?
        let held: IdleCase?
        let trigger: IdleTrigger
        let sight: Sight
        let size: Int
    }

    /// What follows from an evaluation.
    struct Conclusion: Sendable {
        let evaluation: IdleEvaluation.Outcome
        /// The state of a new case; `nil` for none.
        var state: IdleCaseState?
        /// Why it is held.
        var reason: GuardReason?
    }

    func facts(
        of row: Subscription, _ seen: ProviderSubscription?, use: ActivityFact?, isRelease: Bool, in transaction: Store.Transaction
    ) async throws -> IdleFacts {
        let terms = seen?.terms
        let period = seen?.period.flatMap { period in
            terms?.hasOnePeriod == true && period.end > now
                ? Period(
                    start: Instant(secondsSinceEpoch: period.start.secondsSinceEpoch),
                    end: Instant(secondsSinceEpoch: period.end.secondsSinceEpoch)) : nil
        }
        var existing: IdleCaseState?
        if let period, !isRelease { existing = try await transaction.idleCase(of: row.id, periodStart: period.start)?.state }
        return IdleFacts(
            payer: Self.payer(of: row, terms), isPlanCovered: row.resourceType != .addon && orders.ends.isCovered(row),
            existingCase: existing, isEnding: seen?.endsAt != nil || row.isEnding(at: now),
            isActive: row.status == .active && seen?.status == .active, isCollectionPaused: terms?.isPaused ?? false,
            isScheduled: terms?.hasSchedule ?? false, period: period,
            interval: RenewalInterval(unit: terms?.intervalUnit, count: terms?.intervalCount), isFree: terms?.isFree ?? false,
            startedAt: terms?.startedAt, trialEnd: seen?.trialEnd, eligibleAfter: try await transaction.eligibleAfter(of: row.id),
            lastActivity: use?.at)
    }

    private static func payer(of row: Subscription, _ terms: ProviderTerms?) -> IdleFacts.Payer {
        switch row.backing {
        case .netTerms: .netTerms
        case .providerSubscription: terms?.chargesAutomatically == false ? .netTerms : .provider
        case .complimentary, .billingDisabled, .none: .nobody
        }
    }

    /// The rule, then what stands around it: share, observation, probe, guard (IDL-015, IDL-063 to IDL-067).
    func outcome(of candidate: Candidate, in transaction: Store.Transaction) async throws -> Conclusion {
        let outcome = IdleOutlook(rule: rule, settings: settings).outcome(of: candidate.facts, org: candidate.row.org)
        guard outcome == .fired else { return Conclusion(evaluation: outcome) }
        if !candidate.sight.isProbeGreen { return Conclusion(evaluation: .skipped(.probe), state: .held, reason: .probe) }
        if candidate.held == nil, case .held(let reason) = try await admission(in: transaction) {
            return Conclusion(evaluation: .skipped(.guard), state: .held, reason: reason)
        }
        return Conclusion(evaluation: .fired, state: .decided)
    }

    /// Counts under the lock of the guard's row, so that two decisions never take one place (IDL-063).
    private func admission(in transaction: Store.Transaction) async throws -> Admission {
        var state = try await transaction.lockedGuard()
        if state.isOpen { return .held(.open) }
        let counts = try await transaction.guardCounts(at: now)
        guard let reason = GuardPolicy(settings: settings).objection(to: counts) else { return .admitted }
        try await writer.open(&state, because: reason, in: transaction)
        return .held(reason)
    }

    func evaluation(of candidate: Candidate, _ outcome: IdleEvaluation.Outcome) -> IdleEvaluation {
        let facts = candidate.facts
        let threshold = facts.period.flatMap { period in facts.interval.map { rule.threshold(start: period.start, interval: $0) } }
        return IdleEvaluation(
            id: .make(at: now), org: candidate.row.org, subscription: candidate.row.id, event: candidate.trigger.event,
            source: candidate.trigger.source, facts: facts, subjectSize: candidate.size, activitySource: candidate.use?.source,
            threshold: threshold, readNumber: candidate.sight.readNumber, rule: rule.version, outcome: outcome, at: now)
    }

    /// Writes everything of IDL-023, or that a case is held.
    func carryOut(
        _ conclusion: Conclusion, _ candidate: Candidate, _ evaluation: IdleEvaluation, in transaction: Store.Transaction
    ) async throws {
        tellOfDoubt(conclusion, candidate)
        if let held = candidate.held, conclusion.state != .decided { return try await goOnHolding(held, conclusion, in: transaction) }
        guard let state = conclusion.state else { return }
        guard let period = candidate.facts.period, let interval = candidate.facts.interval, let threshold = evaluation.threshold,
            let provider = candidate.row.providerLink?.subscription
        else { return }
        var idleCase =
            candidate.held
            ?? IdleCase(
                id: .make(at: now), org: candidate.row.org, subscription: candidate.row.id, resource: candidate.row.resource,
                subject: candidate.subject, period: period, interval: interval, threshold: threshold,
                lastActivity: candidate.facts.lastActivity, evaluation: evaluation.id, event: candidate.trigger.event,
                providerSubscription: provider, state: state, at: now)
        if candidate.held == nil {
            idleCase.note = conclusion.reason?.rawValue
            guard try await transaction.open(idleCase) else { throw IdleEvaluationPostponed() }
        } else {
            try idleCase.move(to: .decided, at: now)
            idleCase.note = nil
        }
        if state == .held {
            writer.note("idle cancellation held", idleCase)
            try await transaction.record(IdleCaseHeldEntry(idleCase: idleCase), by: CaseWriter<Store.Transaction>.system)
            return
        }
        try await decide(&idleCase, candidate.row, in: transaction)
    }

    private func decide(_ idleCase: inout IdleCase, _ row: Subscription, in transaction: Store.Transaction) async throws {
        let (_, intent) = try await orders.ends.set(writer.end(of: idleCase), of: row, at: idleCase.endsAt, in: transaction)
        idleCase.endIntent = intent
        try await transaction.save(idleCase)
        try await transaction.record(SubscriptionAutoCanceledEntry(idleCase: idleCase), by: CaseWriter<Store.Transaction>.system)
        try await writer.notices.hold(idleCase, in: transaction)
        try await transaction.enqueue(WatchIdleEnd(idleCase: idleCase.id), .watching(idleCase))
        writer.note("idle cancellation decided", idleCase)
    }

    /// A released case that is not idle any more lapses; one that the probe stops stays held.
    private func goOnHolding(_ found: IdleCase, _ conclusion: Conclusion, in transaction: Store.Transaction) async throws {
        guard conclusion.state == nil else { return }
        try await writer.lapse(
            found, because: conclusion.evaluation.word, by: CaseWriter<Store.Transaction>.system, in: transaction)
    }

    /// What could not be judged is a matter for operators, once for each subscription and period (IDL-021).
    private func tellOfDoubt(_ conclusion: Conclusion, _ candidate: Candidate) {
        guard case .skipped(let reason) = conclusion.evaluation,
            [.scheduled, .ambiguousPeriod, .unknownInterval].contains(reason)
        else { return }
        writer.metrics.failed(reason.rawValue)
        writer.log.warning(
            "a subscription cannot be judged",
            ["subscription": .string(candidate.row.id.description), "reason": .string(reason.rawValue)])
    }
}
