internal import Audit
public import Billing
public import Core
internal import Identity

/// What operators do about differences from the provider, and about what guards hold (BIL-124, BIL-125, BIL-132).
extension Product {
    /// What the newest comparison that is over found.
    public func driftReport() async throws -> ReconciliationReport? { try await billing.driftRepairs.report(of: nil) }

    /// What a repair would order.
    ///
    /// - Throws: ``ControlRefusal`` when there is nothing to order.
    public func driftPlan(_ id: DriftItem.ID) async throws -> DriftRepairPlan {
        try await telling { try await billing.driftRepairs.propose(id) }
    }

    /// Orders a repair.
    ///
    /// - Throws: ``ControlRefusal`` when there is nothing to order, or without a name or a reason.
    public func repairDrift(_ id: DriftItem.ID, because reason: String, by name: String) async throws -> DriftRepairPlan {
        try await telling { try await billing.driftRepairs.apply(id, because: reason, by: name, as: .system(component: "cli")) }
    }

    /// Lets a difference stay as it is, until an instant or for good.
    ///
    /// - Throws: ``ControlRefusal`` without a name or a reason.
    public func dismissDrift(_ id: DriftItem.ID, until end: Instant?, because reason: String, by name: String) async throws {
        _ = try await telling {
            try await billing.driftRepairs.dismiss(id, until: end, because: reason, by: name, as: .system(component: "cli"))
        }
    }

    /// How a guard stands, and how much is due behind it.
    public func actionGuard(_ actionClass: ActionClass) async throws -> (state: ActionGuardState, due: Int) {
        let (state, held) = try await billing.guards.preview(actionClass)
        return (state, held.count)
    }

    /// Lets a share of what a guard holds pass.
    ///
    /// - Throws: ``ControlRefusal`` when nothing is held, or without a name or a reason.
    public func releaseActions(
        _ actionClass: ActionClass, _ stage: ReleaseStage, because reason: String, by name: String
    ) async throws -> (released: Int, remaining: Int) {
        do {
            let done = try await billing.guards.release(actionClass, stage, because: reason, by: name, as: .system(component: "cli"))
            return (done.released, done.remaining)
        } catch let refusal as ActionGuards<AppStore>.Refusal {
            throw ControlRefusal(description: "Nothing was released: \(refusal.words).")
        }
    }

    private func telling<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let refusal as DriftRepairs<AppStore>.Refusal {
            throw ControlRefusal(description: "Nothing was done: \(refusal.words).")
        }
    }
}

extension DriftRepairs.Refusal {
    /// What an operator can do about it.
    fileprivate var words: String {
        switch self {
        case .notFound: "there is no difference of this id"
        case .closed(let state): "the difference is over (\(state.rawValue))"
        case .byHand(let category): "no command repairs a difference of \(category.rawValue); look into it and dismiss it with a reason"
        case .outdated: "what it is about has changed since; wait for the next comparison"
        case .nobody: "NAME is 1 to 100 characters long"
        case .reason: "REASON is 10 to 200 characters long"
        }
    }
}

extension ActionGuards.Refusal {
    /// What an operator can do about it.
    fileprivate var words: String {
        switch self {
        case .nobody: "NAME is 1 to 100 characters long"
        case .reason: "REASON is 10 to 200 characters long"
        case .closed: "the guard holds nothing"
        }
    }
}
