internal import Billing
internal import Graphs
internal import Identity

/// Whoever may see a graph may see its credits; of a seat that is its subscriber.
struct GraphPools: CreditPoolAuthorizing {
    let graphs: any GraphManaging

    func readablePool(_ resource: String, for principal: Principal) async throws -> (resource: ResourceID, subscriber: User.ID?) {
        guard let id = ResourceID(resource) else { throw MoneyRefusal.notFound }
        guard let graph = GraphID(resource) else { return (id, principal.userID) }
        _ = try await graphs.graph(graph, as: GraphCaller(user: principal.userID, org: principal.orgScope?.org))
        return (id, nil)
    }
}
