public import Core
public import Jobs

/// A passkey was added to an account; its owner is told (NOT-109).
public struct PasskeyEnrolled: DomainEvent, Hashable {
    /// `identity.passkey_enrolled`
    public static let topic = "identity.passkey_enrolled"
    /// The passkey.
    public let passkey: Passkey.ID
    /// What it is called.
    public let keyName: String
    /// The account.
    public let user: User.ID
    /// Its address.
    public let email: String
    /// The name of the person.
    public let name: String
    /// When.
    public let at: Instant

    /// Makes the event.
    public init(_ passkey: Passkey, of user: User, at: Instant) {
        self.passkey = passkey.id
        keyName = passkey.name
        self.user = user.id
        email = user.email.description
        name = user.name.description
        self.at = at
    }

    /// By account.
    public var eventKey: String { user.description }
}

/// A passkey was removed from an account; its owner is told (NOT-110).
public struct PasskeyRemoved: DomainEvent, Hashable {
    /// `identity.passkey_removed`
    public static let topic = "identity.passkey_removed"
    /// The passkey.
    public let passkey: Passkey.ID
    /// What it was called.
    public let keyName: String
    /// How many are left.
    public let left: Int
    /// The account.
    public let user: User.ID
    /// Its address.
    public let email: String
    /// The name of the person.
    public let name: String
    /// When.
    public let at: Instant

    /// Makes the event.
    public init(_ passkey: Passkey, of user: User, left: Int, at: Instant) {
        self.passkey = passkey.id
        keyName = passkey.name
        self.left = left
        self.user = user.id
        email = user.email.description
        name = user.name.description
        self.at = at
    }

    /// By account.
    public var eventKey: String { user.description }
}

/// The counter of a passkey went back; its owner is told (NOT-110).
public struct PasskeyCounterRegressed: DomainEvent, Hashable {
    /// `identity.passkey_counter_regressed`
    public static let topic = "identity.passkey_counter_regressed"
    /// The passkey.
    public let passkey: Passkey.ID
    /// What it is called.
    public let keyName: String
    /// The account.
    public let user: User.ID
    /// Its address.
    public let email: String
    /// The name of the person.
    public let name: String
    /// When.
    public let at: Instant

    /// Makes the event.
    public init(_ passkey: Passkey, of user: User, at: Instant) {
        self.passkey = passkey.id
        keyName = passkey.name
        self.user = user.id
        email = user.email.description
        name = user.name.description
        self.at = at
    }

    /// By account.
    public var eventKey: String { user.description }
}

/// Recovery codes were made, or replaced those before; their owner is told (NOT-111).
public struct RecoveryCodesChanged: DomainEvent, Hashable {
    /// `identity.recovery_codes_changed`
    public static let topic = "identity.recovery_codes_changed"
    /// Whether there were codes before, which are void now.
    public let isRenewal: Bool
    /// The account.
    public let user: User.ID
    /// Its address.
    public let email: String
    /// The name of the person.
    public let name: String
    /// When.
    public let at: Instant

    /// Makes the event.
    public init(user: User, isRenewal: Bool, at: Instant) {
        self.isRenewal = isRenewal
        self.user = user.id
        email = user.email.description
        name = user.name.description
        self.at = at
    }

    /// By account.
    public var eventKey: String { user.description }
}

/// A recovery code was used to sign in; its owner is told (NOT-112).
public struct RecoveryCodeUsed: DomainEvent, Hashable {
    /// `identity.recovery_code_used`
    public static let topic = "identity.recovery_code_used"
    /// How many are left.
    public let left: Int
    /// Whether it is time to make new ones.
    public let isLow: Bool
    /// The account.
    public let user: User.ID
    /// Its address.
    public let email: String
    /// The name of the person.
    public let name: String
    /// When.
    public let at: Instant

    /// Makes the event.
    public init(user: User, left: Int, isLow: Bool, at: Instant) {
        self.left = left
        self.isLow = isLow
        self.user = user.id
        email = user.email.description
        name = user.name.description
        self.at = at
    }

    /// By account.
    public var eventKey: String { user.description }
}
