internal import Audit
public import Core
public import Identity
internal import Jobs

/// Shows and changes who is in an org.
public protocol MembershipService: Sendable {
    /// The live members.
    func members(for scope: MemberScope) async throws -> [Member]
    /// Sets the role of a member, or of the caller (ORG-018, ORG-019).
    func setRole(_ role: OrgRole, of member: User.ID, in scope: AdminScope) async throws -> Member
    /// Ends a membership; everybody may end the own one (ORG-022, ORG-023).
    func remove(_ member: User.ID, in scope: MemberScope) async throws
}

/// Memberships by the store. Every change of an owner locks the org first, so that the last one stays however many change at once (ORG-031).
public struct Memberships<Store: OrgStore>: MembershipService {
    private let store: Store
    private let observers: [any MembershipObserver<Store.Transaction>]
    private let dateSource: any DateSource

    /// Makes the service.
    ///
    /// - Parameter observers: what packages above do in the same transaction.
    public init(store: Store, observers: [any MembershipObserver<Store.Transaction>], dateSource: any DateSource) {
        self.store = store
        self.observers = observers
        self.dateSource = dateSource
    }

    /// The live members.
    public func members(for scope: MemberScope) async throws -> [Member] {
        try await store.members(of: scope.org)
    }

    /// Owners keep their role unless they step down themselves.
    public func setRole(_ role: OrgRole, of member: User.ID, in scope: AdminScope) async throws -> Member {
        try scope.member.requireWritable()
        let now = dateSource.now
        let changed = try await store.withTransaction(.org(scope.org)) { transaction -> Member? in
            guard let org = try await transaction.lockedOrg(scope.org) else { throw OrgsError.notMember }
            try org.requireWritable()
            guard let membership = try await transaction.lockedMembership(of: member, in: scope.org) else { throw OrgsError.notFound }
            let isSelf = member == scope.user
            guard role != .owner, membership.role != .owner || isSelf else { throw OrgsError.ownerRoleProtected }
            guard !isSelf || membership.role == .owner else { throw OrgsError.ownRole }
            if membership.role == .owner {
                guard try await transaction.countOwners(of: scope.org) > 1 else { throw OrgsError.lastOwner }
            }
            guard role != membership.role else { return nil }
            let found = try await transaction.setRole(role, of: membership.id, at: now)
            var changed = membership
            changed.role = role
            for observer in observers { try await observer.roleChanged(of: changed, from: membership.role, in: transaction) }
            if role < .admin {
                _ = try await transaction.withdrawInvitations(of: scope.org, sentBy: member, by: scope.actor, at: now)
            }
            try await transaction.record(
                OrgsAudit.MemberRoleChanged(
                    org: scope.org, user: member, membership: membership.id, oldRole: membership.role, newRole: role), by: scope.actor)
            try await transaction.publish(
                OrgMemberRoleChanged(org: scope.org, user: member, oldRole: membership.role, newRole: role))
            return found
        }
        if let changed { return changed }
        guard let found = try await store.members(of: scope.org).first(where: { $0.user == member }) else { throw OrgsError.notFound }
        return found
    }

    /// One transaction: row ended, sessions moved out, bound keys ended, what packages above have to end (ORG-024).
    public func remove(_ member: User.ID, in scope: MemberScope) async throws {
        let now = dateSource.now
        let isSelf = member == scope.user
        if !isSelf {
            guard scope.role >= .admin else { throw OrgsError.adminRequired }
            try scope.requireWritable()
        }
        // The system's scope, because the sessions and keys of another person end with it.
        try await store.withTransaction(.system) { transaction in
            guard let org = try await transaction.lockedOrg(scope.org) else { throw OrgsError.notMember }
            // A frozen org can be left.
            if !(isSelf && org.state == .frozen) { try org.requireWritable() }
            guard let membership = try await transaction.lockedMembership(of: member, in: scope.org) else { throw OrgsError.notFound }
            if membership.role == .owner {
                guard scope.role == .owner else { throw OrgsError.ownerRequired }
                guard try await transaction.countOwners(of: scope.org) > 1 else { throw OrgsError.lastOwner }
            }
            try await transaction.end(membership.id, because: isSelf ? .left : .removed, at: now)
            try await transaction.leaveOrg(scope.org, user: member, at: now)
            let keys = try await transaction.revokeKeys(of: member, boundTo: scope.org, because: "membership_ended", at: now)
            try await transaction.tellOrgs(ofRevoked: keys)
            _ = try await transaction.withdrawInvitations(of: scope.org, sentBy: member, by: scope.actor, at: now)
            try await transaction.voidTransfers(of: scope.org, naming: member, by: scope.actor, at: now)
            for observer in observers { try await observer.membershipEnded(membership, in: transaction) }
            if isSelf {
                try await transaction.record(
                    OrgsAudit.MemberLeft(org: scope.org, user: member, membership: membership.id, revokedKeys: keys.count), by: scope.actor)
            } else {
                try await transaction.record(
                    OrgsAudit.MemberRemoved(org: scope.org, user: member, membership: membership.id, revokedKeys: keys.count),
                    by: scope.actor)
            }
            try await transaction.publish(OrgMemberEnded(org: scope.org, user: member, hasLeft: isSelf))
        }
    }
}
