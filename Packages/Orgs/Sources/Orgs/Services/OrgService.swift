internal import Audit
public import Core
public import Identity
internal import Jobs

/// A changed org; what is `nil` stays.
public struct OrgChanges: Sendable, Hashable {
    /// The new name.
    public var name: OrgName?
    /// The new kind.
    public var type: OrgType?

    /// Makes changes.
    public init(name: OrgName? = nil, type: OrgType? = nil) {
        self.name = name
        self.type = type
    }
}

/// Makes, shows and changes orgs.
public protocol OrgService: Sendable {
    /// Makes an org with the caller as owner (ORG-003).
    func create(_ name: OrgName, _ type: OrgType, makingDefault: Bool, by principal: Principal) async throws -> OrgDetail
    /// The caller's orgs.
    func orgs(of user: User.ID, includingDeleted: Bool) async throws -> [OrgOverview]
    /// An org in full.
    func detail(for scope: MemberScope) async throws -> OrgDetail
    /// Changes the name, and for owners the kind (ORG-009).
    ///
    /// - Parameter version: the version that was read; `nil` overwrites whatever it is.
    func update(_ changes: OrgChanges, ifVersion version: Int?, in scope: AdminScope) async throws -> OrgDetail
    /// What limits an org.
    func limits(for scope: MemberScope) async throws -> OrgLimits
    /// The graphs that the caller sees.
    func graphs(for scope: MemberScope) async throws -> [OrgGraph]
    /// What was used in the last days, today included.
    func usage(over days: Int, in scope: AdminScope) async throws -> OrgUsage
}

/// Orgs by the store.
public struct Organizations<Store: OrgStore>: OrgService {
    private let store: Store
    private let settings: OrgsSettings
    private let dateSource: any DateSource

    /// Makes the service.
    public init(store: Store, settings: OrgsSettings, dateSource: any DateSource) {
        self.store = store
        self.settings = settings
        self.dateSource = dateSource
    }

    /// The person's row is locked, so that the limit holds however many are made at once.
    public func create(_ name: OrgName, _ type: OrgType, makingDefault: Bool, by principal: Principal) async throws -> OrgDetail {
        try principal.require(.orgWrite)
        let now = dateSource.now
        let scope = try await store.withTransaction(.system) { transaction in
            guard var user = try await transaction.lockedUser(principal.userID) else { throw IdentityError.accountDisabled }
            let owned = try await transaction.countOwnedOrgs(of: user.id)
            guard user.isEmailVerified || owned == 0 else { throw OrgsError.emailNotVerified }
            guard owned < settings.maxOwnedOrgs else { throw OrgsError.limitReached("owned orgs", settings.maxOwnedOrgs) }
            let scope = try await Founding<Store.Transaction>(settings: settings).found(name, type, by: user.id, at: now, in: transaction)
            if makingDefault {
                user.defaultOrg = scope.org
                user.updatedAt = now
                try await transaction.save(user)
            }
            return scope
        }
        return try await detail(for: MemberScope(scope: scope, principal: principal))
    }

    /// The caller's orgs.
    public func orgs(of user: User.ID, includingDeleted: Bool) async throws -> [OrgOverview] {
        try await store.overviews(of: user, includingDeleted: includingDeleted)
    }

    /// Members see the graphs granted to them, admins and owners all. Three statements, however much there is (ORG-120).
    public func detail(for scope: MemberScope) async throws -> OrgDetail {
        async let members = store.members(of: scope.org)
        async let graphs = graphs(for: scope)
        guard let (org, limits) = try await store.orgWithLimits(scope.org) else { throw OrgsError.notMember }
        return try await OrgDetail(org: org, role: scope.role, members: members, graphs: graphs, limits: limits)
    }

    /// An admin who asks for another kind is refused by name, and nothing is changed (ORG-009).
    public func update(_ changes: OrgChanges, ifVersion version: Int?, in scope: AdminScope) async throws -> OrgDetail {
        try scope.member.requireWritable()
        let now = dateSource.now
        try await store.withTransaction(.org(scope.org)) { transaction in
            guard var org = try await transaction.lockedOrg(scope.org) else { throw OrgsError.notMember }
            try org.requireWritable()
            guard version == nil || version == org.version else { throw OrgsError.preconditionFailed }
            let old = org
            if let name = changes.name { org.name = name }
            if let type = changes.type, type != org.type {
                guard scope.role == .owner else { throw OrgsError.ownerRequired }
                try await change(&org, to: type, by: scope.user, in: transaction)
            }
            guard org != old else { throw OrgsError.nothingToChange }
            org.updatedAt = now
            try await transaction.save(org)
            if org.name != old.name {
                try await transaction.record(
                    OrgsAudit.OrgUpdated(org: org.id, oldName: old.name, newName: org.name), by: scope.actor)
            }
            if org.type != old.type {
                try await transaction.record(
                    OrgsAudit.OrgTypeChanged(org: org.id, oldType: old.type, newType: org.type), by: scope.actor)
            }
            try await transaction.publish(OrgUpdated(org: org.id, name: org.name.description, type: org.type))
        }
        return try await detail(for: scope.member)
    }

    /// To personal only with one member; that it is the person's only personal org is a unique index (ORG-010).
    private func change(_ org: inout Org, to type: OrgType, by owner: User.ID, in transaction: Store.Transaction) async throws {
        if type == .personal {
            guard try await transaction.countMembers(of: org.id) == 1 else { throw OrgsError.typeNotAllowed }
        }
        org.personalOwner = type == .personal ? owner : nil
        org.type = type
    }

    /// What limits an org.
    public func limits(for scope: MemberScope) async throws -> OrgLimits {
        guard let limits = try await store.limits(of: scope.org) else { throw OrgsError.notMember }
        return limits
    }

    /// The graphs that the caller sees.
    public func graphs(for scope: MemberScope) async throws -> [OrgGraph] {
        try await store.graphs(of: scope.org, grantedTo: scope.role == .member ? scope.user : nil)
    }

    /// What was used in the last days.
    public func usage(over days: Int, in scope: AdminScope) async throws -> OrgUsage {
        let today = dateSource.now.calendarDate
        let first = CalendarDate(daysSinceEpoch: today.daysSinceEpoch - days + 1)
        return OrgUsage(summarising: try await store.usage(of: scope.org, from: first, through: today), from: first, days: days)
    }
}
