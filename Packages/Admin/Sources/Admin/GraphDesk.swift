internal import Audit
internal import Billing
public import Core
public import Graphs
internal import Identity
internal import Operations
internal import Orgs

/// Carries operators' orders about graphs out by the commands of Graphs.
public struct GraphDesk<Store: GraphStore>: OperatorGraphs {
    private let store: Store
    private let lifecycle: GraphLifecycle
    private let dateSource: any DateSource

    /// Makes a desk.
    public init(store: Store, catalogue: GraphCatalogue, dateSource: any DateSource) {
        self.store = store
        lifecycle = GraphLifecycle(catalogue: catalogue)
        self.dateSource = dateSource
    }

    /// The reason stands on the graph.
    public func holdPurge(of id: GraphID, _ order: OperatorOrder) async throws {
        try await store.withTransaction(.system) { transaction in
            guard let graph = try await transaction.lockedGraph(id) else { throw GraphError.notFound }
            try await lifecycle.holdPurge(of: graph, because: order.reason, by: order.actor, in: transaction)
        }
    }

    /// Never before its owners could be warned.
    public func releasePurge(of id: GraphID, _ order: OperatorOrder) async throws {
        let now = dateSource.now
        try await store.withTransaction(.system) { transaction in
            guard let graph = try await transaction.lockedGraph(id) else { throw GraphError.notFound }
            guard graph.status == .suspended else { throw GraphError.notActive(graph.status) }
            try await lifecycle.releasePurge(of: graph, by: order.actor, at: now, in: transaction)
        }
    }

    /// Of its subgraphs that are being destroyed as well.
    public func waiveFinalBackup(of id: GraphID, _ order: OperatorOrder) async throws {
        let now = dateSource.now
        try await store.withTransaction(.system) { transaction in
            guard let graph = try await transaction.lockedGraph(id) else { throw GraphError.notFound }
            try await FinalBackupWaiver().waive(for: graph, because: order.reason, by: order.actor, at: now, in: transaction)
        }
    }
}
