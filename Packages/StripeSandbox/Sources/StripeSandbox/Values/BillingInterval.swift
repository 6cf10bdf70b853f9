internal import Core

/// How often a price recurs.
struct BillingInterval: Codable, Hashable, Sendable {
    enum Unit: String, Codable, Sendable, CaseIterable {
        case day, week, month, year
    }

    var unit: Unit
    var count: Int64

    /// The end of a period that begins at `start`; months and years keep to the day of the anchor where the month has it.
    func end(ofPeriodFrom start: Int64, anchor: Int64) -> Int64 {
        switch unit {
        case .day: start + count * 86_400
        case .week: start + count * 604_800
        case .month: Self.adding(months: count, to: start, anchor: anchor)
        case .year: Self.adding(months: count * 12, to: start, anchor: anchor)
        }
    }

    private static func adding(months: Int64, to start: Int64, anchor: Int64) -> Int64 {
        let day = Instant(secondsSinceEpoch: anchor).calendarDate.day
        return Instant(secondsSinceEpoch: start).addingMonths(Int(months), anchoredOnDay: day).secondsSinceEpoch
    }
}
