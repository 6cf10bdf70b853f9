internal import Core
internal import Graphs
internal import Jobs
internal import Operations

/// What stops and goes on with an operation, whichever package started it: each looks at its own kinds.
struct OperationControls: OperationController {
    private let graphs = GraphOperations<AppTransaction>()
    private let teardowns = OrgTeardownOperations<AppTransaction>()

    func cancelled(_ operation: Operations.Operation, in transaction: AppTransaction) async throws {
        try await graphs.cancelled(operation, in: transaction)
        try await teardowns.cancelled(operation, in: transaction)
    }

    func turnBack(
        _ operation: Operations.Operation, because reason: String, in transaction: AppTransaction
    ) async throws -> SagaTurn {
        let turn = try await graphs.turnBack(operation, because: reason, in: transaction)
        guard turn == .none else { return turn }
        return try await teardowns.turnBack(operation, because: reason, in: transaction)
    }

    func resumed(_ operation: Operations.Operation, input: JSONValue, in transaction: AppTransaction) async throws {
        try await graphs.resumed(operation, input: input, in: transaction)
        try await teardowns.resumed(operation, input: input, in: transaction)
    }
}
