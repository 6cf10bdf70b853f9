internal import Core
public import Jobs
public import Observability

/// Tries a job again by numbers that are settings, where the kind of job has them fixed (ORG-116).
public struct RetryingHandler<Handler: JobHandler>: JobHandler {
    private let handler: Handler
    private let policy: RetryPolicy
    private let log: Log

    /// Wraps a handler.
    public init(_ handler: Handler, policy: RetryPolicy, log: Log) {
        self.handler = handler
        self.policy = policy
        self.log = log
    }

    /// What failed comes back after the wait of the settings; after their last attempt it is a dead letter.
    public func run(_ job: Handler.Work, context: JobContext) async throws -> JobOutcome {
        do {
            return try await handler.run(job, context: context)
        } catch let error as JobLeaseLost {
            throw error
        } catch {
            log.error(
                "A job of Orgs failed.",
                ["kind": .string(Handler.Work.kind), "attempt": .integer(Int64(context.attempt)), "error": .string(errorChain(error))])
            guard context.attempt < policy.maximumAttempts else {
                return .discarded(reason: "the last of \(policy.maximumAttempts) attempts failed")
            }
            return .retry(after: policy.delay(afterAttempt: context.attempt, jitter: 1))
        }
    }
}
