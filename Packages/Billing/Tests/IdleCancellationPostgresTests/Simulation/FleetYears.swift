import Audit
import AuditPostgres
import Billing
import BillingPostgres
import BillingTesting
import Core
import Identity
import IdentityPostgres
import IdleCancellation
import IdleCancellationPostgres
import Jobs
import JobsPostgres
import JobsTesting
import Observability
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Testing

/// A fleet that lives for some months; some pay monthly, some every three months, some every year.
struct FleetYears: Sendable {
    /// What a payer does.
    enum Habit: Sendable {
        /// Uses the product every month.
        case constant
        /// Used it on the day it was bought, and does nothing more.
        case silent
        /// Does not use it, but follows the link of each mail.
        case linked
        /// Uses it in some months, and answers some mails by a use or the link.
        case fickle

        init(_ payer: IdleFleet.Payer) { self = FleetYears.fleet[payer.number].habit }
    }

    /// What each does, and after how many months it is charged.
    private static let fleet: [(habit: Habit, months: Int)] = [
        (.constant, 1), (.constant, 12), (.silent, 1), (.silent, 3), (.silent, 12), (.linked, 3), (.linked, 12), (.fickle, 1), (.fickle, 3),
    ]

    /// What came of it.
    struct Course: Sendable {
        var log: [String] = []
        var charges: [IdleFleet.Charge] = []
        /// When each payer used the product.
        var uses: [Int: [Instant]] = [:]
        /// When each payer took an end back.
        var keeps: [Int: [Instant]] = [:]
        /// When access ended for want of use.
        var ends: [Int: Instant] = [:]
    }

    static let begun = Instant("2027-02-03T09:00:00Z")

    private var numbers: SeededNumbers
    private(set) var course = Course()

    /// Runs a fleet in a database of its own.
    static func run(seed: UInt64, months: Int) async throws -> (payers: [IdleFleet.Payer], course: Course) {
        try await IdleFleet.with(at: "2027-02-03T09:00:00Z") { fleet in
            var years = FleetYears(numbers: SeededNumbers(seed))
            let payers = try await fleet.sell(Self.fleet.count) { Self.fleet[$0].months }
            for payer in payers { years.course.uses[payer.number] = [fleet.now] }
            for month in 0..<months { try await years.live(month, payers, fleet) }
            try await years.close(payers, fleet)
            return (payers, years.course)
        }
    }

    private init(numbers: SeededNumbers) { self.numbers = numbers }

    private mutating func live(_ month: Int, _ payers: [IdleFleet.Payer], _ fleet: IdleFleet) async throws {
        let begun = try #require(Self.begun)
        let end = begun.addingMonths(month + 1, anchoredOnDay: begun.calendarDate.day)
        fleet.clock.advance(to: begun.addingMonths(month, anchoredOnDay: begun.calendarDate.day) + .days(7))
        for payer in payers {
            let isWilling = Int.random(in: 0..<10, using: &numbers) < 3
            guard try fleet.there(payer).status == .active, Habit(payer) == .constant || (Habit(payer) == .fickle && isWilling) else {
                continue
            }
            try await use(payer, fleet)
        }
        // Nobody announces the renewals: the daily search finds them.
        fleet.clock.advance(to: end - .days(5))
        try await fleet.worker.drain()
        fleet.clock.advance(to: end - .days(2))
        var isAnswered = false
        for payer in payers {
            let answer = Int.random(in: 0..<3, using: &numbers)
            guard let pending = try await fleet.store.newestCase(of: payer.subscription), pending.state.isPending else { continue }
            switch (Habit(payer), answer) {
            case (.fickle, 0): try await use(payer, fleet)
            case (.linked, _), (.fickle, 1): try await followLink(payer, pending, fleet)
            default: continue
            }
            isAnswered = true
        }
        if isAnswered { try await fleet.worker.drain() }
        fleet.clock.advance(to: end)
        course.charges += try await fleet.turnPeriods(of: payers) { try await fleet.tell($0, because: "\(end)") }
        try await fleet.worker.drain()
    }

    private mutating func use(_ payer: IdleFleet.Payer, _ fleet: IdleFleet) async throws {
        try await fleet.use(payer)
        course.uses[payer.number, default: []].append(fleet.now)
    }

    private mutating func followLink(_ payer: IdleFleet.Payer, _ pending: IdleCase, _ fleet: IdleFleet) async throws {
        let hash = (0..<32).map { _ in UInt8.random(in: 0...255, using: &numbers) }
        let request = ReversalRequest(case: pending.id, via: .link, actor: .link(AuditReference(pending.id)), tokenHash: hash)
        #expect(try await fleet.store.withTransaction(.system) { try await fleet.idle.reversals.accept(request, in: $0) }.isReversed)
        course.keeps[payer.number, default: []].append(fleet.now)
    }

    // MARK: What is left

    private mutating func close(_ payers: [IdleFleet.Payer], _ fleet: IdleFleet) async throws {
        fleet.clock.advance(by: .hours(2))
        try await fleet.worker.drain()
        for payer in payers {
            let row = try await fleet.subscription(payer)
            if row.status == .canceled { course.ends[payer.number] = row.endsAt }
            for line in try await entries(payer, fleet) { course.log.append("\(payer.number) \(line)") }
            for evaluation in try await fleet.store.evaluations(of: payer.subscription, limit: 100).reversed() {
                let facts = evaluation.facts
                course.log.append(
                    "\(payer.number) \(evaluation.at) \(evaluation.outcome) \(describe(evaluation.threshold)) \(describe(facts.lastActivity))"
                )
            }
        }
        course.log += course.charges.map { "\($0.payer) charged \($0.at)" }
    }

    private func describe(_ instant: Instant?) -> String { instant?.description ?? "-" }

    /// The log of an org in the order in which it was written.
    private func entries(_ payer: IdleFleet.Payer, _ fleet: IdleFleet) async throws -> [String] {
        try await fleet.database.adminClient.query(
            "SELECT type, occurred_at FROM audit.entry WHERE ref_org = \(payer.org) ORDER BY recorded_at"
        ).map { row in
            let at: Instant = try row.decode("occurred_at")
            return "\(at) \(try row.decode("type", as: String.self))"
        }
    }
}
