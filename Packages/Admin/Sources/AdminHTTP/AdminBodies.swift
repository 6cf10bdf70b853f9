internal import Admin
internal import Core
internal import HTTPServer
internal import Identity
internal import Notifications
internal import Observability
internal import Orgs
internal import RateLimits

struct FreezeWish: Decodable {
    let cause: String
}

struct LevelWish: Decodable {
    let level: String
    let minutes: Int
}

struct BlockWish: Decodable {
    let address: String
    let until: String
}

struct UnblockWish: Decodable {
    let address: String
}

/// New limits: what is left out stays, `null` means unlimited and is never written as a number (ADM-021).
struct LimitWish: Decodable {
    enum Value {
        case kept
        case unlimited
        case number(Int)

        func limit(_ name: String, atLeast least: Int, atMost cap: Int?) throws -> Limit? {
            switch self {
            case .kept: return nil
            case .unlimited:
                guard cap == nil else { throw AdminBodies.aboveCap }
                return .unlimited
            case .number(let number):
                guard (least...1_000_000).contains(number) else {
                    throw Problem.invalidField(name, message: "must be from \(least) to 1000000, or null for unlimited")
                }
                if let cap, number > cap { throw AdminBodies.aboveCap }
                return .limited(number)
            }
        }
    }

    let maxGraphs: Value
    let maxMembers: Value

    enum CodingKeys: String, CodingKey {
        case maxGraphs = "max_graphs"
        case maxMembers = "max_members"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func value(_ key: CodingKeys) throws -> Value {
            guard container.contains(key) else { return .kept }
            return try container.decodeIfPresent(Int.self, forKey: key).map { .number($0) } ?? .unlimited
        }
        maxGraphs = try value(.maxGraphs)
        maxMembers = try value(.maxMembers)
    }
}

enum AdminBodies {
    static let aboveCap = Problem(
        status: .forbidden, code: "ABOVE_CAP", detail: "Your role sets limits up to 25 graphs and 250 members.")
}

struct OperatorBody: Encodable {
    let id: String
    let name: String
    let email: String?
    let role: String
    let createdAt: Instant
    let disabledAt: Instant?

    /// - Parameter isShown: whether the address is shown whole (ADM-008).
    init(_ person: Operator, showingAddress isShown: Bool) {
        id = person.id.description
        name = person.name
        email = person.email.map { isShown ? $0.description : MailAddress.masked($0.description) }
        role = person.role.rawValue
        createdAt = person.createdAt
        disabledAt = person.disabledAt
    }

    enum CodingKeys: String, CodingKey {
        case id
        case name
        case email
        case role
        case createdAt = "created_at"
        case disabledAt = "disabled_at"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(name, forKey: .name)
        try container.encode(email, forKey: .email)
        try container.encode(role, forKey: .role)
        try container.encode(createdAt, forKey: .createdAt)
        try container.encode(disabledAt, forKey: .disabledAt)
    }
}

struct LevelBody: Encodable {
    let component: String
    let level: String
    let until: Instant

    init(_ override: LogLevels.Override) {
        component = override.component
        level = override.level.rawValue
        until = override.until
    }
}

struct BlockBody: Encodable {
    let network: String
    let until: Instant
    let cause: String
    let failures: Int

    init(_ block: NetworkBlock) {
        network = block.network
        until = block.until
        cause = block.cause
        failures = block.failures
    }
}

struct RateLimitsBody: Encodable {
    struct Category: Encodable {
        let category: String
        let limit: Int
        let seconds: Int
        let strict: Bool
    }

    let enabled: Bool
    let categories: [Category]

    init(_ settings: RateLimitSettings) {
        enabled = settings.isEnabled
        categories = settings.policies.map { policy in
            Category(
                category: policy.category.name, limit: policy.limit.limit, seconds: Int(policy.limit.windowMicroseconds / 1_000_000),
                strict: policy.isStrict)
        }
    }
}
