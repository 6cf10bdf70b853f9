public import Core

/// A use of the product that was written down.
public struct ObservedUse: Sendable, Hashable {
    /// Who used it.
    public let user: User.ID
    /// The org that the request acted for.
    public let org: OrgScope?
    /// When.
    public let at: Instant

    /// Names a use.
    public init(user: User.ID, org: OrgScope?, at: Instant) {
        self.user = user
        self.org = org
        self.at = at
    }
}

/// Is told of uses after the statement that wrote them (ID-081).
///
/// What begins to concern a person in the very moment of a use sees the state before it, as the use sees the state before that; whoever is told afterwards
/// sees both. A notice may be lost with its process, so that whatever depends on it has a sweep as well, and it may come more than once.
public protocol ActivityObserver: Sendable {
    /// Somebody used the product.
    func used(_ use: ObservedUse) async throws
}

/// Orders the reversal of idle cases that were decided while the use was being written (IDL-043): neither statement saw the other.
public struct PendingCaseObserver<Store: IdentityStore>: ActivityObserver {
    private let store: Store

    /// Makes the observer.
    public init(_ store: Store) {
        self.store = store
    }

    /// One statement, which nearly always finds nothing; a reversal that is ordered already is not ordered twice.
    public func used(_ use: ObservedUse) async throws {
        try await store.reverseCases(of: use.user, usedAt: use.at)
    }
}
