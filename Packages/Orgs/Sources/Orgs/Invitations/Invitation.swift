public import Audit
public import Core
public import Identity

/// A role that can be offered and given. That of an owner is neither: it is handed over (ORG-043).
public enum GivableRole: String, Sendable, Hashable, Codable, CaseIterable {
    /// Works with what it was given.
    case member
    /// Runs the org.
    case admin

    /// The role.
    public var role: OrgRole {
        switch self {
        case .member: .member
        case .admin: .admin
        }
    }
}

/// The offer of a membership to an address.
public struct Invitation: IdentifiedEntity, AuditReferable, Identifiable, Sendable, Hashable {
    /// The id of an invitation.
    public typealias ID = Identifier<Invitation>
    /// `orginv`
    public static let idPrefix = "orginv"
    /// `invitation`
    public static let auditKind = AuditReferenceKind.invitation

    /// What became of an invitation; all but the first are final.
    public enum State: String, Sendable, Hashable, CaseIterable {
        /// It can be accepted until its time is over.
        case pending
        /// The person joined, or was a member already.
        case accepted
        /// The person does not want to join.
        case declined
        /// Somebody who runs the org took it back.
        case revoked
        /// Its time was over.
        case expired
    }

    /// The id.
    public let id: ID
    /// The org.
    public let org: Org.ID
    /// The address.
    public let email: EmailAddress
    /// The role that is offered.
    public let role: GivableRole
    /// What became of it.
    public var state: State
    /// Who invited.
    public let invitedBy: User.ID
    /// The name of who invited, while there is one.
    public var inviterName: String?
    /// How many mails went out.
    public var sendCount: Int
    /// When the last of them did.
    public var lastSentAt: Instant
    /// When its time is over.
    public var expiresAt: Instant
    /// Who accepted it.
    public var acceptedBy: User.ID?
    /// When it was made.
    public let createdAt: Instant

    /// Makes an invitation value.
    public init(
        id: ID, org: Org.ID, email: EmailAddress, role: GivableRole, state: State, invitedBy: User.ID, inviterName: String?, sendCount: Int,
        lastSentAt: Instant, expiresAt: Instant, acceptedBy: User.ID?, createdAt: Instant
    ) {
        self.id = id
        self.org = org
        self.email = email
        self.role = role
        self.state = state
        self.invitedBy = invitedBy
        self.inviterName = inviterName
        self.sendCount = sendCount
        self.lastSentAt = lastSentAt
        self.expiresAt = expiresAt
        self.acceptedBy = acceptedBy
        self.createdAt = createdAt
    }

    /// Whether its time is over, whatever has been noted about that (ORG-065).
    public func isExpired(at now: Instant) -> Bool { expiresAt <= now }

    /// By what the secret of the link in its newest mail is derived: each mail has a link of its own, and no row has the secret (ORG-046).
    public var link: String { "\(id).\(sendCount)" }

    /// What such a link is called where its secret is derived.
    public static let linkKind = "org_invitation"
}

/// An invitation of which a mail is on its way.
public struct SentInvitation: Sendable {
    /// The invitation.
    public let invitation: Invitation
    /// The secret of the link, only where the deployment shows it: in the sandbox.
    public let token: SecretString?

    /// Puts them together.
    public init(invitation: Invitation, token: SecretString?) {
        self.invitation = invitation
        self.token = token
    }
}

/// What an invitation leads to, for whoever has its link.
public struct InvitationPreview: Sendable, Hashable {
    /// The org's name.
    public let orgName: String
    /// The address that is invited.
    public let email: EmailAddress
    /// The role that is offered.
    public let role: GivableRole
    /// When its time is over.
    public let expiresAt: Instant

    /// Makes a preview.
    public init(orgName: String, email: EmailAddress, role: GivableRole, expiresAt: Instant) {
        self.orgName = orgName
        self.email = email
        self.role = role
        self.expiresAt = expiresAt
    }
}

/// An invitation as the invited person sees it.
public struct InvitationOffer: Sendable, Hashable {
    /// The invitation.
    public let invitation: Invitation
    /// The org's name.
    public let orgName: String

    /// Makes an offer.
    public init(invitation: Invitation, orgName: String) {
        self.invitation = invitation
        self.orgName = orgName
    }
}
