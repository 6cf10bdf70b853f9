public import Core
public import Identity
public import IdleCancellation

/// What the mails and notices about an idle case say, and whom they go to.
public struct IdleMatter: Sendable, Hashable {
    /// A person who is concerned.
    public struct Person: Sendable, Hashable {
        /// The account.
        public let user: User.ID
        /// What they are called.
        public let name: String
        /// Where their mail goes.
        public let email: String

        /// Names a person.
        public init(user: User.ID, name: String, email: String) {
            self.user = user
            self.name = name
            self.email = email
        }
    }

    /// The name of the org.
    public let org: String
    /// The name of what is paid for.
    public let resource: String
    /// The active owners, by the time of joining.
    public let owners: [Person]
    /// Where the bills go, when an address is set.
    public let billingAddress: String?
    /// Whose seat it is; `nil` for what all members use, and for an account that is gone.
    public let subscriber: Person?
    /// Who took the end back, when a person did and the account is still there.
    public let actor: Person?

    /// Puts a matter together.
    public init(org: String, resource: String, owners: [Person], billingAddress: String?, subscriber: Person?, actor: Person?) {
        self.org = org
        self.resource = resource
        self.owners = owners
        self.billingAddress = billingAddress
        self.subscriber = subscriber
        self.actor = actor
    }
}

/// The names of an idle case's things, for the keep page.
public struct StoredIdleNames<Store: NotificationStore>: IdleNaming {
    private let store: Store

    /// Makes a source of names.
    public init(store: Store) {
        self.store = store
    }

    /// Reads both names.
    public func names(of idleCase: IdleCase) async throws -> IdleNames? {
        try await store.withTransaction { try await $0.idleMatter(of: idleCase) }.map { IdleNames(resource: $0.resource, org: $0.org) }
    }
}
