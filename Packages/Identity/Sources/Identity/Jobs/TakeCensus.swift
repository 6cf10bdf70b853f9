internal import Core
public import Jobs

/// Counts what is measured over all accounts (ID-157).
public struct TakeCensus: Job {
    /// `identity.take_census`
    public static let kind = "identity.take_census"
    /// With what is due now and then.
    public static let lane = Lane.maintenance

    /// Makes the job.
    public init() {}
}

/// Does ``TakeCensus``.
public struct TakeCensusHandler<Store: IdentityStore>: JobHandler {
    private let environment: IdentityEnvironment<Store>

    /// Makes the handler.
    public init(_ environment: IdentityEnvironment<Store>) {
        self.environment = environment
    }

    /// Reads, and changes nothing but the metrics of this process.
    public func run(_ job: TakeCensus, context: JobContext) async throws -> JobOutcome {
        environment.metrics.set(try await environment.store.census(at: context.now))
        return .completed
    }
}
