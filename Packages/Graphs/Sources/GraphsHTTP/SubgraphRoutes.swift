internal import Billing
internal import Core
public import Graphs
public import HTTPServer
internal import Identity
public import IdentityHTTP
internal import Operations

/// The routes of subgraphs (wire contract, section 4).
public struct SubgraphRoutes: Sendable {
    let subgraphs: any SubgraphManaging
    let graphs: any GraphManaging
    let mutations: any GraphMutationManaging
    let operations: any OperationWaiting
    let authenticator: Authenticator

    /// For how long an answer waits for the work to be done (OPS-002).
    static var patience: Duration { .seconds(20) }

    /// Makes routes.
    public init(
        subgraphs: any SubgraphManaging, graphs: any GraphManaging, mutations: any GraphMutationManaging,
        operations: any OperationWaiting, authenticator: Authenticator
    ) {
        self.subgraphs = subgraphs
        self.graphs = graphs
        self.mutations = mutations
        self.operations = operations
        self.authenticator = authenticator
    }

    /// Adds the routes.
    public func register(on router: inout Router) {
        router.describe("Graphs") { Self.descriptions }
        router.add(
            .post, "/v1/graphs/{graph_id}/operations/create-subgraph", operation: "create_subgraph",
            command { [subgraphs] request, key, caller, id in
                let wish = try withTextDetail { try request.decode(CreateSubgraphBody.self) }.wish
                return (try await subgraphs.create(wish, under: id, key: key, as: caller), waits: !wish.forksParent)
            })
        router.add(
            .post, "/v1/graphs/{graph_id}/operations/delete-subgraph", operation: "delete_subgraph",
            command { [subgraphs] request, key, caller, id in
                let wish = try withTextDetail { try request.decode(DeleteSubgraphBody.self) }.wish
                return (try await subgraphs.delete(wish, under: id, key: key, as: caller), waits: true)
            })
        router.add(
            .get, "/v1/graphs/{graph_id}/subgraphs", operation: "list_subgraphs",
            reading { [subgraphs] request, id, caller in try await .json(subgraphs.subgraphs(of: id, as: caller).body) })
        router.add(
            .get, "/v1/graphs/{graph_id}/subgraphs/{subgraph_name}", operation: "get_subgraph_info",
            reading { [subgraphs] request, id, caller in
                let name = request.pathParameters["subgraph_name"] ?? ""
                return try await .json(subgraphs.subgraph(named: name, of: id, as: caller).body)
            })
    }

    private typealias Answer = (accepted: (operation: Operations.Operation, isReplay: Bool), waits: Bool)

    /// Both are 200, whether they are done or go on; the work is a worker's, which the answer waits for.
    private func command(
        _ carryOut: @escaping @Sendable (Request, CallKey?, GraphCaller, GraphID) async throws -> Answer
    ) -> @Sendable (Request) async throws -> Response {
        authenticator.authenticated { [self] request, principal in
            try principal.require(.graphAdmin)
            let id = try await request.graph(principal, in: graphs)
            let key = try request.idempotency().map { CallKey(key: $0.key, fingerprint: $0.fingerprint) }
            let caller = request.caller(principal)
            let answer = try await answering {
                try await mutations.carryingOut(request, on: id, as: caller) { try await carryOut(request, key, caller, id) }
            }
            var operation = answer.accepted.operation
            if answer.waits, !operation.status.isTerminal {
                operation = try await operations.end(of: operation.id, within: Self.patience) ?? operation
            }
            return try .operation(operation, isReplay: answer.accepted.isReplay, status: .ok)
        }
    }

    private func reading(
        _ read: @escaping @Sendable (Request, GraphID, GraphCaller) async throws -> Response
    ) -> @Sendable (Request) async throws -> Response {
        authenticator.authenticated { [graphs] request, principal in
            try principal.require(.graphRead)
            return try await read(request, request.graph(principal, in: graphs), request.caller(principal))
        }
    }
}

/// The body of the command (CreateSubgraphRequest).
struct CreateSubgraphBody: Decodable {
    var name: String
    var displayName: String
    var description: String?
    var schemaExtensions: [String]?
    var subgraphType: String?
    var metadata: JSONValue?
    var forkParent: Bool?

    enum CodingKeys: String, CodingKey {
        case name, description, metadata
        case displayName = "display_name"
        case schemaExtensions = "schema_extensions"
        case subgraphType = "subgraph_type"
        case forkParent = "fork_parent"
    }

    var wish: SubgraphWish {
        SubgraphWish(
            name: name, displayName: displayName, description: description, extensions: schemaExtensions, kind: subgraphType,
            metadata: metadata, forksParent: forkParent ?? false)
    }
}

/// The body of the command (DeleteSubgraphOp).
struct DeleteSubgraphBody: Decodable {
    var subgraphName: String
    var force: Bool?
    var backupFirst: Bool?

    enum CodingKeys: String, CodingKey {
        case force
        case subgraphName = "subgraph_name"
        case backupFirst = "backup_first"
    }

    var wish: SubgraphDeletion {
        SubgraphDeletion(name: subgraphName, isForced: force ?? false, keepsBackup: backupFirst ?? true)
    }
}
