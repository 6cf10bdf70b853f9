internal import Billing
internal import Core
internal import Graphs
internal import HTTPServer
internal import Identity
internal import IdentityHTTP

extension GraphRoutes {
    /// The caps of a graph, or of a seat at a shared repository (GRA-028).
    func registerLimits(on router: inout Router) {
        router.add(
            .get, "/v1/graphs/{graph_id}/limits", operation: "get_graph_limits",
            about { routes, seat in
                TierBodies.limits(of: seat, plan: routes.plans.plans[.repository(seat.repository.id.description, seat.plan)])
            } _: { routes, found, _ in
                let graph = found.graph
                guard let tier = routes.catalogue.tier(graph.tier) else { throw GraphError.unknownTier(graph.tier) }
                return try .json(
                    TierBodies.limits(
                        of: graph, tier: tier, plan: routes.plans.plans[.graph(tier.name.rawValue)], pool: await routes.pool(of: graph),
                        facts: await routes.graphs.facts(of: graph), today: await routes.graphs.dailyUse(of: graph)))
            })
    }

    /// The AI credits of a graph; one that was never paid for has none.
    private func pool(of graph: Graph) async throws -> CreditPoolView? {
        guard let resource = ResourceID(graph.id.description) else { return nil }
        do {
            return try await pools.pool(of: resource, subscriber: nil)
        } catch MoneyRefusal.notFound {
            return nil
        }
    }
}
