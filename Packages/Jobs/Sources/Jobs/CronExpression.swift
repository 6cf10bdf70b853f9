public import Core

/// The five fields of cron: minute, hour, day of the month, month, day of the week (0 and 7 are Sunday), in UTC.
///
/// Each field is `*`, a number, a range `a-b`, any of these with a step `/n`, or a list of them. Where both days are given, either will do,
/// as in every cron since Version 7.
public struct CronExpression: Sendable, Hashable, LosslessStringConvertible {
    /// The text it was made from.
    public let description: String
    private let minutes: UInt64
    private let hours: UInt64
    private let days: UInt64
    private let months: UInt64
    private let weekdays: UInt64
    private let eitherDay: Bool

    /// Reads an expression; `nil` when it is none, or never comes true.
    public init?(_ description: String) {
        let fields = description.split(separator: " ").map(String.init)
        guard fields.count == 5, let minutes = Self.set(fields[0], 0...59), let hours = Self.set(fields[1], 0...23),
            let days = Self.set(fields[2], 1...31), let months = Self.set(fields[3], 1...12), var weekdays = Self.set(fields[4], 0...7)
        else { return nil }
        if weekdays & (1 << 7) != 0 { weekdays |= 1 }
        self.description = description
        self.minutes = minutes
        self.hours = hours
        self.days = days
        self.months = months
        self.weekdays = weekdays
        eitherDay = fields[2] != "*" && fields[4] != "*"
        // 31 February: four years hold every day there is.
        guard next(after: Instant(secondsSinceEpoch: 0)) != nil else { return nil }
    }

    /// The first tick behind an instant; `nil` when there is none within nine years.
    public func next(after instant: Instant) -> Instant? {
        var day = instant.calendarDate
        let second = instant.secondsSinceEpoch - day.startOfDay.secondsSinceEpoch
        var minute = Int(second / 60) + 1
        for _ in 0..<3_300 {
            if matches(day) {
                while minute < 1_440 {
                    if minutes & (1 << UInt64(minute % 60)) != 0, hours & (1 << UInt64(minute / 60)) != 0 {
                        return day.startOfDay + .seconds(Int64(minute) * 60)
                    }
                    minute += 1
                }
            }
            day = CalendarDate(daysSinceEpoch: day.daysSinceEpoch + 1)
            minute = 0
        }
        return nil
    }

    private func matches(_ day: CalendarDate) -> Bool {
        guard months & (1 << UInt64(day.month)) != 0 else { return false }
        // 1 January 1970 was a Thursday.
        let weekday = UInt64(((day.daysSinceEpoch + 4) % 7 + 7) % 7)
        let isDay = days & (1 << UInt64(day.day)) != 0
        let isWeekday = weekdays & (1 << weekday) != 0
        return eitherDay ? isDay || isWeekday : isDay && isWeekday
    }

    private static func set(_ field: String, _ range: ClosedRange<Int>) -> UInt64? {
        var set: UInt64 = 0
        for item in field.split(separator: ",", omittingEmptySubsequences: false) {
            let parts = item.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count <= 2, let first = parts.first else { return nil }
            let step = parts.count == 2 ? Int(parts[1]) : 1
            guard let step, step > 0 else { return nil }
            let bounds = first.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
            var span = range
            if first != "*" {
                guard (1...2).contains(bounds.count), let low = bounds[0], range.contains(low), let high = bounds.last ?? nil,
                    range.contains(high), low <= high
                else { return nil }
                // `5/15` is from 5 on, every 15.
                span = low...(bounds.count == 1 && parts.count == 2 ? range.upperBound : high)
            }
            for value in stride(from: span.lowerBound, through: span.upperBound, by: step) { set |= 1 << UInt64(value) }
        }
        return set
    }
}
