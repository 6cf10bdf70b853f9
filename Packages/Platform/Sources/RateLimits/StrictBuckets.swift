public import Core
public import HTTPServer

/// Counts that outlive the process and hold for all nodes together: of sign-ins, registrations, codes and links (SEC-005).
public protocol StrictBuckets: Sendable {
    /// Takes a place if there is one, in one step: of callers at the same moment no more pass than there are places (SEC-004).
    ///
    /// - Parameters:
    ///   - bucket: the category, and the route where each route has a count of its own.
    ///   - caller: whose count.
    /// - Throws: what the store throws; the caller of the route is then told 503, and has no free try (SEC-006).
    func take(_ bucket: String, _ caller: Caller, _ rate: RateLimit, at now: Instant) async throws -> Taken
}

/// Is told when somebody is refused: the first time for each caller, category and minute; the rest are only counted (SEC-009).
public protocol RefusalObserver: Sendable {
    /// A request was refused.
    func refused(_ refusal: Refusal) async
}

/// A request that was one too many.
public struct Refusal: Sendable {
    /// The category.
    public let category: RouteCategory
    /// Whose count was full.
    public let caller: Caller
    /// The peer's address.
    public let address: String
    /// The route.
    public let route: String

    /// Whether the category guards a way to sign in, where guessing shows.
    public var isSignIn: Bool { [.login, .register, .auth, .mfa, .adminLogin].contains(category) }
}

extension Taken {
    /// What a store found out.
    public init(isAdmitted: Bool, limit: Int, remaining: Int, resetsAt: Instant) {
        self.init(isAdmitted: isAdmitted, tightest: 0, limit: limit, remaining: remaining, resetsAt: resetsAt)
    }
}
