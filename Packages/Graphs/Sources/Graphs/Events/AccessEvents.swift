public import Core
public import Identity
internal import Jobs
internal import Orgs

/// A person may do something else with a graph than before: the person has to know.
public struct GraphAccessChanged: GraphDomainEvent {
    /// `graphs.graph_access_changed`
    public static let topic = "graphs.graph_access_changed"
    /// Which graph.
    public let facts: GraphFactsOfEvent
    /// Whose access.
    public let user: User.ID
    /// The role that was granted before; `nil` for none.
    public let oldRole: GraphRole?
    /// The role that is granted now; `nil` for none.
    public let newRole: GraphRole?
    /// Who changed it.
    public let by: User.ID

    /// Tells of it.
    public init(facts: GraphFactsOfEvent, user: User.ID, from old: GraphRole?, to new: GraphRole?, by person: User.ID) {
        self.facts = facts
        self.user = user
        oldRole = old
        newRole = new
        by = person
    }
}

/// A login to a graph was made, by itself or in the place of another: whoever administers the graph has to know.
public struct GraphLoginCreated: GraphDomainEvent {
    /// `graphs.graph_login_created`
    public static let topic = "graphs.graph_login_created"
    /// Which graph.
    public let facts: GraphFactsOfEvent
    /// The login, without its secret.
    public let credential: GraphCredential.ID
    /// What it is for, in the words of whoever made it.
    public let label: String
    /// What it may do.
    public let access: GraphCredential.Access
    /// When it ends by itself.
    public let expiresAt: Instant?
    /// Whether it takes the place of another one.
    public let isRotation: Bool
    /// Who made it.
    public let by: User.ID
    /// When.
    public let at: Instant

    /// Tells of it.
    public init(facts: GraphFactsOfEvent, _ credential: GraphCredential, isRotation: Bool) {
        self.facts = facts
        self.credential = credential.id
        label = credential.label
        access = credential.access
        expiresAt = credential.expiresAt
        self.isRotation = isRotation
        by = credential.createdBy
        at = credential.createdAt
    }
}
