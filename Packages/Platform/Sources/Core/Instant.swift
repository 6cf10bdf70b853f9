#if canImport(Glibc)
internal import Glibc
#endif

/// A point in time with a resolution of one microsecond, in UTC.
///
/// The unit is the one PostgreSQL's `timestamptz` stores, so that a value read back equals the value written.
public struct Instant: Hashable, Comparable, Sendable {
    /// Microseconds since 1970-01-01T00:00:00Z; negative before it.
    public var microsecondsSinceEpoch: Int64

    /// Makes an instant from microseconds since 1970-01-01T00:00:00Z.
    public init(microsecondsSinceEpoch: Int64) {
        self.microsecondsSinceEpoch = microsecondsSinceEpoch
    }

    /// Makes an instant from whole seconds since 1970-01-01T00:00:00Z, the unit of Stripe's objects.
    public init(secondsSinceEpoch: Int64) {
        self.init(microsecondsSinceEpoch: secondsSinceEpoch * 1_000_000)
    }

    /// Whole seconds since 1970-01-01T00:00:00Z, rounded down.
    public var secondsSinceEpoch: Int64 {
        microsecondsSinceEpoch.floorDivided(by: 1_000_000)
    }

    /// The machine's present time.
    public static func systemNow() -> Instant {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Instant(microsecondsSinceEpoch: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }

    /// Orders two instants by time.
    public static func < (left: Instant, right: Instant) -> Bool {
        left.microsecondsSinceEpoch < right.microsecondsSinceEpoch
    }
}

extension Instant {
    /// The instant `duration` later; fractions of a microsecond are dropped.
    public func adding(_ duration: Duration) -> Instant {
        Instant(microsecondsSinceEpoch: microsecondsSinceEpoch + duration.wholeMicroseconds)
    }

    /// The instant `duration` later.
    public static func + (instant: Instant, duration: Duration) -> Instant {
        instant.adding(duration)
    }

    /// The instant `duration` earlier.
    public static func - (instant: Instant, duration: Duration) -> Instant {
        instant.adding(.zero - duration)
    }

    /// The time from `earlier` to `later`; negative when they are the other way round.
    public static func - (later: Instant, earlier: Instant) -> Duration {
        .microseconds(later.microsecondsSinceEpoch - earlier.microsecondsSinceEpoch)
    }

    /// The same time of day `count` calendar months later, on the anchor day or on the last day of a shorter month.
    ///
    /// A subscription that began on the 31st renews on 28 or 29 February and on 31 March (billing.md, section 1).
    ///
    /// - Parameter count: how many calendar months; may be negative.
    /// - Parameter day: the day of the month, 1 to 31, on which the series began.
    public func addingMonths(_ count: Int, anchoredOnDay day: Int) -> Instant {
        let date = calendarDate
        let months = date.year * 12 + (date.month - 1) + count
        let year = months.floorDivided(by: 12)
        let month = months - year * 12 + 1
        let target = CalendarDate(year: year, month: month, day: min(day, CalendarDate.days(in: month, of: year)))
        let timeOfDay = microsecondsSinceEpoch - Int64(date.daysSinceEpoch) * Instant.microsecondsPerDay
        return Instant(microsecondsSinceEpoch: Int64(target.daysSinceEpoch) * Instant.microsecondsPerDay + timeOfDay)
    }

    /// The date in UTC.
    public var calendarDate: CalendarDate {
        CalendarDate(daysSinceEpoch: Int(microsecondsSinceEpoch.floorDivided(by: Instant.microsecondsPerDay)))
    }

    static let microsecondsPerDay: Int64 = 86_400_000_000
}

extension Duration {
    /// The duration in microseconds; fractions are dropped.
    public var wholeMicroseconds: Int64 {
        components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    }

    /// The duration in milliseconds; fractions are dropped.
    public var wholeMilliseconds: Int64 {
        components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
    }

    /// A duration of whole days of 24 hours.
    public static func days(_ count: Int) -> Duration {
        .seconds(Int64(count) * 86_400)
    }

    /// A duration of whole hours.
    public static func hours(_ count: Int) -> Duration {
        .seconds(Int64(count) * 3_600)
    }

    /// A duration of whole minutes.
    public static func minutes(_ count: Int) -> Duration {
        .seconds(Int64(count) * 60)
    }
}

extension BinaryInteger {
    /// The quotient rounded towards negative infinity, so that times before 1970 fall on the right day.
    func floorDivided(by divisor: Self) -> Self {
        let quotient = self / divisor
        return self % divisor != 0 && (self < 0) != (divisor < 0) ? quotient - 1 : quotient
    }
}
