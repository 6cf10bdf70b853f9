import Core
import EventLoops
import HTTPServer
import PlatformTesting
import RateLimitsRedis
import Redis
import Testing

@testable import RateLimits

@Suite struct RedisWindowTests {
    private let start = Instant(secondsSinceEpoch: 1_800_000_000)

    private static func demand(_ number: UInt32, _ rate: RateLimit, caller: UInt64 = 1) -> Demand {
        Demand(key: BucketKey(number: number, caller: Caller(.network, high: 4, low: caller)), rate: rate, policy: 0)
    }

    /// The same random traffic on both: one to four of six buckets at a time, some of it given back. The windows are long, for the server lets go of a
    /// bucket after two of them by its own clock, which this test does not move.
    @Test func `SEC-003 the script decides as the counts of a process do, for each of a request's buckets`() async throws {
        try await withWindows { windows, _ in
            for seed in 1...4 as ClosedRange<UInt64> {
                var random = Dice(state: seed)
                var table = WindowTable(capacity: 64)
                let demands = (0..<6 as Range<UInt32>).map { number in
                    let window = [300, 600, 3_600][Int(number % 3)]
                    return Self.demand(number + UInt32(seed) * 10, RateLimit(Int.random(in: 1...25, using: &random), per: .seconds(window)))
                }
                var now = start
                var refusals = 0
                for _ in 0..<300 {
                    now = now + .microseconds(Int64.random(in: 0...(random.next() % 20 == 0 ? 900_000_000 : 30_000_000), using: &random))
                    let some = demands.shuffled(using: &random).prefix(Int.random(in: 1...4, using: &random))
                    var wanted: InlineArray<4, Demand?> = [nil, nil, nil, nil]
                    for (place, demand) in zip((0..<4).shuffled(using: &random), some) { wanted[place] = demand }
                    if random.next() % 10 == 0 {
                        for demand in some { table.giveBack(demand, at: now) }
                        try await windows.giveBack(wanted, at: now)
                    }
                    let expected = table.take(wanted, at: now)
                    let taken = try await windows.take(wanted, at: now)
                    #expect(taken == expected, "seed \(seed)")
                    refusals += expected.isAdmitted ? 0 : 1
                }
                #expect(refusals > 20 && refusals < 280, "the traffic shows both")
            }
        }
    }

