public import Audit
public import Identity

/// The proof that the caller may act in an org as a member of it: only ``OrgAuthorizer`` makes one, and code that needs it cannot be called without.
public struct MemberScope: Sendable, Hashable {
    /// The membership by which the caller acts.
    public let scope: OrgScope
    /// The caller.
    public let principal: Principal

    init(scope: OrgScope, principal: Principal) {
        self.scope = scope
        self.principal = principal
    }

    /// The org.
    public var org: Org.ID { scope.org }
    /// The caller.
    public var user: User.ID { scope.user }
    /// The caller's role.
    public var role: OrgRole { scope.role }
    /// The caller, for the audit log.
    public var actor: AuditActor { principal.actor }
}

/// The proof that the caller may act in an org as admin or owner of it.
public struct AdminScope: Sendable, Hashable {
    /// The same caller with a member's rights.
    public let member: MemberScope

    init(_ member: MemberScope) {
        self.member = member
    }

    /// The org.
    public var org: Org.ID { member.org }
    /// The caller.
    public var user: User.ID { member.user }
    /// The caller's role.
    public var role: OrgRole { member.role }
    /// The caller, for the audit log.
    public var actor: AuditActor { member.actor }
}

/// The proof that the caller may act in an org as owner of it.
public struct OwnerScope: Sendable, Hashable {
    /// The same caller with an admin's rights.
    public let admin: AdminScope

    init(_ admin: AdminScope) {
        self.admin = admin
    }

    /// The org.
    public var org: Org.ID { admin.org }
    /// The caller.
    public var user: User.ID { admin.user }
    /// The caller, for the audit log.
    public var actor: AuditActor { admin.actor }
}
