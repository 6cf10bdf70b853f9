internal import Audit
public import Billing
internal import Core
internal import Identity
public import Jobs
internal import Observability
internal import Orgs

/// Decides about subscriptions whose renewal comes.
public struct EvaluateIdleHandler<Store: IdleStore>: JobHandler {
    let evaluator: IdleEvaluator<Store>

    /// Evaluates; an unanswered read of the provider and a row that keeps changing come back later.
    public func run(_ job: EvaluateIdle, context: JobContext) async throws -> JobOutcome {
        // Held by an operator, nothing is called off; it is looked at once that is over (BIL-131).
        guard try await !evaluator.store.controlsOff().contains(.autoCancel) else {
            return .snoozed(until: context.now + .minutes(1))
        }
        do {
            try await evaluator.evaluate(job.trigger)
            return .completed
        } catch let failure as ProviderFailure {
            evaluator.writer.metrics.failed("provider")
            return .retry(after: failure.retryAfter ?? .seconds(10))
        } catch is IdleEvaluationPostponed {
            return .retry(after: .seconds(5))
        }
    }
}

/// Sends what is asked of the provider about idle ends.
public struct SendIdleEndHandler<Store: IdleStore>: JobHandler {
    let reversals: IdleReversals<Store>

    /// Makes one attempt. A reversal comes back after 5 s, 15 s, 1 min, 5 min, then every 15 min until it is final (IDL-042).
    public func run(_ job: SendIdleEnd, context: JobContext) async throws -> JobOutcome {
        let (outcome, isClearing) = try await reversals.send(job.intent)
        switch outcome {
        case .settled, .withdrawn: return .completed
        case .busy: return .snoozed(until: context.now + .seconds(5))
        case .later(let attempts, let after):
            reversals.writer.metrics.failed("provider")
            let pauses: [Duration] = [.seconds(5), .seconds(15), .minutes(1), .minutes(5), .minutes(15)]
            let pause =
                isClearing
                ? pauses[min(max(attempts, 1), pauses.count) - 1] : RetryPolicy.untilDone.delay(afterAttempt: attempts, jitter: 1)
            return .snoozed(until: context.now + max(pause, after ?? .zero))
        }
    }
}

/// Takes a case back because somebody used the product.
public struct ReverseIdleCaseHandler<Store: IdleStore>: JobHandler {
    let reversals: IdleReversals<Store>

    /// Accepts the reversal; what it asks of the provider has a job of its own.
    public func run(_ job: ReverseIdleCase, context: JobContext) async throws -> JobOutcome {
        let request = ReversalRequest(
            case: job.idleCase, via: .activity, actor: .user(AuditReference(job.user)), person: job.user)
        _ = try await reversals.store.withTransaction(.system) { try await reversals.accept(request, in: $0) }
        return .completed
    }
}

/// Sees to it that a slow provider cuts nobody off (S6).
public struct WatchIdleEndHandler<Store: IdleStore>: JobHandler {
    let reversals: IdleReversals<Store>

    /// Takes back what was used meanwhile; what is still open then gets 72 hours more.
    public func run(_ job: WatchIdleEnd, context: JobContext) async throws -> JobOutcome {
        let (writer, ends) = (reversals.writer, reversals.orders.ends)
        return try await reversals.store.withTransaction(.system) { transaction in
            guard let found = try await transaction.idleCase(job.idleCase),
                var row = try await ends.locked(found.subscription, in: transaction),
                var idleCase = try await transaction.lockedCase(found.id), row.isEnding(at: context.now), row.cancellation?.origin == .idle
            else { return .completed }
            guard context.now >= idleCase.endsAt - .minutes(10) else { return .snoozed(until: idleCase.endsAt - .minutes(10)) }
            if idleCase.state.isPending, let use = try await reversals.activity.lastActivity(of: idleCase.subject, in: transaction),
                use.at >= idleCase.threshold
            {
                let request = ReversalRequest(case: idleCase.id, via: .activity, actor: .system(component: "billing"))
                row = try await writer.accept(request, idleCase, row, through: ends, in: transaction).row
                guard let after = try await transaction.lockedCase(idleCase.id) else { return .completed }
                idleCase = after
            }
            guard idleCase.state == .reversing || idleCase.state == .decided else { return .completed }
            try await writer.extend(&idleCase, row: row, through: ends, in: transaction)
            return .completed
        }
    }
}

/// Closes a case whose end the provider did not tell of.
public struct CloseIdleCaseHandler<Store: IdleStore>: JobHandler {
    let reversals: IdleReversals<Store>

    /// Reads the provider; what goes on there although its time is over is a matter for operators, and looked at again.
    public func run(_ job: CloseIdleCase, context: JobContext) async throws -> JobOutcome {
        let writer = reversals.writer
        guard let found = try await reversals.store.idleCase(job.idleCase), found.state == .confirmed else { return .completed }
        let seen: ProviderSubscription?
        do throws(ProviderFailure) {
            seen = try await reversals.orders.read(found.providerSubscription, budget: .job)
        } catch { return .retry(after: error.retryAfter ?? .minutes(1)) }
        guard EndReading(seen, for: found) == .over else {
            writer.alarm("the provider has not ended what was called off", found, reason: "not_ended")
            return .snoozed(until: context.now + .hours(1))
        }
        return try await reversals.store.withTransaction(.system) { transaction in
            guard try await reversals.orders.ends.locked(found.subscription, in: transaction) != nil,
                let idleCase = try await transaction.lockedCase(found.id), idleCase.state == .confirmed
            else { return .completed }
            try await writer.complete(idleCase, in: transaction)
            return .completed
        }
    }
}

/// Finds renewals whose announcement was lost.
public struct SweepIdleRenewalsHandler<Store: IdleStore>: JobHandler {
    let evaluator: IdleEvaluator<Store>

    /// Enqueues an evaluation for each; twice is once.
    public func run(_ job: SweepIdleRenewals, context: JobContext) async throws -> JobOutcome {
        _ = try await evaluator.sweepMissed(limit: 1_000)
        return .completed
    }
}

/// Finds uses that took nothing back.
public struct SweepIdleReversalsHandler<Store: IdleStore>: JobHandler {
    let reversals: IdleReversals<Store>

    /// Accepts a reversal for each; twice is once.
    public func run(_ job: SweepIdleReversals, context: JobContext) async throws -> JobOutcome {
        _ = try await reversals.sweepLost(limit: 1_000)
        return .completed
    }
}
