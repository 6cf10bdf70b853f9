public import Identity

/// Why somebody may or may not do something in an org (ORG-014).
public struct OrgRightExplanation: Sendable, Hashable {
    /// What decided.
    public enum Rule: String, Sendable, Hashable, CaseIterable {
        /// The role, by the matrix.
        case role
        /// The scopes of the credential.
        case scope
        /// The org may be read only.
        case frozen
    }

    /// The action.
    public let action: OrgAction
    /// Whether it is allowed.
    public let isAllowed: Bool
    /// The caller's role.
    public let role: OrgRole
    /// The lowest role that may do it.
    public let requiredRole: OrgRole
    /// What decided.
    public let rule: Rule
    /// Who in the org may do it by role; `nil` for those who are not told.
    public let members: [User.ID]?
}

extension OrgRights {
    /// Whether an action writes, and is therefore refused in a frozen org; leaving, paying less and ending are not.
    public static func writes(_ action: OrgAction) -> Bool {
        switch action {
        case .see, .listGraphs, .readUsage, .readAudit, .readBillingSettings, .leave, .manageBilling: false
        case .streamAudit, .writeBillingSettings, .rename, .changeSecurity, .manageInvitations, .changeRole, .removeMember, .removeOwner,
            .transfer, .end:
            true
        }
    }

    /// Explains a decision for a caller, by the same table that decides.
    ///
    /// - Parameter members: the members of the org; named to admins and owners only.
    public static func explain(_ action: OrgAction, for scope: MemberScope, members: [Member]) -> OrgRightExplanation {
        let hasRole = allows(action, for: scope.role)
        let hasScope = scope.principal.may(OrgRights.scope(for: action))
        let isOpen = !(writes(action) && scope.scope.state != .active)
        let rule: OrgRightExplanation.Rule = !hasRole ? .role : !hasScope ? .scope : !isOpen ? .frozen : .role
        let able = members.filter { $0.isActive && allows(action, for: $0.role) }.map(\.user)
        return OrgRightExplanation(
            action: action, isAllowed: hasRole && hasScope && isOpen, role: scope.role, requiredRole: lowestRole(for: action), rule: rule,
            members: scope.role >= .admin ? able : nil)
    }
}
