import Billing
import BillingTesting
import Core
import IdleCancellation
import PlatformTesting
import Testing

@Suite struct FleetYearsTests {
    @Test(.timeLimit(.minutes(15)))
    func `IDL-T43 IDL-075 three years of a fleet are the same log for the same seed, and nobody idle is billed beyond the rule`()
        async throws
    {
        let (payers, course) = try await FleetYears.run(seed: 43, months: 36)
        let again = try await FleetYears.run(seed: 43, months: 36).course
        let difference = zip(course.log, again.log).first { $0 != $1 }
        #expect(difference == nil && course.log.count == again.log.count, "\(String(describing: difference))")

        for payer in payers {
            let charges = course.charges.filter { $0.payer == payer.number }.map(\.at)
            // A renewal is charged after the first period, after a use since the period before began, or after a link in this one.
            for charge in charges where before(charge, payer, 1) != FleetYears.begun {
                #expect(isJustified(charge, payer, course), "payer \(payer.number) was charged on \(charge)")
            }
            // Nobody who used it, or wanted to keep it, is cut off.
            if let end = course.ends[payer.number] { #expect(!isJustified(end, payer, course), "payer \(payer.number) ended on \(end)") }
            switch FleetYears.Habit(payer) {
            case .constant: #expect(charges.count == 36 / payer.months)
            // Three periods are paid: the first, and two in which nobody came (section 3).
            case .silent: #expect(charges.count == 2 && course.ends[payer.number] != nil)
            case .linked: #expect(charges.count == 36 / payer.months && course.keeps[payer.number]?.isEmpty == false)
            case .fickle: break
            }
        }
        #expect(course.ends.count >= 3)
    }

    private func before(_ instant: Instant, _ payer: IdleFleet.Payer, _ periods: Int) -> Instant {
        instant.addingMonths(-payer.months * periods, anchoredOnDay: 3)
    }

    private func isJustified(_ renewal: Instant, _ payer: IdleFleet.Payer, _ course: FleetYears.Course) -> Bool {
        let used = course.uses[payer.number, default: []].contains { $0 >= before(renewal, payer, 2) && $0 < renewal }
        let kept = course.keeps[payer.number, default: []].contains { $0 >= before(renewal, payer, 1) && $0 < renewal }
        return used || kept
    }
}
