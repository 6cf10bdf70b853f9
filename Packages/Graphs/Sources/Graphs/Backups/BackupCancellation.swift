internal import Billing
public import Core
internal import Identity
internal import Jobs
public import Operations
internal import Orgs

/// Ends what a cancelled operation on a graph set in motion.
public struct GraphOperations<Transaction: GraphTransaction>: OperationController {
    /// Makes a controller.
    public init() {}

    /// A backup that waits is not taken, one that is being written is stopped; the next step of everything else turns back by itself.
    public func cancelled(_ operation: Operation, in transaction: Transaction) async throws {
        try await transaction.noteEnd(of: operation, at: operation.endedAt ?? operation.updatedAt)
        guard operation.kind == .createBackup, var backup = try await transaction.backup(of: operation.id),
            backup.status == .pending || backup.status == .inProgress
        else { return }
        backup.status = .failed
        backup.failure = "cancelled"
        try await transaction.save(backup)
        try await transaction.cancelJob(TakeBackup.self, uniqueKey: backup.id.description)
    }

    /// The next step finds the operation running and goes on.
    public func resumed(_ operation: Operation, input: JSONValue, in transaction: Transaction) async throws {}
}
