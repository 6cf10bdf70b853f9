public import Core

/// A person may do something else with a graph than before (NOT-164).
public struct GraphAccessChangedContext: MailContext {
    /// `graph_access_changed`
    public static let template = MailTemplate.graphAccessChanged
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text),
        .mandatory("graph", .text),
        .required("page", .link),
        .optional("old_role", .text),
        .optional("new_role", .text),
        .optional("actor", .text),
    ]

    /// The name of the org.
    public let org: String
    /// The id of the org.
    public let orgID: String
    /// The name of the graph.
    public let graph: String
    /// The id of the graph.
    public let graphID: String
    /// The role that was granted before; `nil` for none.
    public let oldRole: String?
    /// The role that is granted now; `nil` for none.
    public let newRole: String?
    /// Who changed it.
    public let actor: String?

    /// Makes the values.
    public init(
        org: String, orgID: String, graph: String, graphID: String, oldRole: String?, newRole: String?, actor: String?
    ) {
        self.org = org
        self.orgID = orgID
        self.graph = graph
        self.graphID = graphID
        self.oldRole = oldRole
        self.newRole = newRole
        self.actor = actor
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org),
            "graph": .text(graph),
            "page": .link(.page(.graph(org: orgID, graph: graphID))),
            "old_role": .optional(oldRole) { .text($0) },
            "new_role": .optional(newRole) { .text($0) },
            "actor": .optional(actor) { .text($0) },
        ]
    }
}

/// A login to a graph was made (NOT-164).
public struct GraphCredentialCreatedContext: MailContext {
    /// `graph_credential_created`
    public static let template = MailTemplate.graphCredentialCreated
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text),
        .mandatory("graph", .text),
        .required("page", .link),
        .optional("label", .text),
        .required("is_read_only", .flag),
        .required("is_rotation", .flag),
        .mandatory("created_at", .instant),
        .optional("expires_at", .instant),
        .optional("actor", .text),
    ]

    /// What is told of a login.
    public struct Login: Sendable, Codable, Hashable {
        /// What it is for; `nil` when nobody said.
        public let label: String?
        /// Whether it can read only.
        public let isReadOnly: Bool
        /// Whether it takes the place of another one.
        public let isRotation: Bool
        /// When it was made.
        public let createdAt: Instant
        /// When it ends by itself.
        public let expiresAt: Instant?

        /// Makes the values.
        public init(label: String?, isReadOnly: Bool, isRotation: Bool, createdAt: Instant, expiresAt: Instant?) {
            self.label = label
            self.isReadOnly = isReadOnly
            self.isRotation = isRotation
            self.createdAt = createdAt
            self.expiresAt = expiresAt
        }
    }

    /// The name of the org.
    public let org: String
    /// The id of the org.
    public let orgID: String
    /// The name of the graph.
    public let graph: String
    /// The id of the graph.
    public let graphID: String
    /// The login.
    public let login: Login
    /// Who made it.
    public let actor: String?

    /// Makes the values.
    public init(org: String, orgID: String, graph: String, graphID: String, login: Login, actor: String?) {
        self.org = org
        self.orgID = orgID
        self.graph = graph
        self.graphID = graphID
        self.login = login
        self.actor = actor
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org),
            "graph": .text(graph),
            "page": .link(.page(.graph(org: orgID, graph: graphID))),
            "label": .optional(login.label) { .text($0) },
            "is_read_only": .flag(login.isReadOnly),
            "is_rotation": .flag(login.isRotation),
            "created_at": .instant(login.createdAt),
            "expires_at": .optional(login.expiresAt) { .instant($0) },
            "actor": .optional(actor) { .text($0) },
        ]
    }
}
