import Core
import Testing

@testable import Billing

/// Where the period after a period ends, with the days that months have; all of it at noon.
@Suite struct PeriodTests {
    @Test(arguments: [
        ("2027-01-31", "2027-02-28", "2027-01-31", "2027-03-31"), ("2027-02-28", "2027-03-31", "2027-01-31", "2027-04-30"),
        // The provider's own days: those of a sale whose provisioning ran past midnight, and those of one that came back to the card.
        ("2027-01-15", "2027-02-15", "2027-01-16", "2027-03-15"), ("2027-02-28", "2027-03-28", "2027-01-31", "2027-04-28"),
        ("2027-01-31", "2027-02-28", "2027-01-15", "2027-03-31"), ("2027-02-28", "2027-03-31", "2027-01-15", "2027-04-30"),
    ]) func `BIL-089 a period begins where the last one ended and keeps its day through short months`(
        _ start: String, _ end: String, _ startedAt: String, _ next: String
    ) throws {
        func noon(_ date: String) throws -> Instant { try #require(Instant("\(date)T12:00:00Z")) }
        var row = Subscription.fixture()
        row.startedAt = try noon(startedAt)
        let period = try #require(Period(start: noon(start), end: noon(end)))
        #expect(try row.period(after: period) == Period(start: noon(end), end: noon(next)))
    }

    @Test func `BIL-089 the 29th of February comes back in the next leap year`() throws {
        func noon(_ date: String) throws -> Instant { try #require(Instant("\(date)T12:00:00Z")) }
        var row = Subscription.fixture()
        row.startedAt = try noon("2028-02-29")
        let period = try #require(Period(start: noon("2030-02-28"), end: noon("2031-02-28")))
        #expect(try row.period(after: period, every: .annual) == Period(start: noon("2031-02-28"), end: noon("2032-02-29")))
    }

    @Test(arguments: [("2027-02-28", "2027-03-28"), ("2027-01-31", "2027-02-28"), ("2027-04-15", "2027-05-15")])
    func `BIL-089 the provider begins with a whole month from day to day`(_ start: String, _ end: String) throws {
        func noon(_ date: String) throws -> Instant { try #require(Instant("\(date)T12:00:00Z")) }
        let row = Subscription.fixture()
        #expect(try row.providerPeriod(from: noon(start)) == Period(start: noon(start), end: noon(end)))
    }
}
