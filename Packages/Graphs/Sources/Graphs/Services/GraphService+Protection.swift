internal import Audit
internal import Billing
internal import Core
internal import Identity
internal import Jobs
public import Operations
internal import Orgs

extension GraphService {
    /// Protects a graph from being deleted or restored over, or ends that (GRA-052): its admins may protect it, and only an owner of its org
    /// takes that back. The same again changes nothing.
    public func setProtection(
        _ id: GraphID, to isProtected: Bool, key: CallKey?, as caller: GraphCaller
    ) async throws -> (operation: Operation, isReplay: Bool) {
        let found = try await graph(id, as: caller)
        try GraphRules.require(.admin, role: found.role, of: found.graph)
        guard isProtected || found.orgRole == .owner else { throw GraphError.orgOwnerRequired }
        let (call, earlier) = try await earlierAnswer(to: .setDeleteProtection, of: found, key: key, as: caller)
        if let earlier { return (earlier, true) }
        let message = isProtected ? "The graph is protected from deletion" : "The graph can be deleted"
        return try await complete(.setDeleteProtection, call: call, as: caller, message: message) { _, transaction in
            guard var graph = try await transaction.lockedGraph(id), !graph.status.isTerminal else { throw GraphError.notFound }
            if graph.isDeleteProtected != isProtected {
                graph.isDeleteProtected = isProtected
                if isProtected || graph.purgeAt == nil {
                    try await transaction.save(graph)
                } else {
                    // What waited for the protection to end goes on, after a warning of the new time.
                    graph = try await lifecycle.letPurgeGo(of: graph, at: dateSource.now, in: transaction)
                }
                try await transaction.record(
                    GraphProtectionChangedEntry(graph, operation: nil, data: ["delete_protected": .bool(isProtected)]),
                    by: .user(AuditReference(caller.user)))
            }
            return (graph, ["graph_id": .string(id.description), "delete_protected": .bool(isProtected)])
        }
    }
}
