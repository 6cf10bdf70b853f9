public import Core
internal import Identity
public import Jobs
internal import Orgs

/// The controller of operations whose steps look at their operation before they begin: a cancelled one is undone by its own saga, so that
/// nothing else has to be told.
public struct StepwiseOperations<Transaction: OperationTransaction>: OperationController {
    /// Makes a controller.
    public init() {}

    /// The next step finds the operation cancelled and turns back.
    public func cancelled(_ operation: Operation, in transaction: Transaction) async throws {}

    /// Nothing is to be undone.
    public func turnBack(_ operation: Operation, because reason: String, in transaction: Transaction) async throws -> SagaTurn { .none }

    /// The next step finds the operation running and goes on.
    public func resumed(_ operation: Operation, input: JSONValue, in transaction: Transaction) async throws {}
}
