internal import Audit
public import Core
public import Identity
internal import Jobs

/// Shows and edits the billing settings of an org.
public protocol OrgBillingSettingsService: Sendable {
    /// The settings.
    func settings(for scope: AdminScope) async throws -> OrgBillingSettings
    /// Changes the settings.
    ///
    /// - Parameter version: the version that was read; `nil` overwrites whatever it is.
    func update(
        _ changes: OrgBillingSettingsChanges, ifVersion version: Int?, in scope: OwnerScope
    ) async throws -> OrgBillingSettings
    /// Who gets mail about money: the address of the settings, or all active owners (ORG-086).
    func recipients(of org: Org.ID) async throws -> [String]
}

/// The settings by Billing's record.
public struct OrgBillingSettingsEditor<Store: OrgStore>: OrgBillingSettingsService {
    private let store: Store
    private let port: any BillingSettingsPort<Store.Transaction>

    /// Makes the service.
    public init(store: Store, port: any BillingSettingsPort<Store.Transaction>) {
        self.store = store
        self.port = port
    }

    /// Makes the record when there is none.
    public func settings(for scope: AdminScope) async throws -> OrgBillingSettings {
        try await store.withTransaction(.org(scope.org)) { try await port.settings(of: scope.org, in: $0) }
    }

    /// The record, its entry, the intent and the event are one transaction.
    public func update(
        _ changes: OrgBillingSettingsChanges, ifVersion version: Int?, in scope: OwnerScope
    ) async throws -> OrgBillingSettings {
        try scope.admin.member.requireWritable()
        return try await store.withTransaction(.org(scope.org)) { transaction in
            guard let org = try await transaction.lockedOrg(scope.org) else { throw OrgsError.notMember }
            try org.requireWritable()
            let old = try await port.settings(of: scope.org, in: transaction)
            guard version == nil || version == old.version else { throw OrgsError.preconditionFailed }
            let new = changes.applied(to: old)
            guard new != old else { throw OrgsError.nothingToChange }
            let stored = try await port.store(new, replacing: old, of: scope.org, by: scope.actor, in: transaction)
            if old.billingEmail != new.billingEmail {
                try await transaction.publish(
                    OrgBillingContactChanged(
                        org: scope.org, oldEmail: old.billingEmail?.description, newEmail: new.billingEmail?.description,
                        changedBy: scope.user))
            }
            return stored
        }
    }

    /// Asked when a mail is written, so that a change counts at once.
    public func recipients(of org: Org.ID) async throws -> [String] {
        let settings = try await store.withTransaction(.org(org)) { try await port.settings(of: org, in: $0) }
        if let address = settings.billingEmail { return [address.description] }
        return try await store.recipients(with: .owner, of: org).map(\.email)
    }
}
