internal import Core
internal import EventLoops

extension PostgresClient {
    /// Commits what a closure did, or undoes all of it when the closure throws.
    ///
    /// The closure's own error comes out as it was thrown. The transaction begins with its first statement, in the same round trip.
    ///
    /// - Parameters:
    ///   - options: isolation, time limits, and how often to try again.
    ///   - scope: on whose behalf, for row-level security.
    ///   - body: what to do. It runs on the loop of the transaction's connection, and more than once when `options` ask for retries.
    /// - Throws: what the body throws; ``PostgresTransactionError`` when the transaction itself failed; ``PostgresError`` when there was
    ///   no connection.
    public func withTransaction<Result: Sendable>(
        _ options: TransactionOptions = TransactionOptions(), scope: TransactionScope, _ body: (PostgresTransaction) async throws -> Result
    ) async throws -> Result {
        let pool = pool()
        guard !pool.loop.isCurrent else { return try await retrying(options, scope, on: pool, body) }
        return try await withTaskExecutorPreference(pool.loop) { try await retrying(options, scope, on: pool, body) }
    }

    private func retrying<Result: Sendable>(
        _ options: TransactionOptions, _ scope: TransactionScope, on pool: LoopPool, _ body: (PostgresTransaction) async throws -> Result
    ) async throws -> Result {
        var attempt = 0
        while true {
            do {
                return try await once(options, scope, on: pool, body)
            } catch  where attempt < options.retries && Self.mayTryAgain(error) {
                attempt += 1
                // Those who collided must not collide again at once.
                try await pool.loop.sleep(for: .microseconds(Int64.random(in: 500...(4_000 << Int64(min(attempt, 6))))))
            }
        }
    }

    private func once<Result: Sendable>(
        _ options: TransactionOptions, _ scope: TransactionScope, on pool: LoopPool, _ body: (PostgresTransaction) async throws -> Result
    ) async throws -> Result {
        let transaction = PostgresTransaction(
            on: try await Request.acquire(from: pool), of: pool, options: options, scope: scope)
        defer { pool.giveBack(transaction.connection) }
        let result: Result
        var isRehearsed = false
        do {
            result = try await OpenTransaction.$isAround.withValue(true) { try await body(transaction) }
            if let look = Rehearsal.look, transaction.hasWork, !transaction.isAborted {
                // What is checked at the end is checked now.
                try await transaction.execute("SET CONSTRAINTS ALL IMMEDIATE")
                try await look(transaction)
                isRehearsed = true
            }
        } catch {
            transaction.end()
            try await rollBack(transaction, because: error)
            throw error
        }
        guard !isRehearsed else {
            transaction.end()
            try await rollBack(transaction, because: CancellationError())
            return result
        }
        try await commit(transaction)
        return result
    }

    private func rollBack(_ transaction: PostgresTransaction, because error: any Error) async throws {
        guard transaction.hasBegun, let failure = await transaction.rollBack().failure else { return }
        // Without its connection the server undoes the transaction by itself: the body's error says it all.
        guard failure.kind != .connectionLost else { return }
        throw PostgresTransactionError.rollback(body: error, rollback: failure)
    }

    private func commit(_ transaction: PostgresTransaction) async throws {
        defer { transaction.end() }
        guard transaction.hasWork else { return }
        guard !transaction.isAborted else {
            try await rollBack(transaction, because: PostgresTransactionError.abortedByStatement)
            throw PostgresTransactionError.abortedByStatement
        }
        let exchange: Exchange
        do {
            exchange = try await transaction.commit()
        } catch {
            try await rollBack(transaction, because: error)
            throw error
        }
        if let failure = exchange.failure {
            throw failure.kind == .connectionLost && exchange.wasSent
                ? PostgresTransactionError.commitOutcomeUnknown(failure) : PostgresTransactionError.commit(failure)
        }
        // The server answers COMMIT of a failed transaction with ROLLBACK (manual, COMMIT).
        if exchange.results.last?.commandTag == "ROLLBACK" { throw PostgresTransactionError.abortedByStatement }
    }

    private static func mayTryAgain(_ error: any Error) -> Bool {
        if case PostgresTransactionError.commitOutcomeUnknown = error { return false }
        guard let error = PostgresError.found(in: error) else { return false }
        return error.isRetryableConflict || error.kind == .connectionLost
    }
}

extension LoopPool {
    /// Takes a connection back from any thread.
    func giveBack(_ connection: Connection) {
        if loop.isCurrent { release(connection) } else { loop.execute { self.release(connection) } }
    }
}
