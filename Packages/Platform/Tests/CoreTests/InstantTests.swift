import Core
import Testing

@Suite struct InstantTests {
    @Test(arguments: [
        ("2026-01-31T10:00:00Z", "2026-01-31T10:00:00Z"),
        ("2026-01-31T10:00:00.5Z", "2026-01-31T10:00:00.5Z"),
        ("2026-01-31T10:00:00.123456789Z", "2026-01-31T10:00:00.123456Z"),
        ("2026-01-31T10:00:00+02:00", "2026-01-31T08:00:00Z"),
        ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"),
        ("2024-02-29 00:00:00Z", "2024-02-29T00:00:00Z"),
    ])
    func `RFC 3339 text is read and written back`(text: String, expected: String) throws {
        #expect(try #require(Instant(text)).description == expected)
    }

    @Test(arguments: [
        "", "2026-01-31", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-31T24:00:00Z", "2026-01-31T10:00:00",
        "2026-01-31T10:00:00.Z", "2026-01-31T10:00:00Zx", "2026-01-31T10:00:00.1234567890Z", "2026-1-31T10:00:00Z",
    ])
    func `text that is no instant is refused`(text: String) {
        #expect(Instant(text) == nil)
    }

    @Test(arguments: [
        ("2026-01-31T09:00:00Z", 1, 31, "2026-02-28T09:00:00Z"),
        ("2028-01-31T09:00:00Z", 1, 31, "2028-02-29T09:00:00Z"),
        ("2026-02-28T09:00:00Z", 1, 31, "2026-03-31T09:00:00Z"),
        ("2026-12-15T09:00:00Z", 1, 15, "2027-01-15T09:00:00Z"),
        ("2026-01-15T09:00:00Z", -1, 15, "2025-12-15T09:00:00Z"),
        ("2024-02-29T00:00:00Z", 12, 29, "2025-02-28T00:00:00Z"),
    ])
    func `months are counted on the anchor day and clamped to the last day`(start: String, count: Int, day: Int, end: String) throws {
        let instant = try #require(Instant(start))
        #expect(instant.addingMonths(count, anchoredOnDay: day).description == end)
    }

    @Test func `every day of four centuries maps to a date and back`() {
        let first = CalendarDate(year: 1800, month: 1, day: 1).daysSinceEpoch
        var expected = CalendarDate(year: 1800, month: 1, day: 1)
        for days in first..<(first + 146_097) {
            let date = CalendarDate(daysSinceEpoch: days)
            #expect(date == expected)
            #expect(date.daysSinceEpoch == days)
            if date.day < CalendarDate.days(in: date.month, of: date.year) {
                expected = CalendarDate(year: date.year, month: date.month, day: date.day + 1)
            } else if date.month < 12 {
                expected = CalendarDate(year: date.year, month: date.month + 1, day: 1)
            } else {
                expected = CalendarDate(year: date.year + 1, month: 1, day: 1)
            }
        }
    }

    @Test func `a stepped clock goes forward only`() throws {
        let start = try #require(Instant("2026-01-01T00:00:00Z"))
        let clock = SteppedDateSource(startingAt: start)
        clock.advance(by: .days(31))
        clock.advance(by: .seconds(-5))
        clock.advance(to: start)
        #expect(clock.now.description == "2026-02-01T00:00:00Z")
    }

    @Test func `a running clock keeps its offset`() throws {
        let base = SteppedDateSource(startingAt: try #require(Instant("2026-01-01T00:00:00Z")))
        let clock = SteppedDateSource(running: base)
        clock.advance(to: try #require(Instant("2026-01-02T00:00:00Z")))
        base.advance(by: .hours(1))
        #expect(clock.now.description == "2026-01-02T01:00:00Z")
    }
}
