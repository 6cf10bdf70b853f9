internal import Billing
public import Core
internal import Identity
public import Jobs
public import Operations
internal import Orgs

/// Ends what a cancelled operation on a graph set in motion.
public struct GraphOperations<Transaction: GraphTransaction>: OperationController {
    /// Makes a controller.
    public init() {}

    /// A backup that waits is not taken, one that is being written is stopped; the next step of everything else turns back by itself.
    public func cancelled(_ operation: Operation, in transaction: Transaction) async throws {
        try await transaction.noteEnd(of: operation, at: operation.endedAt ?? operation.updatedAt)
        switch operation.kind {
        case .createBackup: try await stopBackup(operation, in: transaction)
        case .materialize: try await transaction.cancelJob(MaterializeGraph.self, uniqueKey: operation.id.description)
        case .compactGraph: try await transaction.cancelJob(CompactGraph.self, uniqueKey: operation.id.description)
        default: break
        }
    }

    /// One that people stopped is told of by their operation alone; one that took too long failed as any other (GRA-079).
    private func stopBackup(_ operation: Operation, in transaction: Transaction) async throws {
        guard var backup = try await transaction.backup(of: operation.id),
            backup.status == .pending || backup.status == .inProgress
        else { return }
        if operation.status == .cancelled {
            backup.status = .failed
            backup.failure = "cancelled"
            try await transaction.save(backup)
        } else {
            _ = try await transaction.giveUp(backup, because: "it took too long", at: operation.endedAt ?? operation.updatedAt)
        }
        try await transaction.cancelJob(TakeBackup.self, uniqueKey: backup.id.description)
    }

    /// Undoes creations, moves and restores by their sagas, as far as they can be undone. A graph that is bought back has done nothing yet: a payment
    /// that comes later is given back.
    public func turnBack(_ operation: Operation, because reason: String, in transaction: Transaction) async throws -> SagaTurn {
        guard let graph = operation.graph else { return .none }
        let key = operation.id.description
        switch operation.kind {
        case .createGraph: return try await transaction.turnBack(ProvisioningSaga.self, key: graph, because: reason)
        case .graphMove:
            // A move takes the subgraphs along, by one saga.
            let whole = GraphID(graph)?.topLevel.description ?? graph
            let turn = try await transaction.turnBack(MoveGraphSaga.self, key: whole, because: reason)
            return turn == .none ? try await transaction.turnBack(RecoverGraphSaga.self, key: graph, because: reason) : turn
        case .changeTier: return try await transaction.turnBack(ChangeTierSaga.self, key: key, because: reason)
        case .restoreBackup: return try await transaction.turnBack(RestoreSaga.self, key: key, because: reason)
        default: return .none
        }
    }

    /// The next step finds the operation running and goes on.
    public func resumed(_ operation: Operation, input: JSONValue, in transaction: Transaction) async throws {}
}
