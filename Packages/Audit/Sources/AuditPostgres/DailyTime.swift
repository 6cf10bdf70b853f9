internal import Core

/// A time of the day, in UTC, at which a chore is due once (OPS-140).
struct DailyTime: Sendable, Hashable {
    /// Months that are over go into archives.
    static let archiving = DailyTime(hour: 2, minute: 30)
    /// Private parts whose time is over are erased.
    static let erasure = DailyTime(hour: 2, minute: 45)
    /// The log is verified.
    static let verification = DailyTime(hour: 3, minute: 0)

    private let seconds: Int64

    init(hour: Int64, minute: Int64) {
        seconds = hour * 3_600 + minute * 60
    }

    /// Whether the time has come again since something was done; at once where it is not known to have been done.
    func isDue(since last: Instant?, at now: Instant) -> Bool {
        guard let last else { return true }
        let time = now.secondsSinceEpoch - seconds
        return Instant(secondsSinceEpoch: now.secondsSinceEpoch - (time % 86_400 + 86_400) % 86_400) > last
    }
}
