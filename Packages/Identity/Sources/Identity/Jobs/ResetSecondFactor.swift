internal import Audit
public import Core
public import Jobs

/// Takes the passkeys and codes of a person away who lost them all, a day after it was approved (ID-136).
public struct ResetSecondFactor: Job {
    /// `identity.reset_second_factor`
    public static let kind = "identity.reset_second_factor"
    /// With the lives of things.
    public static let lane = Lane.lifecycle
    /// Until it is done, or stopped.
    public static let retryPolicy = RetryPolicy.untilDone
    /// The reset.
    public let reset: SecondFactorReset.ID

    /// Makes the job.
    public init(reset: SecondFactorReset.ID) {
        self.reset = reset
    }
}

/// Does ``ResetSecondFactor``.
public struct ResetSecondFactorHandler<Store: IdentityStore>: JobHandler {
    private let environment: IdentityEnvironment<Store>

    /// Makes the handler.
    public init(_ environment: IdentityEnvironment<Store>) {
        self.environment = environment
    }

    /// Looks again under the account's lock: it may have been stopped. Passkeys, codes, sessions and tokens between two steps end in one transaction, with the
    /// entry and the mail; the password stays.
    public func run(_ job: ResetSecondFactor, context: JobContext) async throws -> JobOutcome {
        let now = context.now
        return try await environment.store.withTransaction(.system) { transaction in
            guard let owner = try await transaction.owner(of: job.reset), let user = try await transaction.lockedUser(owner),
                var reset = try await transaction.lockedReset(job.reset), reset.state(at: now) == .approved, let dueAt = reset.dueAt
            else { return .cancelled(reason: "it was stopped") }
            guard now >= dueAt else { return .snoozed(until: dueAt) }
            let removed = try await transaction.removeSecondFactors(of: user.id, madeSince: nil, at: now)
            _ = try await transaction.endSessions(of: user.id, except: nil, because: .operator, at: now)
            reset.completedAt = now
            try await transaction.save(reset)
            try await transaction.record(
                IdentityAudit.UserMFAReset(user: user.id, reset: reset.id, step: .completed, reason: nil, removed: removed.count),
                by: .system(component: "identity"))
            for passkey in removed {
                try await transaction.record(
                    IdentityAudit.PasskeyRemoved(user: user.id, passkey: passkey.id), by: .system(component: "identity"))
            }
            try await transaction.publish(SecondFactorResetCompleted(reset: reset.id, user: user, at: now))
            try await transaction.finish(context.lease)
            return .committed
        }
    }
}
