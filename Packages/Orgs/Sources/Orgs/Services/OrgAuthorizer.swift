public import Identity

/// Decides what a caller may do in an org, from the membership that came with authentication: no statement is added (ORG-121).
public protocol OrgAuthorizer: Sendable {
    /// The scope of a member.
    ///
    /// - Throws: ``OrgsError/notMember``, ``OrgsError/deleted``.
    func memberScope(for principal: Principal, in org: Org.ID) throws -> MemberScope
    /// The scope of an admin or owner.
    ///
    /// - Throws: beside those of a member, ``OrgsError/adminRequired``.
    func adminScope(for principal: Principal, in org: Org.ID) throws -> AdminScope
    /// The scope of an owner.
    ///
    /// - Throws: beside those of an admin, ``OrgsError/ownerRequired``.
    func ownerScope(for principal: Principal, in org: Org.ID) throws -> OwnerScope
}

/// The rules of the product.
public struct MembershipAuthorizer: OrgAuthorizer {
    /// Makes an authorizer.
    public init() {}

    /// The scope of a member.
    public func memberScope(for principal: Principal, in org: Org.ID) throws -> MemberScope {
        guard let scope = principal.orgScope, scope.org == org else { throw OrgsError.notMember }
        // A deleted org is no org to its members, and says so to its owners (ORG-092).
        guard scope.state != .deleted else { throw scope.role == .owner ? OrgsError.deleted : OrgsError.notMember }
        return MemberScope(scope: scope, principal: principal)
    }

    /// The scope of an admin or owner.
    public func adminScope(for principal: Principal, in org: Org.ID) throws -> AdminScope {
        let member = try memberScope(for: principal, in: org)
        guard member.role >= .admin else { throw OrgsError.adminRequired }
        return AdminScope(member)
    }

    /// The scope of an owner.
    public func ownerScope(for principal: Principal, in org: Org.ID) throws -> OwnerScope {
        let member = try memberScope(for: principal, in: org)
        guard member.role == .owner else { throw OrgsError.ownerRequired }
        return OwnerScope(AdminScope(member))
    }
}

extension OrgAuthorizer {
    /// The scope for an action: the lowest role by the matrix, the credential's scope, and that the org is not frozen where the action writes.
    ///
    /// - Throws: what the role's scope throws; ``IdentityError/scopeRequired(_:)``; ``OrgsError/frozen``.
    public func scope(for action: OrgAction, by principal: Principal, in org: Org.ID) throws -> MemberScope {
        if OrgRights.survivesDeletion(action), let member = deletedScope(for: principal, in: org) {
            try principal.require(OrgRights.scope(for: action))
            return member
        }
        let member = try memberScope(for: principal, in: org)
        switch OrgRights.lowestRole(for: action) {
        case .member: break
        case .admin: _ = try adminScope(for: principal, in: org)
        case .owner: _ = try ownerScope(for: principal, in: org)
        }
        try principal.require(OrgRights.scope(for: action))
        return member
    }
}

extension OrgAuthorizer {
    /// The scope in which an owner ends an org or brings it back: the org may be deleted.
    ///
    /// - Throws: what ``scope(for:by:in:)`` throws.
    public func endingScope(for principal: Principal, in org: Org.ID) throws -> OwnerScope {
        OwnerScope(AdminScope(try scope(for: .end, by: principal, in: org)))
    }

    /// The owner of a deleted org keeps a few rights in it (ORG-092).
    private func deletedScope(for principal: Principal, in org: Org.ID) -> MemberScope? {
        guard let scope = principal.orgScope, scope.org == org, scope.state == .deleted, scope.role == .owner else { return nil }
        return MemberScope(scope: scope, principal: principal)
    }
}

extension Org {
    /// Refuses writing in an org that is no longer what it was when the request was let in. Ask under its lock.
    ///
    /// - Throws: ``OrgsError/frozen``, ``OrgsError/deleted``.
    func requireWritable() throws(OrgsError) {
        switch state {
        case .active: return
        case .frozen: throw .frozen
        case .deleted, .purging, .purged: throw .deleted
        }
    }
}

extension MemberScope {
    /// Refuses writing in a frozen org.
    ///
    /// - Throws: ``OrgsError/frozen``.
    public func requireWritable() throws(OrgsError) {
        guard scope.state == .active else { throw .frozen }
    }
}
