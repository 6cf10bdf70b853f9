public import Audit
public import Core
public import Identity

/// The handover of an org from one owner to a member, in which both take part.
public struct OwnershipTransfer: IdentifiedEntity, AuditReferable, Identifiable, Sendable, Hashable {
    /// The id of a transfer.
    public typealias ID = Identifier<OwnershipTransfer>
    /// `orgxfr`
    public static let idPrefix = "orgxfr"
    /// `ownership_transfer`
    public static let auditKind = AuditReferenceKind.ownershipTransfer

    /// What became of a transfer; all but the first are final.
    public enum State: String, Sendable, Hashable, Codable, CaseIterable {
        /// It can be accepted until its time is over.
        case pending
        /// The roles have been changed.
        case accepted
        /// The named person does not want the org.
        case declined
        /// Whoever started it took it back.
        case canceled
        /// Its time was over.
        case expired
        /// One of the two was not what it must be any more.
        case void
    }

    /// Who started a transfer.
    public enum Origin: String, Sendable, Hashable, Codable, CaseIterable {
        /// The owner.
        case owner
        /// Somebody who runs the product, because the owner cannot act (ORG-041).
        case `operator`
    }

    /// The id.
    public let id: ID
    /// The org.
    public let org: Org.ID
    /// The owner.
    public let from: User.ID
    /// Who is to be owner.
    public let to: User.ID
    /// What the owner is to be afterwards.
    public let keepRole: OrgRole
    /// What became of it.
    public var state: State
    /// Who started it.
    public let origin: Origin
    /// From when on it can be accepted: until then owners can stop one that they have not started.
    public let acceptableAt: Instant
    /// When its time is over.
    public let expiresAt: Instant
    /// When it was started.
    public let createdAt: Instant
    /// When it ended.
    public var closedAt: Instant?

    /// Makes a transfer value.
    public init(
        id: ID, org: Org.ID, from: User.ID, to: User.ID, keepRole: OrgRole, state: State, origin: Origin, acceptableAt: Instant,
        expiresAt: Instant, createdAt: Instant, closedAt: Instant?
    ) {
        self.id = id
        self.org = org
        self.from = from
        self.to = to
        self.keepRole = keepRole
        self.state = state
        self.origin = origin
        self.acceptableAt = acceptableAt
        self.expiresAt = expiresAt
        self.createdAt = createdAt
        self.closedAt = closedAt
    }

    /// Whether its time is over, whatever has been noted about that.
    public func isExpired(at now: Instant) -> Bool { expiresAt <= now }
}

/// What an owner asks for who hands an org over.
public struct OwnershipProposal: Sendable {
    /// Who is to be owner.
    public let to: User.ID
    /// What the present owner is to be afterwards; owner for two of them.
    public let keepRole: OrgRole
    /// The proof of who asks.
    public let proof: Proof?
    /// Where it asks from.
    public let client: ClientContext

    /// Makes a proposal.
    public init(to: User.ID, keepRole: OrgRole, proof: Proof?, client: ClientContext) {
        self.to = to
        self.keepRole = keepRole
        self.proof = proof
        self.client = client
    }
}
