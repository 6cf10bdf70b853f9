internal import Core
internal import Synchronization

/// The messages that were received, in memory.
final class Mailbox: Sendable {
    private struct State {
        var messages: [CaughtMessage] = []
        var faults: [MailFault] = []
        var nextID = 1
        var nextWaiter = 1
        var waiters: [Int: AsyncStream<Void>.Continuation] = [:]
    }

    /// The newest are kept (NOT-048).
    static let capacity = 2_000
    private let state = Mutex(State())
    private let dateSource: any DateSource

    init(dateSource: any DateSource) {
        self.dateSource = dateSource
    }

    var messages: [CaughtMessage] { state.withLock { $0.messages } }
    var faults: [MailFault] { state.withLock { $0.faults } }

    func message(_ id: Int) -> CaughtMessage? {
        state.withLock { $0.messages.first { $0.id == id } }
    }

    /// Keeps a message; the oldest goes when there are too many.
    ///
    /// - Returns: its number.
    func add(from: String, to: [String], _ raw: [UInt8]) -> Int {
        let content = MIMEPart(parsing: raw)
        let now = dateSource.now
        return state.withLock { state in
            let message = CaughtMessage(id: state.nextID, receivedAt: now, envelopeFrom: from, envelopeTo: to, raw: raw, content: content)
            state.nextID += 1
            state.messages.append(message)
            if state.messages.count > Self.capacity { state.messages.removeFirst() }
            for waiter in state.waiters.values { waiter.yield() }
            return message.id
        }
    }

    /// The number of the newest message, also when it was forgotten; 0 before the first.
    var lastID: Int { state.withLock { $0.nextID - 1 } }

    /// Ends when a message has come after the one of a number, or at an instant.
    func arrival(after id: Int, until end: ContinuousClock.Instant) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.arrival(after: id) }
            group.addTask { try? await Task.sleep(until: end) }
            await group.next()
            group.cancelAll()
        }
    }

    private func arrival(after id: Int) async {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        let key = state.withLock { state -> Int? in
            guard state.nextID - 1 <= id else { return nil }
            state.nextWaiter += 1
            state.waiters[state.nextWaiter] = continuation
            return state.nextWaiter
        }
        guard let key else { return }
        for await _ in stream { break }
        state.withLock { _ = $0.waiters.removeValue(forKey: key) }
    }

    func removeAll() {
        state.withLock { $0.messages = [] }
    }

    func setFaults(_ faults: [MailFault]) {
        state.withLock { $0.faults = faults }
    }

    /// Takes the first fault of these kinds that one of the recipients is to have, if any: it counts as had.
    func takeFault(_ kinds: Set<MailFault.Kind>, of recipients: [String]) -> (fault: MailFault, recipient: String)? {
        state.withLock { state in
            for recipient in recipients {
                let index = state.faults.firstIndex { kinds.contains($0.kind) && $0.applies(to: recipient) && $0.count != 0 }
                guard let index else { continue }
                if let count = state.faults[index].count { state.faults[index].count = count - 1 }
                return (state.faults[index], recipient)
            }
            return nil
        }
    }
}
