import Core
import Testing

struct LimitTests {
    @Test func `SEC-092 a sum of money that does not fit is told, and any other is exact`() throws {
        let ends = [Int64.min, .min + 1, -1, 0, 1, .max - 1, .max]
        for left in ends {
            for right in ends {
                let (sum, overflow) = left.addingReportingOverflow(right)
                let result = Money(minorUnits: left, currency: .usd).adding(Money(minorUnits: right, currency: .usd))
                #expect(result?.minorUnits == (overflow ? nil : sum), "\(left) + \(right)")
                #expect(Money(minorUnits: left, currency: .usd).adding(Money(minorUnits: right, currency: .eur)) == nil)
            }
        }
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<10_000 {
            let (left, right) = (Int64.random(in: .min ... .max, using: &generator), Int64.random(in: .min ... .max, using: &generator))
            let result = Money(minorUnits: left, currency: .usd).adding(Money(minorUnits: right, currency: .usd))
            #expect(result.map { $0.minorUnits &- right == left } ?? left.addingReportingOverflow(right).overflow)
        }
    }

    @Test func `SEC-092 numbers of JSON that fit no integer are refused, and none is rounded`() throws {
        struct Body: Decodable { let n: Int64 }
        for text in ["9223372036854775808", "-9223372036854775809", "1e19", "1.5", "0.1", "1e400", "-0.5", "99999999999999999999999"] {
            #expect(throws: (any Error).self, "\(text)") { try JSON.decode(Body.self, from: Array("{\"n\": \(text)}".utf8)) }
        }
        for number in [Int64.min, .min + 1, -1, 0, 9_007_199_254_740_993, .max] {
            #expect(try JSON.decode(Body.self, from: Array("{\"n\": \(number)}".utf8)).n == number)
        }
    }

    @Test func `SEC-092 an instant beyond what can be counted ends the process instead of becoming another one`() async {
        await #expect(processExitsWith: .failure) { _ = Instant(microsecondsSinceEpoch: .max) + .seconds(1) }
        await #expect(processExitsWith: .failure) { _ = Instant(microsecondsSinceEpoch: .min).adding(.seconds(-1)) }
    }

    @Test func `SEC-092 calendar months stay in their months from any day and for any number of them`() {
        for day in [1, 15, 28, 29, 30, 31] {
            let anchor = Instant(secondsSinceEpoch: 1_706_659_200)
            var last = anchor
            for month in 1...600 {
                let next = anchor.addingMonths(month, anchoredOnDay: day)
                #expect(next > last || month == 1, "\(day) \(month)")
                #expect(next.calendarDate.day <= day && next.calendarDate.day >= min(day, 28), "\(next)")
                last = next
            }
        }
    }
}
