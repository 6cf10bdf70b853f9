import Billing
import Core
import Graphs
import HTTPServer
import Identity
import IdentityHTTP
import Operations
import PlatformTesting
import Testing

@testable import GraphsHTTP

/// Backups that nobody asks for here.
private struct UnaskedBackups: BackupManaging {
    typealias Accepted = (operation: Operations.Operation, isReplay: Bool)

    func request(_ wish: BackupWish, of id: GraphID, key: CallKey?, as caller: GraphCaller) async throws -> Accepted {
        throw GraphError.notFound
    }
    func backups(of id: GraphID, limit: Int, offset: Int, as caller: GraphCaller) async throws -> (page: [GraphBackup], total: Int) {
        throw GraphError.notFound
    }
    func sums(of id: GraphID, as caller: GraphCaller) async throws -> BackupSums { throw GraphError.notFound }
    func backup(_ id: GraphBackup.ID, of graph: GraphID, as caller: GraphCaller) async throws -> GraphBackup { throw GraphError.notFound }
    func link(to id: GraphBackup.ID, of graph: GraphID, lasting: Duration, as caller: GraphCaller) async throws -> DownloadLink {
        throw GraphError.notFound
    }
    func open(_ link: String) async throws -> (backup: GraphBackup, contents: any BackupContents) { throw GraphError.notFound }
    func restore(
        _ backup: GraphBackup.ID, of id: GraphID, confirmation: String, key: CallKey?, as caller: GraphCaller
    ) async throws -> Accepted { throw GraphError.notFound }
    func erase(_ id: GraphID, confirmation: String, key: CallKey?, as caller: GraphCaller) async throws -> Accepted {
        throw GraphError.notFound
    }
}

/// Upkeep that nobody asks for here.
private struct UnaskedUpkeep: GraphUpkeeping {
    func materialize(
        _ wish: MaterializeWish, of id: GraphID, key: CallKey?, as caller: GraphCaller
    ) async throws -> (operation: Operations.Operation, isReplay: Bool) { throw GraphError.notFound }
    func compact(_ id: GraphID, key: CallKey?, as caller: GraphCaller) async throws -> (operation: Operations.Operation, isReplay: Bool) {
        throw GraphError.notFound
    }
}

/// How the commands that answer with an operation refuse.
@Suite struct OperationProblemTests {
    private let now = Instant("2026-03-01T10:00:00Z") ?? Instant(secondsSinceEpoch: 0)

    private func router() throws -> Router {
        let authenticator = Authenticator(OnePerson())
        let (graphs, mutations) = (UnaskedGraphs(), QuietMutations())
        var router = Router()
        GraphRoutes(
            graphs: graphs, credentials: graphs, mutations: mutations, pools: UnaskedPools(), catalogue: .standard,
            plans: try BuiltInCatalogue.load(), authenticator: authenticator, dateSource: SteppedDateSource(startingAt: now)
        ).register(on: &router)
        BackupRoutes(
            backups: UnaskedBackups(), graphs: graphs, mutations: mutations, authenticator: authenticator,
            publicURL: "https://api.example.com"
        ).register(on: &router)
        UpkeepRoutes(upkeep: UnaskedUpkeep(), graphs: graphs, mutations: mutations, authenticator: authenticator).register(on: &router)
        return router
    }

    private func ask(
        _ router: Router, _ method: Method, _ path: String, _ text: String, key: String? = nil, isKnown: Bool = true
    ) async throws -> (status: Int, body: JSONValue) {
        var headers = Headers()
        headers["Content-Type"] = "application/json"
        headers["Idempotency-Key"] = key
        if isKnown { headers["Authorization"] = "Bearer token" }
        let request = try #require(
            Request(
                method: method, target: path, headers: headers, body: Array(text.utf8), remoteAddress: "127.0.0.1",
                id: RequestID.make(at: now)))
        let response = await router.respond(to: request)
        #expect(response.headers["Content-Type"] == "application/problem+json")
        guard case .bytes(let bytes) = response.body else { return (response.status.rawValue, .null) }
        return (response.status.rawValue, try JSON.decode(JSONValue.self, from: bytes))
    }

    @Test func `OPS-003 whatever is wrong with a command, its refusal is one sentence, with code, request and time`() async throws {
        let router = try router()
        let paths = router.routes.filter { $0.method == .post && ($0.path == "/v1/graphs" || $0.path.contains("/operations/")) }.map(\.path)
        #expect(paths.count == 12, "\(paths)")
        var statuses: Set<Int> = []
        for path in paths {
            let target = path.replacing("{graph_id}", with: "kg0123456789abcdef0123")
            let answers = [
                try await ask(router, .post, target, "{"), try await ask(router, .post, target, "[]"),
                try await ask(router, .post, target, "{}"),
                try await ask(router, .post, target, #"{"confirm": 7, "enabled": "x", "new_tier": 1}"#),
                try await ask(router, .post, target, "{}", key: "with a blank"), try await ask(router, .post, target, "{}", key: "k"),
                try await ask(router, .post, target, "{}", isKnown: false),
                try await ask(router, .post, path.replacing("{graph_id}", with: "nonsense"), "{}"),
                try await ask(router, .put, target, "{}"),
            ]
            for (number, answer) in answers.enumerated() where answer.status >= 400 {
                statuses.insert(answer.status)
                #expect(answer.body["detail"]?.stringValue?.isEmpty == false, "\(path) \(number): \(answer)")
                for name in ["code", "request_id", "timestamp"] {
                    #expect(answer.body[name]?.stringValue?.isEmpty == false, "\(path) \(number): \(name)")
                }
            }
            #expect(answers[4].status == 422, "\(path)")
        }
        #expect(statuses.isSuperset(of: [400, 401, 404, 405, 422]), "\(statuses)")

        // Elsewhere the faults of a 422 are the detail, as the published client reads them.
        let other = try await ask(router, .put, "/v1/user/selected-graph", "{}")
        #expect(other.status == 422 && other.body["detail"]?.arrayValue?.first?["loc"] == ["body", "graph_id"], "\(other)")
        for name in ["code", "request_id", "timestamp"] { #expect(other.body[name]?.stringValue?.isEmpty == false) }
    }
}
