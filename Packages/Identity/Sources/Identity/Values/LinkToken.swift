public import Core

/// A secret sent by mail, used once; only its digest is kept.
public struct LinkToken: IdentifiedEntity, Identifiable, Sendable, Hashable {
    /// The id of a link token.
    public typealias ID = Identifier<LinkToken>
    /// `ltk`
    public static let idPrefix = "ltk"

    /// What a link is good for.
    public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
        /// Proves an address.
        case emailVerification = "email_verification"
        /// Sets a new password.
        case passwordReset = "password_reset"
        /// Takes a change of address back.
        case emailRevert = "email_revert"
        /// Says that somebody else registered this address.
        case disown
        /// Takes the end of an account back.
        case deletionCancel = "deletion_cancel"
    }

    /// The id.
    public let id: ID
    /// Whose it is.
    public let user: User.ID
    /// What it is good for.
    public let kind: Kind
    /// Where it was sent.
    public let address: EmailAddress
    /// When it ends.
    public let expiresAt: Instant

    /// Makes a link token value.
    public init(id: ID, user: User.ID, kind: Kind, address: EmailAddress, expiresAt: Instant) {
        self.id = id
        self.user = user
        self.kind = kind
        self.address = address
        self.expiresAt = expiresAt
    }
}

/// What using a link came to.
public enum LinkConsumption: Sendable, Hashable {
    /// It was good, and is used up by this very call.
    case consumed(LinkToken)
    /// It was used before.
    case used
    /// Its time is over.
    case expired
    /// It is none, or was replaced by a newer one.
    case unknown
}
