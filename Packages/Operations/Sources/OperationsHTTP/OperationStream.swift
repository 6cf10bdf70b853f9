internal import Core
internal import HTTPServer
internal import Identity
internal import Observability
internal import Operations

/// Sends one reader the whole history of an operation and then what comes, from the table; a wake only says that it is worth looking.
struct OperationStream: Sendable {
    let operations: any OperationManaging
    let wakeups: any OperationWakeups
    let dateSource: any DateSource
    /// After how much silence a comment is sent and the reader's rights are looked at again.
    let keepaliveInterval: Duration
    let meters: OperationStreamMeters
    /// The time by which silence is measured: that of the machine, which nothing moves.
    var time: @Sendable () -> ContinuousClock.Instant = { .now }

    /// Answers with a stream.
    ///
    /// - Throws: ``OperationError`` when the caller may not see the operation, 429 when all of the caller's places are taken.
    func respond(_ id: Operation.ID, from sequence: Int64, as caller: OperationCaller) async throws -> Response {
        _ = try await operations.operation(id, as: caller)
        guard let lease = try await operations.openStream(as: caller.user) else {
            throw Problem(
                status: .tooManyRequests, code: "RATE_LIMIT_EXCEEDED", detail: "At most 5 streams may be open at once.",
                headers: ["Retry-After": "15"])
        }
        return Response(
            status: .ok,
            headers: ["Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"],
            body: .stream { writer in
                meters.open.add(1)
                defer { meters.open.add(-1) }
                do {
                    try await send(id, from: sequence, as: caller, lease: lease, to: writer)
                } catch {
                    try await release(lease)
                    throw error
                }
                try await release(lease)
            })
    }

    /// A reader that has gone away has cancelled this very task; its place is given back all the same.
    private func release(_ lease: StreamLease) async throws {
        try await Task { try await operations.close(lease) }.value
    }

    private func send(
        _ id: Operation.ID, from sequence: Int64, as caller: OperationCaller, lease: StreamLease, to writer: BodyWriter
    ) async throws {
        var cursor = max(1, sequence)
        var lastWrite = time()
        var lastRenewal = lastWrite
        var lastQueue: OperationQueue?
        var lastQueueAt = lastWrite
        var isCaughtUp = false
        try await writer.write(try OperationStreamFrames.connected(id, at: dateSource.now))
        for await _ in wakeups.wakeups(for: id) {
            var events: [OperationEvent]
            repeat {
                events = try await operations.events(of: id, from: cursor, limit: 100)
                for event in events {
                    try await writer.write(try OperationStreamFrames.event(event))
                    // What was there before the reader came says nothing about how fast news travels.
                    if isCaughtUp { meters.delay.record(max(.zero, dateSource.now - event.at)) }
                    cursor = event.sequence + 1
                    lastWrite = time()
                    guard !event.name.isTerminal else {
                        try await writer.write(try OperationStreamFrames.end(id, at: dateSource.now))
                        return
                    }
                }
            } while !events.isEmpty
            isCaughtUp = true
            let now = time()
            guard let view = try await seen(id, as: caller, to: writer) else { return }
            if view.operation.status.isTerminal, try await hasToldAll(view.operation, before: cursor) {
                try await writer.write(try OperationStreamFrames.end(id, at: dateSource.now))
                return
            }
            if let queue = view.queue, queue != lastQueue, now - lastQueueAt >= .seconds(lastQueue == nil ? 2 : 5) {
                try await writer.write(try OperationStreamFrames.queueUpdate(id, queue, at: dateSource.now))
                (lastQueue, lastQueueAt, lastWrite) = (queue, now, now)
            }
            if now - lastWrite >= keepaliveInterval {
                try await writer.write(OperationStreamFrames.keepalive)
                lastWrite = now
            }
            // A stream that is never silent keeps its place as well (OPS-042).
            if now - lastRenewal >= keepaliveInterval {
                try await operations.renew(lease)
                lastRenewal = now
            }
        }
    }

    /// Of an operation that ended long ago the events are gone (OPS-031): then there is nothing to wait for either.
    private func hasToldAll(_ operation: Operations.Operation, before cursor: Int64) async throws -> Bool {
        guard operation.lastSequence >= cursor else { return true }
        return try await operations.events(of: operation.id, from: cursor, limit: 1).isEmpty
    }

    /// The operation, as long as the reader may see it; rights that are lost end the stream (OPS-044).
    private func seen(_ id: Operation.ID, as caller: OperationCaller, to writer: BodyWriter) async throws -> OperationView? {
        do {
            return try await operations.operation(id, as: caller)
        } catch  where error is OperationError || error is IdentityError {
            try await writer.write(
                try OperationStreamFrames.failure(id, "This operation cannot be seen any more", at: dateSource.now))
            return nil
        }
    }
}
