internal import Audit
internal import Billing
internal import Core
internal import Identity
internal import Jobs
public import Operations
internal import Orgs

/// A change of what people call a graph and say about it; `nil` leaves a field as it is, an empty text or list clears it (GRA-032).
public struct GraphMetadataChange: Sendable, Hashable {
    /// The fields, by their names on the wire, and the only columns that such a change can touch (OPS-148).
    public enum Field: String, Sendable, CaseIterable {
        /// What it is called.
        case name = "graph_name"
        /// What is said about it.
        case description
        /// Its labels.
        case tags
    }

    /// What it is to be called.
    public var name: String?
    /// What is to be said about it.
    public var description: String?
    /// Its labels.
    public var tags: [String]?

    /// Describes a change.
    public init(name: String?, description: String?, tags: [String]?) {
        self.name = name
        self.description = description
        self.tags = tags
    }

    /// - Throws: ``GraphDraft/Faults`` with every fault there is.
    func check() throws(GraphDraft.Faults) {
        var faults: [GraphDraft.Fault] = []
        if let name, name.allSatisfy(\.isWhitespace) || name.count > 255 {
            faults.append(.init(path: [Field.name.rawValue], reason: "must be 1 to 255 characters and not blank"))
        }
        if let description, description.count > 1_000 {
            faults.append(.init(path: [Field.description.rawValue], reason: "must be at most 1000 characters"))
        }
        if let tags, tags.count > 20 || !tags.allSatisfy({ (1...50).contains($0.count) }) {
            faults.append(.init(path: [Field.tags.rawValue], reason: "must be at most 20 of 1 to 50 characters each"))
        }
        guard faults.isEmpty else { throw GraphDraft.Faults(faults: faults) }
    }

    /// The graph after the change, and the fields that are different.
    func applied(to graph: Graph) -> (graph: Graph, fields: [Field]) {
        var next = graph
        next.name = name ?? graph.name
        next.description = description ?? graph.description
        next.tags = tags ?? graph.tags
        let fields = Field.allCases.filter { field in
            switch field {
            case .name: next.name != graph.name
            case .description: next.description != graph.description
            case .tags: next.tags != graph.tags
            }
        }
        return (next, fields)
    }
}

extension GraphService {
    /// Changes name, description or tags, at once.
    public func updateMetadata(
        _ id: GraphID, _ change: GraphMetadataChange, key: CallKey?, as caller: GraphCaller
    ) async throws -> (operation: Operation, isReplay: Bool) {
        let found = try await graph(id, as: caller)
        try GraphRules.require(.admin, role: found.role, of: found.graph)
        let (call, earlier) = try await earlierAnswer(to: .updateGraphMetadata, of: found, key: key, as: caller)
        if let earlier { return (earlier, true) }
        try change.check()
        try GraphRules.check(.updateMetadata, in: await situation(of: found))
        return try await complete(.updateGraphMetadata, call: call, as: caller, message: "The graph's metadata are changed") {
            operation, transaction in
            guard let graph = try await transaction.lockedGraph(id), !graph.status.isTerminal else { throw GraphError.notFound }
            let (next, fields) = change.applied(to: graph)
            guard !fields.isEmpty else { throw GraphError.nothingToChange }
            try await transaction.save(next)
            let names = JSONValue.array(fields.map { .string($0.rawValue) })
            try await transaction.record(
                GraphMetadataChangedEntry(next, operation: nil, data: ["fields": names]), by: .user(AuditReference(caller.user)))
            try await transaction.publish(GraphUpdated(facts: GraphFactsOfEvent(next), fields: fields))
            return (
                next,
                [
                    "graph_id": .string(id.description), "graph_name": .string(next.name), "description": .string(next.description),
                    "tags": .array(next.tags.map { .string($0) }), "updated_fields": names,
                ]
            )
        }
    }
}
