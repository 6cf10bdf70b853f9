internal import EventLoops

/// One caller that waits: for an exchange, or for a connection. Touched on the loop's thread only.
@safe
final class Request: @unchecked Sendable {
    // @unchecked because its state is touched on the loop's thread only; the caller reads the exchange after it was resumed.
    enum Outcome {
        case ended
        case connection(Connection)
        case failed(any Error)
    }

    private let pool: LoopPool
    private let exchange: Exchange?
    private var connection: Connection?
    private var continuation: UnsafeContinuation<Outcome, Never>?
    private var waiter: LoopPool.Waiter?
    private var isCancelled = false
    /// Whether the connection came from the pool for this request alone.
    private var isBorrowed = false
    /// Whether the exchange may follow others on the loop's shared connection.
    private let mayShare: Bool
    private var isSharing = false

    private init(pool: LoopPool, connection: Connection?, exchange: Exchange?, mayShare: Bool = false) {
        self.pool = pool
        self.mayShare = mayShare
        self.connection = connection
        self.exchange = exchange
    }

    /// Does an exchange on a connection, or on one of the pool's that is given back at once.
    ///
    /// - Throws: ``PostgresError``; `CancellationError` when the task was cancelled before anything was sent or the server stopped for it.
    static func perform(_ exchange: Exchange, on connection: Connection? = nil, of pool: LoopPool) async throws {
        let request = Request(pool: pool, connection: connection, exchange: exchange)
        if case .failed(let error) = await request.run() { throw error }
        if let error = exchange.error { throw error }
    }

    /// Does an exchange of one brief statement behind those of others; it is not stopped when the task is cancelled.
    ///
    /// - Throws: ``PostgresError``; `CancellationError` when the task was cancelled before anything was sent.
    static func performBriefly(_ exchange: Exchange, of pool: LoopPool) async throws {
        let request = Request(pool: pool, connection: nil, exchange: exchange, mayShare: true)
        if case .failed(let error) = await request.run() { throw error }
        if let error = exchange.error { throw error }
    }

    /// Does an exchange whose outcome must be known whether or not the task is cancelled.
    static func performToEnd(_ exchange: Exchange, on connection: Connection, of pool: LoopPool) async {
        let request = Request(pool: pool, connection: connection, exchange: exchange)
        _ = await unsafe withUnsafeContinuation { (continuation: UnsafeContinuation<Outcome, Never>) in
            request.onLoop { unsafe request.start(continuation) }
        }
    }

    /// Takes a connection of the pool, which must be given back.
    static func acquire(from pool: LoopPool) async throws -> Connection {
        switch await Request(pool: pool, connection: nil, exchange: nil).run() {
        case .connection(let connection): return connection
        case .failed(let error): throw error
        case .ended: throw PostgresError(kind: .connectionFailed, message: "no connection")
        }
    }

    private func run() async -> Outcome {
        await withTaskCancellationHandler {
            await unsafe withUnsafeContinuation { (continuation: UnsafeContinuation<Outcome, Never>) in
                onLoop { unsafe self.start(continuation) }
            }
        } onCancel: {
            onLoop { self.cancel() }
        }
    }

    private func onLoop(_ work: @escaping @Sendable () -> Void) {
        if pool.loop.isCurrent { work() } else { pool.loop.execute(work) }
    }

    private func start(_ continuation: UnsafeContinuation<Outcome, Never>) {
        unsafe self.continuation = continuation
        guard !isCancelled else { return resume(.failed(CancellationError())) }
        if let connection { return begin(on: connection) }
        if mayShare, let exchange {
            exchange.onEnd = { [self] exchange in endedSharing(exchange) }
            isSharing = pool.share(exchange)
            guard !isSharing else { return }
        }
        acquire()
    }

    private func acquire() {
        let waiter = LoopPool.Waiter { [self] result in
            self.waiter = nil
            switch result {
            case .failure(let error): resume(.failed(error))
            case .success(let connection):
                guard exchange != nil else { return resume(.connection(connection)) }
                isBorrowed = true
                self.connection = connection
                begin(on: connection)
            }
        }
        self.waiter = waiter
        pool.acquire(waiter)
    }

    private func begin(on connection: Connection) {
        guard let exchange else { return resume(.ended) }
        exchange.onEnd = { [self] exchange in ended(exchange, on: connection) }
        connection.begin(exchange)
    }

    private func ended(_ exchange: Exchange, on connection: Connection) {
        if isBorrowed {
            // The statement's plan no longer fits its tables, nothing was done, and nobody else is concerned: once more.
            if exchange.hasStalePlan, connection.isReusable, !isCancelled {
                exchange.reset()
                return begin(on: connection)
            }
            pool.release(connection)
        }
        resume(.ended)
    }

    /// A statement whose plan no longer fits its tables is done once more, on a connection of its own.
    private func endedSharing(_ exchange: Exchange) {
        isSharing = false
        guard exchange.hasStalePlan, !isCancelled else { return resume(.ended) }
        exchange.reset()
        acquire()
    }

    private func cancel() {
        isCancelled = true
        guard !isSharing else { return }
        if let exchange, let connection { return connection.cancel(exchange) }
        guard let waiter, waiter.isWaiting else { return }
        waiter.resume(.failure(PostgresError(kind: .poolExhausted, message: "the caller was cancelled")))
    }

    private func resume(_ outcome: Outcome) {
        guard let continuation = unsafe continuation else { return }
        unsafe self.continuation = nil
        if isCancelled, case .failed = outcome { return unsafe continuation.resume(returning: .failed(CancellationError())) }
        unsafe continuation.resume(returning: outcome)
    }
}
