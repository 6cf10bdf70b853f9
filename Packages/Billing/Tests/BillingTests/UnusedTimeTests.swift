import Core
import Testing

@testable import Billing

@Suite struct UnusedTimeTests {
    private let start = Instant(secondsSinceEpoch: 1_767_225_600)  // 2026-01-01
    private var month: Period { get throws { try #require(Period(start: start, end: start + .days(31))) } }

    private func bill(_ lines: [(Int64, Period)], total: Int64? = nil, paid: Int64? = nil, refunded: Int64 = 0) -> UnusedTime.Bill {
        let subtotal = lines.reduce(0) { $0 + $1.0 }
        return UnusedTime.Bill(
            invoice: .make(at: start), subtotal: subtotal, total: total ?? subtotal, paid: paid ?? total ?? subtotal, refunded: refunded,
            lines: lines.map { UnusedTime.Line(amount: $0.0, period: $0.1) })
    }

    @Test func `BIL-059 the examples: plain, tax, discount, whole coupon, partial refund, upgrade, downgrade`() throws {
        let month = try month
        let half = start + .days(15) + .hours(12)
        let second = try #require(Period(start: half, end: month.end))
        #expect(UnusedTime.left(of: [bill([(9_900, month)])], at: half) == 4_950)
        #expect(UnusedTime.left(of: [bill([(9_900, month)])], at: start) == 9_900)
        #expect(UnusedTime.left(of: [bill([(9_900, month)])], at: month.end) == 0)
        // A second later a part of a cent less: rounded down.
        #expect(UnusedTime.left(of: [bill([(9_900, month)])], at: half + .seconds(1)) == 4_949)
        // With a tax of a fifth, and with a discount of a half.
        #expect(UnusedTime.left(of: [bill([(9_900, month)], total: 11_880)], at: half) == 5_940)
        #expect(UnusedTime.left(of: [bill([(9_900, month)], total: 4_950)], at: half) == 2_475)
        #expect(UnusedTime.left(of: [bill([(9_900, month)], total: 0)], at: half) == 0)
        // A third was given back, or the rest was paid with credit: only what came in and stayed counts.
        #expect(UnusedTime.left(of: [bill([(9_900, month)], refunded: 3_300)], at: half) == 3_300)
        #expect(UnusedTime.left(of: [bill([(9_900, month)], paid: 3_300)], at: half) == 1_650)
        #expect(UnusedTime.left(of: [bill([(9_900, month)], paid: 3_300, refunded: 9_900)], at: half) == 0)
        // Changed at the half, charged at once: at three quarters the last price is worth a quarter of its month.
        let third = half + .days(7) + .hours(18)
        let upgrade = bill([(-4_950, second), (14_950, second)])
        #expect(UnusedTime.left(of: [bill([(9_900, month)])], at: third) == 2_475)
        #expect(UnusedTime.left(of: [bill([(9_900, month)]), upgrade], at: third) == 2_475 + 5_000)
        // A change down that took back more than it charged has given that back already: it is taken off, and no more than there is.
        let first = bill([(29_900, month)])
        let downgrade = bill([(-14_950, second), (4_950, second)], paid: 0)
        #expect(UnusedTime.left(of: [first], at: third) == 7_475)
        #expect(UnusedTime.left(of: [first, downgrade], at: third) == 7_475 - 5_000)
        #expect(UnusedTime.left(of: [downgrade], at: third) == 0)
        // Two bills of half a cent each are a cent: rounding is done once.
        let odd = bill([(1, month)])
        #expect(UnusedTime.left(of: [odd, odd], at: half) == 1)
    }

    @Test func `BIL-059 what is given back is spread over the invoices, none beyond what was paid for it`() throws {
        let month = try month
        let bills = [bill([(9_900, month)]), bill([(-500, month)], paid: 0), bill([(300, month)], refunded: 100)]
        let shares = UnusedTime.shares(of: 10_000, between: bills)
        #expect(shares.map(\.amount) == [9_900, 100])
        #expect(shares.map(\.invoice) == [bills[0].invoice, bills[2].invoice])
    }

    @Test(arguments: 1...100 as ClosedRange<UInt64>)
    func `BIL-059 however many spans of time a bill has, and however large its figures, it is worth its share and stops nothing`(
        _ seed: UInt64
    ) throws {
        var numbers = Numbers(state: seed)
        let year = try #require(Period(start: start, end: start + .days(365)))
        var lines: [(Int64, Period)] = []
        for _ in 1...12 {
            let cut = start + .seconds(Int64.random(in: 1...(365 * 86_400 - 1), using: &numbers))
            lines.append((Int64.random(in: 1...90_000, using: &numbers), try #require(Period(start: cut, end: year.end))))
        }
        let total = lines.reduce(0) { $0 + $1.0 } * Int64.random(in: 1...130, using: &numbers) / 100
        let bill = bill(lines, total: total)
        let now = start + .seconds(Int64.random(in: 0...(365 * 86_400), using: &numbers))
        let left = UnusedTime.left(of: bill, at: now)
        var worth = 0.0
        for (amount, span) in lines {
            let all = Double(span.end.secondsSinceEpoch - span.start.secondsSinceEpoch)
            worth += Double(amount) * min(Double(span.end.secondsSinceEpoch - now.secondsSinceEpoch), all) / all
        }
        worth = worth * Double(total) / Double(bill.subtotal)
        // Less than a cent for each line.
        #expect(Double(left) <= worth + 0.01 && Double(left) > worth - Double(lines.count) - 0.01)
        for amount in [Int64.max, Int64.min + 1] {
            let wild = UnusedTime.Bill(
                invoice: .make(at: start), subtotal: 3, total: .max, paid: .max, refunded: 0,
                lines: lines.map { UnusedTime.Line(amount: amount, period: $0.1) })
            #expect((0...Int64.max).contains(UnusedTime.left(of: [wild, wild], at: now)))
        }
    }

    @Test(arguments: 1...200 as ClosedRange<UInt64>)
    func `BIL-059 whatever was billed, the credit is that of exact fractions, never negative, never more than was paid`(_ seed: UInt64)
        throws
    {
        var numbers = Numbers(state: seed)
        let month = try month
        for _ in 1...25 {
            let cut = start + .seconds(Int64.random(in: 1...(31 * 86_400 - 1), using: &numbers))
            let spans = [month, try #require(Period(start: cut, end: month.end))]
            let lines = (0..<Int.random(in: 1...4, using: &numbers)).map { _ in
                (Int64.random(in: -5_000...90_000, using: &numbers), spans[Int.random(in: 0...1, using: &numbers)])
            }
            let subtotal = lines.reduce(0) { $0 + $1.0 }
            let total = subtotal * Int64.random(in: 0...130, using: &numbers) / 100
            let paid = max(0, total - Int64.random(in: 0...3_000, using: &numbers))
            let refunded = Bool.random(using: &numbers) ? 0 : Int64.random(in: 0...max(1, paid), using: &numbers)
            let now = start + .seconds(Int64.random(in: 0...(32 * 86_400), using: &numbers))
            let bill = bill(lines, total: total, paid: paid, refunded: refunded)
            let left = UnusedTime.left(of: bill, at: now)
            #expect(left == oracle([bill], at: now))
            #expect(left >= 0)
            #expect(left <= max(0, paid - refunded))
            // With a bill of a change down or up beside it.
            let change = (0...1).map { _ in (Int64.random(in: -40_000...40_000, using: &numbers), spans[1]) }
            let worth = change.reduce(0) { $0 + $1.0 }
            let other = self.bill(change, paid: max(0, worth))
            let both = UnusedTime.left(of: [bill, other], at: now)
            #expect(both == oracle([bill, other], at: now))
            #expect(both <= bill.net + other.net)
        }
    }

    /// The same in another way: everything over one denominator, in wide integers.
    private func oracle(_ bills: [UnusedTime.Bill], at now: Instant) -> Int64 {
        var denominator: Int128 = 1
        for bill in bills where bill.subtotal != 0 {
            for line in bill.lines { denominator = lcm(denominator, length(line.period) * Int128(abs(bill.subtotal))) }
        }
        var sum: Int128 = 0
        for bill in bills where bill.subtotal != 0 {
            let base = Int128(bill.subtotal > 0 ? bill.net : bill.total)
            for line in bill.lines {
                let all = length(line.period)
                let rest = max(0, min(Int128(line.period.end.secondsSinceEpoch - now.secondsSinceEpoch), all))
                sum += Int128(line.amount) * rest * base * (denominator / (all * Int128(bill.subtotal)))
            }
        }
        return Int64(max(0, min(sum / denominator, bills.reduce(0) { $0 + Int128($1.net) })))
    }

    private func length(_ span: Period) -> Int128 { Int128(span.end.secondsSinceEpoch - span.start.secondsSinceEpoch) }

    private func lcm(_ a: Int128, _ b: Int128) -> Int128 {
        var (x, y) = (a, b)
        while y != 0 { (x, y) = (y, x % y) }
        return a / x * b
    }
}

private struct Numbers: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 29)
    }
}
