internal import CLibPQ

/// What one caller sends in one go, and what came back: statements in one pipeline, a script, or a copy.
///
/// Touched on the loop of its connection only.
final class Exchange: @unchecked Sendable {
    // @unchecked because it is handed to the loop of its connection, and read by its caller after the loop has finished with it.
    enum Content {
        /// Statements of which each is done when those before it succeeded; one round trip.
        case statements([Statement])
        /// A text of several statements without parameters, results thrown away.
        case script(String)
        /// Data for `COPY … FROM STDIN`, asked for piece by piece until there is none.
        case copyIn(Statement, next: () throws -> [UInt8]?)
        /// Data of `COPY … TO STDOUT`, handed over piece by piece.
        case copyOut(Statement, take: ([UInt8]) throws -> Void)
    }

    let content: Content
    /// The results of the statements that succeeded, in their order.
    var results: [ResultHandle] = []
    /// The first error.
    var failure: PostgresError?
    /// An error of the closure that gives or takes a copy's data.
    var copyFailure: (any Error)?
    /// Whether anything was handed to the connection.
    var wasSent = false
    /// Whether a prepared statement no longer fits its tables; it is prepared anew when tried again.
    var hasStalePlan = false
    /// Whether the caller asked the server to stop.
    var isCancelled = false
    /// Whether a transaction is left in which a statement has failed.
    var isTransactionAborted = false
    /// Told once, when the connection is free again or lost.
    var onEnd: ((Exchange) -> Void)?

    init(_ content: Content) {
        self.content = content
    }

    convenience init(_ statements: [Statement]) {
        self.init(.statements(statements))
    }

    /// The error of the exchange: a cancellation when it was cancelled and the server stopped for that.
    var error: (any Error)? {
        if let copyFailure { return copyFailure }
        guard let failure else { return nil }
        return isCancelled && failure.sqlState == .queryCanceled ? CancellationError() : failure
    }

    /// Tells whoever waits, once.
    func end() {
        let tell = onEnd
        onEnd = nil
        tell?(self)
    }

    /// Makes the exchange as it was before it was sent.
    func reset() {
        results = []
        failure = nil
        wasSent = false
        hasStalePlan = false
    }
}
