internal import Core

extension Subscription {
    /// The period that follows one of it, anchored on the day it started, or, where the provider set another one, on the day that its
    /// periods are anchored on.
    ///
    /// The last day of a short month may stand for any later day: the day it started comes first, then the one that this period began on.
    func period(after period: Period, every interval: BillingInterval? = nil) -> Period? {
        let days = [startedAt ?? period.start, period.start, period.end].map(\.calendarDate.day)
        let day = days.first { period.end.addingMonths(0, anchoredOnDay: $0) == period.end } ?? period.end.calendarDate.day
        return Period(start: period.end, end: period.end.addingMonths((interval ?? self.interval).months, anchoredOnDay: day))
    }

    /// The period with which the provider begins to charge it: to the same day of the next month or year (BIL-089).
    ///
    /// For another one the provider would take another sum than the price, for it counts the time from the start to the anchor in such
    /// periods and parts of them, and it refuses an anchor that lies later. After the last day of a short month the periods therefore
    /// begin on that day from then on.
    func providerPeriod(from start: Instant) -> Period? {
        Period(start: start, end: start.addingMonths(interval.months, anchoredOnDay: start.calendarDate.day))
    }
}
