internal import Audit
internal import Billing
public import Core
public import Identity
internal import Jobs
internal import Observability
internal import Orgs

/// Takes idle cancellations back: accepts in the caller's transaction, settles with the provider afterwards (S3, S4).
public struct IdleReversals<Store: IdleStore>: IdleReversing {
    /// The transactions it works in.
    public typealias Transaction = Store.Transaction
    let store: Store
    let orders: IdleOrders<Store>
    let activity: any ActivityReading<Store.Transaction>
    let writer: CaseWriter<Store.Transaction>

    /// Accepts a reversal; twice is once, and a case that cannot be taken back stays what it is (IDL-036).
    public func accept(_ request: ReversalRequest, in transaction: Store.Transaction) async throws -> ReversalOutcome {
        try await writer.accept(request, through: orders.ends, in: transaction)
    }

    /// Makes one attempt to carry an accepted reversal out.
    @discardableResult
    public func settle(_ id: IdleCase.ID) async throws -> SettlementOutcome {
        guard let found = try await store.idleCase(id), found.state == .reversing, let intent = found.clearIntent else {
            return .nothingToDo
        }
        _ = try await send(intent)
        guard let idleCase = try await store.idleCase(id) else { return .nothingToDo }
        return idleCase.state.isFinal ? .settled(idleCase) : .later(idleCase)
    }

    /// Takes back whose use was recorded and had no consequence, such as after a crash.
    public func sweepLost(limit: Int) async throws -> Int {
        var count = 0
        for id in try await store.activeCases(limit: limit) {
            let request = ReversalRequest(case: id, via: .activity, actor: .system(component: "billing"))
            let outcome = try await store.withTransaction(.system) { try await self.accept(request, in: $0) }
            guard outcome.isReversed else { continue }
            writer.metrics.recovered("lost_reversal")
            count += 1
        }
        return count + (try await orderStalled(limit: limit))
    }

    /// Orders again what is being taken back and has no live job; one that has keeps it (OPS-150).
    ///
    /// An order that was refused is nothing to recover: its case was given to operators when it was.
    private func orderStalled(limit: Int) async throws -> Int {
        var count = 0
        for stalled in try await store.idleCases(IdleCaseQuery(states: [.reversing], limit: limit)) {
            guard let intent = stalled.clearIntent else { continue }
            let isOrdered = try await store.withTransaction(.system) { transaction in
                guard let order = try await transaction.intent(intent), !order.isSettled else { return false }
                let outcome = try await transaction.outcome(
                    ofEnqueuing: SendIdleEnd(intent: intent), JobOptions(uniqueKey: intent.description, org: stalled.org.uuid))
                if case .enqueued = outcome { return true }
                return false
            }
            guard isOrdered else { continue }
            writer.metrics.recovered("lost_reversal")
            count += 1
        }
        return count
    }

    // MARK: Orders

    /// Makes one attempt at an order about an idle end: it is looked at once more whether it is wanted, then the provider is read.
    func send(_ intent: ProviderIntent.ID) async throws -> (outcome: IdleOrders<Store>.Outcome, isClearing: Bool) {
        guard let order = try await store.withTransaction(.system, { try await $0.intent(intent) }),
            let end = order.command.idleEnd, let id = IdleCase.ID(end.mark), let idleCase = try await store.idleCase(id)
        else { return (.withdrawn, false) }
        let isClearing = order.command.isClearing
        let budget: CallBudget = isClearing ? .brief : .job
        let outcome = try await orders.attempt(
            intent, budget: budget,
            admit: { transaction, intent in
                try await self.isWanted(intent, id, isClearing: isClearing, in: transaction)
            },
            look: { _ in await self.look(idleCase, isClearing: isClearing, budget: budget) })
        return (outcome, isClearing)
    }

    /// Just before sending: a use meanwhile supersedes the case and nothing leaves the process (IDL-026).
    private func isWanted(
        _ intent: ProviderIntent, _ id: IdleCase.ID, isClearing: Bool, in transaction: Store.Transaction
    ) async throws -> Bool {
        guard let found = try await transaction.idleCase(id),
            let row = try await orders.ends.locked(found.subscription, in: transaction),
            let idleCase = try await transaction.lockedCase(id)
        else { return false }
        switch (idleCase.state, isClearing) {
        case (.reversing, true): return true
        case (.decided, false):
            guard let use = try await activity.lastActivity(of: idleCase.subject, in: transaction), use.at >= idleCase.threshold,
                try await transaction.supersedeUnsent(intent.id)
            else { return true }
            var superseded = idleCase
            superseded.via = .activity
            superseded.acceptedAt = writer.now
            writer.metrics.reversed(.activity)
            try await writer.notices.withdraw(superseded, in: transaction)
            _ = try await writer.supersede(
                superseded, row: row, by: .system(component: "billing"), through: orders.ends, in: transaction)
            return false
        default:
            // Nothing is dropped that may be on the wire: its outcome is found out.
            return try await !transaction.supersedeUnsent(intent.id)
        }
    }

    private func look(_ before: IdleCase, isClearing: Bool, budget: CallBudget) async -> IdleLook {
        do throws(ProviderFailure) {
            let seen = try await orders.read(before.providerSubscription, budget: budget)
            // What the case knows now, and not what it knew before an earlier order was confirmed.
            guard let idleCase = try? await store.idleCase(before.id) else {
                return .failed(ProviderFailure(kind: .conflict, detail: "the case is not readable"))
            }
            switch (EndReading(seen, for: idleCase), isClearing) {
            case (.unclear, _): return .failed(ProviderFailure(kind: .unreadable, detail: "the subscription is not understood"))
            case (.ours, true): return idleCase.state == .reversing ? .mustBeSent : .seen(seen)
            case (.running(isMarked: false), false):
                return idleCase.state == .decided || idleCase.state == .reversing ? .mustBeSent : .seen(seen)
            default: return .seen(seen)
            }
        } catch { return .failed(error) }
    }
}

extension ProviderCommand {
    /// The idle end that is set or cleared.
    var idleEnd: IdleEnd? {
        switch self {
        case .setIdleEnd(let end), .clearIdleEnd(let end): end
        default: nil
        }
    }

    var isClearing: Bool {
        if case .clearIdleEnd = self { true } else { false }
    }
}
