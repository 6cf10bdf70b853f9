internal import CEventLoop
internal import Core
internal import EventLoops

/// One connection of a client: reads requests, hands them to the router, writes answers in order. Touched on its loop's thread only.
final class Connection: @unchecked Sendable {
    // @unchecked because everything mutable is touched on the loop's thread only.
    enum Phase {
        /// Waits for a request, or has a part of its head.
        case head
        /// Has the head and waits for the content.
        case content
        /// The router is at work on a request.
        case handling
        /// A stream is being written.
        case streaming
        /// Everything was said; waits for the client to read it and to close.
        case lingering
        case closed
    }

    let owner: ServerLoop
    let socket: TCPSocket
    var watch: Watch?
    var phase = Phase.head
    /// The head of the request whose content is awaited.
    var head: RequestHead?
    /// The framing of the request that is being handled.
    var framing: RequestFraming?
    var handlingBegan: Int64 = 0
    var inbound: [UInt8] = []
    var scanned = 0
    var outbound: [UInt8] = []
    var sent = 0
    var deadline: Int64 = .max
    /// When the client must have taken something of what waits for it; `.max` while nothing waits.
    var writeDeadline: Int64 = .max
    var contentBegan: Int64 = 0
    var contentReceived = 0
    var isReadClosed = false
    var isProcessing = false
    var closesAfterResponse = false
    var endsAfterFlush = false
    var isOverdue = false
    /// Whether the request under way may write: then it goes on when its client goes away (OPS-005).
    var mayWrite = false
    var task: Task<Void, Never>?
    var streamIsChunked = false
    var streamIsEvents = false
    /// Whether nothing more is taken from who writes the stream.
    var streamIsRefused = false
    let parser = ContentParser()
    var writers: [CheckedContinuation<Void, any Error>] = []

    /// Whether its network had enough connections before this one.
    let isSurplus: Bool

    init(socket: TCPSocket, owner: ServerLoop, isSurplus: Bool) {
        self.socket = socket
        self.owner = owner
        self.isSurplus = isSurplus
    }

    var limits: ServerLimits { owner.limits }

    func start() {
        setDeadline(isSurplus ? owner.times.header : owner.times.idle)
        // Strong, for `close` ends the watch: a weak reference would put the counting of every other one on its slow path.
        watch = try? owner.loop.watch(socket.descriptor, for: .read) { [self] interest in ready(interest) }
        if watch == nil { close() }
    }

    private func ready(_ interest: Interest) {
        if interest.contains(.write), sent < outbound.count {
            flush()
            process()
        }
        if isReadClosed {
            // After the client's end only a broken connection still reports one.
            if interest.contains(.hangup) { close() }
        } else if interest.contains(.read) || interest.contains(.hangup) {
            receive()
        }
    }

    // MARK: Reading

    private func receive() {
        for _ in 0..<8 where mayRead {
            switch socket.read(into: &inbound, by: &owner.scratch) {
            case .bytes(let count):
                if case .lingering = phase { Self.empty(&inbound) }
                process()
                if case .streaming = phase, inbound.count > limits.headerBlock { return close() }
                if count < owner.scratch.count { return updateWatch() }
            case .wouldBlock: return
            case .failed: return close()
            case .end: return receiveEnd()
            }
        }
        updateWatch()
    }

    /// Whether more may be read: not while requests wait that cannot be answered yet, else a client that never reads could fill the memory.
    var mayRead: Bool {
        switch phase {
        case .closed: false
        case .handling: !isReadClosed && inbound.count <= limits.headerBlock
        case .head: !isReadClosed && !isBehind
        // A stream must learn that its client has gone; one that floods it instead is closed.
        case .content, .streaming, .lingering: !isReadClosed
        }
    }

    /// Whether the client is so far behind with reading that no further request is answered for now.
    private var isBehind: Bool { outbound.count - sent > limits.streamBuffer }

    /// The client sends nothing more. It may still wait for the answers to what it has sent (RFC 9112 §9.6); a stream's client that ends has gone.
    private func receiveEnd() {
        isReadClosed = true
        switch phase {
        case .head, .content: process()
        case .handling: updateWatch()
        case .lingering where endsAfterFlush: updateWatch()
        case .streaming, .lingering, .closed: close()
        }
    }

    /// Nothing more can come: sends what waits and closes.
    private func endOfRequests() {
        guard sent < outbound.count else { return close() }
        phase = .lingering
        endsAfterFlush = true
    }

    /// Reads as many requests as are there, one after the other.
    func process() {
        guard !isProcessing else { return }
        isProcessing = true
        defer {
            isProcessing = false
            updateWatch()
        }
        while true {
            switch phase {
            case .head:
                if isBehind { return }
                if readHead() { continue }
            case .content: if readContent() { continue }
            case .handling, .streaming, .lingering, .closed: return
            }
            switch phase {
            case .head, .content: if isReadClosed { endOfRequests() }
            default: break
            }
            return
        }
    }

