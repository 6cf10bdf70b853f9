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

/// Everything that can be done about one idle end, done to many subscriptions in an order that a seed decides, between single jobs.
struct FleetStorm: Sendable {
    /// One thing that somebody does, or that goes wrong.
    enum Act: CaseIterable, Sendable {
        case evaluate, evaluateAgain, use, useWithOrder, link, portalEnd, portalRenewal, ownerEnd, operatorEnd, undo, news
        case lostAnswer, busyProvider
    }

    /// What must be true in the end, whatever happens between.
    struct Wish: Sendable {
        /// The last word of a person about the end: `true` to end it, `false` to go on.
        var ownEnd: Bool?
        /// Somebody used it, or an idle end was taken back.
        var isWanted = false
        /// Two people said opposite things before the provider had heard of the first.
        var isContested = false
        /// What was done, to be read when something is wrong.
        var course: [String] = []
    }

    private(set) var fleet: IdleFleet
    private(set) var numbers: SeededNumbers
    private(set) var wishes: [Int: Wish] = [:]

    init(_ fleet: IdleFleet, seed: UInt64) {
        self.fleet = fleet
        numbers = SeededNumbers(seed)
    }

    /// Does a number of things to each of some subscriptions, all mixed, with jobs between them.
    ///
    /// - Parameter crashes: whether the process is killed now and then.
    mutating func rage(over payers: [IdleFleet.Payer], acts: ClosedRange<Int>, crashes: Bool = false) async throws {
        var queue: [IdleFleet.Payer] = []
        for payer in payers { queue += Array(repeating: payer, count: Int.random(in: acts, using: &numbers)) }
        queue.shuffle(using: &numbers)
        for payer in queue {
            let act = Act.allCases.randomElement(using: &numbers) ?? .news
            try await perform(act, on: payer)
            fleet.clock.advance(by: .seconds(7))
            let jobs = Int.random(in: 0...3, using: &numbers)
            if jobs > 0 { try await fleet.worker.drain(limit: jobs) }
            if crashes, Int.random(in: 0..<20, using: &numbers) == 0 { try await crash() }
        }
    }

    /// Another month begins: what was wished in the last one counts no more.
    mutating func forget() { wishes = [:] }

    /// The process dies while it works on something, and another one takes over.
    private mutating func crash() async throws {
        let (worker, database) = (fleet.worker, fleet.database)
        async let dying: Void = { _ = try? await worker.drain(limit: 2) }()
        try await database.killConnections()
        await dying
        try await database.rescueJobs()
        fleet = try await fleet.restarted()
    }

    /// Nothing goes wrong any more, all is told that was not, and everything that waits is done.
    func calm(_ payers: [IdleFleet.Payer]) async throws {
        fleet.provider.recover()
        for payer in payers { try await fleet.tell(payer, because: "calm \(fleet.now)") }
        for _ in 0..<4 {
            try await fleet.worker.drain()
            fleet.clock.advance(by: .minutes(20))
        }
    }

