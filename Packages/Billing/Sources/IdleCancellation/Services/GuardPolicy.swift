internal import Billing
internal import Core

/// Whether one more decision stays within the limits: a pure function of the counts (IDL-063, IDL-065).
struct GuardPolicy: Sendable {
    let settings: IdleSettings

    /// The limits that every class of automatic actions has.
    var limit: BlastLimit {
        BlastLimit(perHour: settings.guardPerHour, dailyPermille: settings.guardDailyPermille, floor: settings.guardFloor)
    }

    /// Why one more decision would be too many; equality is allowed.
    func objection(to counts: GuardCounts) -> GuardReason? {
        if isSuspect(counts) { return .earlyUndo }
        return switch limit.objection(lastHour: counts.lastHour, lastDay: counts.lastDay, eligible: counts.eligible) {
        case .hourly: .hourly
        case .daily: .daily
        case .none: nil
        }
    }

    /// Whether so many decisions were taken back by use at once that the recording of uses must be doubted.
    func isSuspect(_ counts: GuardCounts) -> Bool {
        counts.undone >= 5 && counts.undone * 100 >= counts.recent * settings.earlyUndoPercent
    }
}