    /// Reads a head when all of it is there; `false` when there is nothing more to do for now.
    private func readHead() -> Bool {
        // A robust server skips an empty line before a request (RFC 9112 §2.2).
        var blank = 0
        while blank + 1 < inbound.count, inbound[blank] == 13, inbound[blank + 1] == 10 { blank += 2 }
        if blank > 0 { inbound.removeFirst(blank) }
        guard let first = inbound.first else { return false }
        let isBegin = scanned == 0
        guard RequestHead.isTokenCharacter(first) || first == 13 && inbound.count == 1 else {
            refuse(RequestHead.malformed("This is not HTTP."))
            return false
        }
        guard let end = endOfHead() else {
            if isBegin { setDeadline(owner.times.header) }
            if inbound.count > limits.requestLine + limits.headerBlock + 4 {
                refuse(RequestHead.headersTooLarge(limits))
            } else if inbound.count > limits.requestLine + 2, !inbound.prefix(limits.requestLine + 2).contains(10) {
                refuse(RequestHead.tooLong(limits))
            }
            return false
        }
        do {
            let head = try parseHead(upTo: end)
            drop(end)
            scanned = 0
            guard head.hasContent else {
                handle(head, [])
                return true
            }
            if head.framing.expectsContinue, inbound.isEmpty { send(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)) }
            phase = .content
            self.head = head
            contentBegan = trellis_monotonic_nanoseconds()
            contentReceived = 0
            setDeadline(owner.times.body)
            return true
        } catch {
            refuse(error as? Problem ?? RequestHead.malformed("The request is malformed."))
            return false
        }
    }

    private func parseHead(upTo end: Int) throws -> RequestHead {
        let bytes = inbound[..<end]
        let head = try RequestHead(bytes, limits: limits)
        let limit = head.hasContent ? owner.router.bodyLimit(head.method, head.target.segments) : 0
        if let length = head.contentLength, length > limit { throw Self.tooLarge(limit) }
        parser.reset(limit: limit, reserving: head.contentLength ?? 0)
        if case .malformed = parser.feed(bytes) { throw RequestHead.malformed("The request is malformed.") }
        if head.isChunked { parser.expectChunks() }
        return head
    }

    /// Where the empty line that ends the head ends; a line feed without its carriage return is found by the strict reading that follows.
    private func endOfHead() -> Int? {
        let buffer = inbound
        let bytes = buffer.span
        for index in max(3, scanned)..<max(3, scanned, bytes.count) where bytes[index] == 10 {
            if bytes[index - 1] == 10 || bytes[index - 1] == 13 && bytes[index - 2] == 10 { return index + 1 }
        }
        scanned = bytes.count
        return nil
    }

    /// Forgets what was read.
    private func drop(_ count: Int) {
        if count < inbound.count { inbound.removeSubrange(..<count) } else { Self.empty(&inbound) }
    }

    private func readContent() -> Bool {
        guard !inbound.isEmpty, let head else { return false }
        contentReceived += inbound.count
        switch parser.feed(inbound[...]) {
        case .incomplete: Self.empty(&inbound)
        case .complete(let consumed):
            drop(consumed)
            self.head = nil
            handle(head, parser.content)
            return true
        case .tooLarge:
            refuse(Self.tooLarge(owner.router.bodyLimit(head.method, head.target.segments)))
        case .malformed:
            refuse(RequestHead.malformed("The content breaks its framing."))
        }
        return false
    }

    static func tooLarge(_ limit: Int) -> Problem {
        Problem(status: .contentTooLarge, code: "INVALID_INPUT", detail: "The content may have at most \(limit) bytes.")
    }

    // MARK: Deadlines and ends

    func setDeadline(_ nanoseconds: Int64) {
        deadline = trellis_monotonic_nanoseconds() + nanoseconds
    }

    func checkDeadline(_ now: Int64) {
        if now >= writeDeadline { return close() }
        if case .content = phase {
            let seconds = (now - contentBegan) / 1_000_000_000
            if seconds >= 5, contentReceived < Int(seconds) * limits.bodyBytesPerSecond { deadline = 0 }
        }
        guard now >= deadline else { return }
        switch phase {
        // The time without a request begins when the last answer has been taken.
        case .head where sent < outbound.count, .lingering where sent < outbound.count: return
        case .head where inbound.isEmpty, .lingering, .streaming, .closed: close()
        case .handling:
            isOverdue = true
            task?.cancel()
            task = nil
            refuse(
                Problem(
                    status: .serviceUnavailable, code: "TIMEOUT", detail: "The request took too long to handle.",
                    headers: ["Retry-After": "1"]))
        case .head, .content:
            refuse(Problem(status: .requestTimeout, code: "REQUEST_TIMEOUT", detail: "The request took too long to arrive."))
        }
    }

    /// Lets a request or a stream under way end and closes everything else.
    func drain() {
        closesAfterResponse = true
        if case .head = phase, inbound.isEmpty { endOfRequests() }
    }

    /// Whether it is a stream of events that is being written.
    var isSendingEvents: Bool {
        if case .streaming = phase { streamIsEvents } else { false }
    }

    /// Ends the stream in good order.
    func endStream() {
        streamIsRefused = true
        closesAfterResponse = true
        task?.cancel()
    }

    func close() {
        if case .closed = phase { return }
        var goesOn = false
        if case .handling = phase { goesOn = mayWrite }
        phase = .closed
        watch?.cancel()
        watch = nil
        socket.close()
        // What has begun to write is not stopped by who asked for it: the answer can be had by its key.
        if !goesOn { task?.cancel() }
        task = nil
        for writer in writers { writer.resume(throwing: CancellationError()) }
        writers = []
        owner.forget(self)
    }
}
