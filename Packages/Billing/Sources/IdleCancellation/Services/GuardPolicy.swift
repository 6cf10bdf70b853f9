internal import Core

/// Whether one more decision stays within the limits: a pure function of the counts (IDL-063, IDL-065).
struct GuardPolicy: Sendable {
    let settings: IdleSettings

    /// The most decisions in a day.
    func dailyLimit(eligible: Int) -> Int {
        max(settings.guardFloor, eligible * settings.guardDailyPermille / 1_000)
    }

    /// Why one more decision would be too many; equality is allowed.
    func objection(to counts: GuardCounts) -> GuardReason? {
        if isSuspect(counts) { return .earlyUndo }
        if counts.lastHour + 1 > settings.guardPerHour { return .hourly }
        if counts.lastDay + 1 > dailyLimit(eligible: counts.eligible) { return .daily }
        return nil
    }

    /// Whether so many decisions were taken back by use at once that the recording of uses must be doubted.
    func isSuspect(_ counts: GuardCounts) -> Bool {
        counts.undone >= 5 && counts.undone * 100 >= counts.recent * settings.earlyUndoPercent
    }
}
