public import Billing
public import Core
internal import Identity
public import Orgs

/// Looks without touching: why, who, and what another rule would have said (IDL-068 to IDL-070). Nothing here writes.
public protocol IdleInsight: Sendable {
    /// Explains one subscription; `nil` when there is none, or none of the org where one is named.
    func explain(_ id: Subscription.ID, of org: Org.ID?) async throws -> IdleExplanation?

    /// What evaluations would come to, by our own rows; by the order of the subscriptions' ids.
    func preview(_ request: IdlePreviewRequest) async throws -> [IdlePreview]

    /// Cases by a query, newest first.
    func cases(_ query: IdleCaseQuery) async throws -> [IdleCase]

    /// One case; `nil` when there is none.
    func idleCase(_ id: IdleCase.ID) async throws -> IdleCase?

    /// Runs a rule over stored evaluations.
    func replay(_ rule: any IdleRule, after id: IdleEvaluation.ID?, limit: Int) async throws -> IdleReplayReport
}

extension IdleInsight {
    /// Explains one subscription, whosever it is; `nil` when there is none.
    public func explain(_ id: Subscription.ID) async throws -> IdleExplanation? {
        try await explain(id, of: nil)
    }
}

/// Looks at the rows of a store.
public struct StoredIdleInsight<Store: IdleStore>: IdleInsight {
    let store: Store
    let ends: IdleEnds<Store.Transaction>
    let outlook: IdleOutlook
    let dateSource: any DateSource

    /// Reads the row, its cases and evaluations.
    public func explain(_ id: Subscription.ID, of org: Org.ID?) async throws -> IdleExplanation? {
        guard let mirror = try await store.mirror(of: id, in: org) else { return nil }
        let now = dateSource.now
        let facts = facts(of: mirror, at: now)
        return IdleExplanation(
            mirror: mirror, facts: facts, threshold: outlook.threshold(of: facts), outcome: outlook.outcome(of: facts, org: mirror.org),
            cases: try await store.cases(of: id), evaluations: try await store.evaluations(of: id, limit: 20),
            nextEvaluation: outlook.nextEvaluation(of: facts, at: now), earliestEnd: outlook.earliestEnd(of: facts, at: now))
    }

    /// One statement for a part, whatever its size.
    public func preview(_ request: IdlePreviewRequest) async throws -> [IdlePreview] {
        try await store.mirrors(after: request.after, limit: request.limit).map { mirror in
            let facts = facts(of: mirror, at: request.at)
            return IdlePreview(
                subscription: mirror.subscription, outcome: outlook.outcome(of: facts, org: mirror.org),
                threshold: outlook.threshold(of: facts), lastActivity: mirror.use?.at)
        }
    }

    /// Cases by a query, newest first.
    public func cases(_ query: IdleCaseQuery) async throws -> [IdleCase] { try await store.idleCases(query) }

    /// One case.
    public func idleCase(_ id: IdleCase.ID) async throws -> IdleCase? { try await store.idleCase(id) }

    /// Compares by the rule alone: who was outside of the share, stopped by probe or guard, or only observed had the verdict to cancel.
    public func replay(_ rule: any IdleRule, after id: IdleEvaluation.ID?, limit: Int) async throws -> IdleReplayReport {
        let stored = try await store.evaluations(after: id, limit: limit)
        let differences = stored.compactMap { evaluation -> IdleReplayDifference? in
            let verdict = rule.verdict(evaluation.facts)
            return verdict == evaluation.outcome.verdict ? nil : IdleReplayDifference(evaluation: evaluation, verdict: verdict)
        }
        return IdleReplayReport(count: stored.count, differences: differences, last: stored.last?.id)
    }

    private func facts(of mirror: IdleMirror, at now: Instant) -> IdleFacts {
        mirror.facts(isCovered: mirror.plan.resourceType != .addon && ends.isCovered(mirror.plan), at: now)
    }
}

extension IdleEvaluation.Outcome {
    /// What the rule had said, whatever stood around it.
    public var verdict: IdleVerdict {
        switch self {
        case .fired, .wouldFire: .cancel
        case .skipped(.outsideRollout), .skipped(.probe), .skipped(.guard): .cancel
        case .skipped(let reason): .skip(reason)
        }
    }
}
