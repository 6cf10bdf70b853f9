public import Core

/// How often a price is charged: a unit and a count, as the provider says it.
public struct RenewalInterval: Hashable, Codable, Sendable {
    /// The units that are known; any other is not guessed (IDL-021).
    public enum Unit: String, Codable, Sendable, CaseIterable { case day, week, month, year }

    /// The unit.
    public let unit: Unit
    /// How many of them one period has.
    public let count: Int

    /// Makes an interval; `nil` when the count is not positive.
    public init?(_ unit: Unit, count: Int) {
        guard count > 0 else { return nil }
        self.unit = unit
        self.count = count
    }

    /// Reads the provider's words; `nil` for what is not known.
    public init?(unit: String?, count: Int64?) {
        guard let unit = unit.flatMap(Unit.init(rawValue:)), let count, (1...10_000).contains(count) else { return nil }
        self.init(unit, count: Int(count))
    }

    /// One interval after an instant, by the same calendar.
    public func after(_ start: Instant) -> Instant {
        let day = start.calendarDate.day
        return switch unit {
        case .day: start + .days(count)
        case .week: start + .days(7 * count)
        case .month: start.addingMonths(count, anchoredOnDay: day)
        case .year: start.addingMonths(12 * count, anchoredOnDay: day)
        }
    }

    /// One interval before an instant: calendar arithmetic in UTC, the day clamped to the length of the month, whole seconds (IDL-020).
    public func before(_ start: Instant) -> Instant {
        let start = Instant(secondsSinceEpoch: start.secondsSinceEpoch)
        let day = start.calendarDate.day
        return switch unit {
        case .day: start - .days(count)
        case .week: start - .days(7 * count)
        case .month: start.addingMonths(-count, anchoredOnDay: day)
        case .year: start.addingMonths(-12 * count, anchoredOnDay: day)
        }
    }
}
