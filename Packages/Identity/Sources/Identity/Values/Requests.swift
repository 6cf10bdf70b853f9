public import Core

/// The raw token of an invitation, as the invited person presents it.
public struct InvitationSecret: Sendable {
    /// The token.
    public let secret: SecretString

    /// Takes a token.
    public init(_ text: String) {
        secret = SecretString(text)
    }
}

/// What somebody gives who registers.
public struct RegistrationRequest: Sendable {
    /// The name.
    public var name: PersonName
    /// The address, as it was written: it is read after the checks that come before it (ID-009).
    public var email: String
    /// The password.
    public var password: Password
    /// What the captcha gave.
    public var captcha: SecretString?
    /// The invitation that leads here.
    public var invitation: InvitationSecret?

    /// Makes a request.
    public init(name: PersonName, email: String, password: Password, captcha: SecretString? = nil, invitation: InvitationSecret? = nil) {
        self.name = name
        self.email = email
        self.password = password
        self.captcha = captcha
        self.invitation = invitation
    }
}

/// What somebody gives who signs in.
public struct PasswordCredentials: Sendable {
    /// The address, as it was written.
    public var email: String
    /// The password.
    public var password: Password
    /// What a captcha gave, where one was shown.
    public var captcha: SecretString?

    /// Makes credentials.
    public init(email: String, password: Password, captcha: SecretString? = nil) {
        self.email = email
        self.password = password
        self.captcha = captcha
    }
}

/// A changed profile; what is `nil` stays.
public struct ProfileChanges: Sendable {
    /// The new name.
    public var name: PersonName?
    /// The new address, as it was written.
    public var email: String?
    /// The proof for a new address.
    public var proof: Proof?

    /// Makes changes.
    public init(name: PersonName? = nil, email: String? = nil, proof: Proof? = nil) {
        self.name = name
        self.email = email
        self.proof = proof
    }
}

/// A key to be made.
public struct APIKeyDraft: Sendable {
    /// What its owner calls it.
    public var label: APIKeyLabel
    /// What it may do at most; `nil` for all that its owner may.
    public var scopes: Set<Scope>?
    /// The only org it acts for.
    public var org: OrgReference?
    /// The only graph it reaches.
    public var graph: String?
    /// The only networks it may be used from; `nil` for any.
    public var networks: [NetworkRange]?
    /// When it ends by itself.
    public var expiresAt: Instant?

    /// Makes a draft.
    public init(
        label: APIKeyLabel, scopes: Set<Scope>? = nil, org: OrgReference? = nil, graph: String? = nil, networks: [NetworkRange]? = nil,
        expiresAt: Instant? = nil
    ) {
        self.label = label
        self.scopes = scopes
        self.org = org
        self.graph = graph
        self.networks = networks
        self.expiresAt = expiresAt
    }
}
