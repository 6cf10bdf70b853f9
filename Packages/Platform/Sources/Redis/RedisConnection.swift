internal import EventLoops

/// An open connection: bytes go out as they come in, answers come back in the same order. Touched on the loop's thread only.
final class RedisConnection: @unchecked Sendable {
    // @unchecked because its state is touched on the loop's thread only, which the session checks.
    private let loop: EventLoop
    private let handle: SocketHandle
    private var reader = ReplyReader()
    private var watch: Watch?
    private var outgoing: [UInt8] = []
    private var sent = 0
    private var scratch = [UInt8](repeating: 0, count: 16_384)
    private var isClosed = false
    /// Told of each answer.
    private let onReply: (RedisReply) -> Void
    /// Told once, when the connection is lost; not when it is closed from here.
    private let onLoss: (RedisError) -> Void

    init(
        _ handle: consuming SocketHandle, on loop: EventLoop, onReply: @escaping (RedisReply) -> Void,
        onLoss: @escaping (RedisError) -> Void
    ) {
        self.handle = handle
        self.loop = loop
        self.onReply = onReply
        self.onLoss = onLoss
    }

    func startWatching() throws(EventLoopError) {
        watch = try loop.watch(handle.descriptor, for: .read) { [weak self] ready in self?.isReady(ready) }
    }

    /// Sends bytes behind those that are still to go.
    func send(_ bytes: [UInt8]) {
        guard !isClosed else { return }
        outgoing.append(contentsOf: bytes)
        flush()
    }

    /// Ends the connection; nobody is told. Twice changes nothing.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        watch?.cancel()
        watch = nil
    }

    private func isReady(_ ready: Interest) {
        if ready.contains(.write) { flush() }
        if ready.contains(.read) || ready.contains(.hangup) { receive() }
    }

    private func flush() {
        while !isClosed, sent < outgoing.count {
            switch handle.send(outgoing, from: sent) {
            case .bytes(let count): sent += count
            case .wouldBlock:
                watch?.update([.read, .write])
                return
            case .end, .failed: return lose(.lost)
            }
        }
        outgoing.removeAll(keepingCapacity: true)
        sent = 0
        if !isClosed { watch?.update(.read) }
    }

    private func receive() {
        while !isClosed {
            switch handle.receive(into: &scratch) {
            case .bytes(let count):
                guard reader.feed(scratch[..<count]) else { return lose(.garbled) }
                guard takeReplies() else { return }
                // What did not fill the buffer was all; the loop tells of more.
                if count < scratch.count { return }
            case .wouldBlock: return
            case .end, .failed: return lose(.lost)
            }
        }
    }

    private func takeReplies() -> Bool {
        while !isClosed {
            switch reader.next() {
            case .reply(let reply): onReply(reply)
            case .incomplete: return true
            case .garbled:
                lose(.garbled)
                return false
            }
        }
        return false
    }

    private func lose(_ error: RedisError) {
        guard !isClosed else { return }
        close()
        onLoss(error)
    }
}
