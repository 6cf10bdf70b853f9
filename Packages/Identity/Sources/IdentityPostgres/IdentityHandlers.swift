public import Identity
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
    }
}
