public import Core
internal import Identity
internal import Operations

/// What only a subgraph has: its number within its parent, and what people said of it.
public struct Subgraph: Sendable, Hashable {
    /// What it is kept for, as whoever made it said; the product treats all alike.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// Nothing yet.
        case empty
        /// What agents learn.
        case knowledge
        /// Data that changes seldom.
        case `static`
    }

    /// Its number within the parent; numbers are not given out twice.
    public let index: Int
    /// What it is kept for.
    public let kind: Kind
    /// Whatever was noted with it.
    public let metadata: JSONValue?

    /// Describes a subgraph.
    public init(index: Int, kind: Kind, metadata: JSONValue?) {
        self.index = index
        self.kind = kind
        self.metadata = metadata
    }
}

/// What somebody asks of a new subgraph (wire contract, CreateSubgraphRequest).
public struct SubgraphWish: Sendable, Hashable {
    /// Its name in the address.
    public let name: String
    /// Its name for people.
    public let displayName: String
    /// What people say about it.
    public let description: String?
    /// Its schema extensions; those of the parent without.
    public let extensions: [String]?
    /// What it is kept for; `static` without.
    public let kind: String?
    /// Whatever is to be noted with it.
    public let metadata: JSONValue?
    /// Whether it begins with what the parent holds.
    public let forksParent: Bool

    /// Describes a wish.
    public init(
        name: String, displayName: String, description: String?, extensions: [String]?, kind: String?, metadata: JSONValue?,
        forksParent: Bool
    ) {
        self.name = name
        self.displayName = displayName
        self.description = description
        self.extensions = extensions
        self.kind = kind
        self.metadata = metadata
        self.forksParent = forksParent
    }

    /// The id that it asks for; names are kept in lower case (GRA-070).
    func id(under parent: GraphID) -> GraphID? {
        name.utf8.allSatisfy { $0 < 128 } ? GraphID(parent: parent, name: name.lowercased()) : nil
    }

    /// Refuses what no subgraph can be.
    ///
    /// - Throws: ``GraphDraft/Faults`` with all faults.
    func check(under parent: GraphID, known: [SchemaExtension]) throws(GraphDraft.Faults) {
        var faults: [GraphDraft.Fault] = []
        if id(under: parent) == nil { faults.append(.init(path: ["name"], reason: "must be 1 to 20 letters and digits")) }
        if displayName.allSatisfy(\.isWhitespace) || displayName.count > 100 {
            faults.append(.init(path: ["display_name"], reason: "must be 1 to 100 characters and not blank"))
        }
        if let description, description.count > 500 {
            faults.append(.init(path: ["description"], reason: "must be at most 500 characters"))
        }
        for name in extensions ?? [] where !known.contains(where: { $0.name == name }) {
            faults.append(.init(path: ["schema_extensions"], reason: "\(name) is not known"))
        }
        if let kind, Subgraph.Kind(rawValue: kind) == nil {
            faults.append(.init(path: ["subgraph_type"], reason: "must be empty, knowledge or static"))
        }
        if let metadata, metadata != .null, metadata.objectValue == nil {
            faults.append(.init(path: ["metadata"], reason: "must be an object"))
        }
        guard faults.isEmpty else { throw GraphDraft.Faults(faults: faults) }
    }
}

/// The rules of a parent about its subgraphs, from values to values.
enum SubgraphRules {
    /// A place for another one.
    struct Place: Sendable, Hashable {
        let id: GraphID
        let index: Int
    }

    /// Finds a place among all that ever were, ended ones included: an id is never given out twice, since backups and the log name it, so that
    /// a name stays taken after its subgraph has gone.
    ///
    /// - Throws: ``GraphError/subgraphLimitReached(count:limit:)``, ``GraphError/subgraphNameTaken(suggestion:)``.
    static func place(for id: GraphID, among siblings: [Graph], limit: Int) throws(GraphError) -> Place {
        let living = siblings.count { !$0.status.isTerminal }
        guard living < limit else { throw .subgraphLimitReached(count: living, limit: limit) }
        let taken = Set(siblings.map(\.id))
        guard !taken.contains(id) else { throw .subgraphNameTaken(suggestion: freeName(like: id, taken: taken)) }
        return Place(id: id, index: (siblings.compactMap(\.subgraph?.index).max() ?? 0) + 1)
    }

    /// The name with the smallest number that makes it another one.
    private static func freeName(like id: GraphID, taken: Set<GraphID>) -> String {
        let name = id.subgraphName ?? ""
        var number = 2
        while true {
            let digits = String(number)
            let candidate = name.prefix(20 - digits.count) + digits
            if let other = GraphID(parent: id.topLevel, name: String(candidate)), !taken.contains(other) { return String(candidate) }
            number += 1
        }
    }
}

extension Graph {
    /// The record of a subgraph that is to be made, on the host of its parent and with its parent's tier (GRA-074).
    init(
        subgraph place: SubgraphRules.Place, of parent: Graph, _ wish: SubgraphWish, by creator: User.ID, operation: Operation.ID,
        at now: Instant
    ) {
        self.init(
            id: place.id, org: parent.org, kind: parent.kind, createdBy: creator, createdAt: now, provisioning: operation,
            name: wish.displayName, description: wish.description ?? "", tags: [], extensions: wish.extensions ?? parent.extensions,
            customSchema: parent.customSchema, initialEntity: nil, tier: parent.tier, subscription: nil, host: parent.host,
            status: .provisioning, statusSince: now, statusReason: nil, mode: .none, accessEpoch: 0, purgeAt: nil, isDeleteProtected: false)
        subgraph = Subgraph(
            index: place.index, kind: wish.kind.flatMap(Subgraph.Kind.init(rawValue:)) ?? .static,
            metadata: wish.metadata == .null ? nil : wish.metadata)
    }
}
