internal import EventLoops
internal import Synchronization

/// One client's socket; everything happens on its loop's thread.
final class SMTPConnection: Sendable {
    /// How long a client may say nothing (RFC 5321 §4.5.3.2.7 asks for five minutes).
    private static let patience = Duration.seconds(300)

    private struct State {
        var session: SMTPSession
        var output: [UInt8] = []
        var sent = 0
        var watch: Watch?
        var timer: ScheduledTimer?
        var closesAfterOutput = false
        var isClosed = false
    }

    private let socket: TCPSocket
    private let loop: EventLoop
    private let state: Mutex<State>
    private let ended: @Sendable (SMTPConnection) -> Void

    init(socket: TCPSocket, loop: EventLoop, session: SMTPSession, ended: @escaping @Sendable (SMTPConnection) -> Void) {
        self.socket = socket
        self.loop = loop
        self.ended = ended
        state = Mutex(State(session: session))
    }

    func start() {
        guard let watch = try? loop.watch(socket.descriptor, for: .read, { [weak self] interest in self?.isReady(interest) }) else {
            return close()
        }
        state.withLock { state in
            state.watch = watch
            state.output = state.session.greeting
        }
        flush()
        waitForInput()
    }

    func close() {
        let watch = state.withLock { state -> Watch? in
            state.isClosed = true
            state.timer?.cancel()
            defer { state.watch = nil }
            return state.watch
        }
        watch?.cancel()
        socket.close()
        ended(self)
    }

    private func isReady(_ interest: Interest) {
        if interest.contains(.write) { flush() }
        guard interest.contains(.read) || interest.contains(.hangup) else { return }
        var buffer: [UInt8] = []
        var scratch = [UInt8](repeating: 0, count: 16_384)
        switch socket.read(into: &buffer, by: &scratch) {
        case .bytes:
            let delay = state.withLock { state -> Duration in
                let reaction = state.session.receive(buffer)
                state.output += reaction.output
                if reaction.closes { state.closesAfterOutput = true }
                return reaction.delay
            }
            if delay == .zero { flush() } else { loop.schedule(after: delay) { [weak self] in self?.flush() } }
            waitForInput()
        case .wouldBlock: break
        case .end, .failed: close()
        }
    }

    private func waitForInput() {
        let timer = loop.schedule(after: Self.patience) { [weak self] in self?.close() }
        state.withLock { state in
            state.timer?.cancel()
            state.timer = state.isClosed ? nil : timer
            if state.isClosed { timer.cancel() }
        }
    }

    private func flush() {
        let isDone = state.withLock { state -> Bool in
            guard !state.isClosed else { return false }
            while state.sent < state.output.count {
                switch socket.write(state.output, from: state.sent) {
                case .bytes(let count): state.sent += count
                case .wouldBlock:
                    state.watch?.update([.read, .write])
                    return false
                case .end, .failed: return true
                }
            }
            state.output = []
            state.sent = 0
            state.watch?.update(.read)
            return state.closesAfterOutput
        }
        if isDone { close() }
    }
}
