import Billing
import Core
import Graphs
import HTTPServer
import Identity
import IdentityHTTP
import Operations
import Orgs
import PlatformTesting
import Synchronization
import Testing

@testable import GraphsHTTP

private let now = Instant("2026-03-01T10:00:00Z") ?? Instant(secondsSinceEpoch: 0)

/// Takes down what is asked, and accepts it.
private final class AskedSubgraphs: SubgraphManaging {
    let created = Mutex<[SubgraphWish]>([])
    let deleted = Mutex<[SubgraphDeletion]>([])

    private func accepted(_ kind: OperationKind, under parent: GraphID, by caller: GraphCaller) -> Operations.Operation {
        Operation(
            accepting: NewOperation(
                kind: kind, org: Org.ID(high: 1, low: 1), graph: parent.description, startedBy: caller.user, message: "It is begun",
                steps: ["Doing it"], result: ["status": "begun"]), id: Operation.ID(high: 1, low: 7), at: now)
    }

    func create(
        _ wish: SubgraphWish, under parent: GraphID, key: CallKey?, as caller: GraphCaller
    ) async throws -> (operation: Operations.Operation, isReplay: Bool) {
        created.withLock { $0.append(wish) }
        return (accepted(.createSubgraph, under: parent, by: caller), false)
    }

    func delete(
        _ wish: SubgraphDeletion, under parent: GraphID, key: CallKey?, as caller: GraphCaller
    ) async throws -> (operation: Operations.Operation, isReplay: Bool) {
        deleted.withLock { $0.append(wish) }
        throw GraphError.subgraphHoldsData(nodes: 7)
    }

    func subgraphs(of parent: GraphID, as caller: GraphCaller) async throws -> SubgraphList { throw GraphError.notFound }
    func subgraph(named name: String, of parent: GraphID, as caller: GraphCaller) async throws -> SubgraphView {
        throw GraphError.notFound
    }
}

/// Knows nothing, and takes down what it is asked and for how long.
private final class AskedOperations: OperationWaiting {
    let waits = Mutex<[Duration]>([])

    func end(of id: Operations.Operation.ID, within limit: Duration) async throws -> Operations.Operation? {
        waits.withLock { $0.append(limit) }
        return nil
    }
}

/// The routes of subgraphs without a socket; the clock stands still.
@Suite struct SubgraphRoutesTests {
    private let subgraphs = AskedSubgraphs()
    private let operations = AskedOperations()

    private func ask(_ method: HTTPServer.Method, _ path: String, _ text: String) async throws -> (status: Int, body: JSONValue) {
        var router = Router()
        SubgraphRoutes(
            subgraphs: subgraphs, graphs: UnaskedGraphs(), mutations: QuietMutations(), operations: operations,
            authenticator: Authenticator(OnePerson())
        ).register(on: &router)
        var headers = Headers()
        headers["Content-Type"] = "application/json"
        headers["Authorization"] = "Bearer token"
        let request = try #require(
            Request(
                method: method, target: path, headers: headers, body: Array(text.utf8), remoteAddress: "127.0.0.1",
                id: RequestID.make(at: now)))
        let response = await router.respond(to: request)
        guard case .bytes(let bytes) = response.body else { return (response.status.rawValue, .null) }
        return (response.status.rawValue, try JSON.decode(JSONValue.self, from: bytes))
    }

    @Test func `GRA-072 OPS-002 a subgraph is waited for 20 seconds, a copy of its parent not at all, and both are 200`()
        async throws
    {
        let path = "/v1/graphs/kg0123456789abcdef0123/operations/create-subgraph"
        let plain = try await ask(.post, path, #"{"name": "Notes", "display_name": "Notes", "metadata": {"a": 1}}"#)
        #expect(plain.status == 200 && plain.body["status"] == "pending", "\(plain)")
        #expect(operations.waits.withLock { $0 } == [.seconds(20)])
        let copy = try await ask(
            .post, path,
            #"{"name": "copy", "display_name": "Copy", "fork_parent": true, "subgraph_type": "knowledge", "schema_extensions": []}"#)
        #expect(copy.status == 200 && copy.body["status"] == "pending", "\(copy)")
        #expect(operations.waits.withLock { $0.count } == 1)
        #expect(
            subgraphs.created.withLock { $0 } == [
                SubgraphWish(
                    name: "Notes", displayName: "Notes", description: nil, extensions: nil, kind: nil, metadata: ["a": 1],
                    forksParent: false),
                SubgraphWish(
                    name: "copy", displayName: "Copy", description: nil, extensions: [], kind: "knowledge", metadata: nil,
                    forksParent: true),
            ])
        #expect(try await ask(.post, path, #"{"display_name": "Notes"}"#).status == 422)
    }

    @Test func `GRA-073 a backup comes first and data are kept unless the call says otherwise, and its refusal is 409`() async throws {
        let path = "/v1/graphs/kg0123456789abcdef0123/operations/delete-subgraph"
        let refused = try await ask(.post, path, #"{"subgraph_name": "notes"}"#)
        #expect(refused.status == 409 && refused.body["code"] == "SUBGRAPH_HAS_DATA", "\(refused)")
        _ = try await ask(.post, path, #"{"subgraph_name": "notes", "force": true, "backup_first": false}"#)
        #expect(
            subgraphs.deleted.withLock { $0 } == [
                SubgraphDeletion(name: "notes", isForced: false, keepsBackup: true),
                SubgraphDeletion(name: "notes", isForced: true, keepsBackup: false),
            ])
    }

    @Test func `GRA-040 what is asked of a subgraph and is its parent's is 400, and names the parent and the command`() throws {
        let problem = GraphError.isSubgraph(of: try #require(GraphID("kg0123456789abcdef0123"))).problem
        #expect(problem.status.rawValue == 400 && problem.code == "SUBGRAPH")
        #expect(problem.detail.contains("kg0123456789abcdef0123") && problem.detail.contains("delete-subgraph"))
    }
}
