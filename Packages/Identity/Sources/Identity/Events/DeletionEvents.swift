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

/// The address of an account was never proven: it will be removed (NOT-101).
public struct UnverifiedAccountEnding: DomainEvent, Hashable {
    /// `identity.unverified_account_ending`
    public static let topic = "identity.unverified_account_ending"
    /// The account.
    public let user: User.ID
    /// Its address.
    public let email: String
    /// The name of the person.
    public let name: String
    /// The link that says somebody else made the account, while it is good.
    public let disownLink: LinkToken.ID?
    /// When it is removed.
    public let at: Instant

    /// Makes the event.
    public init(_ user: User, disownLink: LinkToken.ID?, at: Instant) {
        self.user = user.id
        email = user.email.description
        name = user.name.description
        self.disownLink = disownLink
        self.at = at
    }

    /// By account.
    public var eventKey: String { user.description }
}

/// The status of an account changed in another way: its owner took the end back, an operator switched it off or on, or it is gone (NOT-116, NOT-117).
public struct AccountStatusChanged: DomainEvent, Hashable {
    /// Why an account was switched off, in a word for its owner; the words of whoever did it are in the log.
    public enum Cause: String, Sendable, Hashable, Codable, CaseIterable {
        /// Those who run the product decided it.
        case operatorDecision = "operator"
        /// It belonged to no org any more, and this deployment keeps no such accounts (ID-150).
        case noOrg = "no_org"
    }

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
    /// Why it was switched off; `nil` for the other changes.
    public let cause: Cause?
    /// When.
    public let at: Instant

    /// Makes the event.
    public init(_ user: User, _ change: Change, because cause: Cause? = nil, at: Instant) {
        self.user = user.id
        self.change = change
        self.cause = cause
        email = user.email.description
        name = user.name.description
        self.at = at
    }

    /// By account.
    public var eventKey: String { user.description }
}

/// A person is gone, and what was kept for the last mails can go as well: nothing of what is kept anywhere may name the person any more (ID-147).
public struct PersonErased: DomainEvent, Hashable {
    /// `identity.person_erased`
    public static let topic = "identity.person_erased"
    /// The account.
    public let user: User.ID

    /// Makes the event.
    public init(user: User.ID) {
        self.user = user
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
