internal import Core
internal import EventLoops
internal import Observability

/// The connections of one loop, and those who wait for one. Touched on the loop's thread only.
final class LoopPool: @unchecked Sendable {
    // @unchecked because its state is touched on the loop's thread only, which every entry checks.

    /// Somebody who waits for a connection; told once.
    final class Waiter: @unchecked Sendable {
        // @unchecked for the same reason.
        private var tell: ((Result<Connection, PostgresError>) -> Void)?
        var timer: ScheduledTimer?

        init(_ tell: @escaping (Result<Connection, PostgresError>) -> Void) {
            self.tell = tell
        }

        var isWaiting: Bool { tell != nil }

        func resume(_ result: Result<Connection, PostgresError>) {
            let tell = tell
            self.tell = nil
            timer?.cancel()
            tell?(result)
        }
    }

    let loop: EventLoop
    private let configuration: PostgresConfiguration
    private let log: Log
    private var idle: [Connection] = []
    private var waiters: [Waiter] = []
    private var busy = 0
    private var connecting = 0
    private var isClosed = false
    private var isSharedClosed = false
    private var onClosed: [() -> Void] = []
    /// Connections are not tried again before this timer.
    private var backoff: ScheduledTimer?
    private var failures = 0
    private var lastFailure: PostgresError?
    /// What brief statements share; it counts among the pool's connections.
    private let shared: SharedConnection

    init(_ configuration: PostgresConfiguration, on loop: EventLoop, log: Log) {
        self.configuration = configuration
        self.loop = loop
        self.log = log
        shared = SharedConnection(configuration, on: loop)
    }

    var statistics: PostgresPoolStatistics {
        PostgresPoolStatistics(
            idle: idle.count + (shared.isBusy ? 0 : shared.connections), busy: busy + (shared.isBusy ? shared.connections : 0),
            connecting: connecting, waiting: waiters.count { $0.isWaiting })
    }

    /// Gives a connection to the waiter, now or later.
    func acquire(_ waiter: Waiter) {
        loop.checkIsolated()
        guard !isClosed else {
            return waiter.resume(.failure(PostgresError(kind: .clientClosed, message: "the client was closed")))
        }
        if waiters.isEmpty, let connection = idle.popLast() {
            busy += 1
            return waiter.resume(.success(connection))
        }
        waiters.append(waiter)
        waiter.timer = loop.schedule(after: configuration.acquireTimeout) { [self] in giveUp(waiter) }
        connectAsNeeded()
    }

    /// Sends an exchange behind others on the connection that brief statements share; `false` where it must take one for itself.
    func share(_ exchange: Exchange) -> Bool {
        loop.checkIsolated()
        if shared.wouldConnect, busy + idle.count + connecting >= configuration.poolSizePerLoop {
            guard let unused = idle.popLast() else { return false }
            unused.onLoss = nil
            unused.close()
        }
        return shared.begin(exchange)
    }

    /// Takes a connection back; one that is not as new is closed.
    func release(_ connection: Connection) {
        loop.checkIsolated()
        busy -= 1
        guard !isClosed, connection.isReusable else {
            connection.onLoss = nil
            connection.close()
            tellClosed()
            return connectAsNeeded()
        }
        while !waiters.isEmpty {
            let waiter = waiters.removeFirst()
            guard waiter.isWaiting else { continue }
            busy += 1
            return waiter.resume(.success(connection))
        }
        idle.append(connection)
    }

    /// Closes what is idle, and the rest as it comes back; tells when all are closed.
    func close(_ tell: @escaping () -> Void) {
        loop.checkIsolated()
        isClosed = true
        backoff?.cancel()
        onClosed.append(tell)
        shared.close { [self] in
            isSharedClosed = true
            tellClosed()
        }
        let (waiting, unused) = (waiters, idle)
        waiters = []
        idle = []
        for waiter in waiting { waiter.resume(.failure(PostgresError(kind: .clientClosed, message: "the client was closed"))) }
        for connection in unused {
            connection.onLoss = nil
            connection.close()
        }
        tellClosed()
    }

    private func tellClosed() {
        guard isClosed, isSharedClosed, busy == 0, connecting == 0 else { return }
        let tell = onClosed
        onClosed = []
        for closure in tell { closure() }
    }

    private func giveUp(_ waiter: Waiter) {
        guard waiter.isWaiting else { return }
        waiters.removeAll { $0 === waiter }
        let error = lastFailure ?? PostgresError(kind: .poolExhausted, message: "no connection became free in time")
        waiter.resume(.failure(error))
    }

    // MARK: Connecting

    private func connectAsNeeded() {
        guard backoff == nil, !isClosed else { return }
        waiters.removeAll { !$0.isWaiting }
        while connecting < waiters.count, busy + idle.count + connecting + shared.connections < configuration.poolSizePerLoop {
            connecting += 1
            Connector.connect(configuration, on: loop) { [self] result in
                connecting -= 1
                switch result {
                case .success(let connection): connected(connection)
                case .failure(let error): failed(error)
                }
            }
        }
    }

    private func connected(_ connection: Connection) {
        failures = 0
        lastFailure = nil
        connection.onLoss = { [weak self] lost in
            self?.idle.removeAll { $0 === lost }
        }
        busy += 1
        release(connection)
    }

    private func failed(_ error: PostgresError) {
        tellClosed()
        guard !isClosed else { return }
        failures += 1
        lastFailure = error
        log.warning(
            "no connection to the database",
            ["attempt": .integer(Int64(failures)), "sqlstate": error.sqlState.map { .string($0.rawValue) } ?? .null])
        if !error.mayPass {
            let waiting = waiters
            waiters = []
            for waiter in waiting { waiter.resume(.failure(error)) }
        }
        guard backoff == nil else { return }
        backoff = loop.schedule(after: Backoff.delay(afterFailures: failures)) { [self] in
            backoff = nil
            connectAsNeeded()
        }
    }
}

/// How long to wait before connecting again.
enum Backoff {
    /// 50 ms, doubled up to 2 s, times 0.5 to 1 at random, so that many clients do not come at once.
    static func delay(afterFailures failures: Int) -> Duration {
        let milliseconds = min(2_000, 50 << min(failures - 1, 10))
        return .microseconds(Int64(Double(milliseconds) * 1_000 * Double.random(in: 0.5...1)))
    }
}

extension PostgresError {
    /// Whether a refused connection may be had later: the network, a start or stop of the server, too many connections.
    var mayPass: Bool {
        guard let sqlState else { return true }
        return ["57", "53", "08"].contains(sqlState.errorClass)
    }
}

/// What the connections of a client are doing.
public struct PostgresPoolStatistics: Hashable, Sendable {
    /// Connections that nobody uses.
    public var idle = 0
    /// Connections in use.
    public var busy = 0
    /// Connections that are being made.
    public var connecting = 0
    /// Callers who wait for a connection.
    public var waiting = 0

    /// The connections that the server sees, at most.
    public var open: Int { idle + busy + connecting }
}
