internal import CEventLoop
internal import Core
internal import EventLoops

extension Connection {
    // MARK: Handling

    /// Gives a request to the router; the task runs on this loop, and a handler that does not suspend answers before this returns.
    func handle(_ head: RequestHead, _ content: [UInt8]) {
        phase = .handling
        var request = Request(
            method: head.method, target: head.target, headers: head.headers, body: content, remoteAddress: socket.remoteAddress,
            id: owner.makeRequestID())
        let match = owner.router.resolve(&request)
        setDeadline(match.timeLimit ?? owner.times.handler)
        let began = owner.observer == nil ? 0 : trellis_monotonic_nanoseconds()
        let owner = owner
        let task = Task.immediate(executorPreference: owner.loop) { [self, request] in
            let response = await owner.router.respond(to: request, match)
            await answer(response, to: request, head)
            owner.observer?(
                request, isOverdue ? .serviceUnavailable : response.status, .nanoseconds(trellis_monotonic_nanoseconds() - began))
        }
        if case .handling = phase { self.task = task } else if case .streaming = phase { self.task = task }
    }

    private func answer(_ response: Response, to request: Request, _ head: RequestHead) async {
        guard case .handling = phase else { return }
        if owner.isDraining || !head.isKeptAlive { closesAfterResponse = true }
        switch response.body {
        case .empty: sendComplete(response, [], request, head)
        case .bytes(let bytes): sendComplete(response, bytes, request, head)
        case .stream(let write): await sendStream(response, write, request, head)
        }
    }

    private func sendComplete(_ response: Response, _ bytes: [UInt8], _ request: Request, _ head: RequestHead) {
        var message = ResponseHead(response, id: request.id, date: owner.dateLine, reserving: bytes.count)
        if !response.status.forbidsContent { message.add("Content-Length", number: bytes.count) }
        if closesAfterResponse { message.add("Connection", "close") } else if head.isVersion10 { message.add("Connection", "keep-alive") }
        message.end()
        if head.method != .head, !response.status.forbidsContent { message.bytes.append(contentsOf: bytes) }
        endOfAnswer()
        send(message.bytes)
        process()
    }

    private func sendStream(
        _ response: Response, _ write: @Sendable (BodyWriter) async throws -> Void, _ request: Request, _ head: RequestHead
    ) async {
        streamIsChunked = !head.isVersion10
        streamIsEvents = response.headers["Content-Type"] == "text/event-stream"
        if head.isVersion10 { closesAfterResponse = true }
        var message = ResponseHead(response, id: request.id, date: owner.dateLine, reserving: 0)
        if streamIsChunked { message.add("Transfer-Encoding", "chunked") }
        if closesAfterResponse { message.add("Connection", "close") }
        message.end()
        phase = .streaming
        deadline = .max
        send(message.bytes)
        var isSound = true
        if head.method != .head {
            do { try await write(BodyWriter(self)) } catch { isSound = error is CancellationError }
        }
        guard case .streaming = phase else { return }
        // A stream that broke off must not look complete: without the last chunk the client knows (RFC 9112 §7.1).
        guard isSound else { return close() }
        if streamIsEvents, owner.isDraining { send(frame(Array("retry: 1000\n\n".utf8))) }
        if streamIsChunked, head.method != .head { send(Array("0\r\n\r\n".utf8)) }
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
        let id = owner.makeRequestID()
        let response = problem.response(requestID: id, at: owner.dateSource.now)
        guard case .bytes(let body) = response.body else { return close() }
        var message = ResponseHead(response, id: id, date: owner.dateLine, reserving: body.count)
        message.add("Content-Length", number: body.count)
        message.add("Connection", "close")
        message.end()
        phase = .lingering
        endsAfterFlush = true
        inbound.removeAll()
        send(message.bytes + body)
    }

    // MARK: Writing

    func send(_ bytes: [UInt8]) {
        if sent == outbound.count {
            outbound = bytes
            sent = 0
        } else {
            outbound.append(contentsOf: bytes)
        }
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
                if writeDeadline == .max { writeDeadline = trellis_monotonic_nanoseconds() + owner.times.write }
                return updateWatch()
            case .end, .failed: return close()
            }
        }
        if sent > 0 {
            // A large buffer is given back; a small one is used again.
            if sent > 65_536 { outbound = [] } else { outbound.removeAll(keepingCapacity: true) }
            sent = 0
        }
        let waiting = writers
        writers = []
        for writer in waiting { writer.resume() }
        if endsAfterFlush { linger() } else if case .head = phase, inbound.isEmpty { setDeadline(owner.times.idle) }
        updateWatch()
    }

    /// Ends our side and waits a moment for the client's: closing with unread input would make the system throw the answer away (RFC 9112 §9.6).
    private func linger() {
        endsAfterFlush = false
        if isReadClosed { return close() }
        socket.closeWriting()
        setDeadline(min(1_000_000_000, owner.times.idle))
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
        guard case .streaming = phase, !Task.isCancelled else { throw CancellationError() }
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
