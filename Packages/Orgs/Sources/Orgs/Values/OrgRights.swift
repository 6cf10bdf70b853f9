public import Identity

/// What can be done in an org (orgs.md, section 4).
public enum OrgAction: String, Sendable, Hashable, CaseIterable {
    /// See the org, its members, its limits, the own role.
    case see
    /// See the list of graphs; members see those granted to them.
    case listGraphs = "list_graphs"
    /// See the usage report.
    case readUsage = "read_usage"
    /// Read the org's audit log.
    case readAudit = "read_audit"
    /// Have the org's audit log sent somewhere as it grows.
    case streamAudit = "stream_audit"
    /// Read the billing settings.
    case readBillingSettings = "read_billing_settings"
    /// Write the billing settings.
    case writeBillingSettings = "write_billing_settings"
    /// Buy, cancel, and see the payment portal.
    case manageBilling = "manage_billing"
    /// Change the name.
    case rename
    /// Change the kind, the second-factor rule, the domains of invitations.
    case changeSecurity = "change_security"
    /// Invite, list, send again and revoke invitations.
    case manageInvitations = "manage_invitations"
    /// Change a role between member and admin.
    case changeRole = "change_role"
    /// Remove a member or admin.
    case removeMember = "remove_member"
    /// Remove an owner.
    case removeOwner = "remove_owner"
    /// Leave the org.
    case leave
    /// Hand the org over.
    case transfer
    /// Delete, restore and export the org.
    case end
}

/// The matrix of rights: one table, and nothing decides beside it (ORG-016).
public enum OrgRights {
    /// The lowest role that may do something.
    public static func lowestRole(for action: OrgAction) -> OrgRole {
        switch action {
        case .see, .listGraphs, .leave: .member
        case .readUsage, .readAudit, .readBillingSettings, .rename, .manageInvitations, .changeRole, .removeMember: .admin
        case .streamAudit, .writeBillingSettings, .manageBilling, .changeSecurity, .removeOwner, .transfer, .end: .owner
        }
    }

    /// Whether a role may do something.
    public static func allows(_ action: OrgAction, for role: OrgRole) -> Bool {
        role >= lowestRole(for: action)
    }

    /// Whether an owner may still do something when the org is deleted: end it or bring it back, export it, read its log (ORG-092).
    public static func survivesDeletion(_ action: OrgAction) -> Bool {
        switch action {
        case .end, .readAudit: true
        default: false
        }
    }

    /// What a credential needs, beside the role of its owner.
    public static func scope(for action: OrgAction) -> Scope {
        switch action {
        case .see, .listGraphs, .readUsage: .orgRead
        case .readAudit: .auditRead
        case .readBillingSettings: .billingRead
        case .writeBillingSettings, .manageBilling: .billingWrite
        case .streamAudit, .rename, .changeSecurity, .transfer, .end: .orgWrite
        case .manageInvitations, .changeRole, .removeMember, .removeOwner, .leave: .membersWrite
        }
    }
}
