internal import Audit
public import Core
internal import Identity
internal import Jobs

/// Shows and changes what an org asks of its people.
public protocol OrgSecurityService: Sendable {
    /// The rules, with the version of the org.
    func security(for scope: AdminScope) async throws -> (rules: OrgSecurity, version: Int)
    /// Changes the rules (ORG-012).
    ///
    /// - Parameter version: the version that was read; `nil` overwrites whatever it is.
    func setSecurity(
        _ changes: OrgSecurityChanges, ifVersion version: Int?, in scope: OwnerScope
    ) async throws -> (rules: OrgSecurity, version: Int)
}

/// The rules by the store.
public struct OrgSecurityRules<Store: OrgStore>: OrgSecurityService {
    private let store: Store
    private let secondFactors: any SecondFactorReader
    private let dateSource: any DateSource

    /// Makes the service.
    public init(store: Store, secondFactors: any SecondFactorReader, dateSource: any DateSource) {
        self.store = store
        self.secondFactors = secondFactors
        self.dateSource = dateSource
    }

    /// Reads only.
    public func security(for scope: AdminScope) async throws -> (rules: OrgSecurity, version: Int) {
        try await store.withTransaction(.org(scope.org)) { transaction in
            guard let org = try await transaction.org(scope.org), let rules = try await transaction.security(of: scope.org) else {
                throw OrgsError.notMember
            }
            return (rules, org.version)
        }
    }

    /// A rule is turned on by an owner who meets it only, so that nobody locks the org.
    public func setSecurity(
        _ changes: OrgSecurityChanges, ifVersion version: Int?, in scope: OwnerScope
    ) async throws -> (rules: OrgSecurity, version: Int) {
        try scope.admin.member.requireWritable()
        let now = dateSource.now
        if case .set(let rule) = changes.secondFactorRule, rule != .off {
            guard try await secondFactors.hasPasskey(scope.user) else { throw OrgsError.secondFactorRequired }
        }
        if case .set(let until?) = changes.supportAccessUntil {
            guard until > now, until <= now + OrgSecurity.longestSupportAccess else { throw OrgsError.supportAccessTooLong }
        }
        return try await store.withTransaction(.org(scope.org)) { transaction in
            guard let org = try await transaction.lockedOrg(scope.org) else { throw OrgsError.notMember }
            try org.requireWritable()
            guard version == nil || version == org.version else { throw OrgsError.preconditionFailed }
            guard let old = try await transaction.security(of: org.id) else { throw OrgsError.notMember }
            let new = changes.applied(to: old)
            guard new != old else { throw OrgsError.nothingToChange }
            try await transaction.setSecurity(new, of: org.id, at: now)
            try await transaction.record(OrgsAudit.OrgSecurityChanged(org: org.id, old: old, new: new), by: scope.actor)
            if old.supportAccessUntil != new.supportAccessUntil {
                try await supportAccessChanged(of: org, to: new.supportAccessUntil, by: scope, in: transaction)
            }
            return (new, org.version + 1)
        }
    }

    private func supportAccessChanged(
        of org: Org, to until: Instant?, by scope: OwnerScope, in transaction: Store.Transaction
    ) async throws {
        let owners = try await transaction.recipients(with: .owner, of: org.id)
        try await transaction.cancelJob(EndSupportAccess.self, uniqueKey: org.id.description)
        if let until {
            try await transaction.record(OrgsAudit.SupportAccessGranted(org: org.id, until: until), by: scope.actor)
            try await transaction.enqueue(
                EndSupportAccess(org: org.id, until: until), .init(runAt: until, uniqueKey: org.id.description))
        } else {
            try await transaction.record(OrgsAudit.SupportAccessEnded(org: org.id), by: scope.actor)
        }
        try await transaction.publish(
            OrgSupportAccessChanged(org: org.id, name: org.name.description, until: until, changedBy: scope.user, recipients: owners))
    }
}
