public import Audit
public import Core
internal import Identity
public import Orgs

/// What an org's owners say about mails of the org that people and its billing address get who have chosen nothing themselves (NOT-060).
public struct OrgMailDefaults<Store: NotificationStore>: Sendable {
    private let store: Store
    private let dateSource: any DateSource

    /// Makes them.
    public init(store: Store, dateSource: any DateSource) {
        self.store = store
        self.dateSource = dateSource
    }

    /// The categories that have a default, on where the owners have said nothing.
    public func defaults(in scope: OwnerScope) async throws -> [MailPreference] {
        try await store.withTransaction { try await Self.all(of: scope.org, in: $0) }
    }

    /// Sets defaults, all or none; what is so already stays without an entry. Of mails about money only the reminders that nobody has to get
    /// follow: a warning about a card always reaches somebody (NOT-061).
    ///
    /// - Returns: how they stand, and whether anything changed.
    public func set(_ wishes: [MailPreference], in scope: OwnerScope) async throws -> (all: [MailPreference], isChanged: Bool) {
        let now = dateSource.now
        return try await store.withTransaction { transaction in
            let before = try await Self.all(of: scope.org, in: transaction)
            var isChanged = false
            for wish in wishes where before.contains(where: { $0.category == wish.category && $0.isOn != wish.isOn }) {
                try await transaction.setDefault(wish, of: scope.org, at: now)
                try await transaction.record(MailDefaultChanged(org: scope.org, user: scope.user, wish: wish), by: scope.actor)
                isChanged = true
            }
            return (try await Self.all(of: scope.org, in: transaction), isChanged)
        }
    }

    private static func all(of org: Org.ID, in transaction: Store.Transaction) async throws -> [MailPreference] {
        let off = try await transaction.defaultsTurnedOff(of: org)
        return MailCategory.withOrgDefault.map { MailPreference(category: $0, isOn: !off.contains($0)) }
    }
}

extension MailCategory {
    /// What an org's owners set a default for: what its billing address is reminded of, and what its graphs' admins are alerted of.
    public static let withOrgDefault: [MailCategory] = [.billingReminders, .graphWork]
}

/// An owner turned the mails on or off that people of an org get who have chosen nothing.
public struct MailDefaultChanged: AuditEvent {
    /// `preference_changed`
    public static let type = MailPreferenceChanged.type
    let org: Org.ID
    let user: User.ID
    let wish: MailPreference

    /// Whose, and who did it.
    public var references: AuditReferences { AuditReferences(AuditReference(org), AuditReference(user)) }
    /// One line.
    public var summary: String { "Mails of the org about \(wish.category.rawValue) turned \(wish.isOn ? "on" : "off") by default" }
    /// Which, and how.
    public var data: [String: JSONValue] {
        ["category": .string(wish.category.rawValue), "on": .bool(wish.isOn), "of": "org"]
    }
}
