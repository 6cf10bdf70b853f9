internal import Core

/// What a transaction can do with the subgraphs of a graph.
public protocol SubgraphWrites {
    /// All subgraphs a graph ever had, by their numbers.
    func subgraphs(of parent: GraphID) async throws -> [Graph]
    /// What the subgraphs of a graph measured last, in bytes.
    func subgraphSizes(of parent: GraphID) async throws -> [GraphID: Int64]
    /// Removes the record of a subgraph that never came to be.
    func removeUnmadeSubgraph(_ id: GraphID) async throws
}

extension SubgraphWrites {
    /// The subgraphs of a graph that are there, or are being made or destroyed.
    func livingSubgraphs(of parent: GraphID) async throws -> [Graph] {
        try await subgraphs(of: parent).filter { !$0.status.isTerminal }
    }
}
