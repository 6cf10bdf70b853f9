public import Audit
public import Core
internal import Identity

extension OrgsAudit {
    /// The rows of the catalogue about invitations (AUD-121) and their budgets (AUD-126).
    public static let invitationTypes: [AuditEventType] = [
        InvitationCreated.type, InvitationResent.type, InvitationRevoked.type, InvitationAccepted.type, InvitationDeclined.type,
        InvitationExpired.type, InvitationRemoved.type, InvitationRefused.type, SendBudgetExceeded.type,
    ]
}

/// An entry about an invitation.
public protocol InvitationEntry: AuditEvent {
    /// The invitation.
    var invitation: Invitation { get }
}

extension InvitationEntry {
    /// What it is about.
    public var references: AuditReferences { AuditReferences(AuditReference(invitation.org), AuditReference(invitation.id)) }
    /// One line.
    public var summary: String { "\(Self.type.name), role \(invitation.role.rawValue)" }
    /// The facts; the address is in the invitation alone, and goes with it (ORG-065).
    public var data: [String: JSONValue] {
        [
            "role": .string(invitation.role.rawValue), "invited_by": .string(invitation.invitedBy.description),
            "send_count": .integer(Int64(invitation.sendCount)),
        ]
    }
}

extension OrgsAudit {
    /// An invitation was made.
    public struct InvitationCreated: InvitationEntry {
        /// The row of the catalogue.
        public static let type = OrgsAudit.type("org_invitation_created", .low, [.org, .invitation])
        /// The invitation.
        public let invitation: Invitation

        /// Tells of it.
        package init(_ invitation: Invitation) {
            self.invitation = invitation
        }
    }

    /// An invitation got a new link, and its time began anew.
    public struct InvitationResent: InvitationEntry {
        /// The row of the catalogue.
        public static let type = OrgsAudit.type("org_invitation_resent", .low, [.org, .invitation])
        /// The invitation.
        public let invitation: Invitation

        /// Tells of it.
        package init(_ invitation: Invitation) {
            self.invitation = invitation
        }
    }

    /// An invitation was taken back.
    public struct InvitationRevoked: InvitationEntry {
        /// The row of the catalogue.
        public static let type = OrgsAudit.type("org_invitation_revoked", .low, [.org, .invitation])
        /// The invitation.
        public let invitation: Invitation

        /// Tells of it.
        package init(_ invitation: Invitation) {
            self.invitation = invitation
        }
    }

    /// An invited person does not want to join.
    public struct InvitationDeclined: InvitationEntry {
        /// The row of the catalogue.
        public static let type = OrgsAudit.type("org_invitation_declined", .low, [.org, .invitation])
        /// The invitation.
        public let invitation: Invitation

        /// Tells of it.
        package init(_ invitation: Invitation) {
            self.invitation = invitation
        }
    }

    /// The time of an invitation was over.
    public struct InvitationExpired: InvitationEntry {
        /// The row of the catalogue.
        public static let type = OrgsAudit.type("org_invitation_expired", .low, [.org, .invitation])
        /// The invitation.
        public let invitation: Invitation

        /// Tells of it.
        package init(_ invitation: Invitation) {
            self.invitation = invitation
        }
    }

    /// An invitation was erased with its address, some time after it was closed.
    public struct InvitationRemoved: InvitationEntry {
        /// The row of the catalogue.
        public static let type = OrgsAudit.type("org_invitation_removed", .low, [.org, .invitation])
        /// The invitation.
        public let invitation: Invitation

        /// Tells of it.
        package init(_ invitation: Invitation) {
            self.invitation = invitation
        }
    }
}
