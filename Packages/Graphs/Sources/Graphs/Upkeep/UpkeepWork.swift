internal import Billing
internal import Core
internal import Identity
internal import Jobs
internal import Operations
internal import Orgs

/// Work on a graph's database that an operation tells about, and of which nothing is to be undone: it is done, or it is given up
/// (operations.md, section 4).
struct UpkeepWork<Store: GraphStore>: Sendable {
    let store: Store
    let catalogue: GraphCatalogue
    /// What it is doing, for people.
    let title: String
    /// What went wrong, when it is given up.
    let failure: OperationFailure

    /// Its own count of attempts ends before that of the jobs, so that whoever dies in the last one leaves nobody waiting.
    static var retryPolicy: RetryPolicy { RetryPolicy(maximumAttempts: 20, baseDelay: .seconds(30), maximumDelay: .seconds(600)) }
    private static var attempts: Int { 4 }

    /// Whether it may begin.
    enum Beginning: Sendable {
        /// At once.
        case now
        /// Once what is in the way has gone.
        case later
        /// Not any more.
        case never(OperationFailure)
    }

    private enum Turn: Sendable {
        case go(EngineGraph, Duration)
        case wait
        case over(String)
    }

    /// Does the work, or says what became of it.
    ///
    /// - Parameters:
    ///   - mayBegin: asked with the graph and its operation locked.
    ///   - afterwards: a part of the transaction that ends the operation.
    func carryOut(
        _ operation: Operation.ID, on graph: GraphID, _ context: JobContext,
        mayBegin: @Sendable (Store.Transaction) async throws -> Beginning = { _ in .now },
        afterwards: @Sendable (Store.Transaction) async throws -> Void = { _ in },
        _ work: (EngineGraph, Duration) async throws -> (result: JSONValue, message: String)
    ) async throws -> JobOutcome {
        let (place, timeout): (EngineGraph, Duration)
        switch try await begin(operation, on: graph, context, mayBegin) {
        case .wait: return .snoozed(until: context.now + BackupTaking.pause * 6)
        case .over(let reason): return .cancelled(reason: reason)
        case .go(let found, let limit): (place, timeout) = (found, limit)
        }
        try await context.extendDeadline(to: BackupTaking.room(for: timeout))
        let done: (result: JSONValue, message: String)
        do {
            done = try await work(place, timeout)
        } catch let error where !(error is CancellationError) && !(error is JobLeaseLost) {
            guard context.attempt >= Self.attempts || (error as? EngineError)?.nature == .definitive else {
                try await note(operation, context)
                throw error
            }
            try await finish(operation, .fail(failure), at: context.now)
            return .discarded(reason: errorChain(error))
        }
        let now = context.now
        try await store.withSystemTransaction { transaction in
            try await transaction.advance(operation, .step(at: 0, .done, percent: 100, message: nil), at: now)
            try await transaction.end(operation, .complete(result: done.result, message: done.message), at: now)
            try await afterwards(transaction)
        }
        return .completed
    }

    private func begin(
        _ operation: Operation.ID, on id: GraphID, _ context: JobContext,
        _ mayBegin: @Sendable (Store.Transaction) async throws -> Beginning
    ) async throws -> Turn {
        let (now, attempt) = (context.now, context.attempt)
        return try await store.withSystemTransaction { transaction in
            guard let graph = try await transaction.lockedGraph(id), let found = try await transaction.lockedOperation(operation),
                !found.status.isTerminal
            else { return .over("it has ended") }
            guard graph.status == .active, let slot = try await transaction.slot(of: id), let tier = catalogue.tier(graph.tier) else {
                let gone = OperationFailure(code: "GRAPH_NOT_ACTIVE", message: "The graph is not in use any more.")
                try await transaction.end(operation, .fail(gone), at: now)
                return .over("the graph is \(graph.status.rawValue)")
            }
            guard attempt <= Self.attempts else {
                try await transaction.end(operation, .fail(failure), at: now)
                return .over("its worker ended too often")
            }
            if try await transaction.exclusiveOperation(of: id) != nil { return .wait }
            switch try await mayBegin(transaction) {
            case .now: break
            case .later: return .wait
            case .never(let reason):
                try await transaction.end(operation, .fail(reason), at: now)
                return .over(reason.message)
            }
            // The wait for others does not count against it.
            if found.startedAt == nil {
                try await transaction.setDeadline(of: found, to: now + BackupTaking.room(for: tier.workTimeout))
            }
            try await transaction.advance(operation, .start, at: now)
            try await transaction.advance(operation, .step(at: 0, .begun, percent: 10, message: title), at: now)
            return .go(EngineGraph(host: slot.reference, graph: id), tier.workTimeout)
        }
    }

    /// Tells the readers that it is tried again.
    private func note(_ operation: Operation.ID, _ context: JobContext) async throws {
        let (now, message) = (context.now, "This did not succeed yet; trying again")
        try await store.withSystemTransaction { transaction in
            try await transaction.advance(
                operation, .step(at: 0, .retrying(error: message, at: nil), percent: nil, message: message), at: now)
        }
    }

    private func finish(_ operation: Operation.ID, _ transition: OperationTransition, at now: Instant) async throws {
        try await store.withSystemTransaction { try await $0.end(operation, transition, at: now) }
    }
}
