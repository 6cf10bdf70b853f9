public import Core
public import Identity
public import Jobs

/// Somebody is admitted to run the product, and gets a link by mail (NOT-169).
public struct OperatorInvited: DomainEvent, Hashable {
    /// `notifications.operator_invited`
    public static let topic = "notifications.operator_invited"
    /// What the secret of the link is derived for.
    public static let linkKind = "operator_enrolment"

    /// Who.
    public let person: StaffMember.ID
    /// What the person may do.
    public let role: String
    /// Who admitted the person.
    public let inviter: StaffMember.ID
    /// The link, by whose id its secret is derived where the mail is written.
    public let link: String
    /// Until when it works.
    public let validUntil: Instant

    /// Tells of it.
    public init(person: StaffMember.ID, role: String, inviter: StaffMember.ID, link: String, validUntil: Instant) {
        self.person = person
        self.role = role
        self.inviter = inviter
        self.link = link
        self.validUntil = validUntil
    }

    /// By operator.
    public var eventKey: String { person.description }
}

/// An operator signed in to the console with a program or from a network of which there was no session for 90 days (NOT-169).
public struct OperatorSignedInAnew: DomainEvent, Hashable {
    /// `notifications.operator_signed_in_anew`
    public static let topic = "notifications.operator_signed_in_anew"
    /// Who.
    public let person: StaffMember.ID
    /// The session.
    public let session: String
    /// The program, roughly.
    public let clientFamily: String
    /// The network.
    public let network: String
    /// When.
    public let at: Instant

    /// Tells of it.
    public init(person: StaffMember.ID, session: String, clientFamily: String, network: String, at: Instant) {
        self.person = person
        self.session = session
        self.clientFamily = clientFamily
        self.network = network
        self.at = at
    }

    /// By operator.
    public var eventKey: String { person.description }
}

/// What operators are told of something that takes two.
public struct ApprovalMatter: Sendable, Hashable, Codable {
    /// The approval.
    public let id: String
    /// Who asked.
    public let asker: StaffMember.ID
    /// The name of the command.
    public let operation: String
    /// The method and the path of the request.
    public let route: String
    /// Until when it can be decided and carried out.
    public let expiresAt: Instant

    /// Describes it.
    public init(id: String, asker: StaffMember.ID, operation: String, route: String, expiresAt: Instant) {
        self.id = id
        self.asker = asker
        self.operation = operation
        self.route = route
        self.expiresAt = expiresAt
    }
}

/// An operator wants something that takes two (NOT-169).
public struct ApprovalAsked: DomainEvent, Hashable {
    /// `notifications.approval_asked`
    public static let topic = "notifications.approval_asked"
    /// What is wanted.
    public let matter: ApprovalMatter
    /// What a second operator needs to consent.
    public let permission: String
    /// Why it takes two.
    public let cause: String
    /// Why it is wanted.
    public let reason: String

    /// Tells of it.
    public init(_ matter: ApprovalMatter, permission: String, cause: String, reason: String) {
        self.matter = matter
        self.permission = permission
        self.cause = cause
        self.reason = reason
    }

    /// By approval.
    public var eventKey: String { matter.id }
}

/// A second operator consented, or did not (NOT-169).
public struct ApprovalSettled: DomainEvent, Hashable {
    /// `notifications.approval_settled`
    public static let topic = "notifications.approval_settled"
    /// About what.
    public let matter: ApprovalMatter
    /// Who decided.
    public let decider: StaffMember.ID
    /// Whether it was consent.
    public let isGiven: Bool
    /// Why.
    public let reason: String

    /// Tells of it.
    public init(_ matter: ApprovalMatter, by decider: StaffMember.ID, isGiven: Bool, reason: String) {
        self.matter = matter
        self.decider = decider
        self.isGiven = isGiven
        self.reason = reason
    }

    /// By approval.
    public var eventKey: String { matter.id }
}
