internal import CEventLoop
internal import Glibc

/// A listening TCP socket that belongs to one loop. Several loops may listen on one port; the system spreads connections over them.
public final class TCPListener: @unchecked Sendable {
    // @unchecked because its state is touched on the loop's thread only, which every method checks.
    private let loop: EventLoop
    private let descriptor: Int32
    private var watch: Watch?
    private var isClosed = false

    /// The port that is listened on.
    public let port: Int

    /// Binds and listens.
    ///
    /// - Parameters:
    ///   - host: a numeric IPv4 or IPv6 address.
    ///   - port: the port; 0 takes any free one, see ``port``.
    ///   - loop: the loop that accepts connections, and to which they belong.
    ///   - backlog: how many connections the system may hold that were not accepted yet.
    /// - Throws: ``EventLoopError`` when the address cannot be bound.
    public init(host: String, port: Int, loop: EventLoop, backlog: Int = 1024) throws(EventLoopError) {
        let result = unsafe trellis_listen(host, Int32(clamping: port), Int32(clamping: backlog))
        guard result >= 0 else { throw EventLoopError(call: "bind", code: -result) }
        descriptor = result
        self.port = Int(trellis_bound_port(result))
        self.loop = loop
    }

    deinit {
        if !isClosed { close(descriptor) }
    }

    /// Begins to accept. The handler takes each connection over, on the loop's thread; `false` from it pauses the accepting until ``resume()``.
    ///
    /// When the process has no descriptors left, accepting pauses for 100 ms.
    public func start(_ accept: @escaping @Sendable (TCPSocket) -> Bool) throws(EventLoopError) {
        loop.checkIsolated()
        watch = try loop.watch(descriptor, for: .read) { [weak self] _ in self?.acceptAll(accept) }
    }

    /// Goes on accepting after a pause.
    public func resume() {
        loop.checkIsolated()
        watch?.update(.read)
    }

    /// Ends accepting and closes the socket; connections already accepted live on. Twice changes nothing.
    public func stop() {
        loop.checkIsolated()
        guard !isClosed else { return }
        isClosed = true
        watch?.cancel()
        watch = nil
        close(descriptor)
    }

    private func acceptAll(_ accept: @Sendable (TCPSocket) -> Bool) {
        var address = [CChar](repeating: 0, count: 64)
        for _ in 0..<64 {
            guard !isClosed else { return }
            let result = unsafe address.withUnsafeMutableBufferPointer { buffer in
                unsafe trellis_accept(descriptor, buffer.baseAddress, Int32(buffer.count))
            }
            if result >= 0 {
                let text = String(decoding: address.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
                if !accept(TCPSocket(descriptor: result, remoteAddress: text)) {
                    watch?.update([])
                    return
                }
                continue
            }
            switch -result {
            case EMFILE, ENFILE, ENOBUFS, ENOMEM:
                watch?.update([])
                loop.schedule(after: .milliseconds(100)) { [weak self] in self?.watch?.update(.read) }
                return
            case ECONNABORTED, EINTR: continue
            default: return
            }
        }
    }
}

/// A connected TCP socket that does not block. It is closed when it is closed or forgotten.
public final class TCPSocket: @unchecked Sendable {
    // @unchecked because it belongs to one loop's thread.

    /// What a read or write came to.
    public enum Outcome: Hashable, Sendable {
        /// So many bytes were moved; at least 1.
        case bytes(Int)
        /// Nothing can be moved now.
        case wouldBlock
        /// The other side will send nothing more.
        case end
        /// The connection is broken, with the system's error number.
        case failed(Int32)
    }

    /// The descriptor, to be watched by a loop.
    public let descriptor: Int32
    /// The numeric address of the other side.
    public let remoteAddress: String
    private var isClosed = false

    init(descriptor: Int32, remoteAddress: String) {
        self.descriptor = descriptor
        self.remoteAddress = remoteAddress
    }

    deinit {
        close()
    }

    /// Reads what is there and appends it to `buffer`, at most as much as `scratch` holds.
    ///
    /// - Parameter scratch: room for one read, shared by the sockets of a loop, so that no buffer has to be cleared for each read.
    public func read(into buffer: inout [UInt8], by scratch: inout [UInt8]) -> Outcome {
        guard !isClosed else { return .failed(EBADF) }
        let result = unsafe scratch.withUnsafeMutableBytes { bytes in
            unsafe trellis_receive(descriptor, bytes.baseAddress, Int64(bytes.count))
        }
        if result == 0 { return .end }
        guard result > 0 else { return Self.failure(result) }
        buffer.append(contentsOf: scratch[..<Int(result)])
        return .bytes(Int(result))
    }

    /// Writes as much of `bytes` from `offset` on as the system takes now.
    public func write(_ bytes: [UInt8], from offset: Int) -> Outcome {
        guard !isClosed else { return .failed(EBADF) }
        guard offset < bytes.count else { return .bytes(0) }
        let result = unsafe bytes.withUnsafeBytes { buffer in
            unsafe trellis_send(descriptor, buffer.baseAddress?.advanced(by: offset), Int64(buffer.count - offset))
        }
        return result >= 0 ? .bytes(Int(result)) : Self.failure(result)
    }

    /// Tells the other side that nothing more comes; reading goes on.
    public func closeWriting() {
        if !isClosed { trellis_shutdown_write(descriptor) }
    }

    /// Closes the socket; the watch of it must have been cancelled. Twice changes nothing.
    public func close() {
        guard !isClosed else { return }
        isClosed = true
        Glibc.close(descriptor)
    }

    private static func failure(_ result: Int64) -> Outcome {
        let code = Int32(-result)
        return code == EAGAIN || code == EWOULDBLOCK ? .wouldBlock : .failed(code)
    }
}
