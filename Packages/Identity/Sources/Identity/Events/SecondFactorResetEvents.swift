public import Core
public import Jobs

/// The passkeys and codes of a person will be removed at an instant, because operators were asked to; the person is told, with the link that stops it
/// (NOT-115).
public struct SecondFactorResetScheduled: DomainEvent, Hashable {
    /// `identity.second_factor_reset_scheduled`
    public static let topic = "identity.second_factor_reset_scheduled"
    /// The reset, by whose id the secret of the link is derived.
    public let reset: SecondFactorReset.ID
    /// The account.
    public let user: User.ID
    /// Its address.
    public let email: String
    /// The name of the person.
    public let name: String
    /// When it is carried out, and until when the link is good.
    public let dueAt: Instant

    /// Makes the event.
    public init(reset: SecondFactorReset.ID, user: User, dueAt: Instant) {
        self.reset = reset
        self.user = user.id
        email = user.email.description
        name = user.name.description
        self.dueAt = dueAt
    }

    /// By account.
    public var eventKey: String { user.description }
}

/// The passkeys and codes of a person were removed, because operators were asked to; the person is told (NOT-115).
public struct SecondFactorResetCompleted: DomainEvent, Hashable {
    /// `identity.second_factor_reset_completed`
    public static let topic = "identity.second_factor_reset_completed"
    /// The reset.
    public let reset: SecondFactorReset.ID
    /// The account.
    public let user: User.ID
    /// Its address.
    public let email: String
    /// The name of the person.
    public let name: String
    /// When.
    public let at: Instant

    /// Makes the event.
    public init(reset: SecondFactorReset.ID, user: User, at: Instant) {
        self.reset = reset
        self.user = user.id
        email = user.email.description
        name = user.name.description
        self.at = at
    }

    /// By account.
    public var eventKey: String { user.description }
}

/// An operator asks for the passkeys and codes of a person to be removed; those who may approve it are told (NOT-169).
public struct SecondFactorResetRequested: DomainEvent, Hashable {
    /// `identity.second_factor_reset_requested`
    public static let topic = "identity.second_factor_reset_requested"
    /// The reset.
    public let reset: SecondFactorReset.ID
    /// The account.
    public let user: User.ID
    /// Who asked.
    public let requestedBy: StaffMember.ID
    /// Why.
    public let reason: String
    /// Until when it can be approved.
    public let approveUntil: Instant

    /// Makes the event.
    public init(_ reset: SecondFactorReset, because reason: String) {
        self.reset = reset.id
        user = reset.user
        requestedBy = reset.requestedBy
        self.reason = reason
        approveUntil = reset.requestedAt + SecondFactorReset.approvalTime
    }

    /// By account.
    public var eventKey: String { user.description }
}

/// A second operator approved such a reset; whoever asked is told (NOT-169).
public struct SecondFactorResetApproved: DomainEvent, Hashable {
    /// `identity.second_factor_reset_approved`
    public static let topic = "identity.second_factor_reset_approved"
    /// The reset.
    public let reset: SecondFactorReset.ID
    /// The account.
    public let user: User.ID
    /// Who asked.
    public let requestedBy: StaffMember.ID
    /// Who approved it.
    public let approvedBy: StaffMember.ID
    /// Why.
    public let reason: String
    /// When it is carried out.
    public let dueAt: Instant

    /// Makes the event.
    public init(_ reset: SecondFactorReset, by approver: StaffMember.ID, because reason: String, dueAt: Instant) {
        self.reset = reset.id
        user = reset.user
        requestedBy = reset.requestedBy
        approvedBy = approver
        self.reason = reason
        self.dueAt = dueAt
    }

    /// By account.
    public var eventKey: String { user.description }
}
