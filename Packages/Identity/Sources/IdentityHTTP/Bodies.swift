internal import Core
internal import HTTPServer
internal import Identity

struct RegisterBody: Decodable {
    let name: String
    let email: String
    let password: String
    let captchaToken: String?
    let inviteToken: String?

    enum CodingKeys: String, CodingKey {
        case name, email, password
        case captchaToken = "captcha_token"
        case inviteToken = "invite_token"
    }

    func request() throws -> RegistrationRequest {
        RegistrationRequest(
            name: try Fields.personName(name), email: email, password: try Fields.password(password, "password", atLeast: 1),
            captcha: captchaToken.map { SecretString($0) }, invitation: inviteToken.map(InvitationSecret.init))
    }
}

struct LoginBody: Decodable {
    let email: String
    let password: String
    let orgID: String?
    let captchaToken: String?

    enum CodingKeys: String, CodingKey {
        case email, password
        case orgID = "org_id"
        case captchaToken = "captcha_token"
    }
}

struct UpdateUserBody: Decodable {
    let name: String?
    let email: String?
    let reauthPassword: String?
    let reauthAssertion: JSONValue?

    enum CodingKeys: String, CodingKey {
        case name, email
        case reauthPassword = "reauth_password"
        case reauthAssertion = "reauth_assertion"
    }
}

struct UpdatePasswordBody: Decodable {
    let currentPassword: String
    let newPassword: String
    let confirmPassword: String

    enum CodingKeys: String, CodingKey {
        case currentPassword = "current_password"
        case newPassword = "new_password"
        case confirmPassword = "confirm_password"
    }
}

struct CreateAPIKeyBody: Decodable {
    let name: String
    let description: String?
    let expiresAt: String?
    let graphID: String?
    let scopes: [String]?
    let orgID: String?
    let networks: [String]?

    enum CodingKeys: String, CodingKey {
        case name, description, scopes, networks
        case expiresAt = "expires_at"
        case graphID = "graph_id"
        case orgID = "org_id"
    }

    func draft() throws -> APIKeyDraft {
        let scopes = try scopes.map { names in
            guard !names.isEmpty else { throw Problem.invalidField("scopes", message: "must name at least one scope") }
            return Set(
                try names.map { name in
                    guard let scope = Scope(rawValue: name) else { throw IdentityError.unknownScope(name) }
                    return scope
                })
        }
        let org = try orgID.map { text in
            guard let org = OrgReference(text) else { throw IdentityError.notOrgMember }
            return org
        }
        return APIKeyDraft(
            label: try Fields.label(name, description), scopes: scopes, org: org, graph: graphID,
            networks: try networks.map(Fields.networks), expiresAt: try expiresAt.map(Fields.expiry))
    }
}

struct RotateAPIKeyBody: Decodable {
    let overlapHours: Int?

    enum CodingKeys: String, CodingKey {
        case overlapHours = "overlap_hours"
    }
}

struct UpdateAPIKeyBody: Decodable {
    let name: String?
    let description: String?
}

struct TokenBody: Decodable {
    let token: String
}

struct ResetPasswordBody: Decodable {
    let token: String
    let newPassword: String
    let revokeAPIKeys: Bool?

    enum CodingKeys: String, CodingKey {
        case token
        case newPassword = "new_password"
        case revokeAPIKeys = "revoke_api_keys"
    }
}

struct EmailBody: Decodable {
    let email: String
    let captchaToken: String?

    enum CodingKeys: String, CodingKey {
        case email
        case captchaToken = "captcha_token"
    }
}

struct PasswordCheckBody: Decodable {
    let password: String
    let email: String?
}

/// Checks of single fields, with the limit in the words.
enum Fields {
    static func personName(_ text: String) throws -> PersonName {
        guard let name = PersonName(text) else {
            throw Problem.invalidField("name", message: "must have 1 to 100 characters and no control characters")
        }
        return name
    }

    static func password(_ text: String, _ field: String, atLeast minimum: Int) throws -> Password {
        let password = Password(text)
        guard password.count >= minimum, text.utf8.count <= 4_096 else {
            throw Problem.invalidField(field, message: "must have at least \(minimum) characters and at most 4096 bytes")
        }
        return password
    }

    static func label(_ name: String, _ description: String?) throws -> APIKeyLabel {
        guard APIKeyLabel(name: name, description: nil) != nil else {
            throw Problem.invalidField("name", message: "must have 1 to 100 characters and no control characters")
        }
        guard let label = APIKeyLabel(name: name, description: description) else {
            throw Problem.invalidField("description", message: "must have at most 500 characters")
        }
        return label
    }

    static func networks(_ texts: [String]) throws -> [NetworkRange] {
        let ranges = texts.compactMap(NetworkRange.init)
        guard (1...20).contains(texts.count), ranges.count == texts.count else {
            throw Problem.invalidField(
                "networks", message: "must be 1 to 20 IPv4 or IPv6 ranges, such as 203.0.113.0/24; IPv6 ranges have at most 64 bits")
        }
        return ranges
    }

    /// A time without offset is read as UTC (ID-104).
    static func expiry(_ text: String) throws -> Instant {
        guard let instant = Instant(text) ?? Instant(text + "Z") else { throw IdentityError.invalidExpiry }
        return instant
    }
}
