internal import Audit
internal import Billing
public import Core
public import Graphs
internal import Identity
internal import Operations
internal import Orgs

/// Carries operators' orders about hosts out by the commands of Graphs.
public struct HostDesk<Store: GraphStore>: OperatorHosts {
    private let registry: HostRegistry<Store>
    private let recovery: HostRecovery<Store>

    /// Makes a desk.
    public init(registry: HostRegistry<Store>, recovery: HostRecovery<Store>) {
        self.registry = registry
        self.recovery = recovery
    }

    /// The host is asked before, and outside of any transaction.
    public func register(_ name: String, _ order: OperatorOrder) async throws -> GraphHost.ID {
        try await registry.register(name, because: order.reason, by: order.actor)
    }

    /// What there is to lose.
    public func graphs(on host: GraphHost.ID) async throws -> [LostGraph] {
        try await recovery.graphs(on: host)
    }

    /// The host is asked before: one that answers is not given up.
    public func recover(_ host: GraphHost.ID, _ order: OperatorOrder) async throws -> [LostGraph] {
        try await recovery.begin(on: host, because: order.reason, by: order.actor)
    }
}
