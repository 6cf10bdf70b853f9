internal import Core
public import Jobs
internal import Observability

/// Writes and reads back the use of the canary (OPS-151).
public struct ProbeActivity: Job {
    /// `identity.probe_activity`
    public static let kind = "identity.probe_activity"
    /// With what is due now and then.
    public static let lane = Lane.maintenance

    /// Makes the job.
    public init() {}
}

/// Does ``ProbeActivity``.
public struct ProbeActivityHandler<Store: IdentityStore>: JobHandler {
    private let environment: IdentityEnvironment<Store>

    /// Makes the handler.
    public init(_ environment: IdentityEnvironment<Store>) {
        self.environment = environment
    }

    /// The outcome is stored, whatever it is: whoever decides by activity asks for it. A second run is a second probe.
    public func run(_ job: ProbeActivity, context: JobContext) async throws -> JobOutcome {
        let probe = try await environment.store.probeActivity(at: context.now)
        environment.metrics.set(probe)
        if let finding = probe.finding {
            environment.log.error("uses of credentials are not recorded as they should be", ["finding": .string(finding)])
        }
        return .completed
    }
}
