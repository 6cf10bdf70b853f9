import Billing
import Core
import Testing

/// How calls to the provider are counted; times are given.
@Suite struct CallBucketTests {
    private static let start = Instant(secondsSinceEpoch: 1_800_000_000)

    @Test(arguments: [CallLimits.live, .test])
    func `STR-017 the shares are all there is, and none of them makes more calls in any second than its part of the limit`(
        _ limits: CallLimits
    ) {
        #expect(CallShare.allCases.map(\.percent).reduce(0, +) == 100)
        var most = 0.0
        for share in CallShare.allCases {
            let limit = limits.limit(of: share)
            var bucket = CallBucket.full(of: limit, at: Self.start)
            let pace = CallPace(factor: 1, since: Self.start)
            // Whoever takes all there is, every tenth of a second, after a long rest.
            var taken: [Int64] = []
            for tenth in 0..<60 {
                bucket.fill(upTo: limit, pace: pace, at: Self.start + .seconds(100) + .milliseconds(Int64(tenth) * 100))
                taken.append(bucket.whole)
                bucket.take(bucket.whole)
            }
            // A slice counts for a quarter of a second longer.
            let busiest = (0..<47).map { Double(taken[$0..<($0 + 13)].reduce(0, +)) }.max() ?? 0
            #expect(busiest <= max(limit, 2), "\(share)")
            most += busiest
        }
        #expect(most < Double(limits.overall))
    }

    @Test func `STR-017 a refusal halves the pace, and a tenth of the whole comes back every ten seconds`() {
        let pace = CallPace(factor: 1, since: Self.start).halved(at: Self.start)
        for (seconds, factor) in [(0, 0.5), (9, 0.5), (10, 0.6), (25, 0.7), (50, 1), (3_600, 1)] as [(Int64, Double)] {
            #expect(abs(pace.factor(at: Self.start + .seconds(seconds)) - factor) < 0.000_1, "\(seconds)")
        }
        let again = pace.halved(at: Self.start + .seconds(10))
        #expect(abs(again.factor(at: Self.start + .seconds(10)) - 0.3) < 0.000_1)
        var slow = again
        for _ in 1...20 { slow = slow.halved(at: Self.start + .seconds(10)) }
        #expect(slow.factor == 0.01)
        var bucket = CallBucket.full(of: 40, at: Self.start)
        bucket.take(8)
        bucket.fill(upTo: 40, pace: pace, at: Self.start + .milliseconds(500))
        #expect(bucket.whole == 6)
        // A clock that runs behind adds nothing, and takes nothing back.
        let before = bucket
        bucket.fill(upTo: 40, pace: pace, at: Self.start)
        #expect(bucket == before)
    }
}
