internal import Core
public import EventLoops
public import Observability

/// A client of one database: a pool of connections for each loop, used by the loop's own thread without a hop.
///
/// A call from a loop of the client's group works on that loop's connections; a call from elsewhere hops to one of the loops once.
/// Cancelling the calling task asks the server to stop, and waits for what came of it.
public final class PostgresClient: Sendable {
    let configuration: PostgresConfiguration
    let pools: [LoopPool]
    private let loops: EventLoopGroup
    private let log: Log

    /// Makes a client; connections are made when they are first needed. Its connections are closed with ``close()``.
    ///
    /// - Parameters:
    ///   - configuration: how to reach the database and behave there.
    ///   - loops: on whose threads the connections live; the group must outlive the client.
    ///   - log: hears of connections that could not be made.
    public init(configuration: PostgresConfiguration, loops: EventLoopGroup, log: Log = .silent) {
        self.configuration = configuration
        self.loops = loops
        self.log = log
        pools = loops.loops.map { LoopPool(configuration, on: $0, log: log) }
    }

    deinit {
        for pool in pools { pool.loop.execute { pool.close {} } }
    }

    /// Does one statement, and gives its rows.
    ///
    /// - Parameters:
    ///   - statement: the statement; it commits by itself.
    ///   - scope: on whose behalf, for row-level security; it is sent with the statement, in the same round trip and transaction.
    /// - Throws: ``PostgresError``; `CancellationError` when the task was cancelled and the statement not done.
    public func query(_ statement: Statement, scope: TransactionScope = .none) async throws -> [Row] {
        try await result(of: statement, scope: scope)?.rows ?? []
    }

    /// Does one statement that takes less than a millisecond or so, and gives its rows; made for what every request of a server asks.
    ///
    /// It is sent at once, behind the brief statements of other callers on a connection that they share, without waiting for those to be answered; it is a
    /// transaction of its own and fails alone. It waits for those before it, so it must not wait for locks, and it is not stopped when the calling task
    /// is cancelled.
    ///
    /// - Parameter statement: the statement; it commits by itself.
    /// - Throws: ``PostgresError``
    public func queryBriefly(_ statement: Statement) async throws -> [Row] {
        try Self.check(statement)
        let exchange = Exchange([statement])
        try await Request.performBriefly(exchange, of: pool())
        return exchange.results.first?.rows ?? []
    }

    /// Does one statement, and gives the number of rows it changed.
    ///
    /// - Throws: as ``query(_:scope:)``.
    @discardableResult
    public func execute(_ statement: Statement, scope: TransactionScope = .none) async throws -> Int {
        try await result(of: statement, scope: scope)?.affectedRows ?? 0
    }

    /// Does several statements in one round trip and one transaction: all of them, or none.
    ///
    /// - Throws: as ``query(_:scope:)``, for the first statement that failed.
    public func pipeline(_ statements: [Statement], scope: TransactionScope = .none) async throws -> [[Row]] {
        guard !statements.isEmpty else { return [] }
        return try await results(of: statements, scope: scope).map(\.rows)
    }

    /// What the connections are doing at this moment.
    public func statistics() async -> PostgresPoolStatistics {
        var sum = PostgresPoolStatistics()
        for pool in pools {
            let part = await withCheckedContinuation { continuation in
                pool.loop.execute { continuation.resume(returning: pool.statistics) }
            }
            sum.idle += part.idle
            sum.busy += part.busy
            sum.connecting += part.connecting
            sum.waiting += part.waiting
        }
        return sum
    }

    /// Closes the client: callers who wait get an error, connections in use are closed when they come back. Returns when all are closed;
    /// a second call waits as well.
    public func close() async {
        for pool in pools {
            await withCheckedContinuation { continuation in
                pool.loop.execute { pool.close { continuation.resume() } }
            }
        }
    }

    /// The pool of the loop on which the caller runs, else one in turn.
    func pool() -> LoopPool {
        let loop = loops.next()
        return pools.first { $0.loop === loop } ?? pools[0]
    }

    private func result(of statement: Statement, scope: TransactionScope) async throws -> ResultHandle? {
        if case .none = scope {
            let exchange = Exchange([statement])
            try Self.check(statement)
            try await Request.perform(exchange, of: pool())
            return exchange.results.first
        }
        return try await results(of: [statement], scope: scope).first
    }

    /// Without `BEGIN`, everything up to the next sync is one transaction, in which a local setting holds (manual 55.2.3).
    private func results(of statements: [Statement], scope: TransactionScope) async throws -> [ResultHandle] {
        for statement in statements { try Self.check(statement) }
        let prelude = scope.statement.map { [$0] } ?? []
        let exchange = Exchange(prelude + statements)
        try await Request.perform(exchange, of: pool())
        return Array(exchange.results.dropFirst(prelude.count))
    }

    static func check(_ statement: Statement) throws {
        if let problem = statement.problem { throw PostgresError(kind: .invalidStatement, message: problem) }
    }
}
