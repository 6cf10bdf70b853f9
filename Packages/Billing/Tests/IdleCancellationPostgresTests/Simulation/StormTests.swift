import Billing
import BillingTesting
import Core
import FoundationEssentials
import IdleCancellation
import PlatformTesting
import Postgres
import Testing

@Suite struct StormTests {
    /// Each is a subscription with a course of its own; `TRELLIS_TEST_IDLE_SEEDS` says how many instead.
    private static let seeds = ProcessInfo.processInfo.environment["TRELLIS_TEST_IDLE_SEEDS"].flatMap { Int($0) } ?? 30
    private static let together = 30

    @Test(.timeLimit(.minutes(60)), arguments: 0..<max(1, seeds / together))
    func
        `IDL-T46 evaluation, link, use, portal, own ends and undo in any order leave one case, no manual end undone, no reversal lost, and the provider as the row`(
            batch: Int
        ) async throws
    {
        try await IdleFleet.with(at: "2027-04-26T09:00:00Z") { fleet in
            let begun = try #require(Instant("2027-04-01T09:00:00Z"))
            let payers = try await fleet.sell(Self.together, begun: begun, startedAt: begun - .days(59))
            var storm = FleetStorm(fleet, seed: UInt64(batch))
            try await storm.rage(over: payers, acts: 4...9)
            try await storm.calm(payers)
            for payer in payers {
                let faults = try await storm.faults(of: payer)
                #expect(faults.isEmpty, "seed \(batch), payer \(payer.number): \(faults), \(storm.wishes[payer.number]?.course ?? [])")
            }
            let differences = try await fleet.idle.reconciler.differences()
            #expect(differences.isEmpty, "seed \(batch): \(differences)")
            #expect(
                try await fleet.count(
                    "SELECT count(*) FROM (SELECT FROM public.told WHERE word IN ('kept', 'release') GROUP BY idle_case, word HAVING count(*) > 1) t"
                ) == 0)
        }
    }

    /// How many months of orgs are lived through; `TRELLIS_TEST_IDLE_ORG_MONTHS` says another number.
    private static let orgMonths = ProcessInfo.processInfo.environment["TRELLIS_TEST_IDLE_ORG_MONTHS"].flatMap { Int($0) } ?? 48
    private static let (fleetSize, months) = (16, 3)

    @Test(.timeLimit(.minutes(60)), arguments: 0..<max(1, orgMonths / (fleetSize * months)))
    func
        `IDL-T50 IDL-074 IDL-043 months of crashes, lost answers and news told late, twice or never end with every row as the provider has it`(
            seed: Int
        ) async throws
    {
        try await IdleFleet.with(at: "2027-04-01T09:00:00Z") { fleet in
            let begun = fleet.now
            let payers = try await fleet.sell(Self.fleetSize, begun: begun, startedAt: begun - .days(59))
            var storm = FleetStorm(fleet, seed: UInt64(seed) &+ 50)
            for month in 0..<Self.months {
                let end = begun.addingMonths(month + 1, anchoredOnDay: 1)
                let living = try payers.filter { try fleet.there($0).status == .active }
                fleet.clock.advance(to: end - .days(5))
                try await storm.rage(over: living, acts: 1...4, crashes: true)
                try await storm.calm(living)
                for payer in living {
                    let faults = try await storm.faults(of: payer)
                    #expect(faults.isEmpty, "seed \(seed), payer \(payer.number): \(faults), \(storm.wishes[payer.number]?.course ?? [])")
                }
                let differences = try await storm.fleet.idle.reconciler.differences()
                #expect(differences.isEmpty, "seed \(seed): \(differences)")

                fleet.clock.advance(to: end)
                var numbers = SeededNumbers(UInt64(seed * 100 + month))
                _ = try await fleet.turnPeriods(of: living) { payer in
                    for time in 0..<Int.random(in: 0...2, using: &numbers) { try await fleet.tell(payer, because: "\(end) \(time)") }
                }
                try await storm.calm(living)
                for payer in living {
                    let faults = try await storm.faultsAfterEnd(of: payer)
                    #expect(faults.isEmpty, "seed \(seed), payer \(payer.number): \(faults), \(storm.wishes[payer.number]?.course ?? [])")
                }
                storm.forget()
            }
        }
    }
}
