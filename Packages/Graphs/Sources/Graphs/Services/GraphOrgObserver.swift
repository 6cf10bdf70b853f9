public import Core
internal import Identity
internal import Operations
public import Orgs

/// What of Graphs stands in the way of an org's deletion: every graph that is not gone. Its data are destroyed on the one way that leads
/// over a verified final backup, never as a side effect of the end of an org.
public struct GraphOrgObserver<Transaction: GraphTransaction>: OrgLifecycleObserver {
    /// Makes an observer.
    public init() {}

    /// Each graph by its id, with what can be done about it.
    public func deletionBlockers(
        of org: Org.ID, forfeitingBalance forfeitsBalance: Bool, in transaction: Transaction
    ) async throws -> [DeletionBlocker] {
        try await transaction.remainingGraphs(of: org).map { graph in
            if graph.isDeleteProtected {
                return DeletionBlocker(
                    .protectedGraph, id: graph.id.description,
                    remedy: "POST /v1/graphs/\(graph.id)/operations/set-delete-protection")
            }
            let remedy =
                switch graph.status {
                case .active: "Delete the graph."
                case .suspended: "Wait for the end of its retention."
                default: "Wait until this has ended."
                }
            return DeletionBlocker(.runningWork, id: graph.id.description, remedy: remedy)
        }
    }
}
