internal import Audit
public import Billing
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

    /// Holds all further decisions; one that is held already stays as it is.
    public func stop(reason: String, by person: IdleOperator) async throws {
        try await store.withTransaction(.system) { transaction in
            var state = try await transaction.lockedGuard()
            guard !state.isOpen else { return }
            state = GuardState(isOpen: true, reason: String("\(person.name): \(reason)".prefix(200)), openedAt: writer.now)
            try await transaction.save(state)
            try await transaction.record(
                IdleGuardChangedEntry(action: .stopped, reason: reason, operatorName: person.name, count: 0), by: person.actor)
            writer.metrics.guardIsOpen(true)
        }
    }

    /// Has a share of the held cases looked at again, oldest first; with all of them the guard closes (IDL-064).
    public func release(_ stage: ReleaseStage, by person: IdleOperator) async throws -> ReleaseReport {
        let held = Array(try await store.idleCases(IdleCaseQuery(states: [.held], limit: 100_000)).reversed())
        let released = Array(held.prefix(stage.count(of: held.count)))
        for idleCase in released {
            let trigger = IdleTrigger(subscription: idleCase.subscription, source: .release, held: idleCase.id)
            try await store.withTransaction(.system) { transaction in
                guard let current = try await transaction.lockedCase(idleCase.id), current.state == .held else { return }
                try await transaction.record(IdleCaseReleasedEntry(idleCase: current), by: person.actor)
                try await transaction.enqueue(EvaluateIdle(trigger: trigger), .evaluating(trigger, org: current.org))
            }
        }
        try await conclude(.released, stage.rawValue, count: released.count, closing: stage == .all, by: person)
        return ReleaseReport(released: released.map(\.id), remaining: held.count - released.count)
    }

    /// Gives all held cases up, and closes.
    public func discard(by person: IdleOperator) async throws -> Int {
        let held = try await store.idleCases(IdleCaseQuery(states: [.held], limit: 100_000))
        var count = 0
        for idleCase in held {
            count += try await store.withTransaction(.system) { transaction in
                guard let current = try await transaction.lockedCase(idleCase.id), current.state == .held else { return 0 }
                try await writer.lapse(current, because: "discarded", by: person.actor, in: transaction)
                return 1
            }
        }
        try await conclude(.discarded, "all", count: count, closing: true, by: person)
        return count
    }

    private func conclude(
        _ action: IdleGuardChangedEntry.Action, _ reason: String, count: Int, closing: Bool, by person: IdleOperator
    ) async throws {
        try await store.withTransaction(.system) { transaction in
            _ = try await transaction.lockedGuard()
            if closing { try await transaction.save(GuardState(isOpen: false, reason: nil, openedAt: nil)) }
            try await transaction.record(
                IdleGuardChangedEntry(action: action, reason: reason, operatorName: person.name, count: count), by: person.actor)
        }
        if closing { writer.metrics.guardIsOpen(false) }
    }

    /// How it stands.
    public func status() async throws -> GuardStatus {
        try await store.withTransaction(.system) { transaction in
            GuardStatus(
                state: try await transaction.lockedGuard(), counts: try await transaction.guardCounts(at: writer.now))
        }
    }
}
