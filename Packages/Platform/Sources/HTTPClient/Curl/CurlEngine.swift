internal import CCurlShims
internal import CLibCurl
internal import Core
internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#endif

/// Runs transfers of libcurl's multi interface on one thread of its own.
final class CurlEngine: Sendable {
    private let loop: CurlLoop

    /// Starts the thread.
    init(maximumTransfers: Int) {
        loop = CurlLoop(maximumTransfers: maximumTransfers)
        loop.start()
    }

    /// Runs an exchange to its end; when the task is cancelled the caller goes on at once and the transfer is stopped.
    func run(_ exchange: any CurlExchange, timeout: Duration) async throws {
        let submission = Submission(exchange: exchange, deadline: .now + timeout)
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                if submission.begin(continuation) { loop.submit(submission) }
            }
        } onCancel: {
            submission.answer(.failure(CancellationError()))
            loop.wake()
        }
    }

    /// Stops everything; the thread ends.
    func close() {
        loop.close()
    }
}

/// The thread's own state. `inbox` is shared; everything else is touched by the thread only, but for `curl_multi_wakeup`, which
/// libcurl allows from any thread.
@safe private final class CurlLoop: @unchecked Sendable {
    private struct Inbox {
        var arrivals: [Submission] = []
        var isClosed = false
    }

    private let inbox = Mutex(Inbox())
    private let multi: UnsafeMutableRawPointer
    private let maximumTransfers: Int
    private var waiting: [Submission] = []
    private var running: [UInt: RunningTransfer] = [:]

    init(maximumTransfers: Int) {
        self.maximumTransfers = maximumTransfers
        guard CurlLibrary.isReady, let multi = unsafe curl_multi_init() else { preconditionFailure("libcurl cannot start") }
        unsafe self.multi = multi
        unsafe trellis_curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, maximumTransfers)
        unsafe trellis_curl_multi_set_long(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, maximumTransfers)
    }

    deinit {
        unsafe curl_multi_cleanup(multi)
    }

    func start() {
        var thread = pthread_t()
        let context = unsafe Unmanaged.passRetained(self).toOpaque()
        let status = unsafe pthread_create(&thread, nil, runCurlLoop, context)
        precondition(status == 0, "no thread for transfers")
        pthread_detach(thread)
    }

    func submit(_ submission: Submission) {
        let isClosed = inbox.withLock { inbox in
            if !inbox.isClosed { inbox.arrivals.append(submission) }
            return inbox.isClosed
        }
        if isClosed {
            submission.answer(.failure(TransportError(.closed, .nothingSent, reason: "the transport is closed")))
        } else {
            wake()
        }
    }

    func close() {
        inbox.withLock { $0.isClosed = true }
        wake()
    }

    func wake() {
        unsafe curl_multi_wakeup(multi)
    }

    func run() {
        while true {
            let (arrivals, isClosed) = inbox.withLock { inbox in
                defer { inbox.arrivals = [] }
                return (inbox.arrivals, inbox.isClosed)
            }
            waiting += arrivals
            guard !isClosed else { return stopAll() }
            dropAnswered()
            admit()
            var count: Int32 = 0
            unsafe curl_multi_perform(multi, &count)
            let hadEnds = collect()
            unsafe curl_multi_poll(multi, nil, 0, hadEnds ? 0 : waitingTime(), nil)
        }
    }

    /// How long to wait for something to happen, in milliseconds: until the first deadline of those that wait for a place.
    private func waitingTime() -> Int32 {
        guard let first = waiting.map(\.deadline).min() else { return 60_000 }
        let left = first - ContinuousClock.now
        return Int32(clamping: max(1, left.wholeMilliseconds + 1))
    }

    private func dropAnswered() {
        waiting.removeAll { $0.isAnswered }
        for transfer in Array(running.values) where transfer.submission.isAnswered { remove(transfer) }
    }

    private func admit() {
        let now = ContinuousClock.now
        waiting.removeAll { submission in
            guard submission.deadline <= now else { return false }
            submission.answer(.failure(TransportError(.timeout, .nothingSent, reason: "no place became free in time")))
            return true
        }
        while running.count < maximumTransfers, !waiting.isEmpty {
            let submission = waiting.removeFirst()
            do throws(TransportError) {
                let transfer = try RunningTransfer(submission, now: now)
                running[transfer.handle.id] = transfer
                unsafe curl_multi_add_handle(multi, transfer.handle.pointer)
            } catch {
                submission.answer(.failure(error))
            }
        }
    }

    /// Answers the callers of finished transfers; `true` when there were any, because places are free now.
    private func collect() -> Bool {
        var hadEnds = false
        var code = CURLE_OK
        while let pointer = unsafe trellis_curl_multi_next_done(multi, &code) {
            hadEnds = true
            guard let transfer = running[UInt(bitPattern: pointer)] else { continue }
            let result: Result<Void, any Error>
            do throws(TransportError) {
                try transfer.submission.exchange.finish(code, transfer.handle)
                result = .success(())
            } catch {
                result = .failure(error)
            }
            remove(transfer)
            transfer.submission.answer(result)
        }
        return hadEnds
    }

    private func remove(_ transfer: RunningTransfer) {
        unsafe curl_multi_remove_handle(multi, transfer.handle.pointer)
        running.removeValue(forKey: transfer.handle.id)
    }

    private func stopAll() {
        let closed = TransportError(.closed, .maybeSent, reason: "the transport was closed")
        for transfer in Array(running.values) {
            remove(transfer)
            transfer.submission.answer(.failure(closed))
        }
        for submission in waiting {
            submission.answer(.failure(TransportError(.closed, .nothingSent, reason: "the transport was closed")))
        }
        waiting = []
    }
}

/// The thread's entry: takes over the reference that `start` made.
private func runCurlLoop(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context = unsafe context else { return nil }
    unsafe Unmanaged<CurlLoop>.fromOpaque(context).takeRetainedValue().run()
    return nil
}
