public import Audit
public import Core
internal import Identity
public import Orgs

/// Which brand the mails of an org have, as it is kept for the org (NOT-024). No request says it.
public struct OrgBrands<Store: NotificationStore>: Sendable {
    private let store: Store
    private let dateSource: any DateSource

    /// Makes them.
    public init(store: Store, dateSource: any DateSource) {
        self.store = store
        self.dateSource = dateSource
    }

    /// Selects a brand for the mails of an org that are queued from now on.
    ///
    /// - Parameter brand: its name; `nil` for the deployment's own.
    /// - Returns: `false` when it was so before: nothing changed.
    public func select(_ brand: String?, for org: Org.ID, because reason: String, by actor: AuditActor) async throws -> Bool {
        let now = dateSource.now
        return try await store.withTransaction { transaction in
            let before = try await transaction.brand(of: org)
            guard before != brand else { return false }
            try await transaction.setBrand(brand, of: org, at: now)
            try await transaction.record(MailBrandChanged(org: org, before: before, after: brand, reason: reason), by: actor)
            return true
        }
    }
}

/// The mails of an org got another brand.
public struct MailBrandChanged: AuditEvent {
    /// `mail_brand_changed`
    public static let type = AuditEventType(
        "mail_brand_changed", risk: .medium, class: .notification, component: "notifications", requires: [.org])
    let org: Org.ID
    let before: String?
    let after: String?
    let reason: String

    /// Whose.
    public var references: AuditReferences { AuditReferences(AuditReference(org)) }
    /// One line.
    public var summary: String { "Mails of the org have the brand \(after ?? "of the deployment")" }
    /// Which it was, which it is, and why.
    public var data: [String: JSONValue] {
        [
            "before": before.map { .string($0) } ?? .null, "after": after.map { .string($0) } ?? .null, "reason": .string(reason),
        ]
    }
}

/// The types of entries about brands.
public enum BrandAuditTypes {
    /// All of them.
    public static let all = [MailBrandChanged.type]
}
