internal import EventLoops

/// Makes one connection on a loop without blocking it, as far as the system knows it: nothing was said yet. Touched on the loop's thread only.
final class RedisConnector: @unchecked Sendable {
    // @unchecked because its state is touched on the loop's thread only.
    private let loop: EventLoop
    private let onEnd: (consuming SocketHandle?, String) -> Void
    private var box: SocketBox?
    private var watch: Watch?
    private var timer: ScheduledTimer?
    private var isOver = false

    /// Begins to connect; `onEnd` is told once, on the loop's thread, with the socket or why there is none. Not told after ``cancel()``.
    init(_ configuration: RedisConfiguration, on loop: EventLoop, onEnd: @escaping (consuming SocketHandle?, String) -> Void) {
        self.loop = loop
        self.onEnd = onEnd
        timer = loop.schedule(after: configuration.connectTimeout) { [weak self] in self?.fail("connecting took too long") }
        let address = configuration.address
        // Not a child of anything: whoever waits for the connection may give up, and the next one uses it.
        Task(executorPreference: loop) { [self] in
            let box = try? await offload { SocketBox(SocketHandle(connectingTo: address)) }
            loop.execute { [self] in begun(box) }
        }
    }

    func cancel() {
        isOver = true
        timer?.cancel()
        watch?.cancel()
        watch = nil
        box = nil
    }

    private func begun(_ box: SocketBox?) {
        guard !isOver else { return }
        guard let box, let descriptor = box.descriptor else { return fail("there is no memory for a socket") }
        if let failure = box.failure { return fail(failure) }
        self.box = box
        do {
            watch = try loop.watch(descriptor, for: .write) { [weak self] _ in self?.connected() }
        } catch {
            fail("\(error)")
        }
    }

    private func connected() {
        guard !isOver, let box else { return }
        let code = box.connectError
        guard code == 0 else { return fail("connect failed with error \(code)") }
        let made = box.take()
        cancel()
        onEnd(made, "")
    }

    private func fail(_ reason: String) {
        guard !isOver else { return }
        cancel()
        onEnd(nil, reason)
    }
}

/// Carries a socket from the thread that began to connect to the loop.
private final class SocketBox: @unchecked Sendable {
    // @unchecked because one thread puts the socket in, and one uses it afterwards.
    private var handle: SocketHandle?

    init(_ handle: consuming SocketHandle?) {
        self.handle = consume handle
    }

    var descriptor: Int32? { handle?.descriptor }
    var failure: String? { handle?.failure }
    var connectError: Int32 { handle?.connectError ?? 0 }

    func take() -> SocketHandle? { handle.take() }
}
