internal import CLibPQ
internal import Core
internal import EventLoops

/// A connection that belongs to a loop: one exchange at a time, everything on the loop's thread.
final class Connection: @unchecked Sendable {
    // @unchecked because its state is touched on the loop's thread only, which `begin` and `close` check.
    enum Step {
        case deallocate
        case prepare(PreparedStatements.Entry, Statement)
        case statement(PreparedStatements.Entry?)
    }

    let loop: EventLoop
    let preparesStatements: Bool
    var handle: ConnectionHandle
    var watch: Watch?
    var prepared = PreparedStatements()
    var exchange: Exchange?
    /// What the server still has to answer, in order.
    var steps: [Step] = []
    var nextStep = 0
    var isPipelining = false
    /// Requests to cancel that are under way: one that arrived late must not hit the next statement.
    var cancelsUnderWay = 0
    /// Whether the exchange is over but for a request to cancel.
    var awaitsCancel = false
    private(set) var isClosed = false
    /// Told when the connection is lost while nothing is under way.
    var onLoss: ((Connection) -> Void)?
    /// Takes what has arrived in place of the exchange: set where several share the connection.
    var onInput: (() -> Void)?
    /// Told of each notification.
    var onNotification: ((PostgresNotification) -> Void)?

    init(_ handle: consuming ConnectionHandle, on loop: EventLoop, preparesStatements: Bool) {
        self.handle = handle
        self.loop = loop
        self.preparesStatements = preparesStatements
    }

    /// Whether the connection may be given to another caller: outside of any transaction, nothing under way.
    var isReusable: Bool { !isClosed && exchange == nil && handle.isOutsideTransaction }

    /// Sends an exchange. The connection must be free; `onEnd` is told on the loop's thread, perhaps at once.
    func begin(_ exchange: Exchange) {
        loop.checkIsolated()
        precondition(self.exchange == nil, "a connection does one exchange at a time")
        guard !isClosed else {
            exchange.failure = PostgresError(kind: .connectionLost, message: "the connection was lost before")
            exchange.end()
            return
        }
        self.exchange = exchange
        exchange.wasSent = true
        guard send(exchange) else { return lose() }
        flush()
    }

    /// Asks the server to stop what is under way, and holds the connection until the request was taken.
    func cancel(_ exchange: Exchange) {
        guard self.exchange === exchange, !exchange.isCancelled, !awaitsCancel, let cancel = handle.makeCancelHandle() else { return }
        exchange.isCancelled = true
        cancelsUnderWay += 1
        // Not a child of anything: the caller waits for the outcome of its statement, and the request must be taken in any case.
        Task(executorPreference: loop) { [self] in
            _ = try? await offload { cancel.send() }
            loop.execute { [self] in
                cancelsUnderWay -= 1
                if awaitsCancel, cancelsUnderWay == 0 { finish() }
            }
        }
    }

    /// Closes the connection; an exchange under way fails. Twice changes nothing.
    func close(_ error: PostgresError? = nil) {
        loop.checkIsolated()
        guard !isClosed else { return }
        isClosed = true
        watch?.cancel()
        watch = nil
        handle.finish()
        if let exchange {
            self.exchange = nil
            // What waited only for a request to cancel has its results.
            if !awaitsCancel {
                exchange.failure = error ?? PostgresError(kind: .connectionLost, message: "the connection was closed")
            }
            exchange.end()
        } else {
            onLoss?(self)
        }
        onLoss = nil
        onInput = nil
        onNotification = nil
    }

    // MARK: Readiness

    func startWatching() throws(EventLoopError) {
        watch = try loop.watch(handle.descriptor, for: .read) { [weak self] ready in self?.isReady(ready) }
    }

    private func isReady(_ ready: Interest) {
        guard !isClosed else { return }
        guard handle.consumeInput() else { return lose() }
        drainNotifications()
        if let onInput { onInput() } else if exchange != nil { receive() }
        guard !isClosed else { return }
        if exchange == nil, handle.isBad {
            lose()
        } else if ready.contains(.write) {
            flush()
        }
    }

    func flush() {
        guard !isClosed else { return }
        switch handle.flush() {
        case .done: watch?.update(.read)
        case .pending: watch?.update([.read, .write])
        case .failed: lose()
        }
        if case .copyIn = exchange?.content, isCopyingIn { feedCopy() }
    }

    /// Whether the server waits for a copy's data.
    var isCopyingIn = false
    var isCopyingOut = false

    private func drainNotifications() {
        guard let onNotification else { return }
        while let notification = handle.nextNotification() { onNotification(notification) }
    }

    /// The connection broke off: what the server said last is the reason, else libpq's sentence.
    func lose() {
        // The last words of a server that shuts down may have arrived before the end did.
        var reason = exchange?.failure
        if reason?.sqlState == nil, exchange != nil, let result = handle.nextResult(shape: nil), result.status == PGRES_FATAL_ERROR {
            reason = result.error
        }
        close(PostgresError(kind: .connectionLost, sqlState: reason?.sqlState, message: reason?.message ?? handle.message))
    }

    /// The exchange is over: the connection is free, and the caller is told.
    func finish() {
        guard let exchange else { return }
        if cancelsUnderWay > 0, !isClosed {
            awaitsCancel = true
            return
        }
        awaitsCancel = false
        self.exchange = nil
        exchange.isTransactionAborted = handle.isInFailedTransaction
        steps.removeAll(keepingCapacity: true)
        nextStep = 0
        exchange.end()
    }
}
