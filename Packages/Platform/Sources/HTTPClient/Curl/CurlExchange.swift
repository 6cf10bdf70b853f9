internal import CLibCurl

/// What one transfer sends and takes. All of it is called on the engine's thread only; the caller looks after the engine is done with it.
protocol CurlExchange: AnyObject, Sendable {
    /// Sets the handle's options but those of callbacks and time.
    func configure(_ handle: EasyHandle) throws(TransportError)
    /// Takes a piece of the body; `false` stops the transfer.
    func take(body bytes: UnsafeRawBufferPointer) -> Bool
    /// Takes a line of the header or, with SMTP, of a reply; `false` stops the transfer.
    func take(header bytes: UnsafeRawBufferPointer) -> Bool
    /// Fills a buffer with what is to be sent next and says how much that was; 0 ends the message.
    func give(into buffer: UnsafeMutableRawBufferPointer) -> Int
    /// Judges the end of the transfer. Nothing to throw means that the outcome is in the exchange.
    func finish(_ code: CURLcode, _ handle: EasyHandle) throws(TransportError)
}

/// One exchange under way with the caller that waits for it.
final class Submission: Sendable {
    let exchange: any CurlExchange
    let deadline: ContinuousClock.Instant
    private let caller = Caller()

    init(exchange: any CurlExchange, deadline: ContinuousClock.Instant) {
        self.exchange = exchange
        self.deadline = deadline
    }

    /// Whether the caller has its answer, because the exchange ended or the task was cancelled.
    var isAnswered: Bool { caller.isAnswered }

    /// Keeps the caller's continuation. `false` when the task was cancelled before: the caller has its answer.
    func begin(_ continuation: CheckedContinuation<Void, any Error>) -> Bool {
        caller.begin(continuation)
    }

    /// Answers the caller; a second answer is dropped.
    func answer(_ result: Result<Void, any Error>) {
        caller.answer(result)
    }
}
