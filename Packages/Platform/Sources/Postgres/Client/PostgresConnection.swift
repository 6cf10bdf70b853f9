internal import EventLoops

/// A connection of one's own, for what is bound to a session: advisory locks, settings, scripts. It cannot leave the closure it was given to.
public final class PostgresConnection {
    private let connection: Connection
    private let pool: LoopPool
    private var isOver = false

    init(_ connection: Connection, of pool: LoopPool) {
        self.connection = connection
        self.pool = pool
    }

    /// Does a statement, and gives its rows.
    ///
    /// - Throws: ``PostgresError``; `CancellationError` when the task was cancelled and the statement not done.
    public func query(_ statement: Statement) async throws -> [Row] {
        try await perform(statement)?.rows ?? []
    }

    /// Does a statement, and gives the number of rows it changed.
    ///
    /// - Throws: as ``query(_:)``.
    @discardableResult
    public func execute(_ statement: Statement) async throws -> Int {
        try await perform(statement)?.affectedRows ?? 0
    }

    /// Does a text of several statements without parameters; outside of a transaction they are one transaction.
    ///
    /// - Throws: as ``query(_:)``.
    public func script(_ sql: String) async throws {
        guard !sql.utf8.contains(0) else { throw PostgresError(kind: .invalidStatement, message: "a script holds a NUL character") }
        try await perform(Exchange(.script(sql)))
    }

    func end() {
        isOver = true
    }

    private func perform(_ statement: Statement) async throws -> ResultHandle? {
        try PostgresClient.check(statement)
        let exchange = Exchange([statement])
        try await perform(exchange)
        return exchange.results.first
    }

    private func perform(_ exchange: Exchange) async throws {
        guard !isOver else { throw PostgresError(kind: .invalidStatement, message: "the connection was given back") }
        try await Request.perform(exchange, on: connection, of: pool)
    }
}

extension PostgresClient {
    /// Gives a closure a connection of its own, which is closed afterwards: what was set, locked or listened to ends with it.
    ///
    /// - Throws: what the closure throws; ``PostgresError`` when there was no connection.
    public func withConnection<Result: Sendable>(_ body: (PostgresConnection) async throws -> Result) async throws -> Result {
        let pool = pool()
        let connection = try await Request.acquire(from: pool)
        let session = PostgresConnection(connection, of: pool)
        defer {
            session.end()
            pool.discard(connection)
        }
        return try await body(session)
    }
}

extension LoopPool {
    /// Takes a connection back from any thread, and closes it.
    func discard(_ connection: Connection) {
        let work: @Sendable () -> Void = { [self] in
            connection.close()
            release(connection)
        }
        if loop.isCurrent { work() } else { loop.execute(work) }
    }
}
