internal import Core
internal import HTTPClient
internal import Synchronization

/// Stops calling a provider that cannot be reached: after ten failed connections in a row nobody waits for another one for half a minute,
/// then one call tries, and what comes of it closes the circuit or opens it anew (STR-019).
final class StripeCircuit: Sendable {
    private struct State {
        var failures = 0
        var openUntil: ContinuousClock.Instant?
        var isProbing = false
    }

    private let threshold: Int
    private let pause: Duration
    private let clock: @Sendable () -> ContinuousClock.Instant
    private let state = Mutex(State())

    init(
        threshold: Int = 10, pause: Duration = .seconds(30),
        clock: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
    ) {
        self.threshold = threshold
        self.pause = pause
        self.clock = clock
    }

    /// Lets a call through, or says how long there is to wait.
    func admit() -> Duration? {
        let now = clock()
        return state.withLock { state in
            guard let openUntil = state.openUntil else { return nil }
            guard now >= openUntil else { return openUntil - now }
            // One tries; the others wait a little for what it finds.
            guard !state.isProbing else { return .seconds(1) }
            state.isProbing = true
            return nil
        }
    }

    /// Notes what came of a call that was let through.
    func note(_ answer: StripeAnswer) {
        let now = clock()
        state.withLock { state in
            state.isProbing = false
            guard answer.isConnectionFailure else {
                state.failures = 0
                state.openUntil = nil
                return
            }
            state.failures += 1
            if state.failures >= threshold { state.openUntil = now + pause }
        }
    }
}

extension StripeAnswer {
    /// Whether the provider was not reached at all: any answer, even a refusal, shows that it is there.
    fileprivate var isConnectionFailure: Bool {
        guard case .failed(let error) = self else { return false }
        return error.progress == .nothingSent && (error.kind == .connection || error.kind == .timeout)
    }
}