    private mutating func perform(_ act: Act, on payer: IdleFleet.Payer) async throws {
        let there = try fleet.there(payer)
        let row = try await fleet.subscription(payer)
        var wish = wishes[payer.number] ?? Wish()
        wish.course.append(
            "\(act) (row \(row.status) \(row.cancellation?.origin.rawValue ?? "-") \(row.providerSync), there \(there.endsAt != nil))")
        switch act {
        case .evaluate, .evaluateAgain:
            _ = try? await fleet.idle.evaluator.evaluate(IdleTrigger(subscription: payer.subscription, source: .sweep))
        case .use, .useWithOrder:
            try await fleet.use(payer, ordersReversal: act == .useWithOrder)
            wish.isWanted = true
        case .link:
            guard let found = try await fleet.store.newestCase(of: payer.subscription) else { break }
            let hash = (0..<32).map { _ in UInt8.random(in: 0...255, using: &numbers) }
            let request = ReversalRequest(case: found.id, via: .link, actor: .link(AuditReference(found.id)), tokenHash: hash)
            let outcome = try await fleet.store.withTransaction(.system) { try await fleet.idle.reversals.accept(request, in: $0) }
            if outcome.isReversed { wish.isWanted = true }
        case .undo:
            guard let found = try await fleet.store.newestCase(of: payer.subscription) else { break }
            let line = try await fleet.idle.operations.reverse(
                found.id, because: "a mistake of our own", by: .commandLine("ops"))
            if line?.outcome == .reversed { wish.isWanted = true }
        case .portalEnd:
            // The pages offer an end of what goes on, and the renewal of what ends.
            guard there.endsAt == nil, there.status == .active else { break }
            fleet.provider.planEnd(payer.remote, isPlanned: true)
            if row.providerSync != .confirmed, row.cancellation?.origin != .idle { wish.isContested = true }
            wish.ownEnd = true
            try await fleet.tell(payer, because: "portal end \(fleet.now)")
        case .portalRenewal:
            guard there.endsAt != nil, there.status == .active else { break }
            fleet.provider.planEnd(payer.remote, isPlanned: false)
            if row.providerSync != .confirmed { wish.isContested = true }
            (wish.ownEnd, wish.isWanted) = (false, true)
            try await fleet.tell(payer, because: "portal renewal \(fleet.now)")
        case .ownerEnd, .operatorEnd:
            let command = CancelSubscription(
                subscription: payer.subscription, mode: .periodEnd, origin: act == .ownerEnd ? .user : .admin,
                user: act == .ownerEnd ? payer.owner : nil, via: "test")
            do {
                _ = try await fleet.store.withTransaction(.system) { try await fleet.billing.subscriptions.cancel(command, in: $0) }
                wish.ownEnd = true
            } catch is BillingError {}
        case .news: try await fleet.tell(payer, because: "news \(fleet.now)")
        case .lostAnswer:
            let kind = Bool.random(using: &numbers) ? "set_idle_end" : "clear_idle_end"
            fleet.provider.fail(kind, with: .unknown(ProviderFailure(kind: .timeout)))
        case .busyProvider:
            let kind = Bool.random(using: &numbers) ? "set_idle_end" : "clear_idle_end"
            fleet.provider.fail(kind, with: .retryLater(ProviderFailure(kind: .busy)))
        }
        wishes[payer.number] = wish
    }
}

extension FleetStorm {
    /// What is wrong after a period is over; empty when everything is as it must be.
    func faultsAfterEnd(of payer: IdleFleet.Payer) async throws -> [String] {
        let (there, row) = (try fleet.there(payer), try await fleet.subscription(payer))
        if there.status == .canceled { return row.closedAt == there.endedAt ? [] : ["ended there, \(row.status) here"] }
        return row.status == .active && row.currentPeriod == there.period ? [] : ["renewed there, \(row.status) here"]
    }

    /// What is wrong now that all is calm; empty when everything is as it must be.
    func faults(of payer: IdleFleet.Payer) async throws -> [String] {
        let (there, row) = (try fleet.there(payer), try await fleet.subscription(payer))
        let wish = wishes[payer.number] ?? Wish()
        let found = try await fleet.store.newestCase(of: payer.subscription)
        var faults: [String] = []
        let isEnding = row.status == .canceled
        // The provider and we say the same.
        if isEnding != (there.endsAt != nil) || (isEnding && row.endsAt != there.endsAt) {
            faults.append("ours \(row.endsAt?.description ?? "goes on"), theirs \(there.endsAt?.description ?? "goes on")")
        }
        if let state = found?.state, [.decided, .reversing].contains(state) { faults.append("the case is still \(state)") }
        if isEnding, row.cancellation?.origin == .idle {
            if wish.isWanted { faults.append("a reversal was lost") }
            if wish.ownEnd == true, !wish.isContested { faults.append("a person's end has idleness as its origin") }
            if found?.state != .confirmed { faults.append("it ends without a case") }
        }
        if !wish.isContested {
            if wish.ownEnd == true, !isEnding { faults.append("a person's end was undone") }
            if wish.ownEnd != true, wish.isWanted, isEnding { faults.append("what is wanted ends") }
        }
        return faults
    }
}
