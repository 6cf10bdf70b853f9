public import Core
public import Identity
internal import Orgs

/// What a person can do with operations.
public protocol OperationManaging: Sendable {
    /// An operation and its place in the queue.
    ///
    /// - Throws: ``OperationError/notFound`` for another org's, ``OperationError/forbidden`` for another member's (OPS-021, OPS-022).
    func operation(_ id: Operation.ID, as user: User.ID) async throws -> OperationView

    /// The caller's operations and those of the orgs the caller owns or administers, newest first.
    func operations(_ query: OperationQuery, as user: User.ID) async throws -> [Operation]

    /// Stops an operation.
    ///
    /// - Throws: ``OperationError/notCancellable(_:)`` or ``OperationError/alreadyEnded(_:)`` when it cannot be stopped now.
    func cancel(_ id: Operation.ID, as user: User.ID) async throws -> Operation

    /// Answers the question an operation asked.
    ///
    /// - Throws: ``OperationError/notAwaitingInput`` when it asked none.
    func resume(_ id: Operation.ID, input: JSONValue, as user: User.ID) async throws -> Operation

    /// The stored events from a sequence on, in order, at most `limit`, without another look at the caller's rights.
    func events(of id: Operation.ID, from sequence: Int64, limit: Int) async throws -> [OperationEvent]

    /// Takes one of the caller's five places for open streams; `nil` when all are taken (OPS-042).
    func openStream(as user: User.ID) async throws -> StreamLease?

    /// Keeps a place.
    func renew(_ lease: StreamLease) async throws

    /// Gives a place back.
    func close(_ lease: StreamLease) async throws
}

/// An operation as one person sees it.
public struct OperationView: Sendable, Hashable {
    /// The operation.
    public let operation: Operation
    /// Its place among the waiting; only while it is pending.
    public let queue: OperationQueue?

    /// Makes a view.
    public init(operation: Operation, queue: OperationQueue?) {
        self.operation = operation
        self.queue = queue
    }
}

/// What else must stop or go on with an operation, in the same transaction: the domain that started it knows its saga.
public protocol OperationController<Transaction>: Sendable {
    /// The transactions it works in.
    associatedtype Transaction: OperationTransaction

    /// The operation was cancelled: undo what it did.
    func cancelled(_ operation: Operation, in transaction: Transaction) async throws

    /// The question was answered: go on.
    func resumed(_ operation: Operation, input: JSONValue, in transaction: Transaction) async throws
}

/// Operations as people see them: who may look, stop and answer.
public struct OperationService<Store: OperationStore, Controller: OperationController>: OperationManaging
where Controller.Transaction == Store.Transaction {
    private let store: Store
    private let controller: Controller
    private let dateSource: any DateSource

    /// How many streams a person may have open at once (OPS-042).
    private static var streamLimit: Int { 5 }

    /// Makes a service.
    public init(store: Store, controller: Controller, dateSource: any DateSource) {
        self.store = store
        self.controller = controller
        self.dateSource = dateSource
    }

    /// Reads an operation for a person who may see it.
    public func operation(_ id: Operation.ID, as user: User.ID) async throws -> OperationView {
        let operation = try await visible(id, to: user)
        return OperationView(
            operation: operation, queue: operation.status == .pending ? try await store.queue(before: operation) : nil)
    }

    /// Lists what a person may see.
    public func operations(_ query: OperationQuery, as user: User.ID) async throws -> [Operation] {
        let governed = try await store.roles(of: user).filter { $0.value != .member }.map(\.key)
        return try await store.operations(startedBy: user, orWithin: governed, query)
    }

    /// Stops an operation and what it set in motion, in one transaction.
    public func cancel(_ id: Operation.ID, as user: User.ID) async throws -> Operation {
        _ = try await visible(id, to: user)
        let now = dateSource.now
        return try await store.withTransaction(.system) { transaction in
            guard let operation = try await transaction.lockedOperation(id) else { throw OperationError.notFound }
            guard !operation.status.isTerminal else { throw OperationError.alreadyEnded(operation.status) }
            guard operation.isCancellable else { throw OperationError.notCancellable(operation.kind) }
            let cancelled = try await transaction.move(id, .cancel(reason: "Cancelled on request"), at: now)
            try await controller.cancelled(cancelled, in: transaction)
            return cancelled
        }
    }

    /// Hands an answer on to whatever waits for it.
    public func resume(_ id: Operation.ID, input: JSONValue, as user: User.ID) async throws -> Operation {
        _ = try await visible(id, to: user)
        let now = dateSource.now
        return try await store.withTransaction(.system) { transaction in
            let resumed = try await transaction.move(id, .resume, at: now)
            try await controller.resumed(resumed, input: input, in: transaction)
            return resumed
        }
    }

    /// Reads stored events.
    public func events(of id: Operation.ID, from sequence: Int64, limit: Int) async throws -> [OperationEvent] {
        try await store.events(of: id, from: sequence, limit: limit)
    }

    /// Takes one of a person's places.
    public func openStream(as user: User.ID) async throws -> StreamLease? {
        try await store.openStreamLease(for: user, limit: Self.streamLimit)
    }

    /// Keeps a place.
    public func renew(_ lease: StreamLease) async throws {
        try await store.renew(lease)
    }

    /// Gives a place back.
    public func close(_ lease: StreamLease) async throws {
        try await store.close(lease)
    }

    private func visible(_ id: Operation.ID, to user: User.ID) async throws -> Operation {
        guard let operation = try await store.operation(id) else { throw OperationError.notFound }
        if operation.startedBy == user { return operation }
        switch try await store.roles(of: user)[operation.org] {
        case .owner, .admin: return operation
        case .member: throw OperationError.forbidden
        case nil: throw OperationError.notFound
        }
    }
}
