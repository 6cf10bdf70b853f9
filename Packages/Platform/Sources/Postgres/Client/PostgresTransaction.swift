/// A transaction under way. It is handed to the body of ``PostgresClient/withTransaction(_:scope:_:)``, and cannot leave it, nor commit.
public final class PostgresTransaction {
    private let pool: LoopPool
    private(set) var connection: Connection
    /// What begins the transaction: sent together with its first statement, in one round trip.
    private var prelude: [Statement]
    /// What is sent with the next statement, or with the commit.
    private var posted: [Posted] = []
    private var isOver = false
    private var savepoints = 0

    init(on connection: Connection, of pool: LoopPool, options: TransactionOptions, scope: TransactionScope) {
        self.connection = connection
        self.pool = pool
        prelude = [options.begin] + [options.settings, scope.statement].compactMap(\.self)
    }

    /// Does a statement, and gives its rows.
    ///
    /// - Throws: ``PostgresError``; then the transaction does nothing more, unless the statement was within a ``savepoint(_:)``.
    ///   `CancellationError` when the task was cancelled and the statement not done.
    public func query(_ statement: Statement) async throws -> [Row] {
        try await perform([statement]).first?.rows ?? []
    }

    /// Does a statement, and gives the number of rows it changed.
    ///
    /// - Throws: as ``query(_:)``.
    @discardableResult
    public func execute(_ statement: Statement) async throws -> Int {
        try await perform([statement]).first?.affectedRows ?? 0
    }

    /// Does several statements in one round trip, and gives the rows of each.
    ///
    /// - Throws: as ``query(_:)``, for the first that failed; those behind it were not done.
    @discardableResult
    public func pipeline(_ statements: [Statement]) async throws -> [[Row]] {
        guard !statements.isEmpty else { return [] }
        return try await perform(statements).map(\.rows)
    }

    /// Does a statement in the round trip of the next one, at the latest in that of the commit: for writes of which nobody awaits anything.
    ///
    /// It is done in its turn: what follows sees what it wrote. When it fails, the next statement throws its error in place of its own, or the transaction
    /// does, and nothing is committed.
    ///
    /// - Parameter then: is told the rows, or the error; not when the transaction ends before the statement was sent.
    /// - Throws: as ``query(_:)``, for itself and for what was posted before, when so much is waiting that it is sent at once.
    public func post(_ statement: Statement, then: ((Result<[Row], PostgresError>) -> Void)? = nil) async throws {
        try check()
        try PostgresClient.check(statement)
        posted.append(Posted(statement: statement, then: then))
        if posted.count >= Self.mostPosted { _ = try await perform([]) }
    }

    /// Does what a closure does, or undoes it alone when the closure throws, and then throws the same error.
    public func savepoint<Result>(_ body: () async throws -> Result) async throws -> Result {
        savepoints += 1
        let name: Statement = "trellis_\(fragment: Statement(String(savepoints)))"
        defer { savepoints -= 1 }
        try await execute("SAVEPOINT " + name)
        do {
            let result = try await body()
            try await execute("RELEASE SAVEPOINT " + name)
            return result
        } catch {
            posted = []
            // Undone whether or not the task is cancelled: what follows in the transaction relies on it.
            let undo = Exchange(["ROLLBACK TO SAVEPOINT " + name, "RELEASE SAVEPOINT " + name])
            await Request.performToEnd(undo, on: connection, of: pool)
            isAborted = undo.isTransactionAborted
            throw error
        }
    }

    /// Brings rows in bulk into a table; gives their number.
    ///
    /// - Parameters:
    ///   - schema: the table's schema.
    ///   - table: the table.
    ///   - columns: the columns, in the order of each row's values. Each value's type must be exactly its column's.
    ///   - rows: the rows; they are read on the loop's thread as fast as the server takes them.
    /// - Throws: as ``query(_:)``, and what encoding a value throws.
    @discardableResult
    public func copy(
        into schema: String, _ table: String, columns: [String], rows: some Sequence<[any PostgresEncodable]>
    ) async throws -> Int {
        var statement: Statement = "COPY \(identifier: schema).\(identifier: table) ("
        for (index, column) in columns.enumerated() { statement += index == 0 ? "\(identifier: column)" : ", \(identifier: column)" }
        statement += ") FROM STDIN (FORMAT binary)"
        var source = BinaryCopy(rows, columns: columns.count)
        return try await perform(Exchange(.copyIn(statement, next: { try source.next() }))).first?.affectedRows ?? 0
    }

    /// Brings data in bulk into a table with `COPY … FROM STDIN`, in the format that the statement names; gives the number of rows.
    ///
    /// - Parameter next: gives the next piece, of any length, and `nil` at the end; called on the loop's thread, it must not block.
    /// - Throws: as ``query(_:)``, and what `next` throws.
    @discardableResult
    public func copy(in statement: Statement, _ next: @escaping () throws -> [UInt8]?) async throws -> Int {
        try await perform(Exchange(.copyIn(statement, next: next))).first?.affectedRows ?? 0
    }

