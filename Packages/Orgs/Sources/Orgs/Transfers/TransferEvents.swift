public import Core
public import Identity
public import Jobs

/// A transfer was started: the named person is asked, and the owner told; of one by those who run the product every owner is told.
public struct OwnershipTransferRequested: DomainEvent, Hashable {
    /// `orgs.ownership_transfer_requested`
    public static let topic = "orgs.ownership_transfer_requested"
    /// The transfer.
    public let transfer: OwnershipTransfer.ID
    /// The org.
    public let org: Org.ID
    /// The owner.
    public let from: User.ID
    /// Who is to be owner.
    public let to: User.ID
    /// What the owner is to be afterwards.
    public let keepRole: OrgRole
    /// Who started it.
    public let origin: OwnershipTransfer.Origin
    /// From when on it can be accepted.
    public let acceptableAt: Instant
    /// When its time is over.
    public let expiresAt: Instant

    /// Tells of a transfer.
    public init(_ transfer: OwnershipTransfer) {
        self.transfer = transfer.id
        org = transfer.org
        from = transfer.from
        to = transfer.to
        keepRole = transfer.keepRole
        origin = transfer.origin
        acceptableAt = transfer.acceptableAt
        expiresAt = transfer.expiresAt
    }

    /// By org.
    public var eventKey: String { org.description }
}

/// An org has been handed over: both are told.
public struct OwnershipTransferred: DomainEvent, Hashable {
    /// `orgs.ownership_transferred`
    public static let topic = "orgs.ownership_transferred"
    /// The transfer.
    public let transfer: OwnershipTransfer.ID
    /// The org.
    public let org: Org.ID
    /// The owner until now.
    public let from: User.ID
    /// The owner from now on.
    public let to: User.ID
    /// What the owner until now is from now on.
    public let keepRole: OrgRole

    /// Tells of a transfer.
    public init(_ transfer: OwnershipTransfer) {
        self.transfer = transfer.id
        org = transfer.org
        from = transfer.from
        to = transfer.to
        keepRole = transfer.keepRole
    }

    /// By org.
    public var eventKey: String { org.description }
}

/// A transfer ended, and everything is as it was: both are told.
public struct OwnershipTransferEnded: DomainEvent, Hashable {
    /// `orgs.ownership_transfer_ended`
    public static let topic = "orgs.ownership_transfer_ended"
    /// The transfer.
    public let transfer: OwnershipTransfer.ID
    /// The org.
    public let org: Org.ID
    /// The owner.
    public let from: User.ID
    /// Who was to be owner.
    public let to: User.ID
    /// How it ended.
    public let state: OwnershipTransfer.State

    /// Tells of the end of a transfer.
    public init(_ transfer: OwnershipTransfer, as state: OwnershipTransfer.State) {
        self.transfer = transfer.id
        org = transfer.org
        from = transfer.from
        to = transfer.to
        self.state = state
    }

    /// By org.
    public var eventKey: String { org.description }
}
