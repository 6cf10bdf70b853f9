public import Core
internal import Jobs
public import Orgs

/// What a transaction can do with operations, beside everything it can do with orgs.
public protocol OperationTransaction: OrgTransaction {
    /// Stores an operation that was just accepted.
    ///
    /// - Throws: ``OperationError/exclusiveOperationRunning(_:)`` when its graph or org has an unfinished exclusive operation.
    func insert(_ operation: Operation) async throws

    /// Reads an operation and keeps others from changing it until the transaction ends.
    func lockedOperation(_ id: Operation.ID) async throws -> Operation?

    /// Stores what changed, and the event that tells of it, in one go; readers are woken by the commit.
    func save(_ operation: Operation, appending event: OperationEvent?) async throws

    /// Claims a key for a call: inserts its record, or says what the record that is there means (OPS-010).
    ///
    /// A first call that is still in its transaction is awaited for at most two seconds. Records past `now` count as absent.
    ///
    /// - Parameter isSettled: whether the effect ends with this transaction; a call that goes on to a provider is open until ``settle(_:_:)``.
    func claim(
        _ call: IdempotentCall, for operation: Operation.ID, isSettled: Bool, expiringAt expiry: Instant, now: Instant
    ) async throws -> IdempotencyDecision

    /// Makes the answer of an open call final; without an answer it is that of its operation.
    func settle(_ call: IdempotentCall, _ answer: StoredAnswer?) async throws

    /// Makes the open call final that an operation was to answer and never will; without such a call nothing happens (OPS-016).
    func settle(callFor operation: Operation.ID, _ answer: StoredAnswer) async throws
}

/// For how long an answer is kept for repeated calls.
public enum IdempotencyRetention {
    /// 24 hours after settling (OPS-019).
    public static let standard: Duration = .hours(24)
}

extension OperationTransaction {
    /// Accepts an operation (O1): stores it under a new id.
    ///
    /// - Throws: ``OperationError/exclusiveOperationRunning(_:)`` as ``insert(_:)`` does.
    @discardableResult
    public func accept(_ new: NewOperation, id: Operation.ID, at now: Instant) async throws -> Operation {
        let operation = Operation(accepting: new, id: id, at: now)
        try await begin(operation)
        return operation
    }

    /// Stores an operation that was accepted, with the job that looks at it at its deadline (OPS-030, OPS-053).
    ///
    /// - Throws: as ``insert(_:)`` does.
    public func begin(_ operation: Operation) async throws {
        try await insert(operation)
        try await watchDeadline(of: operation)
    }

    /// Gives an operation another deadline, in its row and for the job that waits for it; one that has ended keeps what it had.
    ///
    /// - Parameters:
    ///   - operation: as it was locked in this transaction.
    ///   - deadline: `nil` for as long as it takes.
    public func setDeadline(of operation: Operation, to deadline: Instant?) async throws {
        guard !operation.status.isTerminal, operation.deadline != deadline else { return }
        var operation = operation
        operation.deadline = deadline
        try await save(operation, appending: nil)
        try await watchDeadline(of: operation)
    }

    private func watchDeadline(of operation: Operation) async throws {
        guard let deadline = operation.deadline else { return }
        let job = PassOperationDeadline(operation: operation.id)
        try await enqueue(job, PassOperationDeadline.options(of: operation.id, at: deadline, org: operation.org))
    }

    /// Accepts an operation that ends with this very transaction: its whole story is stored with it.
    @discardableResult
    public func acceptCompleted(_ new: NewOperation, id: Operation.ID, result: JSONValue, at now: Instant) async throws -> Operation {
        try await accept(new, id: id, at: now)
        _ = try await move(id, .start, at: now)
        return try await move(id, .complete(result: result, message: new.message), at: now)
    }

    /// Moves an operation and tells its readers.
    ///
    /// - Throws: ``OperationError`` when it is unknown or does not make this move; `.alreadyEnded` when it has ended before.
    @discardableResult
    public func move(_ id: Operation.ID, _ transition: OperationTransition, at now: Instant) async throws -> Operation {
        guard let current = try await lockedOperation(id) else { throw OperationError.notFound }
        let (next, event) = try current.applying(transition, at: now)
        try await save(next, appending: event)
        try await tellEnd(of: next)
        return next
    }

    /// Tells those above of an operation that has just ended; of one that goes on there is nothing to tell.
    public func tellEnd(of operation: Operation) async throws {
        guard operation.status.isTerminal else { return }
        try await publish(OperationEnded(operation))
    }

    /// Makes sure that a call with a key has one effect; call it first in the transaction of the effect.
    ///
    /// - Parameter isSettled: as ``claim(_:for:isSettled:expiringAt:now:)`` says.
    /// - Returns: the operation that answered the first call, when there was one; `nil` when the effect is to run now.
    /// - Throws: ``IdempotencyError`` when the key was used for another call or the first is still at work, ``StoredAnswer`` when the
    ///   first was refused.
    public func replay(
        of call: IdempotentCall?, for operation: Operation.ID, isSettled: Bool, at now: Instant
    ) async throws -> Operation.ID? {
        guard let call else { return nil }
        let expiry = now + IdempotencyRetention.standard
        return try await claim(call, for: operation, isSettled: isSettled, expiringAt: expiry, now: now).operation()
    }
}

extension IdempotencyDecision {
    /// The operation to answer with; `nil` when the call is the first.
    ///
    /// - Throws: ``IdempotencyError`` or ``StoredAnswer`` when there is another answer.
    public func operation() throws -> Operation.ID? {
        switch self {
        case .first: nil
        case .replay(let first): first
        case .answer(let answer): throw answer
        case .reused: throw IdempotencyError.keyReused
        case .inProgress: throw IdempotencyError.inProgress
        }
    }
}