    /// Takes data in bulk with `COPY … TO STDOUT`, row by row in the format that the statement names.
    ///
    /// - Parameter take: takes a row; called on the loop's thread, it must not block.
    /// - Throws: as ``query(_:)``, and what `take` throws.
    public func copy(out statement: Statement, _ take: @escaping ([UInt8]) throws -> Void) async throws {
        _ = try await perform(Exchange(.copyOut(statement, take: take)))
    }

    // MARK: For the client

    /// Whether `BEGIN` was sent; a transaction that did nothing has nothing to end.
    var hasBegun: Bool { prelude.isEmpty }
    /// Whether there is anything to commit.
    var hasWork: Bool { hasBegun || !posted.isEmpty }
    /// Whether a statement has failed.
    private(set) var isAborted = false

    /// Ends the use of the transaction.
    func end() {
        isOver = true
    }

    /// Sends `ROLLBACK`, and waits for the outcome whether or not the task is cancelled.
    func rollBack() async -> Exchange {
        posted = []
        let exchange = Exchange(["ROLLBACK"])
        await Request.performToEnd(exchange, on: connection, of: pool)
        return exchange
    }

    /// Sends what is left to be done and `COMMIT`, and waits for the outcome whether or not the task is cancelled.
    ///
    /// - Throws: what the statements that were left threw; then nothing is committed, and the transaction is to be rolled back.
    func commit() async throws -> Exchange {
        if !prelude.isEmpty { _ = try await perform([]) }
        let left = take()
        let exchange = Exchange(left.map(\.statement) + ["COMMIT"])
        await Request.performToEnd(exchange, on: connection, of: pool)
        isAborted = exchange.isTransactionAborted
        tell(left, of: exchange, from: 0)
        if let failure = exchange.failure, failure.kind != .connectionLost, exchange.results.count < left.count { throw failure }
        return exchange
    }

    private struct Posted {
        let statement: Statement
        let then: ((Result<[Row], PostgresError>) -> Void)?
    }

    /// So much is sent without waiting for more.
    private static let mostPosted = 64

    private func take() -> [Posted] {
        defer { posted = [] }
        return posted
    }

    /// Tells those who posted statements what came of them.
    private func tell(_ sent: [Posted], of exchange: Exchange, from first: Int) {
        for (index, one) in sent.enumerated() {
            guard let then = one.then else { continue }
            let place = first + index
            if place < exchange.results.count {
                then(.success(exchange.results[place].rows))
            } else if place == exchange.results.count, let failure = exchange.failure {
                then(.failure(failure))
            }
        }
    }

    private func perform(_ statements: [Statement]) async throws -> [ResultHandle] {
        for statement in statements { try PostgresClient.check(statement) }
        try check()
        guard prelude.isEmpty else { return try await begin(with: statements) }
        let before = take()
        let exchange = Exchange(before.map(\.statement) + statements)
        defer {
            isAborted = exchange.isTransactionAborted
            tell(before, of: exchange, from: 0)
        }
        try await Request.perform(exchange, on: connection, of: pool)
        return Array(exchange.results.dropFirst(before.count))
    }

    private func perform(_ exchange: Exchange) async throws -> [ResultHandle] {
        try check()
        if case .copyIn(let statement, _) = exchange.content { try PostgresClient.check(statement) }
        if case .copyOut(let statement, _) = exchange.content { try PostgresClient.check(statement) }
        if !prelude.isEmpty || !posted.isEmpty { _ = try await perform([]) }
        defer { isAborted = exchange.isTransactionAborted }
        try await Request.perform(exchange, on: connection, of: pool)
        return exchange.results
    }

    private func check() throws {
        guard !isOver else { throw PostgresError(kind: .invalidStatement, message: "the transaction is over") }
    }

    /// Sends what begins the transaction with its first statements.
    ///
    /// A connection of the pool may have died unnoticed. Nothing has been committed by then, so another connection is as good.
    private func begin(with statements: [Statement]) async throws -> [ResultHandle] {
        let (beginning, before) = (prelude, take())
        for attempt in 1... {
            let exchange = Exchange(beginning + before.map(\.statement) + statements)
            defer { isAborted = exchange.isTransactionAborted }
            do {
                prelude = []
                try await Request.perform(exchange, on: connection, of: pool)
                tell(before, of: exchange, from: beginning.count)
                return Array(exchange.results.dropFirst(beginning.count + before.count))
            } catch let error as PostgresError {
                let hasBegun = exchange.results.count >= beginning.count
                if error.kind == .connectionLost, attempt < 3 {
                    try await replaceConnection()
                    continue
                }
                if hasBegun { tell(before, of: exchange, from: beginning.count) }
                throw hasBegun ? error : PostgresTransactionError.begin(error)
            }
        }
        return []
    }

    private func replaceConnection() async throws {
        let lost = connection
        connection = try await Request.acquire(from: pool)
        pool.giveBack(lost)
    }
}
