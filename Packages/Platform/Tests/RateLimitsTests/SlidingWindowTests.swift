import Core
import HTTPServer
import Synchronization
import Testing

@testable import RateLimits

@Suite struct SlidingWindowTests {
    private static func demand(_ number: UInt32, _ caller: UInt64, _ rate: RateLimit) -> Demand {
        Demand(key: BucketKey(number: number, caller: Caller(.network, high: 4, low: caller)), rate: rate, policy: 0)
    }

    /// Random traffic, with pauses and a clock that goes back, against the exact times of what was admitted.
    @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64])
    func `SEC-003 no window of the length has more than the limit, and a place is free a sixtieth late at most`(seed: UInt64) {
        var random = Dice(state: seed)
        let rate = RateLimit(Int(random.next() % 40) + 1, per: .seconds([60, 300, 3_600][Int(seed % 3)]))
        let window = rate.windowMicroseconds
        let windows = SlidingWindows(capacity: 16)
        var now: Int64 = 1_800_000_000_000_000
        var latest = now
        var admitted: [Int64] = []
        for _ in 0..<4_000 {
            let step = Int64(random.next() % UInt64(window / Int64(rate.limit)))
            now += random.next() % 50 == 0 ? -step * 3 : step
            latest = max(latest, now)
            let taken = windows.take(Self.demand(1, 1, rate), at: Instant(microsecondsSinceEpoch: now))
            let inWindow = admitted.count { $0 > latest - window }
            let inLonger = admitted.count { $0 > latest - window - window / 60 }
            if taken.isAdmitted {
                #expect(inWindow < rate.limit)
                admitted.append(latest)
            } else {
                #expect(inLonger >= rate.limit, "refused though there was room for a sixtieth of the window")
                #expect(taken.resetsAt.microsecondsSinceEpoch > latest)
            }
        }
        #expect(admitted.count > rate.limit)
    }

    @Test func `SEC-003 what a refusal says about the next place is true`() {
        let windows = SlidingWindows(capacity: 16)
        let rate = RateLimit(2)
        var now = Instant(microsecondsSinceEpoch: 1_800_000_000_700_000)
        #expect(windows.take(Self.demand(1, 1, rate), at: now).isAdmitted)
        #expect(windows.take(Self.demand(1, 1, rate), at: now + .seconds(10)).isAdmitted)
        let refused = windows.take(Self.demand(1, 1, rate), at: now + .seconds(20))
        #expect(!refused.isAdmitted)
        now = refused.resetsAt
        #expect(!windows.take(Self.demand(1, 1, rate), at: now + .microseconds(-1)).isAdmitted)
        #expect(windows.take(Self.demand(1, 1, rate), at: now).isAdmitted)
    }

    @Test func `SEC-004 of 500 requests at once on a limit of 100 exactly 100 pass`() async {
        let windows = SlidingWindows()
        let now = Instant(secondsSinceEpoch: 1_800_000_000)
        let passed = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<500 {
                group.addTask { @concurrent in windows.take(Self.demand(1, 1, RateLimit(100)), at: now).isAdmitted }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(passed == 100)
    }

    @Test func `SEC-004 several buckets of a request are taken all or none`() {
        let windows = SlidingWindows(capacity: 16)
        let now = Instant(secondsSinceEpoch: 1_800_000_000)
        let (wide, narrow) = (Self.demand(1, 1, RateLimit(10)), Self.demand(2, 1, RateLimit(1)))
        #expect(windows.take([wide, narrow, nil, nil], at: now).isAdmitted)
        for _ in 0..<5 {
            let taken = windows.take([wide, narrow, nil, nil], at: now)
            #expect(!taken.isAdmitted)
            #expect(taken.tightest == 1)
        }
        #expect(windows.take(wide, at: now).remaining == 8)
    }

    @Test func `SEC-007 a spray from many addresses keeps at most 200,000 counts`() {
        let windows = SlidingWindows()
        let now = Instant(secondsSinceEpoch: 1_800_000_000)
        for address in 0..<230_000 as Range<UInt64> { _ = windows.take(Self.demand(1, address, RateLimit(1)), at: now) }
        #expect(windows.count == 200_000)
        // The least recently used were given up, the latest were not.
        #expect(!windows.take(Self.demand(1, 229_999, RateLimit(1)), at: now).isAdmitted)
        #expect(windows.take(Self.demand(1, 0, RateLimit(1)), at: now).isAdmitted)
    }

    @Test func `a place that is given back is free again`() {
        let windows = SlidingWindows(capacity: 16)
        let now = Instant(secondsSinceEpoch: 1_800_000_000)
        let demand = Self.demand(1, 1, RateLimit(1))
        #expect(windows.take(demand, at: now).isAdmitted)
        #expect(!windows.take(demand, at: now).isAdmitted)
        windows.giveBack(demand, at: now + .seconds(3))
        #expect(windows.take(demand, at: now + .seconds(3)).isAdmitted)
    }
}

/// The same numbers for the same seed (SplitMix64).
struct Dice: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var number = state
        number = (number ^ (number >> 30)) &* 0xBF58_476D_1CE4_E5B9
        number = (number ^ (number >> 27)) &* 0x94D0_49BB_1331_11EB
        return number ^ (number >> 31)
    }
}
