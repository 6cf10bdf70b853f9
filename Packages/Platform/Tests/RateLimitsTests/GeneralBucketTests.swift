import Core
import Dispatch
import EventLoops
import HTTPServer
import Observability
import PlatformTesting
import RateLimitsRedis
import Redis
import Synchronization
import Testing

@testable import RateLimits

@Suite struct GeneralBucketTests {
    private static func demand(_ limit: Int, number: UInt32 = 1, caller: UInt64 = 1) -> Demand {
        Demand(
            key: BucketKey(number: number, caller: Caller(.network, high: 4, low: caller)), rate: RateLimit(limit, per: .seconds(3_600)),
            policy: 0)
    }

    private static func redis(_ url: String, categories: [String] = ["a"]) throws -> RedisWindows {
        RedisWindows(client: try .patient(url, on: try EventLoopGroup(count: 1, name: "redis-test")), categories: categories)
    }

    @Test func `SEC-005 two nodes share one count through Redis, and take half of it each without, rounded up`() async throws {
        try await TestRedis.withServer { server in
            let now = Instant(secondsSinceEpoch: 1_800_000_000)
            let together = try (0..<2).map { _ in GeneralBuckets(shared: try Self.redis(server.url), nodes: 2) }
            let apart = (0..<2).map { _ in GeneralBuckets(shared: nil, nodes: 2) }
            for (nodes, each, limit) in [(together, [9, 0], 9), (apart, [5, 5], 5)] {
                var admitted: [Int] = []
                for node in nodes {
                    var count = 0
                    for _ in 0..<12 {
                        let taken = await node.take(Self.demand(9), at: now)
                        #expect(taken.limit == limit)
                        count += taken.isAdmitted ? 1 : 0
                    }
                    admitted.append(count)
                }
                #expect(admitted == each)
            }
            // A place that one node gives back is the other's in Redis, and its own alone without.
            await together[1].giveBack(Self.demand(9), at: now)
            #expect(await together[0].take(Self.demand(9), at: now).isAdmitted)
            await apart[1].giveBack(Self.demand(9), at: now)
            #expect(await !apart[0].take(Self.demand(9), at: now).isAdmitted)
            #expect(await apart[1].take(Self.demand(9), at: now).isAdmitted)
            // One node alone has all, and what is not limited is not shared out.
            let alone = GeneralBuckets(shared: nil, nodes: 1)
            #expect(await alone.take([nil, Self.demand(9), Self.demand(3, number: 2), nil], at: now).tightest == 2)
            #expect(await alone.take(Self.demand(9), at: now).remaining == 7)
            #expect(await apart[0].take(Self.demand(.max, number: 3), at: now).limit == 65_000)
        }
    }

    @Test func `SEC-006 when Redis is killed during load requests go on with a part of the limit, and it is back ten seconds after itself`()
        async throws
    {
        try await TestRedis.withServer { server in
            let stand = LossStand(shared: try Self.redis(server.url))
            #expect(await stand.admitted(of: 8, limit: 9, caller: 1) == 8)
            await server.stop()
            // Those who had used up the count of all nodes have the part of this one; nobody has more.
            #expect(await stand.admitted(of: 40, limit: 9, caller: 1) == 5)
            #expect(await stand.admitted(of: 40, limit: 9, caller: 2) == 5)
            #expect(await stand.tell() == [false])
            try await server.start()
            let back = try await stand.untilBack()
            #expect(back.switches == [false, true])
            #expect(back.wait >= .seconds(10))
            #expect(await stand.admitted(of: 40, limit: 9, caller: 3) == 9)
            stand.expectOneSwitchEachWay()
        }
    }

    @Test func `SEC-006 when Redis stands still during load no request waits for it twice, and its part of the limit holds`() async throws {
        try await TestRedis.withServer { server in
            var configuration = try RedisConfiguration(url: SecretString(server.url))
            configuration.commandTimeout = .milliseconds(20)
            let hasty = RedisWindows(
                client: RedisClient(configuration: configuration, loops: try EventLoopGroup(count: 1, name: "redis-test")),
                categories: ["a"])
            // A busy machine must not look like a lost server: only while it stands still is little time given.
            let store = Patience(patient: try Self.redis(server.url), hasty: hasty)
            let stand = LossStand(shared: store)
            #expect(await stand.admitted(of: 8, limit: 9, caller: 1) == 8)
            server.freeze()
            store.isHasty.store(true, ordering: .sequentiallyConsistent)
            #expect(await stand.admitted(of: 40, limit: 9, caller: 2) == 5)
            for _ in 0..<30 { await stand.second() }
            #expect(await stand.tell() == [false])
            server.thaw()
            store.isHasty.store(false, ordering: .sequentiallyConsistent)
            let back = try await stand.untilBack()
            #expect(back.switches == [false, true] && back.wait >= .seconds(10))
            #expect(await stand.admitted(of: 40, limit: 9, caller: 3) == 9)
            stand.expectOneSwitchEachWay()
        }
    }

