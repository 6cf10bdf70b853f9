public import Core
public import Identity
public import Jobs

/// An invitation was made or sent again: a mail with its link is due. The link's secret is derived where the mail is written, from ``link``
/// (``Invitation/linkKind``).
public struct InvitationSent: DomainEvent, Hashable {
    /// `orgs.invitation_sent`
    public static let topic = "orgs.invitation_sent"
    /// The invitation.
    public let invitation: Invitation.ID
    /// The org.
    public let org: Org.ID
    /// The org's name.
    public let orgName: String
    /// Where the mail goes.
    public let email: String
    /// The role that is offered.
    public let role: GivableRole
    /// Who invites.
    public let inviterName: String
    /// By what the link's secret is derived.
    public let link: String
    /// When its time is over.
    public let expiresAt: Instant
    /// Whether it is the first mail.
    public let isFirst: Bool

    /// Tells of a mail of an invitation.
    public init(_ invitation: Invitation, orgName: String) {
        self.invitation = invitation.id
        org = invitation.org
        self.orgName = orgName
        email = invitation.email.description
        role = invitation.role
        inviterName = invitation.inviterName ?? ""
        link = invitation.link
        expiresAt = invitation.expiresAt
        isFirst = invitation.sendCount == 1
    }

    /// By org.
    public var eventKey: String { org.description }
}

/// Somebody joined an org by an invitation.
public struct InvitationAccepted: DomainEvent, Hashable {
    /// `orgs.invitation_accepted`
    public static let topic = "orgs.invitation_accepted"
    /// The invitation.
    public let invitation: Invitation.ID
    /// The org.
    public let org: Org.ID
    /// Who joined.
    public let user: User.ID
    /// As what.
    public let role: GivableRole
    /// Who had invited.
    public let invitedBy: User.ID

    /// Makes the event.
    public init(invitation: Invitation.ID, org: Org.ID, user: User.ID, role: GivableRole, invitedBy: User.ID) {
        self.invitation = invitation
        self.org = org
        self.user = user
        self.role = role
        self.invitedBy = invitedBy
    }

    /// By org.
    public var eventKey: String { org.description }
}

/// An invitation ended without anybody joining: its mail, if it still waits, need not go out.
public struct InvitationClosed: DomainEvent, Hashable {
    /// `orgs.invitation_closed`
    public static let topic = "orgs.invitation_closed"

    /// Why.
    public enum Reason: String, Sendable, Hashable, Codable {
        /// The person does not want to join.
        case declined
        /// It was taken back.
        case revoked
        /// Its time was over.
        case expired
    }

    /// The invitation.
    public let invitation: Invitation.ID
    /// The org.
    public let org: Org.ID
    /// Who had invited: is told when it was declined.
    public let invitedBy: User.ID
    /// Why.
    public let reason: Reason

    /// Tells of the end of an invitation.
    public init(_ invitation: Invitation, because reason: Reason) {
        self.invitation = invitation.id
        org = invitation.org
        invitedBy = invitation.invitedBy
        self.reason = reason
    }

    /// By org.
    public var eventKey: String { org.description }
}
