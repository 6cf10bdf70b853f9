internal import Admin
internal import Core
internal import Graphs
internal import GraphsHTTP
internal import HTTPServer
internal import Identity
internal import RateLimits

/// What single callers may send, and other figures for a time (SEC-017).
extension AdminRoutes {
    /// The longest time for which figures are changed.
    private static let longest = 7 * 24 * 60

    var limitRoutes: [OperatorRoute] {
        [
            OperatorRoute(
                .get, "/v1/admin/rate-limits/{caller}", operation: "get_caller_limits",
                .reading(.read) { call in try await figures(of: try LimitedCaller(of: call.request)) }),
            OperatorRoute(
                .put, "/v1/admin/rate-limits/{caller}", operation: "override_caller_limits",
                .writing(.changeThrottles) { call in
                    let caller = try LimitedCaller(of: call.request)
                    let wish = try call.request.decode(OverrideWish.self)
                    guard (1...Self.longest).contains(wish.minutes) else {
                        throw Problem.invalidField("minutes", message: "must be from 1 to \(Self.longest)")
                    }
                    if let limit = wish.limit, !(1...60_000).contains(limit) {
                        throw Problem.invalidField("limit", message: "must be from 1 to 60000, or null for no limit")
                    }
                    if let category = wish.category, !limits.categories(of: caller.caller.kind).contains(category) {
                        throw Problem.invalidField("category", message: "is none that this caller is counted in")
                    }
                    let now = dateSource.now
                    try await limitControl.set(
                        RateLimitOverride(
                            caller: caller.caller, category: wish.category, limit: wish.limit, until: now + .minutes(wish.minutes)), at: now
                    )
                    return try await figures(of: caller)
                }),
            OperatorRoute(
                .delete, "/v1/admin/rate-limits/{caller}", operation: "clear_caller_limits",
                .writing(.changeThrottles) { call in
                    let caller = try LimitedCaller(of: call.request)
                    _ = try await limitControl.clear(caller.caller)
                    return try await figures(of: caller)
                }),
        ]
    }

    private func figures(of caller: LimitedCaller) async throws -> Response {
        let now = dateSource.now
        let overrides = try await limitControl.overrides(at: now).filter { $0.caller == caller.caller }
        func body(_ figure: (category: String, limit: RateLimit, isStrict: Bool)) -> JSONValue {
            let found = overrides.first { $0.category == figure.category } ?? overrides.first { $0.category == nil }
            let limit: JSONValue
            if let found {
                limit = found.limit.map { JSONValue.integer(Int64($0)) } ?? .null
            } else {
                limit = .integer(Int64(figure.limit.limit))
            }
            return [
                "category": .string(figure.category), "limit": limit, "usual": .integer(Int64(figure.limit.limit)),
                "seconds": .integer(figure.limit.windowMicroseconds / 1_000_000), "strict": .bool(figure.isStrict),
                "until": found.map { .string($0.until.description) } ?? .null,
            ]
        }
        return try .json(
            [
                "caller": .string(caller.name), "kind": .string(caller.kindName), "enabled": .bool(limits.isEnabled),
                "limits": .array(limits.figures(for: caller.caller.kind).map(body)),
                "plans": .array(limits.planFigures(for: caller.caller.kind).map { Self.plan($0, overrides) }),
            ] as JSONValue)
    }

    /// What counts beside it by plan.
    private static func plan(_ policy: PlanPolicy, _ overrides: [RateLimitOverride]) -> JSONValue {
        let name = policy.category.name
        let found = overrides.first { $0.category == name } ?? overrides.first { $0.category == nil }
        var figures: [String: JSONValue] = [
            "category": .string(name), "seconds": .integer(60), "until": found.map { .string($0.until.description) } ?? .null,
        ]
        for column in PlanColumn.allCases {
            let usual = JSONValue.integer(Int64(policy[column].limit))
            figures["\(column)"] = found.map { $0.limit.map { .integer(Int64($0)) } ?? .null } ?? usual
        }
        return .object(figures)
    }

    static var callers: [RouteDescription] {
        let one = "A person, an API key, an org or a graph by its id, or a network by an address."
        let answer = Schema.object(
            "CallerLimits",
            [
                "caller": .string, "kind": .words("network", "user", "api_key", "org", "graph"), "enabled": .boolean,
                "limits": .array(
                    of: .object([
                        "category": .string, "limit": Schema.integer.orNull, "usual": .integer, "seconds": .integer, "strict": .boolean,
                        "until": Schema.instant.orNull,
                    ])),
                "plans": .array(
                    of: .object([
                        "category": .string, "seconds": .integer, "base": Schema.integer.orNull, "standard": Schema.integer.orNull,
                        "large": Schema.integer.orNull, "xlarge": Schema.integer.orNull, "until": Schema.instant.orNull,
                    ])),
            ])
        return [
            RouteDescription("get_caller_limits", "Shows how many requests a caller may send.", for: access(.read)).noting(one)
                .answers(.ok, "The limits in force.", answer).refuses(Problem.notFound),
            write("override_caller_limits", "Gives a caller another figure for a time; null lifts the limit.", for: .changeThrottles)
                .noting(one)
                .takes(
                    Schema.object([
                        "limit": Schema.integer.orNull,
                        "minutes": Schema.integer.limited("minimum", 1).limited("maximum", .integer(Int64(longest))),
                    ])
                    .withOptional([
                        "category": Schema.string.orNull.means("Of this category; of every one without."), "reason": reason,
                    ])
                ).answers(.ok, "The limits in force, five seconds later on every node.", answer).refuses(Problem.notFound),
            write("clear_caller_limits", "Lets the usual figures of a caller hold again.", for: .changeThrottles).noting(one)
                .mayTake(Schema.object([:]).withOptional(["reason": reason])).answers(.ok, "The limits in force.", answer)
                .refuses(Problem.notFound),
        ]
    }
}

private struct OverrideWish: Decodable {
    let category: String?
    let limit: Int?
    let minutes: Int

    enum CodingKeys: String, CodingKey {
        case category, limit, minutes
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        category = try container.decodeIfPresent(String.self, forKey: .category)
        // No limit is said, never left out.
        limit = try container.decode(Int?.self, forKey: .limit)
        minutes = try container.decode(Int.self, forKey: .minutes)
    }
}

/// A caller as a path names it.
private struct LimitedCaller {
    let name: String
    let caller: Caller

    /// - Throws: 404 for what is no caller.
    init(of request: Request) throws {
        name = try request.parameter("caller")
        if let user = User.ID(name) {
            caller = Caller(.user, user)
        } else if let key = APIKey.ID(name) {
            caller = Caller(.apiKey, key)
        } else if let org = OrgReference(name) {
            caller = Caller(.org, org)
        } else if let graph = GraphID(name) {
            caller = graph.counted
        } else if NetworkRange(name) != nil {
            caller = Caller(network: String(name.prefix { $0 != "/" }))
        } else {
            throw Problem.notFound
        }
    }

    var kindName: String {
        switch caller.kind {
        case .user: "user"
        case .apiKey: "api_key"
        case .org: "org"
        case .graph: "graph"
        default: "network"
        }
    }
}
