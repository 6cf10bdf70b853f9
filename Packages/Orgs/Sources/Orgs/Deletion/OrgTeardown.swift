public import Core
public import Identity

/// An owner's order to end what an org pays for, one thing after the other, and then to delete it (ORG-090).
public struct OrgTeardown: Sendable, Hashable {
    /// The org.
    public let org: Org.ID
    /// The owner who asked.
    public let owner: User.ID
    /// Why, in the owner's words.
    public let reason: String?
    /// Whether credit that is left is given up.
    public let forfeitsBalance: Bool
    /// When it was ordered.
    public let at: Instant

    /// Describes an order.
    public init(org: Org.ID, owner: User.ID, reason: String?, forfeitsBalance: Bool, at now: Instant) {
        self.org = org
        self.owner = owner
        self.reason = reason
        self.forfeitsBalance = forfeitsBalance
        at = now
    }
}

/// Takes such orders; met by the package that keeps operations.
public protocol OrgTeardownOrdering<Transaction>: Sendable {
    /// What can be done in the transaction.
    associatedtype Transaction: OrgTransaction

    /// Accepts an order in the transaction that has checked it.
    ///
    /// - Returns: the id of the operation that tells of it, and how many things end.
    func order(_ teardown: OrgTeardown, in transaction: Transaction) async throws -> (operation: String, count: Int)
}

/// Something an org pays for that has to end before the org can be deleted.
public struct OrgObligation: Sendable, Hashable {
    /// Its id.
    public let id: String
    /// What it is, for people.
    public let name: String

    /// Names one.
    public init(id: String, name: String) {
        self.id = id
        self.name = name
    }
}

/// What ending one of them came to.
public enum OrgObligationOutcome: Sendable, Hashable {
    /// It has ended, now or before.
    case ended
    /// Not yet: ask again after a while.
    case waiting(Duration)
    /// It cannot be ended now, with words that its owner may see.
    case refused(String)
}

/// Ends what an org pays for, by the rules of the package that sells it: met by Billing.
public protocol OrgObligationEnding<Transaction>: Sendable {
    /// What can be done in the transaction.
    associatedtype Transaction: OrgTransaction

    /// What has to end, in the order in which it is ended.
    func obligations(of org: Org.ID, in transaction: Transaction) async throws -> [OrgObligation]

    /// Ends one of them for an owner, outside of any transaction. Twice is once.
    func end(_ obligation: String, of org: Org.ID, for owner: User.ID) async throws -> OrgObligationOutcome
}