    @Test func `SEC-003 a clock that goes back frees nothing: no window of the length has more than the limit`() async throws {
        try await withWindows { windows, _ in
            for seed in 1...3 as ClosedRange<UInt64> {
                var random = Dice(state: seed)
                var table = WindowTable(capacity: 16)
                let rates = [RateLimit(12, per: .seconds(300)), RateLimit(20, per: .seconds(600)), RateLimit(90, per: .seconds(3_600))]
                let wanted: InlineArray<4, Demand?> = [
                    Self.demand(UInt32(seed), rates[0]), nil, Self.demand(UInt32(seed) + 100, rates[1]),
                    Self.demand(UInt32(seed) + 200, rates[2]),
                ]
                var (now, latest) = (start, start)
                var admitted: [Instant] = []
                for _ in 0..<300 {
                    let step = Int64(random.next() % 40_000_000)
                    now = now + .microseconds(random.next() % 8 == 0 ? -step * 5 : step)
                    latest = max(latest, now)
                    let expected = table.take(wanted, at: now)
                    let taken = try await windows.take(wanted, at: now)
                    #expect(taken.isAdmitted == expected.isAdmitted, "seed \(seed)")
                    // The counts of a process remember a refusal's time as well, the script that of what it admitted.
                    if now == latest { #expect(taken == expected, "seed \(seed)") }
                    guard taken.isAdmitted else { continue }
                    for rate in rates {
                        #expect(admitted.count { $0 > latest - .microseconds(rate.windowMicroseconds) } < rate.limit)
                    }
                    admitted.append(latest)
                }
                #expect(admitted.count > 20 && admitted.count < 300)
            }
        }
    }

    @Test func `SEC-004 of 500 requests at once on a limit of 100 exactly 100 pass in Redis`() async throws {
        try await withWindows { first, server in
            let second = RedisWindows(
                client: try .patient(server.url, on: try EventLoopGroup(count: 1, name: "redis-test")), categories: ["a", "b"])
            let passed = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<500 {
                    group.addTask {
                        let node = number % 2 == 0 ? first : second
                        return try await node.take([Self.demand(1, RateLimit(100, per: .seconds(3_600))), nil, nil, nil], at: start)
                            .isAdmitted
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(passed == 100)
        }
    }

    @Test func `SEC-004 several buckets of a request are taken all or none in Redis, and a place that is given back is free again`()
        async throws
    {
        try await withWindows { windows, _ in
            let (wide, narrow) = (Self.demand(1, RateLimit(10)), Self.demand(2, RateLimit(1)))
            #expect(try await windows.take([wide, nil, nil, narrow], at: start).isAdmitted)
            for _ in 0..<5 {
                let taken = try await windows.take([wide, nil, nil, narrow], at: start)
                #expect(!taken.isAdmitted && taken.tightest == 3 && taken.limit == 1 && taken.remaining == 0)
                #expect(taken.resetsAt == start + .seconds(61))
            }
            #expect(try await windows.take([nil, wide, nil, nil], at: start).remaining == 8)
            // Another caller, and the same caller in another window, have counts of their own.
            #expect(try await windows.take([Self.demand(2, RateLimit(1), caller: 2), nil, nil, nil], at: start).isAdmitted)
            #expect(try await windows.take([Self.demand(2, RateLimit(1, per: .seconds(300))), nil, nil, nil], at: start).isAdmitted)
            try await windows.giveBack([wide, nil, nil, narrow], at: start + .seconds(3))
            #expect(try await windows.take([wide, nil, nil, narrow], at: start + .seconds(3)).isAdmitted)
            #expect(try await windows.take([nil, wide, nil, nil], at: start + .seconds(3)).remaining == 7)
            #expect(try await windows.take([nil, nil, nil, nil], at: start).isAdmitted)
        }
    }

    @Test func `SEC-007 a count in Redis is small and ends by itself, and what is refused keeps none alive`() async throws {
        try await withWindows { windows, server in
            let client = try RedisClient.patient(server.url, on: try EventLoopGroup(count: 1, name: "redis-test"))
            let rate = RateLimit(1_000, per: .seconds(3_600))
            // As many slices as there can be: one a minute.
            for minute in 0..<130 { _ = try await windows.take([Self.demand(1, rate), nil, nil, nil], at: start + .minutes(minute)) }
            guard case .list(let keys) = try await client.send(RedisCommand(["KEYS", "*"])), case .text(let key) = keys.first else {
                throw RedisError.garbled
            }
            #expect(keys.count == 1)
            let size = try #require(try await client.send(RedisCommand(["STRLEN", key])).integer)
            #expect(size > 61 && size < 1_024)
            let rest = try #require(try await client.send(RedisCommand(["PTTL", key])).integer)
            #expect(rest > 0 && rest <= 7_200_000)
            // With what a refusal finds the end is not put off.
            _ = try await client.send(RedisCommand(["PEXPIRE", key, "3000000"]))
            #expect(
                !(try await windows.take([Self.demand(1, RateLimit(61, per: .seconds(3_600))), nil, nil, nil], at: start + .minutes(129))
                    .isAdmitted))
            try await windows.giveBack([Self.demand(1, rate), nil, nil, nil], at: start + .minutes(129))
            #expect(try #require(try await client.send(RedisCommand(["PTTL", key])).integer) <= 3_000_000)
            // Where the numbers of buckets mean something else, they are counted apart.
            let other = RedisWindows(client: client, categories: ["b", "a"])
            #expect(try await other.take([Self.demand(1, rate), nil, nil, nil], at: start).remaining == 999)
        }
    }

    @Test func `SEC-006 a server that may not write or has no room is no store that counts`() async throws {
        try await withWindows { windows, server in
            let client = try RedisClient.patient(server.url, on: try EventLoopGroup(count: 1, name: "redis-test"))
            try await windows.check(at: start)
            _ = try await client.send(RedisCommand(["CONFIG", "SET", "maxmemory", "1"]))
            await #expect(throws: RedisError.self) { try await windows.check(at: start) }
            _ = try await client.send(RedisCommand(["CONFIG", "SET", "maxmemory", "0"]))
            try await windows.check(at: start)
            _ = try await client.send(RedisCommand(["CONFIG", "SET", "min-replicas-to-write", "1"]))
            await #expect(throws: RedisError.self) { try await windows.check(at: start) }
        }
    }

    private func withWindows(_ body: (RedisWindows, TestRedis) async throws -> Void) async throws {
        try await TestRedis.withServer { server in
            let loops = try EventLoopGroup(count: 2, name: "redis-test")
            try await body(RedisWindows(client: try .patient(server.url, on: loops), categories: ["a", "b"]), server)
        }
    }
}
