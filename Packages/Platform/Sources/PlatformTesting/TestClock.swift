public import Core

/// A clock that stands still until a test moves it.
public typealias TestClock = SteppedDateSource

extension SteppedDateSource {
    /// A frozen clock at 2026-01-15T09:00:00Z, a day that exists in every month.
    public static func fixed() -> SteppedDateSource {
        SteppedDateSource(startingAt: Instant(secondsSinceEpoch: 1_768_467_600))
    }
}
