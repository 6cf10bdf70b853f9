import EventLoops
import Foundation
import Synchronization
import Testing

@Suite struct EventLoopTests {
    private func withLoops<Result>(_ count: Int = 2, _ body: (EventLoopGroup) async throws -> Result) async throws -> Result {
        let group = try EventLoopGroup(count: count, name: "test")
        defer { group.shutdown() }
        return try await body(group)
    }

    @Test func `a task that prefers a loop stays on its thread`() async throws {
        try await withLoops { group in
            let loop = group.loops[0]
            let stayed = await Task(executorPreference: loop) {
                var stayed = loop.isCurrent && EventLoop.current === loop
                for _ in 0..<100 {
                    await Task.yield()
                    stayed = stayed && loop.isCurrent
                }
                return stayed
            }.value
            #expect(stayed)
            #expect(EventLoop.current == nil)
        }
    }

    @Test func `closures from one thread run in order`() async throws {
        try await withLoops { group in
            let seen = Mutex<[Int]>([])
            await withCheckedContinuation { continuation in
                for number in 0..<1_000 { group.loops[0].execute { seen.withLock { $0.append(number) } } }
                group.loops[0].execute { continuation.resume() }
            }
            #expect(seen.withLock { $0 } == Array(0..<1_000))
        }
    }

    @Test func `timers fire in the order of their deadlines, and not once cancelled`() async throws {
        try await withLoops(1) { group in
            let seen = Mutex<[Int]>([])
            await withCheckedContinuation { continuation in
                group.loops[0].execute {
                    let loop = group.loops[0]
                    loop.schedule(after: .milliseconds(300)) {
                        seen.withLock { $0.append(3) }
                        continuation.resume()
                    }
                    loop.schedule(after: .milliseconds(100)) { seen.withLock { $0.append(1) } }
                    loop.schedule(after: .milliseconds(200)) { seen.withLock { $0.append(2) } }
                    loop.schedule(after: .milliseconds(150)) { seen.withLock { $0.append(99) } }.cancel()
                    loop.schedule(after: .milliseconds(100)) { seen.withLock { $0.append(11) } }
                }
            }
            #expect(seen.withLock { $0 } == [1, 11, 2, 3])
        }
    }

    @Test func `a sleep ends early when its task is cancelled`() async throws {
        try await withLoops(1) { group in
            let loop = group.loops[0]
            let task = Task(executorPreference: loop) { try await loop.sleep(for: .seconds(3_600)) }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            try await loop.sleep(for: .milliseconds(1))
        }
    }

    @Test func `a descriptor is watched until the watch is cancelled`() async throws {
        try await withLoops(1) { group in
            let pipe = Pipe()
            let loop = group.loops[0]
            let descriptor = pipe.fileHandleForReading.fileDescriptor
            let count = Mutex(0)
            await withCheckedContinuation { continuation in
                loop.execute {
                    let holder = Mutex<Watch?>(nil)
                    let watch = try? loop.watch(descriptor, for: .read) { interest in
                        #expect(interest.contains(.read))
                        count.withLock { $0 += 1 }
                        holder.withLock { $0 }?.cancel()
                        holder.withLock { $0 }?.cancel()
                        loop.schedule(after: .milliseconds(5)) { continuation.resume() }
                    }
                    holder.withLock { $0 = watch }
                    pipe.fileHandleForWriting.write(Data([1]))
                }
            }
            #expect(count.withLock { $0 } == 1)
        }
    }

    /// Keeps a loop turning until a flag is set.
    private static func spin(_ loop: EventLoop, until isOver: Flag) {
        loop.execute { if !isOver.isSet { spin(loop, until: isOver) } }
    }

    private final class Flag: Sendable {
        private let storage = Atomic(false)
        var isSet: Bool { storage.load(ordering: .acquiring) }
        func set() { storage.store(true, ordering: .releasing) }
    }

