internal import Billing
internal import Core
public import Graphs
public import HTTPServer
internal import Identity
public import IdentityHTTP
internal import Operations

/// The routes of work on graphs' databases that goes on in the background (wire contract, section 4, and graphs.md, section 6).
public struct UpkeepRoutes: Sendable {
    let upkeep: any GraphUpkeeping
    let graphs: any GraphManaging
    let mutations: any GraphMutationManaging
    let authenticator: Authenticator

    /// Makes routes.
    public init(
        upkeep: any GraphUpkeeping, graphs: any GraphManaging, mutations: any GraphMutationManaging, authenticator: Authenticator
    ) {
        self.upkeep = upkeep
        self.graphs = graphs
        self.mutations = mutations
        self.authenticator = authenticator
    }

    /// Adds the routes.
    public func register(on router: inout Router) {
        router.describe("Graphs") { Self.descriptions }
        router.add(
            .post, "/v1/graphs/{graph_id}/operations/materialize", operation: "materialize",
            command(.graphWrite) { [upkeep] request, key, caller, id in
                let body = try withTextDetail { try request.decodeIfPresent(MaterializeBody.self) }
                return try await upkeep.materialize((body ?? MaterializeBody()).wish, of: id, key: key, as: caller)
            })
        router.add(
            .post, "/v1/graphs/{graph_id}/operations/compact-graph", operation: "compact_graph",
            command(.graphAdmin) { [upkeep] _, key, caller, id in try await upkeep.compact(id, key: key, as: caller) })
    }

    private typealias Answer = (operation: Operations.Operation, isReplay: Bool)

    private func command(
        _ scope: Scope, _ carryOut: @escaping @Sendable (Request, CallKey?, GraphCaller, GraphID) async throws -> Answer
    ) -> @Sendable (Request) async throws -> Response {
        authenticator.authenticated { [self] request, principal in
            try principal.require(scope)
            let id = try await request.graph(principal, in: graphs)
            let key = try request.idempotency().map { CallKey(key: $0.key, fingerprint: $0.fingerprint) }
            let caller = request.caller(principal)
            let (operation, isReplay) = try await answering {
                try await mutations.carryingOut(request, on: id, as: caller) { try await carryOut(request, key, caller, id) }
            }
            return try .operation(operation, isReplay: isReplay, status: .accepted)
        }
    }
}

/// The body of a materialization (wire contract, MaterializeOp).
struct MaterializeBody: Decodable {
    var force: Bool?
    var rebuild: Bool?
    var dryRun: Bool?
    var source: String?
    var materializeEmbeddings: Bool?

    enum CodingKeys: String, CodingKey {
        case force, rebuild, source
        case dryRun = "dry_run"
        case materializeEmbeddings = "materialize_embeddings"
    }

    var wish: MaterializeWish { MaterializeWish(source: source, isRehearsal: dryRun ?? false) }
}
