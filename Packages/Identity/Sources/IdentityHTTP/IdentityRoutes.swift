public import HTTPServer

/// All routes of Identity.
public struct IdentityRoutes: Sendable {
    private let services: IdentityServices

    /// Makes the routes.
    public init(_ services: IdentityServices) {
        self.services = services
    }

    /// Adds the routes to a table.
    public func register(on router: inout Router) {
        router.use(IdentityRefusalMeter(services.metrics))
        router.use(RefusedCallers(services: services))
        AuthRoutes(services).register(on: &router)
        UserRoutes(services).register(on: &router)
        AccountRoutes(services).register(on: &router)
        SecondFactorRoutes(services).register(on: &router)
        PasskeyRoutes(services).register(on: &router)
        HandoffRoutes(services).register(on: &router)
    }
}
