internal import Audit
internal import Billing
internal import Core
internal import Identity
internal import Jobs
internal import Observability
internal import Orgs

/// Decides about one subscription at a time: reads the provider, then decides and writes everything in one transaction (S1).
public struct IdleEvaluator<Store: IdleStore>: IdleEvaluating {
    let store: Store
    let orders: IdleOrders<Store>
    let activity: any ActivityReading<Store.Transaction>
    let rule: any IdleRule
    let writer: CaseWriter<Store.Transaction>

    var settings: IdleSettings { writer.settings }
    var now: Instant { writer.now }
    private var ends: IdleEnds<Store.Transaction> { orders.ends }

    /// Evaluates once for each event, however often it is delivered (IDL-012).
    ///
    /// - Returns: the evaluation; `nil` when the event was evaluated before or the subscription is not there.
    /// - Throws: ``ProviderFailure`` when the provider gives no usable answer; ``IdleEvaluationPostponed`` when the row keeps changing.
    @discardableResult
    public func evaluate(_ trigger: IdleTrigger) async throws -> IdleEvaluation? {
        for _ in 1...3 {
            let noted = try await store.withTransaction(.system) { transaction -> Subscription? in
                if let event = trigger.event, try await transaction.wasEvaluated(event) { return nil }
                return try await transaction.subscription(trigger.subscription)
            }
            guard let noted else { return nil }
            let readNumber = try await store.nextReadNumber()
            var seen: ProviderSubscription?
            if let id = noted.providerLink?.subscription, noted.backing?.isCardBilled == true {
                seen = try await orders.read(id, budget: .job)
            }
            let probe = try await activity.probe()
            let sight = Sight(version: noted.version, subscription: seen, readNumber: readNumber, isProbeGreen: isGreen(probe))
            let attempt = try await store.withTransaction(.system) { try await self.decide(trigger, sight, in: $0) }
            switch attempt {
            case .done(let evaluation):
                if let evaluation { count(evaluation) }
                return evaluation
            case .changed: continue
            }
        }
        throw IdleEvaluationPostponed()
    }

    private func isGreen(_ probe: ProbeResult) -> Bool {
        probe.isGreen && now - probe.at <= settings.probeMaximumAge
    }

    /// What was read outside of the transaction.
    struct Sight: Sendable {
        let version: Int64
        let subscription: ProviderSubscription?
        let readNumber: Int64
        let isProbeGreen: Bool
    }

    enum Attempt: Sendable {
        case done(IdleEvaluation?)
        case changed
    }

    // MARK: The decision

    private func decide(_ trigger: IdleTrigger, _ sight: Sight, in transaction: Store.Transaction) async throws -> Attempt {
        // The row is locked before anything is looked up that depends on it (IDL-022).
        guard let row = try await ends.locked(trigger.subscription, in: transaction) else { return .done(nil) }
        guard row.version == sight.version else { return .changed }
        if let event = trigger.event, try await transaction.wasEvaluated(event) { return .done(nil) }
        let held = try await heldCase(trigger, in: transaction)
        if trigger.source == .release, held == nil { return .done(nil) }
        let subject = IdleSubject(of: row)
        let use = try await activity.lastActivity(of: subject, in: transaction)
        let facts = try await facts(of: row, sight.subscription, use: use, isRelease: held != nil, in: transaction)
        let candidate = Candidate(
            row: row, facts: facts, subject: subject, use: use, held: held, trigger: trigger, sight: sight,
            size: try await transaction.size(of: subject))
        let outcome = try await outcome(of: candidate, in: transaction)
        let evaluation = evaluation(of: candidate, outcome.evaluation)
        guard try await transaction.insert(evaluation) else { return .done(nil) }
        try await carryOut(outcome, candidate, evaluation, in: transaction)
        return .done(evaluation)
    }

    private func heldCase(_ trigger: IdleTrigger, in transaction: Store.Transaction) async throws -> IdleCase? {
        guard let id = trigger.held, let found = try await transaction.lockedCase(id), found.state == .held else { return nil }
        return found
    }

    private func count(_ evaluation: IdleEvaluation) {
        switch evaluation.outcome {
        case .fired: writer.metrics.fired()
        case .wouldFire: writer.metrics.skipped("observe")
        case .skipped(let reason): writer.metrics.skipped(reason.rawValue)
        }
        if evaluation.source == .sweep { writer.metrics.recovered("lost_trigger") }
    }

    // MARK: What was missed

    /// Asks for the evaluation of renewals that nobody announced, and lets held cases lapse whose period is over.
    public func sweepMissed(limit: Int) async throws -> Int {
        for lapsed in try await store.idleCases(IdleCaseQuery(states: [.held], limit: limit)) where lapsed.period.end <= now {
            try await store.withTransaction(.system) { transaction in
                guard let held = try await transaction.lockedCase(lapsed.id), held.state == .held else { return }
                try await writer.lapse(
                    held, because: "its period is over", by: CaseWriter<Store.Transaction>.system, in: transaction)
            }
        }
        let missed = try await store.unjudgedSubscriptions(at: now, within: .days(6), limit: limit)
        for found in missed {
            let trigger = IdleTrigger(subscription: found.subscription, source: .sweep)
            try await store.withTransaction(.system) { transaction in
                try await transaction.enqueue(
                    EvaluateIdle(trigger: trigger), .evaluating(trigger, of: found.periodStart, org: found.org))
            }
        }
        return missed.count
    }
}

/// A row changed each time it was looked at; the evaluation is repeated later.
public struct IdleEvaluationPostponed: Error, Hashable, Sendable {}

extension IdleSubject {
    /// Whose use counts for a subscription: the subscriber's for a seat, everybody's for what all use (IDL-004).
    init(of row: Subscription) {
        if row.resourceType == .repository, let subscriber = row.subscriber {
            self = .subscriber(subscriber)
        } else {
            self = .members(of: row.org)
        }
    }
}
