internal import CEventLoop
internal import Core
internal import EventLoops

extension Connection {
    // MARK: Handling

    /// Gives a request to the router; the task runs on this loop, and a handler that does not suspend answers before this returns.
    func handle(_ head: RequestHead, _ content: [UInt8]) {
        phase = .handling
        framing = head.framing
        mayWrite = !head.method.isSafe
        var request = Request(
            method: head.method, target: head.target, headers: head.headers, body: content, remoteAddress: socket.remoteAddress,
            id: owner.makeRequestID())
        request.isOfCrowdedNetwork = isSurplus
        let match = owner.router.resolve(&request)
        if owner.observer != nil { handlingBegan = trellis_monotonic_nanoseconds() }
        if case .route(let route) = match, let answer = route.constant { return respond(to: request, with: answer) }
        let task = Task.immediate(executorPreference: owner.loop) { [self, request] in
            await respond(to: request, match)
        }
        // What was answered already needs neither a time limit nor somebody who could cancel it.
        switch phase {
        case .handling:
            self.task = task
            setDeadline(match.timeLimit ?? owner.times.handler)
        case .streaming: self.task = task
        case .head, .content, .lingering, .closed: break
        }
    }

    private func respond(to request: Request, with constant: Response) {
        decideOnClosing()
        var answer = constant
        owner.router.complete(&answer, to: request)
        if case .bytes(let bytes) = answer.body {
            sendComplete(answer, bytes, request.id)
        } else {
            sendComplete(answer, [], request.id)
        }
        observe(request, answer)
    }

    private func decideOnClosing() {
        if owner.isDraining || isSurplus || framing?.isKeptAlive != true { closesAfterResponse = true }
    }

    private func observe(_ request: Request, _ response: Response) {
        guard let observer = owner.observer else { return }
        observer(
            request, isOverdue ? .serviceUnavailable : response.status, .nanoseconds(trellis_monotonic_nanoseconds() - handlingBegan))
    }

    private func respond(to request: Request, _ match: Router.Match) async {
        let response = await owner.router.respond(to: request, match)
        if case .handling = phase {
            decideOnClosing()
            switch response.body {
            case .empty: sendComplete(response, [], request.id)
            case .bytes(let bytes): sendComplete(response, bytes, request.id)
            case .stream(let write): await sendStream(response, write, request.id)
            }
        }
        observe(request, response)
    }

    private func sendComplete(_ response: Response, _ content: [UInt8], _ id: RequestID) {
        var message = ResponseHead(response, id: id, date: owner.dateLine, taking: &outbound)
        if !response.status.forbidsContent { message.add("Content-Length", number: content.count) }
        if closesAfterResponse { message.add("Connection", "close") } else if isVersion10 { message.add("Connection", "keep-alive") }
        message.end(with: isHead || response.status.forbidsContent ? [] : content, into: &outbound)
        endOfAnswer()
        flush()
        process()
    }

    private var isVersion10: Bool { framing?.isVersion10 == true }
    private var isHead: Bool { framing?.isHead == true }

    private func sendStream(
        _ response: Response, _ write: @Sendable (BodyWriter) async throws -> Void, _ id: RequestID
    ) async {
        let isHead = isHead
        streamIsChunked = !isVersion10
        streamIsEvents = response.headers["Content-Type"] == "text/event-stream"
        // A node that is going down opens no new stream: its reader is told to come back, and finds another one (OPS-047).
        streamIsRefused = streamIsEvents && owner.isDraining
        if isVersion10 { closesAfterResponse = true }
        var message = ResponseHead(response, id: id, date: owner.dateLine, taking: &outbound)
        if streamIsChunked { message.add("Transfer-Encoding", "chunked") }
        if closesAfterResponse { message.add("Connection", "close") }
        message.end(into: &outbound)
        phase = .streaming
        deadline = .max
        flush()
        var isSound = true
        if !isHead {
            do { try await write(BodyWriter(self)) } catch { isSound = error is CancellationError }
        }
        guard case .streaming = phase else { return }
        // A stream that broke off must not look complete: without the last chunk the client knows (RFC 9112 §7.1).
        guard isSound else { return close() }
        if streamIsEvents, owner.isDraining || streamIsRefused { send(frame(Array("retry: 1000\n\n".utf8))) }
        if streamIsChunked, !isHead { send(Array("0\r\n\r\n".utf8)) }
        if owner.isDraining { closesAfterResponse = true }
        endOfAnswer()
        flush()
        process()
    }

