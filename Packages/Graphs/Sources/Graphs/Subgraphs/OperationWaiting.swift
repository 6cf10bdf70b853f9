internal import Billing
public import Core
internal import Identity
public import Operations
internal import Orgs

/// Waits for the end of operations that others carry out.
public protocol OperationWaiting: Sendable {
    /// The operation once it has ended, or as it is when the time is over.
    func end(of id: Operation.ID, within limit: Duration) async throws -> Operation?
}

/// Looks at the record of an operation until it has ended.
public struct PolledOperations<Store: GraphStore>: OperationWaiting {
    private let store: Store
    private let pause: Duration

    /// Waits by reads of a store, so long apart.
    public init(store: Store, pause: Duration) {
        self.store = store
        self.pause = pause
    }

    /// Looks as often as the time has room for.
    public func end(of id: Operation.ID, within limit: Duration) async throws -> Operation? {
        var waited = Duration.zero
        while waited < limit {
            guard let operation = try await store.operation(id), !operation.status.isTerminal else { break }
            try await Task.sleep(for: pause)
            waited += pause
        }
        return try await store.operation(id)
    }
}
