public import HTTPServer

/// The public and the members' side of idle cancellation.
public struct IdleCancellationRoutes: Sendable {
    /// Makes the routes.
    public init() {}

    /// Adds them to a router.
    public func register(on router: inout Router) {}
}
