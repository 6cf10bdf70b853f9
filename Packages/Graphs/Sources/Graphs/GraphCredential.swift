public import Core
public import Identity

/// A login to a graph's database, handed to a graph admin. Its password is kept nowhere.
public struct GraphCredential: Sendable, Hashable, Identifiable, IdentifiedEntity {
    /// The id of a credential, `gcr_…`.
    public typealias ID = Identifier<GraphCredential>
    /// `gcr`
    public static let idPrefix = "gcr"
    /// How many a graph may have that are not revoked.
    public static let limit = 10

    /// What a login may do, whatever the mode of the engine allows.
    public enum Access: String, Sendable, Codable {
        /// Read and write.
        case readWrite = "rw"
        /// Read.
        case readOnly = "ro"
    }

    /// The id.
    public let id: ID
    /// The graph.
    public let graph: GraphID
    /// The role on the host.
    public let role: String
    /// What it may do.
    public let access: Access
    /// What it is for.
    public let label: String
    /// Who asked for it.
    public let createdBy: User.ID
    /// When it was made.
    public let createdAt: Instant
    /// When it ends by itself.
    public let expiresAt: Instant?
    /// When it was revoked.
    public var revokedAt: Instant?

    /// Puts a credential together from what a store kept.
    public init(
        id: ID, graph: GraphID, role: String, access: Access, label: String, createdBy: User.ID, createdAt: Instant,
        expiresAt: Instant?, revokedAt: Instant?
    ) {
        self.id = id
        self.graph = graph
        self.role = role
        self.access = access
        self.label = label
        self.createdBy = createdBy
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.revokedAt = revokedAt
    }
}
