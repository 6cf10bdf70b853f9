import Lifecycle
import Synchronization
import Testing

private struct Waiting: Service {
    let ended: Mutex<Bool>.Box
    func run() async throws {
        await GracefulShutdown.current.wait()
        ended.set()
    }
}

extension Mutex where Value == Bool {
    fileprivate final class Box: Sendable {
        private let value = Mutex<Bool>(false)
        func set() { value.withLock { $0 = true } }
        var isSet: Bool { value.withLock { $0 } }
    }
}

private struct Failing: Service {
    struct Failure: Error {}
    func run() async throws { throw Failure() }
}

private struct Stubborn: Service {
    let cancelled: Mutex<Bool>.Box
    func run() async throws {
        // Waits for its cancellation alone, as a service that ignores the shutdown would.
        await GracefulShutdown().wait()
        if Task.isCancelled { cancelled.set() }
    }
}

@Suite struct ServiceGroupTests {
    @Test func `services end when a shutdown is asked for`() async throws {
        let (first, second) = (Mutex<Bool>.Box(), Mutex<Bool>.Box())
        let shutdown = GracefulShutdown()
        let group = ServiceGroup(
            services: [Waiting(ended: first), Waiting(ended: second)], gracePeriod: .seconds(20), signals: [], shutdown: shutdown)
        async let running: Void = group.run()
        shutdown.request()
        try await running
        #expect(first.isSet && second.isSet)
    }

    @Test func `one failing service ends the others, and its error is thrown`() async {
        let other = Mutex<Bool>.Box()
        await #expect(throws: Failing.Failure.self) {
            try await ServiceGroup(services: [Waiting(ended: other), Failing()], gracePeriod: .seconds(20), signals: []).run()
        }
        #expect(other.isSet)
    }

    @Test func `a service that outlasts the grace period is cancelled`() async throws {
        let cancelled = Mutex<Bool>.Box()
        let shutdown = GracefulShutdown()
        shutdown.request()
        try await ServiceGroup(services: [Stubborn(cancelled: cancelled)], gracePeriod: .milliseconds(1), signals: [], shutdown: shutdown)
            .run()
        #expect(cancelled.isSet)
    }

    @Test func `a handler runs once, also when it comes late`() {
        let shutdown = GracefulShutdown()
        let count = Mutex(0)
        shutdown.onRequest { count.withLock { $0 += 1 } }
        shutdown.onRequest { count.withLock { $0 += 10 } }.cancel()
        shutdown.request()
        shutdown.request()
        shutdown.onRequest { count.withLock { $0 += 100 } }
        #expect(count.withLock { $0 } == 101)
    }

    @Test func `a pause ends with the shutdown, or by itself`() async {
        let shutdown = GracefulShutdown()
        #expect(await shutdown.pause {})
        async let goesOn = shutdown.pause { await GracefulShutdown().wait() }
        shutdown.request()
        #expect(await goesOn == false)
        #expect(await shutdown.pause { await GracefulShutdown().wait() } == false)
    }
}
