internal import Core
internal import HTTPServer
internal import Identity

struct UserBody: Encodable {
    let id: String
    let name: String
    let email: String
    let emailVerified: Bool
    let accounts: [String]

    init(_ user: User) {
        id = user.id.description
        name = user.name.description
        email = user.email.description
        emailVerified = user.isEmailVerified
        accounts = []
    }

    init(_ principal: Principal) {
        id = principal.userID.description
        name = principal.name.description
        email = principal.email.description
        emailVerified = principal.isEmailVerified
        accounts = []
    }

    enum CodingKeys: String, CodingKey {
        case id, name, email, accounts
        case emailVerified = "email_verified"
    }
}

struct AuthBody: Encodable {
    struct Org: Encodable {
        let id: String
        let name: String
        let type: String
        let role: String
    }

    let user: UserBody
    let message: String
    let org: Org?
    let token: String
    let expiresIn: Int64
    let refreshThreshold: Int64

    init(_ outcome: SignInOutcome, message: String, showsOrg: Bool, now: Instant, settings: IdentitySettings) {
        user = UserBody(outcome.user)
        self.message = message
        org = showsOrg
            ? outcome.org.map { Org(id: $0.org.description, name: $0.name, type: $0.type.rawValue, role: $0.role.rawValue) } : nil
        token = outcome.token.value.withValue { $0 }
        expiresIn = (outcome.token.expiresAt - now).components.seconds
        refreshThreshold = settings.refreshThreshold.components.seconds
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(user, forKey: .user)
        try container.encode(message, forKey: .message)
        try container.encode(org, forKey: .org)
        try container.encode("authenticated", forKey: .status)
        try container.encodeNil(forKey: .mfaToken)
        try container.encode(token, forKey: .token)
        try container.encode(expiresIn, forKey: .expiresIn)
        try container.encode(refreshThreshold, forKey: .refreshThreshold)
    }

    enum CodingKeys: String, CodingKey {
        case user, message, org, status, token
        case mfaToken = "mfa_token"
        case expiresIn = "expires_in"
        case refreshThreshold = "refresh_threshold"
    }
}

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
}

struct LoginBody: Decodable {
    let email: String
    let password: String
}

struct TokenBody: Decodable {
    let token: String
}

struct ResetBody: Decodable {
    let token: String
    let newPassword: String

    enum CodingKeys: String, CodingKey {
        case token
        case newPassword = "new_password"
    }
}

struct PasswordCheckBody: Decodable {
    let password: String
    let email: String?
}

struct PasswordCheckAnswer: Encodable {
    let rating: PasswordRating

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(rating.isAcceptable, forKey: .isValid)
        try container.encode(rating.strength.rawValue, forKey: .strength)
        try container.encode(rating.score, forKey: .score)
        try container.encode(rating.errors, forKey: .errors)
        try container.encode(rating.suggestions, forKey: .suggestions)
        try container.encode(
            [
                "uppercase": rating.hasUppercase, "lowercase": rating.hasLowercase, "digits": rating.hasDigit, "special": rating.hasSpecial,
            ], forKey: .characterTypes)
    }

    enum CodingKeys: String, CodingKey {
        case strength, score, errors, suggestions
        case isValid = "is_valid"
        case characterTypes = "character_types"
    }
}

/// An acknowledgement of a write that has nothing else to answer.
struct SuccessBody: Encodable {
    let message: String
    var data: JSONValue = .null
    let success = true
}
