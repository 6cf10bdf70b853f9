import Billing
import Core
import Testing

@testable import IdleCancellation

@Suite struct GuardPolicyTests {
    private func counts(hour: Int = 0, day: Int = 0, eligible: Int = 0, recent: Int = 0, undone: Int = 0) -> GuardCounts {
        GuardCounts(lastHour: hour, lastDay: day, eligible: eligible, recent: recent, undone: undone, held: 0)
    }

    private let policy = GuardPolicy(settings: IdleSettings())

    @Test func `IDL-T08 IDL-063 the twentieth of an hour is admitted, the next is held`() {
        #expect(policy.objection(to: counts(hour: 19, day: 19, eligible: 10_000)) == nil)
        #expect(policy.objection(to: counts(hour: 20, day: 20, eligible: 10_000)) == .hourly)
    }

    @Test(arguments: [(0, 5), (400, 5), (500, 5), (600, 6), (1_000, 10), (1_999, 19)])
    func `IDL-T08 IDL-063 a day has one in a hundred and never less than five`(eligible: Int, limit: Int) {
        #expect(policy.objection(to: counts(day: limit - 1, eligible: eligible)) == nil)
        #expect(policy.objection(to: counts(day: limit, eligible: eligible)) == .daily)
    }

    @Test func `IDL-T08 IDL-065 five uses that are a fifth of the decisions make the recording suspect`() {
        #expect(policy.objection(to: counts(eligible: 10_000, recent: 20, undone: 4)) == nil)
        #expect(policy.objection(to: counts(eligible: 10_000, recent: 25, undone: 5)) == .earlyUndo)
        #expect(policy.objection(to: counts(eligible: 10_000, recent: 26, undone: 5)) == nil)
    }

    @Test(arguments: [(1, 1, 1), (50, 1, 5), (100, 1, 10), (101, 2, 11)])
    func `IDL-064 the stages of a release`(held: Int, one: Int, ten: Int) {
        #expect(ReleaseStage.onePercent.count(of: held) == one)
        #expect(ReleaseStage.tenPercent.count(of: held) == ten)
        #expect(ReleaseStage.all.count(of: held) == held)
    }
}
