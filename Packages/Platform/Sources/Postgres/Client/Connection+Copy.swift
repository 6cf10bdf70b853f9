internal import CLibPQ
internal import EventLoops

extension Connection {
    func beginCopy(_ exchange: Exchange, with status: ExecStatusType) {
        switch (exchange.content, status) {
        case (.copyIn, PGRES_COPY_IN):
            isCopyingIn = true
            feedCopy()
        case (.copyOut, PGRES_COPY_OUT):
            isCopyingOut = true
        default:
            // The server waits for data that nobody has, or sends what nobody takes: only closing ends that.
            close(PostgresError(kind: .invalidStatement, message: "COPY was sent as an ordinary statement"))
        }
    }

    /// Hands over data until the socket takes no more.
    func feedCopy() {
        guard let exchange, case .copyIn(_, let next) = exchange.content, isCopyingIn else { return }
        while isCopyingIn {
            switch handle.flush() {
            case .failed: return lose()
            case .pending:
                watch?.update([.read, .write])
                return
            case .done: break
            }
            var piece: [UInt8]?
            var reason: String?
            do {
                piece = exchange.isCancelled ? nil : try next()
                if exchange.isCancelled { throw CancellationError() }
            } catch {
                exchange.copyFailure = error
                reason = "the source of the data failed"
            }
            if let piece {
                if handle.put(copyData: piece) == .failed { return lose() }
            } else {
                isCopyingIn = false
                if handle.endCopy(failingBecause: reason) == .failed { return lose() }
            }
        }
        flush()
    }

    /// Takes what has arrived of a copy; false when there is no more for now.
    func takeCopy(_ exchange: Exchange) -> Bool {
        guard case .copyOut(_, let take) = exchange.content else { return false }
        switch handle.getCopyData() {
        case .wait: return false
        case .done, .failed:
            // The reason of a failure is the next result.
            isCopyingOut = false
        case .data(let piece):
            guard exchange.copyFailure == nil else { return true }
            do {
                try take(piece)
            } catch {
                exchange.copyFailure = error
                cancel(exchange)
            }
        }
        return true
    }
}
