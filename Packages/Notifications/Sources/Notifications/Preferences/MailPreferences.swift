public import Audit
public import Core
public import Identity

/// What one person wants to be told by mail.
public struct MailPreference: Sendable, Hashable {
    /// What it is about.
    public let category: MailCategory
    /// Whether such mails are sent.
    public let isOn: Bool

    /// Says whether mails of a category are wanted.
    public init(category: MailCategory, isOn: Bool) {
        self.category = category
        self.isOn = isOn
    }
}

/// Why a preference is not taken.
public enum MailPreferenceRefused: Error, Hashable, Sendable {
    /// Nobody can turn it off (NOT-060).
    case locked(MailCategory)
    /// Nobody else of the org would be told what is charged (NOT-061).
    case lastRecipient(org: String)
}

/// Reads and changes what a person wants to be told by mail.
public protocol MailPreferring: Sendable {
    /// Every category, locked ones included.
    func preferences(of user: User.ID) async throws -> [MailPreference]

    /// Turns categories on and off, all or none; what is so already stays without an entry.
    ///
    /// - Throws: ``MailPreferenceRefused``.
    func set(_ wishes: [MailPreference], of user: User.ID, as actor: AuditActor) async throws -> [MailPreference]
}

/// What a link at the end of a mail says: whose address wants no more of which mails.
public struct UnsubscribeClaims: Sendable, Hashable {
    /// What is not wanted any more.
    public let category: MailCategory
    /// The SHA-256 of the address: the link names nobody.
    public let addressHash: [UInt8]
    /// The mail it stood in.
    public let mail: Mail.ID

    /// Says what a link is for.
    public init(category: MailCategory, addressHash: [UInt8], mail: Mail.ID) {
        self.category = category
        self.addressHash = addressHash
        self.mail = mail
    }
}

/// Makes and reads the links by which a mail that nobody has to get is turned off (NOT-059). They are good until the category is gone.
public protocol UnsubscribeLinks: Sendable {
    /// The address of the page for a mail; `nil` for one that cannot be turned off.
    func url(for mail: Mail) -> String?

    /// What a token says; `nil` for one that is not ours.
    func claims(of token: String) -> UnsubscribeClaims?
}

/// Turns mails off for whoever holds a link.
public protocol MailUnsubscribing: Sendable {
    /// Turns them off; again it changes nothing.
    ///
    /// - Returns: `false` for a mail that is not known.
    func unsubscribe(_ claims: UnsubscribeClaims) async throws -> Bool
}

/// Preferences and unsubscriptions in a store.
public struct StoredMailPreferences<Store: NotificationStore>: MailPreferring, MailUnsubscribing {
    private let store: Store
    private let dateSource: any DateSource

    /// Makes them.
    public init(store: Store, dateSource: any DateSource) {
        self.store = store
        self.dateSource = dateSource
    }

    /// Every category; what nobody has chosen is on.
    public func preferences(of user: User.ID) async throws -> [MailPreference] {
        try await store.withTransaction { try await Self.all(of: user, in: $0) }
    }

    private static func all(of user: User.ID, in transaction: Store.Transaction) async throws -> [MailPreference] {
        let off = try await transaction.mutedCategories(of: user)
        return MailCategory.allCases.map { MailPreference(category: $0, isOn: $0.lockedBecause != nil || !off.contains($0)) }
    }

    /// Locks the billing recipients of the person's orgs first, so that two owners do not leave at once.
    public func set(_ wishes: [MailPreference], of user: User.ID, as actor: AuditActor) async throws -> [MailPreference] {
        if let locked = wishes.first(where: { $0.category.lockedBecause != nil && !$0.isOn }) {
            throw MailPreferenceRefused.locked(locked.category)
        }
        let now = dateSource.now
        return try await store.withTransaction { transaction in
            let before = try await transaction.mutedCategories(of: user)
            for wish in wishes where wish.category.lockedBecause == nil && wish.isOn == before.contains(wish.category) {
                if wish.category == .billingReminders, !wish.isOn, let org = try await transaction.orgToldByNobodyBut(user) {
                    throw MailPreferenceRefused.lastRecipient(org: org)
                }
                try await transaction.setPreference(wish, of: user, at: now)
                try await transaction.record(MailPreferenceChanged(user: user, wish: wish), by: actor)
            }
            return try await Self.all(of: user, in: transaction)
        }
    }

    /// The address wants no more of them; a person who has an account sees it among the preferences and may turn them on again.
    public func unsubscribe(_ claims: UnsubscribeClaims) async throws -> Bool {
        let now = dateSource.now
        return try await store.withTransaction { transaction in
            guard try await transaction.isKnown(claims.mail) else { return false }
            if try await transaction.unsubscribe(claims, at: now) {
                try await transaction.record(MailUnsubscribed(claims: claims), by: .link(AuditReference(claims.mail)))
            }
            return true
        }
    }
}

/// Somebody turned mails on or off.
public struct MailPreferenceChanged: AuditEvent {
    /// `preference_changed`
    public static let type = AuditEventType(
        "preference_changed", risk: .low, class: .notification, component: "notifications", requires: [.user])
    let user: User.ID
    let wish: MailPreference

    /// Whose.
    public var references: AuditReferences { AuditReferences(AuditReference(user)) }
    /// One line.
    public var summary: String { "Mails about \(wish.category.rawValue) turned \(wish.isOn ? "on" : "off")" }
    /// Which, and how.
    public var data: [String: JSONValue] { ["category": .string(wish.category.rawValue), "on": .bool(wish.isOn)] }
}

/// Somebody turned mails off by the link of one.
public struct MailUnsubscribed: AuditEvent {
    /// `mail_unsubscribed`
    public static let type = AuditEventType(
        "mail_unsubscribed", risk: .low, class: .notification, component: "notifications", requires: [.mail])
    let claims: UnsubscribeClaims

    /// The mail.
    public var references: AuditReferences { AuditReferences(AuditReference(claims.mail)) }
    /// One line.
    public var summary: String { "Mails about \(claims.category.rawValue) turned off by a link" }
    /// Which.
    public var data: [String: JSONValue] { ["category": .string(claims.category.rawValue)] }
}

/// The types of entries about preferences.
public enum PreferenceAuditTypes {
    /// Those that came with their tables. By the first name the release before writes, and older entries stay readable by it (AUD-079).
    public static let first = [
        AuditEventType("notification_preference_changed", risk: .low, class: .notification, component: "notifications", requires: [.user]),
        MailUnsubscribed.type,
    ]
    /// The name that the catalogue of the log has for it (AUD-129).
    public static let renamed = [MailPreferenceChanged.type]
}
