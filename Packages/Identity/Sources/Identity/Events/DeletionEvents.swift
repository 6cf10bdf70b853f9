public import Core
public import Jobs

/// The end of an account was asked for: a mail with the link that takes it back is due (NOT-117).
public struct AccountDeletionScheduled: DomainEvent, Hashable {
    /// `identity.account_deletion_scheduled`
    public static let topic = "identity.account_deletion_scheduled"
    /// The account.
    public let user: User.ID
    /// Its address.
    public let email: String
    /// The name of the person.
    public let name: String
    /// The link; its kind is ``LinkToken/Kind/deletionCancel``.
    public let link: LinkToken.ID
    /// When the account ends, and the link.
    public let purgeAt: Instant
    /// The orgs that end with it.
    public let endingOrgs: [OrgReference]

    /// Makes the event.
    public init(user: User.ID, email: String, name: String, link: LinkToken.ID, purgeAt: Instant, endingOrgs: [OrgReference]) {
        self.user = user
        self.email = email
        self.name = name
        self.link = link
        self.purgeAt = purgeAt
        self.endingOrgs = endingOrgs
    }

    /// By account.
    public var eventKey: String { user.description }
}

/// The status of an account changed in another way: its owner took the end back, an operator switched it off or on, or it is gone (NOT-116, NOT-117).
public struct AccountStatusChanged: DomainEvent, Hashable {
    /// What happened.
    public enum Change: String, Sendable, Hashable, Codable, CaseIterable {
        /// The end was taken back.
        case deletionCanceled = "deletion_canceled"
        /// It is gone; this is the last that is said of the address.
        case deleted
        /// It was switched off.
        case deactivated
        /// It was switched on again.
        case reactivated
    }

    /// `identity.account_status_changed`
    public static let topic = "identity.account_status_changed"
    /// The account.
    public let user: User.ID
    /// What happened.
    public let change: Change
    /// Its address.
    public let email: String
    /// The name of the person.
    public let name: String
    /// When.
    public let at: Instant

    /// Makes the event.
    public init(_ user: User, _ change: Change, at: Instant) {
        self.user = user.id
        self.change = change
        email = user.email.description
        name = user.name.description
        self.at = at
    }

    /// By account.
    public var eventKey: String { user.description }
}

/// A copy of everything kept about a person can be read (NOT-118).
public struct PersonalExportReady: DomainEvent, Hashable {
    /// `identity.personal_export_ready`
    public static let topic = "identity.personal_export_ready"
    /// The account.
    public let user: User.ID
    /// Its address.
    public let email: String
    /// The name of the person.
    public let name: String
    /// The copy.
    public let export: PersonalExport.ID
    /// How large it is.
    public let bytes: Int
    /// Until when it can be read.
    public let expiresAt: Instant

    /// Makes the event.
    public init(_ export: PersonalExport, of user: User, bytes: Int) {
        self.user = user.id
        email = user.email.description
        name = user.name.description
        self.export = export.id
        self.bytes = bytes
        expiresAt = export.expiresAt
    }

    /// By account.
    public var eventKey: String { user.description }
}
