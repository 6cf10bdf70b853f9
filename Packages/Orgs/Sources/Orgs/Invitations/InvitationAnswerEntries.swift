public import Audit
public import Core
public import Identity

extension OrgsAudit {
    /// Somebody joined by an invitation.
    public struct InvitationAccepted: InvitationEntry {
        /// The row of the catalogue.
        public static let type = OrgsAudit.type("org_invitation_accepted", .medium, [.org, .invitation])
        /// The invitation.
        public let invitation: Invitation
        /// Who joined.
        public let user: User.ID

        /// Tells of it.
        package init(_ invitation: Invitation, by user: User.ID) {
            self.invitation = invitation
            self.user = user
        }

        /// What it is about.
        public var references: AuditReferences {
            AuditReferences(AuditReference(invitation.org), AuditReference(invitation.id), AuditReference(user))
        }
    }

    /// A link was used by somebody for whom it is not.
    public struct InvitationRefused: InvitationEntry {
        /// The row of the catalogue.
        public static let type = OrgsAudit.type("org_invitation_refused", .medium, [.org, .invitation])
        /// The invitation.
        public let invitation: Invitation
        /// Who used the link.
        public let user: User.ID

        /// Tells of it.
        package init(_ invitation: Invitation, to user: User.ID) {
            self.invitation = invitation
            self.user = user
        }

        /// What it is about.
        public var references: AuditReferences {
            AuditReferences(AuditReference(invitation.org), AuditReference(invitation.id), AuditReference(user))
        }
        /// One line.
        public var summary: String { "refused: the invitation is for another address" }
    }

    /// A person joined by an invitation: the entry of every joining, with the invitation and who had invited (ORG-060).
    public struct InvitedMemberAdded: AuditEvent {
        /// The row of the catalogue.
        public static let type = MemberAdded.type
        /// The invitation.
        public let invitation: Invitation
        /// The membership.
        public let membership: Membership

        /// Tells of it.
        package init(_ membership: Membership, through invitation: Invitation) {
            self.membership = membership
            self.invitation = invitation
        }

        /// What it is about.
        public var references: AuditReferences {
            AuditReferences(
                AuditReference(membership.org), AuditReference(membership.user), AuditReference(membership.id),
                AuditReference(invitation.id))
        }
        /// One line.
        public var summary: String { "joined as \(membership.role.rawValue) by an invitation" }
        /// The facts.
        public var data: [String: JSONValue] {
            ["role": .string(membership.role.rawValue), "invited_by": .string(invitation.invitedBy.description)]
        }
    }

    /// A mail was not sent because there had been too many.
    public struct SendBudgetExceeded: AuditEvent {
        /// The row of the catalogue.
        public static let type = OrgsAudit.type("send_budget_exceeded", .medium, [])
        /// The org that wanted to send.
        public let org: Org.ID
        /// Whose budget it was.
        public let scope: SendScope

        /// Tells of it.
        package init(org: Org.ID, scope: SendScope) {
            self.org = org
            self.scope = scope
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(org)) }
        /// One line.
        public var summary: String { "no mail: the budget of the \(scope.rawValue) is used up" }
        /// The facts.
        public var data: [String: JSONValue] { ["budget": .string(scope.rawValue)] }
    }
}
