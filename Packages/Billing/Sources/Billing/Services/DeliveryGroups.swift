internal import Observability
internal import Synchronization

/// Keeps events that arrive at the same time in one transaction.
///
/// Whoever comes while nothing is being written writes at once. What comes while something is waits for that to end, and is then written together:
/// one transaction for as many as arrived in the time of one, so that the database is asked the less often the more there is to do. Nobody is
/// answered before the event is committed. When a group cannot be written, each of its events is tried alone: what is wrong with one is not the
/// others' fault.
final class DeliveryGroups: Sendable {
    /// What somebody who waited does next.
    private enum Turn {
        /// Nothing: the event is kept.
        case kept
        /// Keeps its own event and what has come since.
        case leads
        /// Keeps its own event alone.
        case alone
    }

    private struct Waiting {
        let delivery: ReceivedDelivery
        let continuation: CheckedContinuation<Turn, Never>
    }

    private struct State {
        var waiting: [Waiting] = []
        var isWriting = false
    }

    /// The most events, and the most bytes of them, in one transaction.
    static let size = 100
    static let bytes = 4 << 20

    private let store: any DeliveryKeeping
    private let state = Mutex(State())

    init(store: any DeliveryKeeping) {
        self.store = store
    }

    /// How many wait for a transaction to end.
    var waiting: Int { state.withLock { $0.waiting.count } }

    /// Keeps an event and asks for its processing; one that is known changes nothing.
    ///
    /// - Throws: what keeps the store from it.
    func keep(_ event: InboundEvent) async throws {
        let delivery = ReceivedDelivery(event: event)
        let turn = await withCheckedContinuation { continuation in
            let leads = state.withLock { state in
                guard state.isWriting else {
                    state.isWriting = true
                    return true
                }
                state.waiting.append(Waiting(delivery: delivery, continuation: continuation))
                return false
            }
            if leads { continuation.resume(returning: .leads) }
        }
        switch turn {
        case .kept: return
        case .alone: try await store.receive([delivery])
        case .leads: try await lead(delivery)
        }
    }

    private func lead(_ own: ReceivedDelivery) async throws {
        let others = takeWaiting(after: own.event.body.count)
        do {
            try await store.receive([own] + others.map(\.delivery))
            handOn()
            for other in others { other.continuation.resume(returning: .kept) }
        } catch {
            handOn()
            guard !others.isEmpty else { throw error }
            for other in others { other.continuation.resume(returning: .alone) }
            try await store.receive([own])
        }
    }

    /// What waits, the first to come first, as far as one transaction takes it.
    private func takeWaiting(after bytes: Int) -> [Waiting] {
        state.withLock { state in
            var total = bytes
            let count = state.waiting.prefix(Self.size - 1).prefix { waiting in
                total += waiting.delivery.event.body.count
                return total <= Self.bytes
            }.count
            defer { state.waiting.removeFirst(count) }
            return Array(state.waiting.prefix(count))
        }
    }

    /// Lets the first of those who wait write, if there is one.
    private func handOn() {
        let next = state.withLock { state -> Waiting? in
            guard !state.waiting.isEmpty else {
                state.isWriting = false
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.continuation.resume(returning: .leads)
    }
}
