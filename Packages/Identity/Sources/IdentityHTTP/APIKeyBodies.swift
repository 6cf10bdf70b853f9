internal import Core
internal import HTTPServer
internal import Identity

struct APIKeyBody: Encodable {
    private let key: APIKey
    private let now: Instant

    init(_ key: APIKey, now: Instant) {
        self.key = key
        self.now = now
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(key.id, forKey: .id)
        try container.encode(key.label.name, forKey: .name)
        try container.encode(key.prefix, forKey: .prefix)
        try container.encode(key.isActive(at: now), forKey: .isActive)
        try container.encode(key.createdAt, forKey: .createdAt)
        try container.encode(key.label.description, forKey: .description)
        try container.encode(key.lastActiveAt, forKey: .lastUsedAt)
        try container.encode(key.expiresAt, forKey: .expiresAt)
        try container.encode(key.graph, forKey: .graphID)
        try container.encode(key.scopes.map { $0.map(\.rawValue).sorted() }, forKey: .scopes)
    }

    enum CodingKeys: String, CodingKey {
        case id, name, prefix, description, scopes
        case isActive = "is_active"
        case createdAt = "created_at"
        case lastUsedAt = "last_used_at"
        case expiresAt = "expires_at"
        case graphID = "graph_id"
    }
}

struct CreatedAPIKeyBody: Encodable {
    let apiKey: APIKeyBody
    let key: String

    enum CodingKeys: String, CodingKey {
        case key
        case apiKey = "api_key"
    }
}

struct CreateAPIKeyBody: Decodable {
    let name: String
    let description: String?
    let expiresAt: String?
    let graphID: String?
    let scopes: [String]?
    let orgID: OrgReference?

    enum CodingKeys: String, CodingKey {
        case name, description, scopes
        case expiresAt = "expires_at"
        case graphID = "graph_id"
        case orgID = "org_id"
    }

    /// - Throws: 422 for a bad label, `IdentityError.invalidExpiry`, `.unknownScope`.
    func draft() throws -> APIKeyDraft {
        guard let label = APIKeyLabel(name: name, description: description) else { throw Problem.keyLabel }
        guard scopes?.isEmpty != true else {
            throw Problem.invalidField("scopes", message: "must name at least one scope; leave it out for all")
        }
        let parsed = try scopes.map { names in
            Set(
                try names.map { name throws in
                    guard let scope = Scope(rawValue: name) else { throw IdentityError.unknownScope(name) }
                    return scope
                })
        }
        let expiry = try expiresAt.map { text throws in
            // A time without offset is read as UTC (ID-104).
            guard let instant = Instant(text) ?? Instant(text + "Z") else { throw IdentityError.invalidExpiry }
            return instant
        }
        return APIKeyDraft(label: label, scopes: parsed, org: orgID, graph: graphID, expiresAt: expiry)
    }
}

struct UpdateAPIKeyBody: Decodable {
    let name: String?
    let description: String?
}

extension Problem {
    static let keyLabel = Problem.invalidField("name", message: "must have 1 to 100 characters, the description at most 500")
}
