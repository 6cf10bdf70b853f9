import Audit
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

/// A list of calls that remembers what it was asked for.
private final class AskedMutations: GraphMutationManaging {
    private let asked = Mutex<[GraphMutationQuery]>([])

    var queries: [GraphMutationQuery] { asked.withLock(\.self) }

    func mutations(of id: GraphID, _ query: GraphMutationQuery, as caller: GraphCaller) async throws -> Page<GraphMutation> {
        guard query.cursor?.description != "foreign" else { throw AuditCursorInvalid() }
        guard query.name != "as-a-member" else { throw GraphError.roleTooWeak(needed: .admin) }
        asked.withLock { $0.append(query) }
        return Page(elements: [], next: Cursor("further"))
    }

    func call(with arguments: JSONValue) -> MutatingCall {
        MutatingCall(fingerprint: nil, objects: [], beganAt: Instant(secondsSinceEpoch: 0))
    }

    func note(_ name: String, _ call: MutatingCall, on id: GraphID, refusedFor code: String, as caller: GraphCaller) async throws {}
}

/// The routes of graphs, asked without a socket and without a database.
@Suite struct GraphRoutesTests {
    private let now = Instant("2026-03-01T10:00:00Z") ?? Instant(secondsSinceEpoch: 0)

    @Test func `BIL-063 a change of tier takes a quote, and says what is wrong with it`() async throws {
        let router = router(plans: try BuiltInCatalogue.load())
        let cases: [(body: JSONValue, status: Int, code: String)] = [
            (["new_tier": "ladybug-large"], 404, "NOT_FOUND"),
            (["new_tier": "ladybug-large", "quote": "29900"], 422, "INVALID_INPUT"),
            (["new_tier": "ladybug-large", "quote": "1772359200.1.1"], 409, "QUOTE_CHANGED"),
            (["new_tier": "ladybug-large", "quote": "1772359200.2.2"], 409, "QUOTE_EXPIRED"),
        ]
        for (body, status, code) in cases {
            var headers = Headers()
            headers["Authorization"] = "Bearer token"
            headers["Content-Type"] = "application/json"
            let request = try #require(
                Request(
                    method: .post, target: "/v1/graphs/kg0123456789abcdef0123/operations/change-tier", headers: headers,
                    body: try JSON.encode(body), remoteAddress: "127.0.0.1", id: RequestID.make(at: now)))
            let response = await router.respond(to: request)
            guard case .bytes(let bytes) = response.body else { return #expect(Bool(false), "\(body)") }
            let answer = try JSON.decode(JSONValue.self, from: bytes)
            #expect(response.status.rawValue == status && answer["code"]?.stringValue == code, "\(body): \(answer)")
        }
    }

