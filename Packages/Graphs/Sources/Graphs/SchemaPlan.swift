public import Core

/// What the step *schema* installs: declared labels, types and property rules, and the first node (GRA-106).
public struct SchemaPlan: Sendable, Hashable {
    /// The type of a property.
    public enum PropertyType: String, Sendable, Codable, CaseIterable {
        /// A text.
        case string
        /// A whole number.
        case integer
        /// Any number.
        case number
        /// Yes or no.
        case boolean
        /// An instant or a day, as ISO 8601 text.
        case timestamp
        /// Anything.
        case json
    }

    /// A rule about one property.
    public struct Property: Sendable, Hashable {
        /// Its name.
        public let name: String
        /// Its type.
        public let type: PropertyType
        /// Whether every node or edge must have it.
        public let isRequired: Bool
        /// Whether its value is unique among the nodes of the label.
        public let isKey: Bool

        /// Makes a rule.
        public init(name: String, type: PropertyType, isRequired: Bool, isKey: Bool) {
            self.name = name
            self.type = type
            self.isRequired = isRequired
            self.isKey = isKey
        }
    }

    /// A declared label of nodes.
    public struct Label: Sendable, Hashable {
        /// Its name.
        public let name: String
        /// Its properties.
        public let properties: [Property]

        /// Makes a label.
        public init(name: String, properties: [Property]) {
            self.name = name
            self.properties = properties
        }
    }

    /// A declared type of edges.
    public struct EdgeType: Sendable, Hashable {
        /// Its name.
        public let name: String
        /// The label it starts at; `nil` for any.
        public let from: String?
        /// The label it ends at; `nil` for any.
        public let to: String?
        /// Its properties.
        public let properties: [Property]

        /// Makes a type.
        public init(name: String, from: String?, to: String?, properties: [Property]) {
            self.name = name
            self.from = from
            self.to = to
            self.properties = properties
        }
    }

    /// The version shown to clients.
    public let version: String
    /// The declared labels.
    public let labels: [Label]
    /// The declared types of edges.
    public let edgeTypes: [EdgeType]
    /// The company the graph is about: the properties of its first node.
    public let entity: [String: JSONValue]?

    /// Makes a plan.
    public init(version: String, labels: [Label], edgeTypes: [EdgeType], entity: [String: JSONValue]?) {
        self.version = version
        self.labels = labels
        self.edgeTypes = edgeTypes
        self.entity = entity
    }

    /// What a graph's record asks for.
    public init(of graph: Graph) {
        let own = graph.customSchema.flatMap { CustomSchema($0) }
        let packs = SchemaExtension.shipped.filter { graph.extensions.contains($0.name) }
        let base = graph.kind == .entity ? [SchemaExtension.entityLabel] : []
        version = own?.version ?? "1.0.0"
        labels = base + packs.flatMap(\.labels) + (own?.labels ?? [])
        edgeTypes = packs.flatMap(\.edgeTypes) + (own?.edgeTypes ?? [])
        entity = graph.initialEntity?.objectValue
    }
}

/// A schema pack of the catalogue.
public struct SchemaExtension: Sendable, Hashable {
    /// Its name.
    public let name: String
    /// What it is called.
    public let displayName: String
    /// One line about it.
    public let summary: String
    /// The labels it declares.
    public let labels: [SchemaPlan.Label]
    /// The types of edges it declares.
    public let edgeTypes: [SchemaPlan.EdgeType]

    /// Makes a pack.
    public init(name: String, displayName: String, summary: String, labels: [SchemaPlan.Label], edgeTypes: [SchemaPlan.EdgeType]) {
        self.name = name
        self.displayName = displayName
        self.summary = summary
        self.labels = labels
        self.edgeTypes = edgeTypes
    }

    /// The company every entity graph begins with.
    static let entityLabel = SchemaPlan.Label(
        name: "Entity",
        properties: [
            SchemaPlan.Property(name: "name", type: .string, isRequired: true, isKey: false),
            SchemaPlan.Property(name: "uri", type: .string, isRequired: true, isKey: false),
        ])

    /// The packs that come with the product.
    public static let shipped: [SchemaExtension] = [
        SchemaExtension(
            name: "roboledger", displayName: "RoboLedger", summary: "Accounts, transactions and line items of a general ledger",
            labels: [
                SchemaPlan.Label(
                    name: "Account", properties: [SchemaPlan.Property(name: "name", type: .string, isRequired: true, isKey: false)]),
                SchemaPlan.Label(
                    name: "Transaction", properties: [SchemaPlan.Property(name: "date", type: .timestamp, isRequired: true, isKey: false)]),
                SchemaPlan.Label(
                    name: "LineItem", properties: [SchemaPlan.Property(name: "amount", type: .number, isRequired: true, isKey: false)]),
            ],
            edgeTypes: [
                SchemaPlan.EdgeType(name: "HAS_LINE_ITEM", from: "Transaction", to: "LineItem", properties: []),
                SchemaPlan.EdgeType(name: "POSTS_TO", from: "LineItem", to: "Account", properties: []),
            ]),
        SchemaExtension(
            name: "roboinvestor", displayName: "RoboInvestor", summary: "Portfolios, positions and securities",
            labels: [
                SchemaPlan.Label(
                    name: "Portfolio", properties: [SchemaPlan.Property(name: "name", type: .string, isRequired: true, isKey: false)]),
                SchemaPlan.Label(
                    name: "Position", properties: [SchemaPlan.Property(name: "quantity", type: .number, isRequired: true, isKey: false)]),
                SchemaPlan.Label(
                    name: "Security", properties: [SchemaPlan.Property(name: "name", type: .string, isRequired: true, isKey: false)]),
            ],
            edgeTypes: [
                SchemaPlan.EdgeType(name: "HOLDS", from: "Portfolio", to: "Position", properties: []),
                SchemaPlan.EdgeType(name: "OF_SECURITY", from: "Position", to: "Security", properties: []),
            ]),
    ]
}
