internal import Synchronization

/// The wish that a process, or a part of it, ends in good order: finish what was begun, begin nothing new.
///
/// It is asked for once; asking again changes nothing.
public final class GracefulShutdown: Sendable {
    private struct State {
        var isRequested = false
        var nextToken: UInt64 = 0
        var handlers: [UInt64: @Sendable () -> Void] = [:]
    }

    private let state = Mutex(State())

    /// The shutdown of the ``ServiceGroup`` in which the present task runs; outside of a group, one that nobody asks for.
    @TaskLocal public static var current = GracefulShutdown()

    /// Makes a shutdown that nobody has asked for yet.
    public init() {}

    /// Whether it was asked for.
    public var isRequested: Bool {
        state.withLock { $0.isRequested }
    }

    /// Asks for it: every handler runs once, on the caller's thread.
    public func request() {
        let handlers = state.withLock { state -> [@Sendable () -> Void] in
            guard !state.isRequested else { return [] }
            state.isRequested = true
            defer { state.handlers = [:] }
            return state.handlers.sorted { $0.key < $1.key }.map(\.value)
        }
        for handler in handlers { handler() }
    }

    /// Runs `handler` when the shutdown is asked for, at once when it was already.
    ///
    /// - Returns: what takes the handler back; using it after the handler ran changes nothing.
    @discardableResult
    public func onRequest(_ handler: @escaping @Sendable () -> Void) -> Registration {
        let token = state.withLock { state -> UInt64? in
            guard !state.isRequested else { return nil }
            state.nextToken += 1
            state.handlers[state.nextToken] = handler
            return state.nextToken
        }
        if token == nil { handler() }
        return Registration(shutdown: self, token: token)
    }

    /// Waits until the shutdown is asked for, or until the waiting task is cancelled.
    public func wait() async {
        let gate = Gate()
        let registration = onRequest { gate.open() }
        await withTaskCancellationHandler {
            await gate.wait()
        } onCancel: {
            gate.open()
        }
        registration.cancel()
    }

    /// Waits for a pause to be over, or for the shutdown to be asked for, whichever comes first: what works now and then ends at once.
    ///
    /// - Parameter pause: sleeps; it is cancelled when the shutdown is asked for.
    /// - Returns: whether to go on; `false` once the shutdown is asked for or the waiting task is cancelled.
    public func pause(_ pause: @escaping @Sendable () async throws -> Void) async -> Bool {
        await withTaskGroup { group in
            group.addTask { try? await pause() }
            group.addTask { await self.wait() }
            await group.next()
            group.cancelAll()
        }
        return !isRequested && !Task.isCancelled
    }

    /// A handler that may be taken back.
    public struct Registration: Sendable {
        private let shutdown: GracefulShutdown
        private let token: UInt64?

        init(shutdown: GracefulShutdown, token: UInt64?) {
            self.shutdown = shutdown
            self.token = token
        }

        /// Takes the handler back.
        public func cancel() {
            guard let token else { return }
            shutdown.state.withLock { _ = $0.handlers.removeValue(forKey: token) }
        }
    }
}

/// Runs `operation`, and `handler` beside it once the current graceful shutdown is asked for.
public func withGracefulShutdownHandler<Result>(
    _ operation: () async throws -> Result,
    onGracefulShutdown handler: @escaping @Sendable () -> Void
) async rethrows -> Result {
    let registration = GracefulShutdown.current.onRequest(handler)
    defer { registration.cancel() }
    return try await operation()
}

/// A door that one task waits at and that opens once.
private final class Gate: Sendable {
    private enum State {
        case closed
        case awaited(CheckedContinuation<Void, Never>)
        case open
    }

    private let state = Mutex(State.closed)

    func open() {
        let waiting = state.withLock { state -> CheckedContinuation<Void, Never>? in
            defer { state = .open }
            if case .awaited(let continuation) = state { return continuation }
            return nil
        }
        waiting?.resume()
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if case .open = state { return true }
                state = .awaited(continuation)
                return false
            }
            if isOpen { continuation.resume() }
        }
    }
}
