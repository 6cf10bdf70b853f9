public import Audit
public import Core
public import Identity

/// A passkey of an operator, as it is kept.
public struct OperatorPasskey: Sendable, Hashable {
    /// What the authenticator finds it by.
    public let credentialID: [UInt8]
    /// Whose it is.
    public let owner: Operator.ID
    /// The key that verifies.
    public let publicKey: [UInt8]
    /// How it signs (RFC 9053).
    public let algorithm: Int32
    /// How often it has signed, where it counts.
    public let signCount: Int64
    /// Whether it can be copied to other devices.
    public let isBackupEligible: Bool

    /// Describes a passkey.
    public init(
        credentialID: [UInt8], owner: Operator.ID, publicKey: [UInt8], algorithm: Int32, signCount: Int64, isBackupEligible: Bool
    ) {
        self.credentialID = credentialID
        self.owner = owner
        self.publicKey = publicKey
        self.algorithm = algorithm
        self.signCount = signCount
        self.isBackupEligible = isBackupEligible
    }
}

/// A sign-in to the console (ADM-004).
public struct OperatorSession: IdentifiedEntity, Sendable, Hashable {
    /// The id of a session.
    public typealias ID = Identifier<OperatorSession>
    /// `ops`
    public static let idPrefix = "ops"

    /// The id.
    public let id: ID
    /// Who signed in.
    public let owner: Operator
    /// From which network.
    public let network: String
    /// When.
    public let startedAt: Instant
    /// When it was used last.
    public let seenAt: Instant

    /// Describes a session.
    public init(id: ID, owner: Operator, network: String, startedAt: Instant, seenAt: Instant) {
        self.id = id
        self.owner = owner
        self.network = network
        self.startedAt = startedAt
        self.seenAt = seenAt
    }
}

/// How long what belongs to the console lives (ADM-002, ADM-004).
public enum OperatorLifetimes {
    /// A link by which somebody enrols a passkey.
    public static let enrolment: Duration = .minutes(30)
    /// A challenge.
    public static let challenge: Duration = .minutes(5)
    /// A session that nobody uses.
    public static let idle: Duration = .minutes(30)
    /// A session in all.
    public static let session: Duration = .hours(8)
}

/// The way of operators into the console: enrolment links, challenges, passkeys and sessions. There is no password (ADM-003).
public protocol OperatorSessions: Sendable {
    /// Makes a link's secret by which an operator enrols a passkey, once and for half an hour.
    ///
    /// - Throws: ``OperatorRefusal/notFound`` for nobody, and for somebody who ended.
    func enrolmentSecret(for id: Operator.ID) async throws -> SecretString
    /// Whose link it is; `nil` for one that was used, is over, or was never given out.
    func enrolling(_ secret: SecretString) async throws -> Operator?
    /// Makes a challenge that is good for one ceremony.
    func makeChallenge() async throws -> [UInt8]
    /// Uses a challenge up.
    ///
    /// - Returns: whether it was given out a short while ago and nobody has used it.
    func takeChallenge(_ challenge: [UInt8]) async throws -> Bool
    /// Uses a link up and keeps the passkey; `false` when the link is good no more, or the passkey is there already.
    func enrol(_ passkey: OperatorPasskey, with secret: SecretString) async throws -> Bool
    /// The passkey that an authenticator finds by an id.
    func passkey(_ credentialID: [UInt8]) async throws -> OperatorPasskey?
    /// Begins a session after a passkey was verified.
    ///
    /// Whoever signs in with a program or from a network of which there was no session for 90 days is told by mail (NOT-169).
    ///
    /// - Parameter signCount: what the authenticator says; one that goes back belongs to a copy of it, and is refused.
    /// - Returns: the secret of the session's cookie; `nil` when it is refused.
    func begin(with passkey: OperatorPasskey, signCount: Int64, from client: ClientContext) async throws -> SecretString?
    /// The session of a cookie, used from now on; `nil` when it is over, was ended, or its operator's role changed or ended meanwhile.
    func session(_ secret: SecretString) async throws -> OperatorSession?
    /// All sessions that are not over, the newest first.
    func sessions() async throws -> [OperatorSession]
    /// Ends a session; `false` when there is none.
    func end(_ id: OperatorSession.ID) async throws -> Bool
}

/// An operator enrolled a passkey.
public struct OperatorPasskeyEnrolled: AuditEvent {
    /// The row of the catalogue.
    public static let type = OperatorAudit.type("operator_passkey_enrolled", .high)
    private let id: Operator.ID

    /// Tells of it.
    package init(id: Operator.ID) {
        self.id = id
    }

    /// The operator.
    public var references: AuditReferences { AuditReferences(AuditReference(id)) }
    /// One line.
    public var summary: String { "\(id) enrolled a passkey" }
}

/// An operator signed in to the console.
public struct OperatorSignedIn: AuditEvent {
    /// The row of the catalogue.
    public static let type = OperatorAudit.type("operator_signed_in", .medium)
    private let id: Operator.ID
    private let session: OperatorSession.ID
    private let client: NetworkClient

    /// Tells of it.
    package init(id: Operator.ID, session: OperatorSession.ID, client: NetworkClient) {
        self.id = id
        self.session = session
        self.client = client
    }

    /// The operator and the network.
    public var references: AuditReferences { AuditReferences(AuditReference(id), AuditReference(client)) }
    /// One line.
    public var summary: String { "\(id) signed in" }
    /// The session.
    public var data: [String: JSONValue] { ["session": .string(session.description)] }
}
