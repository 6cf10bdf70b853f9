public import Operations

/// What a transaction can do with the upkeep of graphs.
public protocol UpkeepWrites {
    /// The unfinished operation of a kind on a graph.
    func unfinishedOperation(of kind: OperationKind, on graph: GraphID) async throws -> Operation.ID?

    /// How many operations of a kind are at work on the host of a graph, beside one; its host is locked until the end of the transaction.
    func runningOperations(of kind: OperationKind, onHostOf graph: GraphID, besides operation: Operation.ID) async throws -> Int

    /// Whether the host of a graph has room for all of it a second time.
    func hasRoomForCopy(of graph: GraphID) async throws -> Bool
}

/// Reads for the upkeep of graphs.
public protocol UpkeepReads: Sendable {
    /// Graphs in use of more bytes than so many, and without an unfinished exclusive operation, in the order of their ids.
    func graphsToCompact(largerThan bytes: Int64, after graph: GraphID?, limit: Int) async throws -> [GraphID]
}
