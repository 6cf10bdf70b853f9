public import HTTPServer

/// So many requests in a window of time.
public struct RateLimit: Sendable, Hashable {
    /// The most requests in any window.
    public let limit: Int
    /// The length of the window in microseconds.
    public let windowMicroseconds: Int64

    /// Takes a figure.
    ///
    /// - Parameters:
    ///   - limit: 1 to 65,000.
    ///   - window: a whole number of seconds, at least 1.
    public init(_ limit: Int, per window: Duration = .seconds(60)) {
        self.limit = min(max(1, limit), 65_000)
        windowMicroseconds = max(1, window.components.seconds) * 1_000_000
    }

    /// The figure for one of several nodes that do not know of each other (SEC-005).
    func divided(by nodes: Int) -> RateLimit {
        RateLimit((limit + max(1, nodes) - 1) / max(1, nodes), per: .microseconds(windowMicroseconds))
    }

    /// What callers without a credential get (SEC-010).
    var tenth: RateLimit { RateLimit(max(1, limit / 10), per: .microseconds(windowMicroseconds)) }

    var windowSeconds: Int64 { windowMicroseconds / 1_000_000 }
}

/// How the requests of a category are counted.
public struct CategoryPolicy: Sendable, Hashable {
    /// For whom requests are counted.
    public enum Counting: Sendable, Hashable {
        /// Not at all: what monitors ask from inside.
        case nothing
        /// For each caller whose credential is good; for all others of a network a tenth (SEC-010).
        case caller
        /// For the org that the caller acts for, whoever of its people calls (SEC-016); for callers without a good credential as ``caller``.
        case org
        /// For each network, before anything else is looked at.
        case network
        /// Answers with a 4xx status for each network; all others together against a ceiling (SEC-015).
        case provider(ceiling: RateLimit)
    }

    /// The category.
    public let category: RouteCategory
    /// The figure.
    public let limit: RateLimit
    /// For whom it is counted.
    public let counting: Counting
    /// Whether the count outlives the process and holds for all nodes together (SEC-005).
    public let isStrict: Bool
    /// Whether each route of the category has a count of its own.
    public let isPerRoute: Bool

    /// Makes a policy.
    public init(
        _ category: RouteCategory, _ limit: RateLimit, _ counting: Counting = .caller, isStrict: Bool = false, isPerRoute: Bool = false
    ) {
        self.category = category
        self.limit = limit
        self.counting = counting
        self.isStrict = isStrict
        self.isPerRoute = isPerRoute
    }
}
