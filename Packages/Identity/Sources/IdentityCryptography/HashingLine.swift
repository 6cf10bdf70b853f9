internal import Identity
internal import Synchronization

/// Lets so many hashes run at once and so many wait, each for so long; who comes beyond that is refused at once (ID-028).
///
/// A hash costs tens of milliseconds and megabytes: without the line a burst of sign-ins would take the processor and the memory from everything else.
final class HashingLine: Sendable {
    private struct State {
        var running = 0
        var next: UInt64 = 0
        var waiting: [(id: UInt64, continuation: CheckedContinuation<Bool, Never>)] = []
        var expected = 0
    }

    let places: Int
    let length: Int
    let patience: Duration
    private let clock: any Clock<Duration>
    private let state = Mutex(State())

    /// Makes a line.
    ///
    /// - Parameters:
    ///   - places: how many run at once.
    ///   - length: how many wait.
    ///   - patience: how long each waits.
    ///   - clock: measures it; a process's own time, not the business time.
    init(places: Int, length: Int = 64, patience: Duration = .seconds(2), clock: any Clock<Duration> = ContinuousClock()) {
        self.places = max(1, places)
        self.length = length
        self.patience = patience
        self.clock = clock
    }

    /// How many run and wait at this moment.
    var load: (running: Int, waiting: Int) { state.withLock { ($0.running, $0.expected) } }

    /// Runs a piece of work when its turn comes.
    ///
    /// - Throws: ``IdentityError/busy`` when the line is full, or the turn did not come in time; what the work throws.
    func run<Result>(_ work: () async throws -> Result) async throws -> Result {
        try await enter()
        defer { leave() }
        return try await work()
    }

    private func enter() async throws {
        enum Entrance { case free, line, full }
        let entrance = state.withLock { state -> Entrance in
            if state.running < places {
                state.running += 1
                return .free
            }
            guard state.expected < length else { return .full }
            state.expected += 1
            return .line
        }
        switch entrance {
        case .free: return
        case .full: throw IdentityError.busy
        case .line:
            let hasTurn = await waitForTurn()
            state.withLock { $0.expected -= 1 }
            guard hasTurn else { throw Task.isCancelled ? CancellationError() as any Error : IdentityError.busy }
        }
    }

    /// Whichever comes first: the turn, or the end of patience. A turn that comes at the last moment is taken.
    private func waitForTurn() async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { await self.standInLine() }
            group.addTask { [clock, patience] in
                try? await clock.sleep(for: patience)
                return false
            }
            let first = await group.next() ?? false
            group.cancelAll()
            let second = await group.next() ?? false
            return first || second
        }
    }

    private func standInLine() async -> Bool {
        let id = state.withLock { state in
            state.next += 1
            return state.next
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Bool? = state.withLock { state in
                    if Task.isCancelled { return false }
                    // A place may have become free between the first look and this one.
                    if state.running < places {
                        state.running += 1
                        return true
                    }
                    state.waiting.append((id, continuation))
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let continuation = state.withLock { state in
                state.waiting.firstIndex { $0.id == id }.map { state.waiting.remove(at: $0).continuation }
            }
            continuation?.resume(returning: false)
        }
    }

    /// The place goes to whoever waits longest.
    private func leave() {
        let next = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            guard !state.waiting.isEmpty else {
                state.running -= 1
                return nil
            }
            return state.waiting.removeFirst().continuation
        }
        next?.resume(returning: true)
    }
}
