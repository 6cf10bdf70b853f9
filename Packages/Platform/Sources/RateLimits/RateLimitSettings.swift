public import HTTPServer

/// What is limited, and how much.
public struct RateLimitSettings: Sendable {
    /// Whether anything is limited.
    public private(set) var isEnabled = true
    /// How each category is counted.
    public var policies: [CategoryPolicy] = CategoryPolicy.standard
    /// What each plan admits beside it (SEC-011).
    public var plans: [PlanPolicy] = PlanPolicy.standard
    /// What one network may send before anybody looks at credentials (SEC-013).
    public var guardLimit = RateLimit(3_000)
    /// What one API key may send over all categories.
    public var apiKeyLimit = RateLimit(1_000)
    /// What one person may send over all categories and sessions.
    public var sessionLimit = RateLimit(500)
    /// What the people and keys of one org may send together (SEC-012).
    public var orgLimit = RateLimit(6_000)
    /// How many requests this node answers at a time, as far as the share of one org goes: a quarter of them (SEC-012).
    public var handlerSlots = 256
    /// How many connections of one network are served as they should be (SEC-013); the server is told the same.
    public var connectionsPerNetwork = 100
    /// How many nodes share the general figures without knowing of each other (SEC-005).
    public var nodes = 1
    /// The most counts that are kept in memory (SEC-007).
    public var capacity = 200_000

    /// The figures that count for a kind of caller, by the name of the category: those of each category, and the ones over all of them.
    public func figures(for kind: Caller.Kind) -> [(category: String, limit: RateLimit, isStrict: Bool)] {
        let whole: (String, RateLimit)? =
            switch kind {
            case .network: ("network", guardLimit)
            case .apiKey: ("api_key", apiKeyLimit)
            case .user: ("session", sessionLimit)
            case .org: ("org", orgLimit)
            case .link, .operator, .graph, .provider: nil
            }
        let single = policies.compactMap { policy -> (category: String, limit: RateLimit, isStrict: Bool)? in
            switch (policy.counting, kind) {
            case (.network, .network): (policy.category.name, policy.limit, policy.isStrict)
            case (.caller, .network), (.org, .network): (policy.category.name, policy.limit.tenth, policy.isStrict)
            case (.caller, .user), (.caller, .apiKey), (.org, .org): (policy.category.name, policy.limit, policy.isStrict)
            default: nil
            }
        }
        return (whole.map { [(category: $0.0, limit: $0.1, isStrict: false)] } ?? []) + single
    }

    /// The names of all categories and of the plans' figures, in the order in which their buckets are numbered.
    public var categoryNames: [String] { policies.map(\.category.name) + plans.map { "plan:\($0.category.name)" } }

    /// The names of all that is counted for a kind of caller.
    public func categories(of kind: Caller.Kind) -> Set<String> {
        Set(figures(for: kind).map(\.category) + planFigures(for: kind).map(\.category.name))
    }

    /// The figures that differ by plan and count for a kind of caller: for persons, over all their credentials, and for graphs (SEC-011).
    public func planFigures(for kind: Caller.Kind) -> [PlanPolicy] {
        plans.filter { policy in
            switch policy.counting {
            case .person: kind == .user
            case .graph: kind == .graph
            }
        }
    }

    /// Settings with the product's figures.
    public init() {}

    /// Settings with the switch that turns limiting off.
    ///
    /// - Throws: ``RateLimitsCannotBeOff`` when it is off in production (SEC-018).
    public init(isEnabled: Bool, isProduction: Bool) throws(RateLimitsCannotBeOff) {
        guard isEnabled || !isProduction else { throw RateLimitsCannotBeOff() }
        self.isEnabled = isEnabled
    }
}

/// Limits were switched off where customers are.
public struct RateLimitsCannotBeOff: Error, Hashable, Sendable, CustomStringConvertible {
    /// What to do.
    public var description: String { "TRELLIS_RATE_LIMIT_ENABLED cannot be false in production" }
}
