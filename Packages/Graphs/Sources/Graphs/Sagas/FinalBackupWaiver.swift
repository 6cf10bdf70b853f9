public import Audit
internal import Billing
public import Core
internal import Identity
internal import Jobs
internal import Operations
internal import Orgs

/// Why the final backup of a graph is not waived.
public enum WaiverRefusal: Error, Hashable, Sendable {
    /// The graph is not being destroyed.
    case notBeingDestroyed(Graph.Status)
    /// Nobody gave the host up, or it answered since.
    case hostNotLost(name: String)
    /// The final backup is complete and is being read back.
    case backupComplete
}

/// The end of graphs whose host is lost (GRA-050): the one way on which no verified final backup lies. It drops nothing; it closes the records of
/// what cannot be reached any more.
public struct FinalBackupWaiver: Sendable {
    /// Makes it.
    public init() {}

    /// Lets the destruction of a graph, and of those of its subgraphs that are being destroyed, end without what only the host could do.
    /// Twice is once.
    ///
    /// - Parameter reason: why, in the operator's own words.
    /// - Throws: ``WaiverRefusal``.
    public func waive(
        for graph: Graph, because reason: String, by actor: AuditActor, at now: Instant, in transaction: some GraphTransaction
    ) async throws {
        guard graph.status == .deprovisioning else { throw WaiverRefusal.notBeingDestroyed(graph.status) }
        var graphs = [graph]
        if !graph.id.isSubgraph {
            graphs += try await transaction.livingSubgraphs(of: graph.id).filter { $0.status == .deprovisioning }
        }
        for part in graphs { try await waive(of: part, because: reason, by: actor, at: now, in: transaction) }
    }

    private func waive(
        of graph: Graph, because reason: String, by actor: AuditActor, at now: Instant, in transaction: some GraphTransaction
    ) async throws {
        guard var teardown = try await transaction.lockedTeardown(of: graph.id) else {
            throw WaiverRefusal.notBeingDestroyed(graph.status)
        }
        guard teardown.waivedAt == nil else { return }
        guard let host = try await transaction.lockedHost(of: graph.id) else { throw WaiverRefusal.notBeingDestroyed(graph.status) }
        guard host.isGivenUp else { throw WaiverRefusal.hostNotLost(name: host.host.name) }
        if let id = teardown.backup, teardown.verifiedAt == nil, var begun = try await transaction.lockedBackup(id) {
            guard begun.status != .completed else { throw WaiverRefusal.backupComplete }
            // Whoever was writing it finds it given up, and removes what was written.
            if begun.status == .inProgress {
                begun.status = .failed
                try await transaction.save(begun)
            }
        }
        teardown.waivedAt = now
        try await transaction.save(teardown)
        if teardown.finalBackup == nil {
            var rest: GraphBackup?
            if let id = try await transaction.newestBackup(of: graph.id) { rest = try await transaction.lockedBackup(id) }
            try await transaction.record(
                FinalBackupWaived(graph, operation: teardown.operation, host: host.host, newest: rest, because: reason), by: actor)
        }
        try await transaction.record(
            GraphAdminDeprovisioned(graph, operation: teardown.operation, host: host.host, because: reason), by: actor)
        try await transaction.hasten(TeardownSaga.self, key: graph.id.description)
    }
}

/// What is left of a graph at its end.
struct LastBackup: Sendable {
    /// The final backup; `nil` when it was waived.
    let id: GraphBackup.ID?
    let keptUntil: Instant

    init(_ teardown: Teardown, keptUntil: Instant) {
        id = teardown.finalBackup
        self.keptUntil = keptUntil
    }

    /// What the entry of the end says.
    var data: [String: JSONValue] {
        id.map { ["final_backup": .string($0.description)] } ?? ["final_backup_waived": true]
    }

    /// What the operation says.
    ///
    /// - Parameters:
    ///   - facts: what it says besides.
    ///   - key: how it calls the backup.
    func result(of facts: [String: JSONValue], id key: String) -> JSONValue {
        guard let id else { return .object(facts.merging(["final_backup_waived": true]) { $1 }) }
        return .object(facts.merging([key: .string(id.description), "backup_kept_until": .string(keptUntil.description)]) { $1 })
    }
}