    private func endOfAnswer() {
        task = nil
        if closesAfterResponse {
            endsAfterFlush = true
            phase = .lingering
        } else {
            phase = .head
        }
    }

    /// Answers what was not even a request, and closes.
    func refuse(_ problem: Problem) {
        switch problem.status {
        // Whoever is slow, or waits for a slow answer, sent nothing wrong.
        case .requestTimeout, .serviceUnavailable: break
        default:
            let line = inbound.prefix(limits.requestLine).prefix { $0 != 10 && $0 != 13 }
            owner.router.tell(
                problem.status, target: head?.target.path ?? String(decoding: line, as: UTF8.self), head?.headers ?? [:],
                from: socket.remoteAddress)
        }
        let id = owner.makeRequestID()
        var response = problem.response(requestID: id, at: owner.dateSource.now)
        owner.router.complete(&response, to: nil)
        guard case .bytes(let body) = response.body else { return close() }
        var message = ResponseHead(response, id: id, date: owner.dateLine, taking: &outbound)
        message.add("Content-Length", number: body.count)
        message.add("Connection", "close")
        message.end(with: body, into: &outbound)
        phase = .lingering
        endsAfterFlush = true
        inbound.removeAll()
        flush()
    }

    // MARK: Writing

    func send(_ bytes: [UInt8]) {
        outbound.append(contentsOf: bytes)
        flush()
    }

    func flush() {
        if case .closed = phase { return }
        while sent < outbound.count {
            switch socket.write(outbound, from: sent) {
            case .bytes(let count):
                sent += count
                writeDeadline = .max
            case .wouldBlock:
                if writeDeadline == .max { writeDeadline = trellis_monotonic_nanoseconds() + writeTime }
                return updateWatch()
            case .end, .failed: return close()
            }
        }
        if sent > 0 {
            Self.empty(&outbound)
            sent = 0
        }
        if !writers.isEmpty {
            let waiting = writers
            writers = []
            for writer in waiting { writer.resume() }
        }
        if endsAfterFlush { linger() } else if case .head = phase, inbound.isEmpty { setDeadline(owner.times.idle) }
        updateWatch()
    }

    /// A small buffer is used again; a large one is given back, for a connection may stay idle for long.
    static func empty(_ buffer: inout [UInt8]) {
        if buffer.capacity > 4_096 { buffer = [] } else { buffer.removeAll(keepingCapacity: true) }
    }

    /// Ends our side and waits a moment for the client's: closing with unread input would make the system throw the answer away (RFC 9112 §9.6).
    private func linger() {
        endsAfterFlush = false
        if isReadClosed { return close() }
        socket.closeWriting()
        setDeadline(min(1_000_000_000, owner.times.idle))
    }

    /// How long nothing may be taken.
    private var writeTime: Int64 {
        if case .streaming = phase { owner.times.streamWrite } else { owner.times.write }
    }

    func updateWatch() {
        if case .closed = phase { return }
        var interest: Interest = mayRead ? .read : []
        if sent < outbound.count { interest.insert(.write) }
        watch?.update(interest)
    }

    // MARK: Streams

    /// Appends to a stream; waits while the client is further behind than the buffer allows.
    func writeStream(_ bytes: [UInt8]) async throws {
        guard case .streaming = phase, !streamIsRefused, !Task.isCancelled else { throw CancellationError() }
        guard !bytes.isEmpty else { return }
        send(frame(bytes))
        guard case .streaming = phase else { throw CancellationError() }
        guard outbound.count - sent > limits.streamBuffer else { return }
        try await withCheckedThrowingContinuation { writers.append($0) }
    }

    private func frame(_ bytes: [UInt8]) -> [UInt8] {
        guard streamIsChunked else { return bytes }
        var chunk = Array("\(String(bytes.count, radix: 16))\r\n".utf8)
        chunk.append(contentsOf: bytes)
        chunk.append(13)
        chunk.append(10)
        return chunk
    }
}
