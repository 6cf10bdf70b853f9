internal import Audit
internal import Billing
public import Core
public import Graphs
internal import Identity
internal import Operations
internal import Orgs

/// Carries operators' orders about findings out by the commands of Graphs.
public struct OrphanDesk<Store: GraphStore>: OperatorOrphans {
    private let repairs: OrphanRepairs<Store>

    /// Makes a desk.
    public init(repairs: OrphanRepairs<Store>) {
        self.repairs = repairs
    }

    /// The order and its entry are one transaction.
    public func repair(_ orphan: OrphanFinding.ID, _ order: OperatorOrder) async throws -> OrphanRepairPlan {
        try await repairs.repair(orphan, because: order.reason, by: AuditReference(order.person))
    }

    /// Seen again, it is not told of again.
    public func dismiss(_ orphan: OrphanFinding.ID, _ order: OperatorOrder) async throws {
        try await repairs.dismiss(orphan, because: order.reason, by: AuditReference(order.person))
    }
}
