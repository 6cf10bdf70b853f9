internal import Audit
internal import Billing
internal import Core
public import Identity
internal import Jobs
internal import Observability
internal import Orgs

/// Holds decisions when there are suspiciously many of them, and lets them go again when an operator says so.
public struct IdleGuard<Store: IdleStore>: BlastRadiusGuard {
    /// The transactions it counts in.
    public typealias Transaction = Store.Transaction
    let store: Store
    let writer: CaseWriter<Store.Transaction>

    /// Whether one more may be called off now; counted under the lock of the guard's row.
    public func admit(_ candidate: IdleCase, in transaction: Store.Transaction) async throws -> Admission {
        let state = try await transaction.lockedGuard()
        if state.isOpen { return .held(.open) }
        let counts = try await transaction.guardCounts(at: writer.now)
        return GuardPolicy(settings: writer.settings).objection(to: counts).map { .held($0) } ?? .admitted
    }

    /// Holds all further decisions.
    public func stop(reason: String, by operatorName: String) async throws {
        try await store.withTransaction(.system) { transaction in
            var state = try await transaction.lockedGuard()
            guard !state.isOpen else { return }
            state = GuardState(isOpen: true, reason: String("\(operatorName): \(reason)".prefix(200)), openedAt: writer.now)
            try await transaction.save(state)
            writer.metrics.guardIsOpen(true)
        }
    }

    /// Has a share of the held cases looked at again, oldest first; with all of them the guard closes (IDL-064).
    public func release(_ stage: ReleaseStage, by operatorName: String) async throws -> ReleaseReport {
        let held = Array(try await store.idleCases(IdleCaseQuery(states: [.held], limit: 100_000)).reversed())
        let released = Array(held.prefix(stage.count(of: held.count)))
        for idleCase in released {
            let trigger = IdleTrigger(subscription: idleCase.subscription, source: .release, held: idleCase.id)
            try await store.withTransaction(.system) { transaction in
                guard let current = try await transaction.lockedCase(idleCase.id), current.state == .held else { return }
                try await transaction.record(
                    IdleCaseReleasedEntry(idleCase: current), by: .system(component: "billing"))
                try await transaction.enqueue(EvaluateIdle(trigger: trigger), .evaluating(trigger, org: current.org))
            }
        }
        if stage == .all { try await close() }
        return ReleaseReport(released: released.map(\.id), remaining: held.count - released.count)
    }

    /// Gives all held cases up, and closes.
    public func discard(by operatorName: String) async throws -> Int {
        let held = try await store.idleCases(IdleCaseQuery(states: [.held], limit: 100_000))
        for idleCase in held {
            try await store.withTransaction(.system) { transaction in
                guard var current = try await transaction.lockedCase(idleCase.id), current.state == .held else { return }
                try current.move(to: .lapsed, at: writer.now)
                try await transaction.save(current)
            }
        }
        try await close()
        return held.count
    }

    private func close() async throws {
        try await store.withTransaction(.system) { transaction in
            _ = try await transaction.lockedGuard()
            try await transaction.save(GuardState(isOpen: false, reason: nil, openedAt: nil))
        }
        writer.metrics.guardIsOpen(false)
    }

    /// How it stands.
    public func status() async throws -> GuardStatus {
        try await store.withTransaction(.system) { transaction in
            GuardStatus(
                state: try await transaction.lockedGuard(), counts: try await transaction.guardCounts(at: writer.now))
        }
    }
}
