import Billing
import Core
import Graphs
import PlatformTesting
import Testing

/// Pure folds; the clock is the constant `now` of these tests.
@Suite struct UsageTests {
    @Test(arguments: 0..<20)
    func `GRA-030 an average is weighted by time: it is what looking every minute would give`(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let minutes = 600
        let span = (now - .minutes(minutes))..<now
        // Measures at random minutes, some of them before the time and some after it.
        let instants = Set((0..<Int.random(in: 1...15, using: &random)).map { _ in Int.random(in: -200...700, using: &random) }).sorted()
        let sizes = instants.map { minute in
            SizeAt(at: span.lowerBound + .minutes(minute), bytes: Int64.random(in: 0...1 << 34, using: &random))
        }
        let use = StorageUse(sizes, in: span)
        // What was in force in each minute; nothing is known before the first measure.
        let seen = (0..<minutes).compactMap { minute -> Int64? in
            let at = span.lowerBound + .minutes(minute)
            return sizes.last { $0.at <= at }?.bytes
        }
        #expect(use.measures == sizes.count { span.contains($0.at) })
        guard !seen.isEmpty else {
            #expect(use.average == 0 && use.maximum == 0 && use.minimum == 0)
            return
        }
        let naive = Double(seen.reduce(0, +)) / Double(seen.count)
        #expect(abs(use.average - naive) <= naive * 1e-9 + 1e-6)
        #expect(use.maximum == seen.max() && use.minimum == seen.min())
    }

    @Test func `GRA-030 a range ends now or with the month, and months are calendar months`() throws {
        let at = try #require(Instant("2026-03-15T10:30:00Z"))
        func instant(_ text: String) throws -> Instant { try #require(Instant(text)) }
        #expect(UsageRange.day.span(at: at) == (at - .hours(24))..<at)
        #expect(UsageRange.week.span(at: at) == (at - .days(7))..<at)
        #expect(UsageRange.month.span(at: at) == (at - .days(30))..<at)
        #expect(UsageRange.currentMonth.span(at: at) == (try instant("2026-03-01T00:00:00Z"))..<at)
        #expect(UsageRange.lastMonth.span(at: at) == (try instant("2026-02-01T00:00:00Z"))..<(try instant("2026-03-01T00:00:00Z")))
        let january = try instant("2026-01-01T00:00:00Z")
        #expect(UsageRange.lastMonth.span(at: january) == (try instant("2025-12-01T00:00:00Z"))..<january)
        #expect(UsageRange.currentMonth.span(at: january).isEmpty)
        #expect(UsageRange(rawValue: "1y") == nil)
    }
}

/// Random numbers that a seed repeats.
private struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
