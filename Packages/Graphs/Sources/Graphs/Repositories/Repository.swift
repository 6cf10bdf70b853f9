public import Billing
public import Core
public import Identity
public import Orgs

/// A graph that the operator runs for everybody: owned by no org, and opened only through a seat (GRA-088).
public struct Repository: Sendable, Hashable, Identifiable {
    /// Its slug, `sec`.
    public typealias ID = ResourceID

    /// The slug.
    public let id: ID
    /// What it is called.
    public let name: String
    /// What is in it.
    public let description: String
    /// Since when it is there.
    public let createdAt: Instant

    /// Describes a repository.
    public init(id: ID, name: String, description: String, createdAt: Instant) {
        self.id = id
        self.name = name
        self.description = description
        self.createdAt = createdAt
    }
}

/// One person's way into a repository: it follows the newest subscription of the seat (GRA-089).
public struct RepositoryGrant: Sendable, Hashable, Identifiable, IdentifiedEntity {
    /// The id of a grant, `usra_…`.
    public typealias ID = Identifier<RepositoryGrant>
    /// `usra`
    public static let idPrefix = "usra"

    /// What it lets a person do.
    public enum Access: String, Sendable, Codable, CaseIterable {
        /// Look.
        case read
        /// Add.
        case write
        /// Decide.
        case admin
    }

    /// Where it stands.
    public enum State: String, Sendable, Codable, CaseIterable {
        /// It opens the repository, until its end.
        case active
        /// It opens nothing until what is owed is paid.
        case suspended
        /// It is over.
        case revoked
    }

    /// Who made it what it is.
    public enum Cause: String, Sendable, Codable, CaseIterable {
        /// The subscription.
        case reconciler
        /// An operator.
        case administrator
        /// The person left the org that pays.
        case offBoarding = "off_boarding"
    }

    /// The id.
    public let id: ID
    /// The repository.
    public let repository: Repository.ID
    /// Whose it is.
    public let user: User.ID
    /// Who pays.
    public let org: Org.ID
    /// What pays.
    public var subscription: Subscription.ID
    /// What was bought.
    public var plan: String
    /// What it lets the person do.
    public var access: Access
    /// When it ends; `nil` when no end is known.
    public var expiresAt: Instant?
    /// Where it stands.
    public var state: State
    /// Who made it what it is.
    public var cause: Cause
    /// Since when it is there.
    public let createdAt: Instant

    /// Puts a grant together.
    public init(
        id: ID, repository: Repository.ID, user: User.ID, org: Org.ID, subscription: Subscription.ID, plan: String, access: Access,
        expiresAt: Instant?, state: State, cause: Cause, createdAt: Instant
    ) {
        self.id = id
        self.repository = repository
        self.user = user
        self.org = org
        self.subscription = subscription
        self.plan = plan
        self.access = access
        self.expiresAt = expiresAt
        self.state = state
        self.cause = cause
        self.createdAt = createdAt
    }

    /// Whether it opens the repository now; its end counts as passed.
    public func opens(at now: Instant) -> Bool {
        state == .active && expiresAt.map { now < $0 } != false
    }
}

/// A repository, and what one person may do with it.
public struct RepositoryForUser: Sendable, Hashable {
    /// The repository.
    public let repository: Repository
    /// What the person may do.
    public let access: RepositoryGrant.Access
    /// What the seat was bought as.
    public let plan: String

    /// Joins them.
    public init(repository: Repository, access: RepositoryGrant.Access, plan: String) {
        self.repository = repository
        self.access = access
        self.plan = plan
    }
}
