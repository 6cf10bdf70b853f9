internal import Billing
internal import Graphs
internal import Identity

/// Whoever may see a graph may see what pays for it and its credits; of a seat that is its subscriber.
struct ReadableResources: ResourceAuthorizing {
    let graphs: any GraphManaging

    func readableResource(_ resource: String, for principal: Principal) async throws -> (resource: ResourceID, subscriber: User.ID?) {
        guard let id = ResourceID(resource) else { throw BillingError.notFound }
        guard let graph = GraphID(resource) else { return (id, principal.userID) }
        _ = try await graphs.graph(graph, as: GraphCaller(principal))
        return (id, nil)
    }
}
