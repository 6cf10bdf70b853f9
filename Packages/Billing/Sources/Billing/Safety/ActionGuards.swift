public import Audit
internal import Core
internal import Identity
internal import Orgs

/// Shows what guards hold, and lets it go when an operator says so (BIL-132, ADM-018).
public struct ActionGuards<Store: BillingStore>: Sendable {
    let store: Store
    let dateSource: any DateSource
    private let guarded: [any GuardedActions<Store.Transaction>]

    init(store: Store, others: [any GuardedActions<Store.Transaction>], dateSource: any DateSource) {
        self.store = store
        self.dateSource = dateSource
        guarded = [DunningEnds<Store.Transaction>(), RepairEnds<Store.Transaction>(), OrgPurges<Store.Transaction>()] + others
    }

    private static var most: Int { 100_000 }

    /// Why nothing was released.
    public enum Refusal: Error, Hashable, Sendable {
        /// Nobody says who releases it.
        case nobody
        /// A reason has 10 to 200 characters.
        case reason
        /// Nothing is held.
        case closed
    }

    /// What a release did.
    public struct Release: Sendable, Hashable {
        /// How many may pass now, each judged afresh.
        public let released: Int
        /// How many stay held.
        public let remaining: Int
    }

    /// How the guard of a class stands, and what it holds, the longest due first: the preview of a release.
    public func preview(_ actionClass: ActionClass) async throws -> (state: ActionGuardState, held: [String]) {
        try await store.withTransaction(.system) { transaction in
            let state = try await transaction.lockedActionGuard(actionClass)
            return (state, try await due(actionClass, in: transaction))
        }
    }

    /// The guards that hold something.
    public func open() async throws -> [ActionGuardState] {
        try await store.withTransaction(.system) { transaction in
            var states: [ActionGuardState] = []
            for actionClass in ActionClass.allCases { states.append(try await transaction.lockedActionGuard(actionClass)) }
            return states.filter(\.isOpen)
        }
    }

    /// Lets a share of what is held pass; with all of it the guard closes. Nothing else closes it.
    public func release(
        _ actionClass: ActionClass, _ stage: ReleaseStage, because reason: String, by name: String, as actor: AuditActor
    ) async throws -> Release {
        guard !name.isEmpty, name.count <= 100 else { throw Refusal.nobody }
        guard (10...200).contains(reason.count) else { throw Refusal.reason }
        return try await store.withTransaction(.system) { transaction in
            var state = try await transaction.lockedActionGuard(actionClass)
            guard state.isOpen else { throw Refusal.closed }
            let held = try await due(actionClass, in: transaction).count
            let released = held == 0 ? 0 : stage.count(of: held)
            state.allowance = released
            if stage == .all {
                state.isOpen = false
                state.reason = nil
                state.openedAt = nil
            }
            try await transaction.save(state)
            try await transaction.record(
                BlastGuardReleasedEntry(state: state, stage: stage, count: released, reason: reason, name: name), by: actor)
            return Release(released: released, remaining: held - released)
        }
    }

    private func due(_ actionClass: ActionClass, in transaction: Store.Transaction) async throws -> [String] {
        guard let actions = guarded.first(where: { $0.actionClass == actionClass }) else { return [] }
        return try await actions.due(at: dateSource.now, limit: Self.most, in: transaction)
    }
}

/// A guard as the log calls it.
struct ActionGuardName: AuditReferableText, Hashable {
    static let auditKind = AuditReferenceKind.control
    let auditKey: String

    init(_ actionClass: ActionClass) { auditKey = actionClass.rawValue + "_guard" }
}

/// Too many automatic actions of one class: all that follow are held (AUD-112).
struct BlastGuardTrippedEntry: AuditEvent {
    static let type = AuditEventType.billing("blast_guard_tripped", .critical, .control)
    let state: ActionGuardState
    let counts: ActionCounts
    let eligible: Int

    var references: AuditReferences { AuditReferences(AuditReference(ActionGuardName(state.actionClass))) }
    var summary: String { "\(state.actionClass.rawValue) is held: the \(state.reason ?? "") limit would be crossed" }
    var data: [String: JSONValue] {
        [
            "class": .string(state.actionClass.rawValue), "limit": .string(state.reason ?? ""),
            "last_hour": .integer(Int64(counts.lastHour)), "last_day": .integer(Int64(counts.lastDay)),
            "eligible": .integer(Int64(eligible)),
        ]
    }
}

/// An operator has let a share of what was held pass (AUD-112).
struct BlastGuardReleasedEntry: AuditEvent {
    static let type = AuditEventType.billing("blast_guard_released", .high, .control)
    let state: ActionGuardState
    let stage: ReleaseStage
    let count: Int
    let reason: String
    let name: String

    var references: AuditReferences { AuditReferences(AuditReference(ActionGuardName(state.actionClass))) }
    var summary: String { "\(count) of \(state.actionClass.rawValue) were released" }
    var data: [String: JSONValue] {
        [
            "class": .string(state.actionClass.rawValue), "stage": .string(stage.rawValue), "count": .integer(Int64(count)),
            "reason": .string(reason), "operator": .string(name),
        ]
    }
}
