public import Core
public import Jobs

/// All sessions of a person were ended at once; the person is told why (NOT-115).
public struct AllSessionsEnded: DomainEvent, Hashable {
    /// What ended them.
    public enum Cause: String, Sendable, Hashable, Codable, CaseIterable {
        /// The person signed out everywhere.
        case logoutAll = "logout_all"
        /// A token that had been replaced was presented from another network.
        case tokenReuse = "token_reuse"
    }

    /// `identity.all_sessions_ended`
    public static let topic = "identity.all_sessions_ended"
    /// The account.
    public let user: User.ID
    /// Its address.
    public let email: String
    /// The name of the person.
    public let name: String
    /// Why.
    public let cause: Cause
    /// When.
    public let at: Instant

    /// Makes the event.
    public init(user: User.ID, email: String, name: String, cause: Cause, at: Instant) {
        self.user = user
        self.email = email
        self.name = name
        self.cause = cause
        self.at = at
    }

    /// By account.
    public var eventKey: String { user.description }
}

/// A person signed in with a kind of program and from a network that were not seen together for 90 days (NOT-107).
public struct SignedInFromNewClient: DomainEvent, Hashable {
    /// `identity.signed_in_from_new_client`
    public static let topic = "identity.signed_in_from_new_client"
    /// The account.
    public let user: User.ID
    /// Its address.
    public let email: String
    /// The name of the person.
    public let name: String
    /// The session.
    public let session: Session.ID
    /// The kind of program.
    public let clientFamily: String
    /// The network.
    public let network: String
    /// When.
    public let at: Instant

    /// Makes the event.
    public init(user: User.ID, email: String, name: String, session: Session.ID, clientFamily: String, network: String, at: Instant) {
        self.user = user
        self.email = email
        self.name = name
        self.session = session
        self.clientFamily = clientFamily
        self.network = network
        self.at = at
    }

    /// By account.
    public var eventKey: String { user.description }
}

/// Somebody tried to register an address that has an account; its owner is told (NOT-108).
public struct RegistrationAttempted: DomainEvent, Hashable {
    /// `identity.registration_attempted`
    public static let topic = "identity.registration_attempted"
    /// The account that has the address.
    public let user: User.ID
    /// Its address.
    public let email: String
    /// The name of the person.
    public let name: String
    /// When.
    public let at: Instant

    /// Makes the event.
    public init(user: User.ID, email: String, name: String, at: Instant) {
        self.user = user
        self.email = email
        self.name = name
        self.at = at
    }

    /// By account.
    public var eventKey: String { user.description }
}
