internal import Core
internal import Observability

/// Notices of uses on their way to an observer: no request waits for them (ID-081).
///
/// At most 10,000 wait; beyond them the oldest is given up. What is given up, or lost with its process, is found by the sweep of whoever observes.
public final class ActivityNotices: Sendable {
    private let uses: AsyncStream<ObservedUse>
    private let continuation: AsyncStream<ObservedUse>.Continuation

    /// Makes an empty line.
    public init() {
        (uses, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(10_000))
    }

    /// Puts a notice into the line.
    func add(_ use: ObservedUse) {
        continuation.yield(use)
    }

    /// Tells an observer of each use until the task is cancelled. One caller for the life of the process.
    ///
    /// - Parameter failed: is told of a notice that the observer did not take; the next ones are told all the same.
    public func run(telling observer: any ActivityObserver, failed: (any Error) -> Void = { _ in }) async {
        for await use in uses {
            do {
                try await observer.used(use)
            } catch {
                if Task.isCancelled { return }
                failed(error)
            }
        }
    }
}

extension IdentityEnvironment {
    /// Tells an observer of uses until the task is cancelled; returns at once where none are kept.
    public func serveActivityNotices(to observer: any ActivityObserver) async {
        await activity?.run(telling: observer) { error in
            log.warning("a use was not looked at again; the sweep does it", ["error": .string(errorChain(error))])
        }
    }
}
