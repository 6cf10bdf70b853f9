public import Identity
public import Orgs

/// What mails need to know that their events do not tell.
public protocol MailFacts: Sendable {
    /// An org.
    func org(_ id: Org.ID) async throws -> Org?
    /// The active owners of an org.
    func owners(of org: Org.ID) async throws -> [Member]
    /// A person.
    func person(_ id: User.ID) async throws -> User?
}

/// The facts as a store of the domains below knows them.
public struct StoredMailFacts<Store: OrgStore>: MailFacts {
    private let store: Store

    /// Makes facts of a store.
    public init(store: Store) {
        self.store = store
    }

    /// An org.
    public func org(_ id: Org.ID) async throws -> Org? {
        try await store.org(id)
    }

    /// The active owners of an org.
    public func owners(of org: Org.ID) async throws -> [Member] {
        try await store.recipients(with: .owner, of: org).filter(\.isActive)
    }

    /// A person.
    public func person(_ id: User.ID) async throws -> User? {
        try await store.profile(of: id)
    }
}
