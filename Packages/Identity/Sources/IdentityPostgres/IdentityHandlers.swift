public import Identity
internal import Jobs
public import JobsPostgres

/// Everything this package does in a worker: its jobs, the events it hears and its schedules.
public struct IdentityHandlers<Store: IdentityStore>: Sendable {
    private let environment: IdentityEnvironment<Store>

    /// Makes the handlers.
    public init(_ environment: IdentityEnvironment<Store>) {
        self.environment = environment
    }

    /// Adds all of them to a worker's registry; a second time is a defect and ends the program.
    public func register(on registry: inout JobRegistry) {
        registry.register(SendPasswordResetHandler(environment))
        registry.register(RecordActivityHandler(environment))
        registry.register(ReviewKeysHandler(environment))
        if let often = CronExpression("*/5 * * * *") {
            registry.add(Schedule("identity.review_keys", often, missed: .once, job: ReviewKeys()))
        }
    }
}
