public import Billing
public import Core
public import Identity
public import Jobs
public import Orgs

/// What a seat opens for a person is something else than before: the person has to know.
public struct RepositoryAccessChanged: DomainEvent {
    /// `graphs.repository_access_changed`
    public static let topic = "graphs.repository_access_changed"

    /// What happened to it.
    public enum Change: String, Sendable, Hashable, Codable, CaseIterable {
        /// The seat opens the repository.
        case granted
        /// It opens nothing until what is owed is paid.
        case suspended
        /// It opens the repository again.
        case restored
        /// It is over.
        case ended
    }

    /// The grant.
    public let grant: RepositoryGrant.ID
    /// The slug of the repository.
    public let repository: ResourceID
    /// Whose seat it is.
    public let user: User.ID
    /// Who pays for it.
    public let org: Org.ID
    /// What happened.
    public let change: Change
    /// Who or what decided it.
    public let cause: RepositoryGrant.Cause
    /// When the access ends, if that is known.
    public let until: Instant?

    /// Tells of a grant as it is now.
    public init(_ grant: RepositoryGrant, _ change: Change) {
        self.grant = grant.id
        repository = grant.repository
        user = grant.user
        org = grant.org
        self.change = change
        cause = grant.cause
        until = grant.expiresAt
    }

    /// Events about one person's access to one repository are handled in order.
    public var eventKey: String { "\(repository)/\(user)" }
}
