public import Billing
public import Core
internal import Identity
internal import Orgs

/// What operators do about differences from the provider, and about what guards hold.
extension BillingDesk {
    /// Of the whole of it, not of what is open now.
    public func driftReport() async throws -> ReconciliationReport? { try await services.driftRepairs.report(of: nil) }

    /// The order, the decision and the entry are one transaction.
    public func repair(_ difference: DriftItem.ID, _ order: OperatorOrder) async throws -> DriftRepairPlan {
        try await refusing {
            try await services.driftRepairs.apply(
                difference, because: String(order.reason.prefix(200)), by: order.person.description, as: order.actor)
        }
    }

    /// Found again as it is, it is not told again.
    public func ignore(_ difference: DriftItem.ID, until end: Instant?, _ order: OperatorOrder) async throws {
        _ = try await refusing {
            try await services.driftRepairs.dismiss(
                difference, until: end, because: String(order.reason.prefix(200)), by: order.person.description, as: order.actor)
        }
    }

    /// In the order of the classes.
    public func guards() async throws -> [(state: ActionGuardState, due: Int)] {
        var all: [(state: ActionGuardState, due: Int)] = []
        for actionClass in ActionClass.allCases {
            let (state, held) = try await services.guards.preview(actionClass)
            all.append((state, held.count))
        }
        return all
    }

    /// With all of it the guard closes.
    public func release(
        _ actionClass: ActionClass, _ stage: ReleaseStage, _ order: OperatorOrder
    ) async throws -> (released: Int, remaining: Int) {
        do {
            let done = try await services.guards.release(
                actionClass, stage, because: String(order.reason.prefix(200)), by: order.person.description, as: order.actor)
            return (done.released, done.remaining)
        } catch ActionGuards<Store>.Refusal.closed {
            throw RepairRefusal.nothingHeld
        }
    }

    private func refusing<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let refusal as DriftRepairs<Store>.Refusal {
            switch refusal {
            case .notFound: throw RepairRefusal.notFound
            case .closed(let state): throw RepairRefusal.over(state)
            case .byHand(let category): throw RepairRefusal.byHand(category)
            case .outdated: throw RepairRefusal.outdated
            // Every write of an operator has a name and a reason already.
            case .nobody, .reason: throw refusal
            }
        }
    }
}
