public import Core

/// A subgraph, and what is known of its size.
public struct SubgraphView: Sendable, Hashable {
    /// The subgraph.
    public let graph: Graph
    /// What it takes on disk, as far as it was measured.
    public let bytes: Int64?
    /// How many nodes it holds, when its host was asked.
    public let nodes: Int64?
    /// How many edges.
    public let edges: Int64?

    /// Shows a subgraph.
    public init(_ graph: Graph, bytes: Int64?) {
        (self.graph, self.bytes, nodes, edges) = (graph, bytes, nil, nil)
    }

    /// Shows a subgraph with what its host says of it.
    public init(_ graph: Graph, _ facts: GraphFacts?) {
        (self.graph, bytes) = (graph, facts?.bytes)
        nodes = facts.map { $0.nodes.values.reduce(0, +) }
        edges = facts.map { $0.edges.values.reduce(0, +) }
    }

    /// Its status on the wire.
    public var status: String {
        switch graph.status {
        case .active, .suspended: "active"
        case .provisioning: "creating"
        case .deprovisioning, .deprovisioned: "deleting"
        case .failed: "failed"
        }
    }

    /// As it is listed (wire contract, SubgraphSummary).
    public var summary: [String: JSONValue] {
        [
            "graph_id": .string(graph.id.description), "subgraph_name": .string(graph.id.subgraphName ?? ""),
            "display_name": .string(graph.name), "subgraph_type": .string((graph.subgraph?.kind ?? .static).rawValue),
            "status": .string(status), "created_at": .string(graph.createdAt.description),
            "size_bytes": bytes.map { .integer($0) } ?? .null,
            "size_mb": bytes.map { .number(Double($0) / 1_048_576) } ?? .null, "last_accessed": .null,
        ]
    }

    /// In full (wire contract, SubgraphResponse).
    public var body: JSONValue {
        var body = summary
        body["parent_graph_id"] = .string(graph.id.topLevel.description)
        body["subgraph_index"] = .integer(Int64(graph.subgraph?.index ?? 0))
        body["updated_at"] = .string(graph.statusSince.description)
        body["description"] = graph.description.isEmpty ? .null : .string(graph.description)
        body["node_count"] = nodes.map { .integer($0) } ?? .null
        body["edge_count"] = edges.map { .integer($0) } ?? .null
        body["metadata"] = graph.subgraph?.metadata ?? .null
        return .object(body)
    }
}

/// The subgraphs of a graph, with its cap.
public struct SubgraphList: Sendable {
    /// The parent.
    public let parent: Graph
    /// How many its tier allows.
    public let limit: Int
    /// Those that are there, or are being made or destroyed, by their numbers.
    public let subgraphs: [SubgraphView]

    /// Lists subgraphs.
    public init(parent: Graph, limit: Int, subgraphs: [SubgraphView]) {
        self.parent = parent
        self.limit = limit
        self.subgraphs = subgraphs
    }

    /// As clients know it (wire contract, ListSubgraphsResponse).
    public var body: JSONValue {
        let sizes = subgraphs.compactMap(\.bytes)
        let total = sizes.isEmpty ? Int64?.none : sizes.reduce(0, +)
        return [
            "parent_graph_id": .string(parent.id.description), "parent_graph_name": .string(parent.name),
            "parent_graph_tier": .string(parent.tier.rawValue), "subgraphs_enabled": .bool(limit > 0),
            "subgraph_count": .integer(Int64(subgraphs.count)), "subgraphs": .array(subgraphs.map { .object($0.summary) }),
            "max_subgraphs": .integer(Int64(limit)), "total_size_bytes": total.map { .integer($0) } ?? .null,
            "total_size_mb": total.map { .number(Double($0) / 1_048_576) } ?? .null,
        ]
    }
}