    @Test func `SEC-006 when what answers is garbage the part of the limit holds, whatever the garbage says`() async throws {
        let garbage = [
            "HTTP/1.1 400 Bad Request\r\n\r\n", "+OK\r\n", "$5\r\nhello\r\n", ":1\r\n", "$-1\r\n", "*0\r\n", "*100000000\r\n",
            "*3\r\n:0\r\n:64000\r\n:1\r\n", "*3\r\n:0\r\n:64000\r\n:30000061\r\n", "*3\r\n:0\r\n:5\r\n:30000000\r\n",
            "*3\r\n:7\r\n:1\r\n:1\r\n", "*3\r\n:0\r\n:9223372036854775807\r\n:1\r\n",
            "*3\r\n:0\r\n:1\r\n:9223372036854775807\r\n", "*3\r\n:-1\r\n:1\r\n:1\r\n", "*3\r\n:0\r\n:1\r\n:-5\r\n",
            "*3\r\n$1\r\n0\r\n:1\r\n:1\r\n", "-OOM command not allowed when used memory > 'maxmemory'.\r\n", "\0\0\0\0\r\n",
        ]
        let loops = try EventLoopGroup(count: 1, name: "redis-test")
        for text in garbage {
            let fake = try await FakeRedis(on: loops.loops[0]) { words in Array((words == ["PING"] ? "+PONG\r\n" : text).utf8) }
            let client = try RedisClient.patient("redis://127.0.0.1:\(fake.port)", on: loops)
            let stand = LossStand(shared: RedisWindows(client: client, categories: ["a"]))
            #expect(await stand.admitted(of: 12, limit: 9, caller: 1) == 5, "\(text)")
            for _ in 0..<15 { await stand.second() }
            #expect(await stand.tell() == [false], "\(text)")
            await client.close()
            await fake.stop()
        }
    }

    @Test func `SEC-005 where nothing is shared nothing is waited for: a task counts without being put off once`() async {
        let executor = CountingExecutor()
        let buckets = GeneralBuckets(shared: nil, nodes: 2)
        let now = Instant(secondsSinceEpoch: 1_800_000_000)
        let admitted = await Task(executorPreference: executor) {
            var admitted = 0
            for _ in 0..<100 where await buckets.take(Self.demand(60), at: now).isAdmitted { admitted += 1 }
            await buckets.giveBack(Self.demand(60), at: now)
            return admitted
        }.value
        #expect(admitted == 30)
        #expect(executor.count.load(ordering: .sequentiallyConsistent) == 1)
    }

    @Test func `SEC-006 a store that comes and goes is left alone until it was well for ten seconds, by the clock of requests`() async {
        let store = ScriptedWindows()
        let stand = LossStand(shared: store)
        await stand.second()
        #expect(stand.buckets.isShared)
        store.isWell = false
        await stand.second()
        #expect(!stand.buckets.isShared)
        // Every other second it answers.
        for second in 0..<60 {
            store.isWell = second % 2 == 0
            await stand.second()
        }
        #expect(await stand.tell() == [false])
        // Nine good seconds are not enough.
        store.isWell = true
        for _ in 0..<10 { await stand.second() }
        #expect(!stand.buckets.isShared)
        store.isWell = false
        await stand.second()
        // From the first good answer it takes ten seconds, with any number of requests in each: the store is asked once a second.
        store.isWell = true
        let before = store.checks
        for _ in 0..<10 {
            await stand.second()
            _ = await stand.admitted(of: 5, limit: 9, caller: 9)
        }
        #expect(!stand.buckets.isShared && store.checks == before + 10)
        await stand.second()
        #expect(stand.buckets.isShared && store.checks == before + 11)
        #expect(await stand.tell() == [false, true])
        stand.expectOneSwitchEachWay()
    }

    @Test func `SEC-006 what was asked before a switch says nothing about the time after it`() async {
        let store = ScriptedWindows()
        let stand = LossStand(shared: store)
        store.holdsTakes = true
        async let early = stand.buckets.take(Self.demand(9), at: stand.clock.now)
        await store.untilHeld()
        store.holdsTakes = false
        store.isWell = false
        await stand.second()
        #expect(!stand.buckets.isShared)
        store.isWell = true
        for _ in 0..<11 { await stand.second() }
        #expect(stand.buckets.isShared)
        // The store is well, and only now the early request is told that it was not.
        store.failHeld()
        #expect(await early.limit == 5)
        #expect(stand.buckets.isShared)
        #expect(await stand.tell() == [false, true])
    }
}

/// Counts how often a task is put into its line: once to begin, and once for each time it waited.
private final class CountingExecutor: TaskExecutor {
    let count = Atomic(0)

    func enqueue(_ job: consuming ExecutorJob) {
        count.add(1, ordering: .sequentiallyConsistent)
        let job = UnownedJob(job)
        DispatchQueue.global().async { [self] in unsafe job.runSynchronously(on: asUnownedTaskExecutor()) }
    }
}
