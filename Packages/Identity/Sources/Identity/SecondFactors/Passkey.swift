public import Audit
public import Core

/// A credential of an authenticator that a person has enrolled.
public struct Passkey: IdentifiedEntity, AuditReferable, Identifiable, Sendable, Hashable {
    /// The id of a passkey.
    public typealias ID = Identifier<Passkey>
    /// `upk`
    public static let idPrefix = "upk"
    /// `passkey`
    public static let auditKind = AuditReferenceKind.passkey
    /// How many live ones an account has at most.
    public static let limit = 20

    /// The id.
    public let id: ID
    /// Whose it is.
    public let user: User.ID
    /// What it is called.
    public var name: String
    /// What the authenticator said when it was made.
    public let facts: PasskeyFacts
    /// How often it signed, where it counts.
    public var signCount: Int64
    /// Whether it has been copied to other devices.
    public var isBackedUp: Bool
    /// When it was last used.
    public var lastUsedAt: Instant?
    /// When it was enrolled.
    public let createdAt: Instant

    /// Makes a passkey value.
    public init(
        id: ID, user: User.ID, name: String, facts: PasskeyFacts, signCount: Int64, isBackedUp: Bool, lastUsedAt: Instant?,
        createdAt: Instant
    ) {
        self.id = id
        self.user = user
        self.name = name
        self.facts = facts
        self.signCount = signCount
        self.isBackedUp = isBackedUp
        self.lastUsedAt = lastUsedAt
        self.createdAt = createdAt
    }

    /// A name as it may be stored: 1 to 100 characters without control characters; `nil` for another.
    public static func name(_ text: String) -> String? {
        PersonName(text)?.description
    }
}

/// What is known of a credential from its enrolment on.
public struct PasskeyFacts: Sendable, Hashable {
    /// What the authenticator finds it by.
    public let credentialID: [UInt8]
    /// The key that verifies.
    public let publicKey: [UInt8]
    /// How it signs, as a COSE number.
    public let algorithm: Int32
    /// The model of the authenticator, 16 bytes.
    public let model: [UInt8]
    /// How the authenticator can be reached, as the browser said.
    public let transports: [String]
    /// Whether it may be copied to other devices.
    public let isBackupEligible: Bool

    /// Takes what was found.
    public init(
        credentialID: [UInt8], publicKey: [UInt8], algorithm: Int32, model: [UInt8], transports: [String], isBackupEligible: Bool
    ) {
        self.credentialID = credentialID
        self.publicKey = publicKey
        self.algorithm = algorithm
        self.model = model
        self.transports = transports
        self.isBackupEligible = isBackupEligible
    }
}

/// What an authenticator said at one ceremony that was good.
public struct PasskeyUse: Sendable, Hashable {
    /// How often it signed, where it counts.
    public let signCount: Int64
    /// Whether the credential has been copied to other devices.
    public let isBackedUp: Bool

    /// Takes what was said.
    public init(signCount: Int64, isBackedUp: Bool) {
        self.signCount = signCount
        self.isBackedUp = isBackedUp
    }
}

/// The answer of a browser, read but not believed.
public struct PasskeyAnswer: Sendable, Hashable {
    /// The credential that it says it is of.
    public let credentialID: [UInt8]
    /// The challenge that it says it answers.
    public let challenge: String
    /// Whose the authenticator says the credential is.
    public let userHandle: [UInt8]?
    /// The parts by their names on the wire.
    public let parts: [String: [UInt8]]
    /// How the authenticator can be reached.
    public let transports: [String]

    /// Takes what was read.
    public init(credentialID: [UInt8], challenge: String, userHandle: [UInt8]?, parts: [String: [UInt8]], transports: [String]) {
        self.credentialID = credentialID
        self.challenge = challenge
        self.userHandle = userHandle
        self.parts = parts
        self.transports = transports
    }
}

/// Checks what authenticators say. It knows the relying party and asks no database.
public protocol PasskeyVerifier: Sendable {
    /// The domain that passkeys are bound to.
    var relyingPartyID: String { get }

    /// Reads an answer without believing anything in it.
    ///
    /// - Throws: ``IdentityError/ceremonyFailed``.
    func read(_ answer: JSONValue) throws(IdentityError) -> PasskeyAnswer

    /// Checks a registration.
    ///
    /// - Throws: ``IdentityError/ceremonyFailed``.
    func enrol(_ answer: PasskeyAnswer) throws(IdentityError) -> (facts: PasskeyFacts, use: PasskeyUse)

    /// Checks the use of a passkey.
    ///
    /// - Throws: ``IdentityError/ceremonyFailed``.
    func verify(_ answer: PasskeyAnswer, by passkey: Passkey) throws(IdentityError) -> PasskeyUse

    /// Bytes as options carry them: the URL-safe alphabet without padding.
    func text(of bytes: [UInt8]) -> String
}
