internal import Synchronization

/// Uses that an idle case waits for and that could not be written before the answer: they are kept in memory and tried again until they are written
/// (ID-078, IDL-041).
///
/// Of each credential the latest use is kept, as an earlier one adds nothing to it. What a process that dies had not written is found by the sweep for lost
/// reversals.
public final class DelayedUses: Sendable {
    /// So many credentials are kept in mind; beyond them the oldest is given up.
    private static let limit = 10_000

    private struct State {
        var waiting: [PendingActivity] = []
        var isServed = false
    }

    private let state = Mutex(State())
    private let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    /// Makes an empty one.
    public init() {
        (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// How many wait.
    public var count: Int { state.withLock { $0.waiting.count } }

    /// Keeps a use in mind.
    ///
    /// - Returns: `false` when nobody tries again here, so that the use must be kept elsewhere.
    func add(_ activity: PendingActivity) -> Bool {
        let isServed = state.withLock { state in
            guard state.isServed else { return false }
            state.waiting.removeAll { $0.session == activity.session && $0.key == activity.key }
            if state.waiting.count >= Self.limit { state.waiting.removeFirst() }
            state.waiting.append(activity)
            return true
        }
        if isServed { signal.yield() }
        return isServed
    }

    /// Writes what waits, and waits for more, until the task is cancelled. One caller at a time.
    ///
    /// - Parameters:
    ///   - write: writes a use; one that throws is tried again after a pause.
    ///   - pause: waits between attempts.
    public func run(
        writing write: (PendingActivity) async throws -> Void, pausing pause: () async throws -> Void
    ) async throws {
        state.withLock { $0.isServed = true }
        defer { state.withLock { $0.isServed = false } }
        for await _ in signals {
            while let next = state.withLock({ $0.waiting.first }) {
                do {
                    try await write(next)
                    state.withLock { $0.waiting.removeAll { $0 == next } }
                } catch {
                    try await pause()
                }
            }
        }
    }
}

extension IdentityEnvironment {
    /// Tries delayed uses again until the task is cancelled; returns at once where none are kept. It runs as long as the process that answers requests.
    ///
    /// - Parameter interval: the pause after a failure.
    public func retryDelayedUses(every interval: Duration = .seconds(1)) async throws {
        try await delayedUses?.run(writing: { try await store.recordPendingActivity($0) }, pausing: { try await Task.sleep(for: interval) })
    }
}