    private func ask(_ router: Router, _ target: String) async throws -> (status: Int, body: JSONValue) {
        var headers = Headers()
        headers["Authorization"] = "Bearer token"
        let request = try #require(
            Request(method: .get, target: target, headers: headers, body: [], remoteAddress: "127.0.0.1", id: RequestID.make(at: now)))
        let response = await router.respond(to: request)
        guard case .bytes(let bytes) = response.body else { return (response.status.rawValue, .null) }
        return (response.status.rawValue, try JSON.decode(JSONValue.self, from: bytes))
    }

    private func router(plans: Catalogue, mutations: AskedMutations = AskedMutations()) -> Router {
        let authenticator = Authenticator(OnePerson())
        var router = Router()
        let clock = SteppedDateSource(startingAt: now)
        GraphRoutes(
            graphs: UnaskedGraphs(), credentials: UnaskedGraphs(), mutations: mutations, pools: UnaskedPools(),
            catalogue: .standard, plans: plans, authenticator: authenticator, dateSource: clock
        ).register(on: &router)
        MutationRoutes(mutations: mutations, graphs: UnaskedGraphs(), authenticator: authenticator).register(on: &router)
        return router
    }

    /// The catalogue that comes with the product, with the largest tier not on sale.
    private func withoutXLarge() throws -> Catalogue {
        guard case .object(var document) = try BuiltInCatalogue.load().document, case .array(let plans)? = document["plans"] else {
            throw CatalogueRefused(faults: [])
        }
        document["plans"] = .array(
            plans.map { plan in
                guard case .object(var members) = plan, members["key"] == "graph:ladybug-xlarge" else { return plan }
                members["sellable"] = false
                return .object(members)
            })
        return try Catalogue(reading: JSON.encode(JSONValue.object(document)))
    }

    @Test func `GRA-024 the tiers on sale are those of the catalogue, every figure and price, the others on request`() async throws {
        let router = router(plans: try withoutXLarge())
        let answer = try await ask(router, "/v1/graphs/tiers")
        #expect(answer.status == 200)
        let tiers = try #require(answer.body["tiers"]?.arrayValue)
        #expect(tiers.map { $0["tier"] } == ["ladybug-standard", "ladybug-large"])
        #expect(
            tiers.first == [
                "tier": "ladybug-standard", "name": "ladybug-standard", "display_name": "Ladybug Standard",
                "description": "A graph for one team.", "backend": "ladybug", "enabled": true, "max_subgraphs": 3,
                "monthly_credits": 8_000, "api_rate_multiplier": 1,
                "features": ["Up to 3 subgraphs", "2 backups a day, kept 7 days", "10 GB storage", "8,000 AI credits a month"],
                "instance": ["type": "shared", "memory_mb": 2_048, "is_multitenant": true],
                "limits": [
                    "monthly_credits": 8_000, "max_subgraphs": 3,
                    "copy_operations": [
                        "max_file_size_gb": 1, "timeout_seconds": 900, "concurrent_operations": 1, "max_files_per_operation": 100,
                        "daily_copy_operations": 25,
                    ],
                    "backup": ["max_backup_size_gb": 10, "backup_retention_days": 7, "max_backups_per_day": 2],
                ],
                "monthly_price": 99,
            ])
        #expect(tiers.last?["monthly_price"] == 299 && tiers.last?["limits"]?["backup"]?["max_backups_per_day"] == 10)
        let all = try #require(try await ask(router, "/v1/graphs/tiers?include_disabled=true").body["tiers"]?.arrayValue)
        #expect(all.map { $0["enabled"] } == [true, true, false])
        // No machine of the others has said what it has.
        #expect(all.map { $0["instance"]?["memory_mb"] } == [2_048, 0, 0])
        // What is without limit is -1 where the model knows no null.
        #expect(all.last?["limits"]?["backup"]?["max_backups_per_day"] == -1)
        #expect(all.last?["limits"]?["copy_operations"]?["daily_copy_operations"] == -1)
        #expect(Set(all.map { Set($0.objectValue?.keys.map(\.self) ?? []) }).count == 1)
    }

    @Test func `GRA-024 absent limits are null, cents are decimals of dollars, and packs are listed with whether they can be installed`()
        async throws
    {
        guard case .object(var document) = try BuiltInCatalogue.load().document, case .array(let plans)? = document["plans"] else {
            throw CatalogueRefused(faults: [])
        }
        document["plans"] = .array(
            plans.map { plan in
                guard case .object(var members) = plan, members["key"] == "graph:ladybug-large",
                    case .object(var limits)? = members["limits"]
                else { return plan }
                limits["subgraphs"] = .null
                members["limits"] = .object(limits)
                members["prices"] = [["interval": "monthly", "amount_cents": 29_949]]
                return .object(members)
            })
        let router = router(plans: try Catalogue(reading: JSON.encode(JSONValue.object(document))))
        let tiers = try #require(try await ask(router, "/v1/graphs/tiers").body["tiers"]?.arrayValue)
        let large = try #require(tiers.first { $0["tier"] == "ladybug-large" })
        #expect(large["max_subgraphs"] == .null && large["limits"]?["max_subgraphs"] == .null)
        #expect(large["monthly_price"] == .number(299.49))
        let packs = try await ask(router, "/v1/graphs/extensions")
        #expect(packs.status == 200)
        #expect(packs.body["extensions"]?.arrayValue?.map { $0["name"] } == ["roboledger", "roboinvestor"])
        #expect(packs.body["extensions"]?.arrayValue?.allSatisfy { $0["enabled"] == true && $0["description"] != nil } == true)
        // What is listed as installable is installed by a creation.
        for pack in SchemaExtension.shipped {
            let wish = GraphDraft.Wish(
                name: "G", description: nil, extensions: [pack.name], tags: [], tier: "ladybug-standard", customSchema: nil,
                initialEntity: ["name": "Acme", "uri": "https://acme.example"], createsEntity: true)
            let graph = Graph(
                creating: try GraphDraft(wish, catalogue: .standard), id: .make(), org: Org.ID(high: 1, low: 1),
                by: User.ID(high: 2, low: 2),
                subscription: nil, provisioning: .make(at: now), at: now)
            #expect(Set(pack.labels.map(\.name)).isSubset(of: Set(SchemaPlan(of: graph).labels.map(\.name))))
        }
    }

    @Test func `GRA-031 the list of calls takes the published filters, 1 to 200 a page, a cursor of its own, and admins alone`()
        async throws
    {
        let mutations = AskedMutations()
        let router = router(plans: try BuiltInCatalogue.load(), mutations: mutations)
        let path = "/v1/graphs/\(GraphID.make())/audit/mutations"
        let (user, operation) = (User.ID(high: 3, low: 3), Operations.Operation.ID.make(at: now))
        let filtered = try await ask(
            router,
            path + "?surface=mcp&operation_name=change-tier&user_id=\(user)&operation_id=\(operation)&since=2026-02-01T00:00:00Z"
                + "&until=2026-03-01T00:00:00Z&cursor=own&limit=200")
        #expect(filtered.status == 200)
        #expect(filtered.body["entries"] == [] && filtered.body["next_cursor"] == "further")
        let query = try #require(mutations.queries.first)
        #expect(query.surface == "mcp" && query.name == "change-tier" && query.user == user && query.operation == operation)
        #expect(query.since == Instant("2026-02-01T00:00:00Z") && query.until == Instant("2026-03-01T00:00:00Z"))
        #expect(query.cursor?.description == "own" && query.limit == 200)
        #expect(try await ask(router, path + "?limit=1").status == 200)
        #expect(try await ask(router, path).status == 200)
        #expect(mutations.queries.map(\.limit) == [200, 1, 50])
        for bad in ["limit=0", "limit=201", "limit=x", "surface=fax", "user_id=x", "operation_id=x", "since=yesterday"] {
            #expect(try await ask(router, path + "?" + bad).status == 422, "\(bad)")
        }
        let foreign = try await ask(router, path + "?cursor=foreign")
        #expect(foreign.status == 400 && foreign.body["code"] == "INVALID_INPUT")
        #expect(try await ask(router, path + "?operation_name=as-a-member").status == 403)
        #expect(mutations.queries.count == 3)
    }
}
