internal import Audit
internal import Billing
internal import Core
internal import Identity
public import Jobs
internal import Observability
internal import Orgs

/// Reads the rows, the cases and their orders, then everything that the provider has with a mark of ours.
public struct IdleReconciler<Store: IdleStore>: IdleReconciling {
    let store: Store
    let orders: IdleOrders<Store>
    let writer: CaseWriter<Store.Transaction>

    /// Compares both ways: each open case with the provider, and each mark at the provider with its case.
    public func differences() async throws -> [IdleDifference] {
        var found = try await store.idleMismatches(at: writer.now)
        var seen: Set<IdleCase.ID> = []
        var last: ProviderID?
        repeat {
            let page = try await orders.page(after: last, budget: .job)
            for object in page.elements where object.terms?.idleMark != nil && Self.isRunning(object) {
                let idleCase = object.terms?.idleMark.flatMap { IdleCase.ID($0) }
                if let idleCase { seen.insert(idleCase) }
                let known = if let idleCase { try await store.idleCase(idleCase) } else { IdleCase?.none }
                if let difference = compare(object, with: known) { found.append(difference) }
            }
            last = page.next
        } while last != nil
        let waiting = IdleCaseQuery(states: [.confirmed], limit: 100_000)
        for open in try await store.idleCases(waiting) where !seen.contains(open.id) {
            // It has no mark there, or it is gone: one look says which, and whether it is confirmed still.
            let object = try await orders.read(open.providerSubscription, budget: .job)
            guard let now = try await store.idleCase(open.id), now.state == .confirmed, Self.differs(object, now) else { continue }
            found.append(difference(.notEndingThere, now, ours: "ends \(now.endsAt)", theirs: Self.text(object)))
        }
        return found
    }

    private static func isRunning(_ object: ProviderSubscription) -> Bool {
        object.status != .canceled && object.status != .incompleteExpired
    }

    private func compare(_ object: ProviderSubscription, with idleCase: IdleCase?) -> IdleDifference? {
        guard let idleCase else {
            return IdleDifference(
                kind: .markWithoutCase, org: nil, subscription: nil, idleCase: nil, object: object.id, ours: "no case",
                theirs: Self.text(object))
        }
        switch (idleCase.state, EndReading(object, for: idleCase)) {
        // What is under way is looked at when it is done.
        case (.decided, _), (.reversing, _): return nil
        case (.confirmed, .ours):
            guard let end = object.endsAt, end != idleCase.endsAt, idleCase.extendedAt == nil else { return nil }
            return difference(.endsOtherwise, idleCase, ours: "ends \(idleCase.endsAt)", theirs: Self.text(object))
        case (.confirmed, .foreign): return difference(.endsOtherwise, idleCase, ours: "ends for want of use", theirs: Self.text(object))
        case (.confirmed, _): return difference(.notEndingThere, idleCase, ours: "ends \(idleCase.endsAt)", theirs: Self.text(object))
        // Somebody's own end, and whatever comes after it, carries the old mark along, which nothing reads any more.
        case (.overridden, _): return nil
        default: return difference(.markWithoutCase, idleCase, ours: "case \(idleCase.state.rawValue)", theirs: Self.text(object))
        }
    }

    /// Whether what has no mark is no planned end either; what is over is told by its own news.
    private static func differs(_ object: ProviderSubscription?, _ idleCase: IdleCase) -> Bool {
        switch EndReading(object, for: idleCase) {
        case .running, .renewed, .foreign: true
        case .over, .ours, .unclear: false
        }
    }

    private func difference(_ kind: IdleDifference.Kind, _ idleCase: IdleCase, ours: String, theirs: String) -> IdleDifference {
        IdleDifference(
            kind: kind, org: idleCase.org, subscription: idleCase.subscription, idleCase: idleCase.id,
            object: idleCase.providerSubscription, ours: ours, theirs: theirs)
    }

    private static func text(_ object: ProviderSubscription?) -> String {
        guard let object else { return "gone" }
        return object.endsAt.map { "ends \($0)" } ?? "goes on"
    }
}

/// The order to compare both sides of all idle ends.
public struct ReconcileIdleEnds: Job {
    /// `billing.reconcile_idle_ends`
    public static let kind = "billing.reconcile_idle_ends"
    /// Nobody waits for it.
    public static let lane = Lane.maintenance
    /// The next night it is tried again.
    public static let retryPolicy = RetryPolicy.standard

    /// Orders it.
    public init() {}

    /// Every night, after all subscriptions were compared.
    public static var schedule: Schedule? {
        CronExpression("50 3 * * *").map { Schedule("billing.reconcile_idle_ends", $0, missed: .once, job: ReconcileIdleEnds()) }
    }
}

/// Tells operators of each difference with its repair, and orders the one repair that is safe by itself.
public struct ReconcileIdleEndsHandler<Store: IdleStore>: JobHandler {
    let reconciler: IdleReconciler<Store>

    /// Looks; what is read again is read by the job that an event would have caused, so that twice is once.
    public func run(_ job: ReconcileIdleEnds, context: JobContext) async throws -> JobOutcome {
        let found: [IdleDifference]
        do { found = try await reconciler.differences() } catch let failure as ProviderFailure {
            // Where nothing is sold, or the key may not read, another try in ten seconds changes nothing.
            if failure.kind == .refused || failure.kind == .unauthorized {
                return .cancelled(reason: "the provider cannot be compared with")
            }
            return .retry(after: failure.retryAfter ?? .seconds(10))
        }
        for difference in found {
            reconciler.writer.metrics.failed(difference.kind.rawValue)
            reconciler.writer.log.error(
                "an idle end does not fit together",
                [
                    "kind": .string(difference.kind.rawValue), "repair": .string(difference.kind.repair.rawValue),
                    "case": difference.idleCase.map { .string($0.description) } ?? .null,
                    "subscription": difference.subscription.map { .string($0.description) } ?? .null,
                    "ours": .string(difference.ours), "theirs": .string(difference.theirs),
                ])
            guard difference.kind.repair == .readAgain, let object = difference.object else { continue }
            try await reconciler.store.withTransaction(.system) { transaction in
                let subject = ProviderSubject.subscription(object)
                try await transaction.enqueue(
                    SyncProviderObject(subject: subject),
                    JobOptions(uniqueKey: "\(subject.serialKey):\(context.job)", serialKey: subject.serialKey))
            }
        }
        return .completed
    }
}