    @Test func `a timer that the loop has looked at many times is called as directly as a new one`() async throws {
        try await withLoops(1) { group in
            let loop = group.loops[0]
            let isOver = Flag()
            let depths = Mutex<[UInt]>([])
            let note: @Sendable () -> Void = {
                var mark = 0
                let depth = unsafe withUnsafePointer(to: &mark) { UInt(bitPattern: $0) }
                depths.withLock { $0.append(depth) }
            }
            await withCheckedContinuation { continuation in
                loop.execute {
                    loop.schedule(after: .zero) { note() }
                    loop.schedule(after: .milliseconds(100)) {
                        note()
                        isOver.set()
                        continuation.resume()
                    }
                    Self.spin(loop, until: isOver)
                }
            }
            let (new, old) = depths.withLock { ($0[0], $0[1]) }
            #expect(new > old ? new - old < 4_096 : old - new < 4_096)
        }
    }

    private final class Held: Sendable {
        private let released: Tally

        init(_ released: Tally) { self.released = released }

        func use(_ loop: EventLoop) {}

        deinit { released.add() }
    }

    @Test func `a loop that has ended gives back what waited on it, and what comes too late`() throws {
        let released = Tally()
        let pipe = Pipe()
        let descriptor = pipe.fileHandleForReading.fileDescriptor
        try {
            let group = try EventLoopGroup(count: 1, name: "ended")
            let loop = group.loops[0]
            let (timed, watching, late) = (Held(released), Held(released), Held(released))
            loop.execute {
                loop.schedule(after: .seconds(3_600)) { timed.use(loop) }
                _ = try? loop.watch(descriptor, for: .read) { _ in watching.use(loop) }
            }
            group.shutdown()
            loop.execute { late.use(loop) }
        }()
        #expect(released.count == 3)
    }

    @Test func `work that blocks is done elsewhere and comes back`() async throws {
        try await withLoops { group in
            let loop = group.loops[1]
            let (wasElsewhere, isBack) = try await Task(executorPreference: loop) {
                let wasElsewhere = try await offload { EventLoop.current == nil }
                return (wasElsewhere, loop.isCurrent)
            }.value
            #expect(wasElsewhere && isBack)
        }
    }

    private struct Failure: Error {}

    @Test func `offload throws what the work throws, and runs everything that was handed in`() async throws {
        await #expect(throws: Failure.self) { try await offload { throw Failure() } }
        let sum = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<500 { group.addTask { try await offload { number } } }
            return try await group.reduce(0, +)
        }
        #expect(sum == 124_750)
    }

    @Test func `work handed in from many threads is neither lost nor done twice`() async throws {
        try await withLoops(2) { group in
            let tally = Tally()
            await withTaskGroup(of: Void.self) { tasks in
                for number in 0..<1_000 {
                    tasks.addTask(executorPreference: group.loops[number % 2]) {
                        for _ in 0..<10 {
                            await Task.yield()
                            tally.add()
                        }
                    }
                }
            }
            #expect(tally.count == 10_000)
        }
    }

    private final class Tally: Sendable {
        private let storage = Atomic<Int>(0)
        func add() { storage.add(1, ordering: .relaxed) }
        var count: Int { storage.load(ordering: .relaxed) }
    }

    private actor Counter {
        private let loop: EventLoop
        private var count = 0
        init(on loop: EventLoop) { self.loop = loop }
        nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }
        func increment() -> Bool {
            count += 1
            return loop.isCurrent
        }
        var value: Int { count }
    }

    @Test func `an actor may live on a loop`() async throws {
        try await withLoops { group in
            let counter = Counter(on: group.loops[0])
            let allOnLoop = await withTaskGroup(of: Bool.self) { tasks in
                for _ in 0..<200 { tasks.addTask { await counter.increment() } }
                return await tasks.reduce(true) { $0 && $1 }
            }
            #expect(allOnLoop)
            #expect(await counter.value == 200)
        }
    }

    @Test func `shutdown runs what was handed in, ends the threads, and may be asked for twice`() throws {
        let group = try EventLoopGroup(count: 3, name: "short")
        let count = Atomic<Int>(0)
        for loop in group.loops { loop.execute { count.add(1, ordering: .sequentiallyConsistent) } }
        group.shutdown()
        group.shutdown()
        #expect(count.load(ordering: .sequentiallyConsistent) == 3)
    }
}
