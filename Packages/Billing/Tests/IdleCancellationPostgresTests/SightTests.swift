import Audit
import AuditPostgres
import Billing
import BillingPostgres
import Core
import Cryptography
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
import Synchronization
import Testing

/// What the provider's side means for a case and its row, in every combination of how far the case has come, through which channel it is seen, and what is
/// there (table S4, IDL-032).
@Suite struct SightTests {
    /// What the provider shows.
    enum Snapshot: CaseIterable {
        case ours, runningUnmarked, runningMarked, foreignUnmarked, foreignInstant, foreignDate, over, renewedUnmarked, renewedMarked
    }

    /// How far the case has come, and how the provider is seen.
    enum Channel: CaseIterable {
        case decidedByNews, decidedByAnswer, confirmedByNews, reversingBySentAnswer, reversingByUnsentAnswer
    }

    /// The state of the case and the origin of the row's end afterwards; no origin when it runs.
    struct Result: Equatable {
        let state: IdleCaseState
        let origin: Subscription.Cancellation.Origin?

        init(_ state: IdleCaseState, _ origin: Subscription.Cancellation.Origin?) {
            self.state = state
            self.origin = origin
        }
    }

    private static func expected(_ channel: Channel, _ snapshot: Snapshot) -> Result {
        switch channel {
        case .decidedByNews: return Result(.decided, .idle)
        case .decidedByAnswer:
            return switch snapshot {
            // Before the provider's instant is known the mark alone tells ours.
            case .ours, .foreignInstant: Result(.confirmed, .idle)
            case .runningUnmarked: Result(.decided, .idle)
            case .runningMarked: Result(.kept, nil)
            case .foreignUnmarked, .foreignDate: Result(.overridden, .portal)
            case .over: Result(.overridden, .provider)
            case .renewedUnmarked, .renewedMarked: Result(.missed, nil)
            }
        case .confirmedByNews:
            return switch snapshot {
            case .ours: Result(.confirmed, .idle)
            case .runningUnmarked, .renewedUnmarked: Result(.driftCorrected, nil)
            case .runningMarked, .renewedMarked: Result(.kept, nil)
            case .foreignUnmarked, .foreignInstant, .foreignDate: Result(.overridden, .portal)
            case .over: Result(.overridden, .provider)
            }
        case .reversingBySentAnswer, .reversingByUnsentAnswer:
            return switch snapshot {
            case .ours: Result(.reversing, .idle)
            case .runningUnmarked, .renewedUnmarked: channel == .reversingBySentAnswer ? Result(.kept, nil) : Result(.driftCorrected, nil)
            case .runningMarked, .renewedMarked: Result(.kept, nil)
            case .foreignUnmarked, .foreignInstant, .foreignDate: Result(.overridden, .portal)
            case .over: Result(.keepFailed, .idle)
            }
        }
    }

    private static func seen(_ snapshot: Snapshot, _ idleCase: IdleCase, at now: Instant) -> ProviderSubscription {
        let isEnding = [.ours, .foreignUnmarked, .foreignInstant, .foreignDate].contains(snapshot)
        let isRenewed = snapshot == .renewedMarked || snapshot == .renewedUnmarked
        let later = Period(start: idleCase.period.end, end: idleCase.period.end + .days(31))
        var subscription = ProviderSubscription(
            id: idleCase.providerSubscription, customer: ProviderID("cus_1"), status: snapshot == .over ? .canceled : .active,
            tags: ProviderTags(), item: nil, price: nil, period: isRenewed ? later : idleCase.period, trialEnd: nil,
            endsAt: isEnding ? (snapshot == .foreignDate ? idleCase.period.end - .days(1) : idleCase.period.end) : nil,
            endedAt: snapshot == .over ? now : nil, cancellationReason: nil, latestInvoice: nil, defaultMethod: nil)
        let isMarked = [.ours, .foreignInstant, .foreignDate, .runningMarked, .renewedMarked].contains(snapshot)
        let ourInstant = idleCase.providerCanceledAt ?? now
        subscription.terms = ProviderTerms(
            canceledAt: isEnding ? (snapshot == .foreignInstant ? ourInstant + .seconds(60) : ourInstant) : nil,
            isFlagged: isEnding && snapshot != .foreignDate, idleMark: isMarked ? idleCase.id.description : nil,
            startedAt: idleCase.period.start - .days(31), intervalUnit: "month", intervalCount: 1)
        return subscription
    }

    private struct Undone: Error {}

    private func result(_ channel: Channel, _ snapshot: Snapshot, _ graph: IdleHouse.Graph, _ house: IdleHouse) async throws -> Result {
        let observer = IdleObserver<IdleOnlyTransaction>(
            notices: house.notices, settings: IdleSettings(), metrics: Metrics(), dateSource: house.clock, log: .silent)
        let ends = house.billing.idleOrders.ends
        let found = try await house.idleCase(graph)
        let box = Mutex<Result?>(nil)
        await #expect(throws: Undone.self) {
            try await house.store.withTransaction(.system) { transaction in
                if channel == .reversingBySentAnswer || channel == .reversingByUnsentAnswer {
                    let wish = ReversalRequest(case: found.id, via: .activity, actor: .system(component: "billing"))
                    #expect(try await house.idle.reversals.accept(wish, in: transaction).isReversed)
                }
                let row = try #require(try await ends.locked(graph.id, in: transaction))
                let current = try #require(try await transaction.idleCase(found.id))
                var order: ProviderIntent?
                switch channel {
                case .decidedByNews, .confirmedByNews: break
                case .decidedByAnswer: order = try await transaction.intent(try #require(current.endIntent))
                case .reversingBySentAnswer, .reversingByUnsentAnswer:
                    order = try await transaction.intent(try #require(current.clearIntent))
                }
                let sight = IdleSight(
                    row: row, subscription: Self.seen(snapshot, current, at: house.now), intent: order,
                    wasSent: channel == .reversingBySentAnswer)
                try await observer.saw(sight, through: ends, in: transaction)
                let after = try #require(try await transaction.idleCase(found.id))
                let origin = try await transaction.subscription(graph.id)?.cancellation?.origin
                box.withLock { $0 = Result(after.state, origin) }
                throw Undone()
            }
        }
        return try #require(box.withLock { $0 })
    }

    @Test func `IDL-T09 IDL-032 IDL-038 what the provider shows moves case and row by table S4, whatever was local`() async throws {
        try await IdleHouse.with { house in
            let graph = try await house.idleGraph()
            try await house.pass("2027-04-24T10:00:00Z")
            try await house.drain(until: { try await house.store.newestCase(of: graph.id)?.state == .decided })
            for channel in [Channel.decidedByNews, .decidedByAnswer] {
                for snapshot in Snapshot.allCases {
                    let result = try await result(channel, snapshot, graph, house)
                    #expect(result == Self.expected(channel, snapshot), "\(channel) \(snapshot)")
                }
            }
            try await house.worker.drain()
            #expect(try await house.idleCase(graph).state == .confirmed)
            for channel in [Channel.confirmedByNews, .reversingBySentAnswer, .reversingByUnsentAnswer] {
                for snapshot in Snapshot.allCases {
                    let result = try await result(channel, snapshot, graph, house)
                    #expect(result == Self.expected(channel, snapshot), "\(channel) \(snapshot)")
                }
            }
        }
    }
}
