import Core
import FoundationEssentials
import HTTPServer
import PlatformTesting
import Postgres
import Testing

/// Every route, called by everybody there is, in the own org, in another's and in one that never was.
@Suite struct RightsMatrixTests {
    @Test
    func `ORG-016 ORG-008 SEC-209 each route answers each caller as the matrix of the specification says`()
        async throws
    {
        try await MatrixHouse.with { house in
            var tried = 0
            for line in MatrixLine.all {
                let route = try #require(house.route(line), "\(line.route) is no route any more")
                // The owner comes last: what it changes is there to be refused to the others before.
                for caller in MatrixCaller.allCases.reversed() {
                    let answer = try await house.call(route, line, as: caller, in: house.own)
                    let got = MatrixAnswer(answer, hiding: line.hides)
                    #expect(
                        got == line.expected(caller),
                        "\(line.route) as \(caller): \(answer.status) \(answer.body)")
                    tried += 1
                }
            }
            #expect(tried > 700)
        }
    }

    @Test func `ORG-016 no route is served that has no line in the matrix`() async throws {
        try await MatrixHouse.with { house in
            let decided = Set(MatrixLine.all.map(\.route))
            let undecided = house.api.router.routes.map { "\($0.method.rawValue) \($0.path)" }.filter {
                !decided.contains($0)
            }
            #expect(undecided == [])
        }
    }

    @Test func `ORG-008 ORG-068 in another org, and in one that never was, nobody has a right that the own one gives`()
        async throws
    {
        try await MatrixHouse.with { house in
            for line in MatrixLine.all {
                guard case .org = line.rule else { continue }
                let route = try #require(house.route(line))
                for caller in MatrixCaller.allCases where caller != .stranger {
                    let refusal = MatrixAnswer.refused(
                        caller == .nobody ? 401 : 403, caller == .nobody ? "UNAUTHORIZED" : "NOT_ORG_MEMBER")
                    for place in [house.foreign, house.absent] {
                        let got = MatrixAnswer(
                            try await house.call(route, line, as: caller, in: place), hiding: false)
                        #expect(got == refusal, "\(line.route) as \(caller) in \(place.name)")
                    }
                }
            }
        }
    }

    @Test
    func `GRA-022 a graph of another org is not there, whatever role the caller has in the own one`()
        async throws
    {
        try await MatrixHouse.with { house in
            for line in MatrixLine.all where line.route.contains("{graph_id}") {
                let route = try #require(house.route(line))
                for caller in MatrixCaller.allCases where caller != .stranger && caller != .nobody {
                    for place in [house.foreign, house.absent] {
                        let answer = try await house.call(route, line, as: caller, in: place)
                        #expect(
                            answer.status == 404, "\(line.route) as \(caller) in \(place.name): \(answer.body)")
                    }
                }
            }
        }
    }
}

/// An org with one of each caller, another org, and what both have.
struct MatrixHouse: Sendable {
    static let graph = "kg0123456789abcdef0123"
    private static let credential = "gcr_00000000000000000000000001"
    static let backup = "backup_00000000000000000000000001"

    /// Where a call goes.
    struct Place: Sendable {
        let name: String
        let org: String
        let graph: String
    }

    let api: ComposedAPI
    let own: Place
    let foreign: Place
    let absent = Place(
        name: "an org that never was", org: "org_00000000000000000000000001",
        graph: "kgffffffffffffffffffff")
    let tokens: [MatrixCaller: String]
    let ownerID: String
    private let operation: String

    static func with(_ body: (MatrixHouse) async throws -> Void) async throws {
        try await ComposedAPI.withAPI(ComposedAPI.selling) { api in
            var accounts: [MatrixCaller: ComposedAPI.Account] = [:]
            for caller in MatrixCaller.allCases where caller != .nobody {
                accounts[caller] = try await api.register(caller.rawValue)
            }
            let owner = try #require(accounts[.owner])
            let stranger = try #require(accounts[.stranger])
            let operation = UUID()
            try await furnish(api.database, operation)
            try await body(
                MatrixHouse(
                    api: api, own: Place(name: "the own org", org: owner.org, graph: graph),
                    foreign: Place(name: "another org", org: stranger.org, graph: "kg9876543210fedcba9876"),
                    tokens: accounts.mapValues(\.token), ownerID: owner.user,
                    operation: operation.uuidString.lowercased()))
        }
    }

    func route(_ line: MatrixLine) -> Router.Route? {
        api.router.routes.first { "\($0.method.rawValue) \($0.path)" == line.route }
    }

    func call(_ route: Router.Route, _ line: MatrixLine, as caller: MatrixCaller, in place: Place)
        async throws -> ComposedAPI.Answer
    {
        let path = route.path.split(separator: "/", omittingEmptySubsequences: false).map { part in
            switch part {
            case "{org_id}": place.org
            case "{graph_id}": place.graph
            case "{user_id}": ownerID
            case "{operation_id}": operation
            case "{credential_id}": Self.credential
            case "{backup_id}": Self.backup
            case "{subscription_id}": "bsub_00000000000000000000000001"
            case "{invoice_id}": "binv_00000000000000000000000001"
            default: part.hasPrefix("{") ? "x_0123456789" : String(part)
            }
        }.joined(separator: "/")
        var headers = Headers()
        if case .org = line.rule, !route.path.contains("{org_id}") { headers["X-Org-Id"] = place.org }
        let writes = route.method != .get && route.method != .delete
        if writes { headers["Content-Type"] = "application/json" }
        var token = tokens[caller]
        if line.spendsCredential, caller != .nobody {
            token = try await api.register("\(caller.rawValue)-\(UUID().uuidString.prefix(8))").token
        }
        return try await api.send(
            route.method, path, token: token, headers: headers,
            content: writes ? try JSON.encode(line.body ?? [:]) : [])
    }

    private static func furnish(_ database: TestDatabase, _ operation: UUID) async throws {
        func mail(_ caller: MatrixCaller) -> String { "\(caller.rawValue)@example.com" }
        func join(_ caller: MatrixCaller, _ role: String, isOver: Bool) -> Statement {
            """
            INSERT INTO orgs.membership (id, org_id, user_id, role, joined_at, joined_through, updated_at, ended_at, end_reason)
            SELECT gen_random_uuid(), o.id, a.id, \(role), now(), 'operator', now(), CASE WHEN \(isOver) THEN now() END, CASE WHEN \(isOver) THEN 'left' END
            FROM orgs.org o JOIN identity.account p ON p.id = o.personal_owner_id AND p.email = \(mail(.owner)), identity.account a
            WHERE a.email = \(mail(caller))
            """
        }
        func graph(_ id: String, of caller: MatrixCaller) -> Statement {
            """
            INSERT INTO graphs.graph (id, org_id, kind, created_by, created_at, provisioning_id, name, description, tags, extensions, tier,
                status, status_since, mode, access_epoch, subscription_id)
            SELECT \(id), o.id, 'entity', a.id, now(), gen_random_uuid(), 'Ledger', '', '{}', '{}', 'ladybug-standard', 'provisioning', now(),
                'none', 0, gen_random_uuid()
            FROM identity.account a JOIN orgs.org o ON o.personal_owner_id = a.id WHERE a.email = \(mail(caller))
            """
        }
        func grant(_ caller: MatrixCaller, _ role: String) -> Statement {
            """
            INSERT INTO graphs.graph_grant (graph_id, user_id, org_id, role, granted_by, granted_at)
            SELECT g.id, a.id, g.org_id, \(role), g.created_by, now() FROM graphs.graph g, identity.account a
            WHERE g.id = \(MatrixHouse.graph) AND a.email = \(mail(caller))
            """
        }
        _ = try await database.adminClient.pipeline([
            join(.admin, "admin", isOver: false), join(.curator, "member", isOver: false),
            join(.viewer, "member", isOver: false),
            join(.member, "member", isOver: false), join(.former, "admin", isOver: true),
            graph(MatrixHouse.graph, of: .owner), graph("kg9876543210fedcba9876", of: .stranger),
            grant(.curator, "admin"), grant(.viewer, "viewer"),
            """
            INSERT INTO billing.subscription (id, org_id, resource_type, resource_id, plan_key, plan_version, interval, currency, configuration,
                backing_kind, status, provider_sync, created_at, updated_at)
            SELECT g.subscription_id, g.org_id, 'graph', g.id, p.plan_key, p.plan_version, p.interval, p.currency, '{}', 'net_terms', 'pending',
                'confirmed', now(), now()
            FROM graphs.graph g, (SELECT * FROM billing.plan_price ORDER BY plan_key LIMIT 1) AS p
            """,
            "UPDATE billing.subscription SET status = 'provisioning'",
            "UPDATE billing.subscription SET status = 'active', started_at = now()",
            // A login on no host: it is found, and cannot be revoked.
            """
            INSERT INTO graphs.graph_credential (id, graph_id, org_id, role, access, label, created_by, created_at)
            SELECT '00000000-0000-0000-0000-000000000001', g.id, g.org_id, 'matrix', 'ro', '', g.created_by, now()
            FROM graphs.graph g WHERE g.id = \(MatrixHouse.graph)
            """,
            """
            INSERT INTO operations.operation (id, kind, org_id, started_by, status, phase, percent, message, steps, result, created_at, updated_at,
                ended_at)
            SELECT \(operation), 'matrix', g.org_id, a.id, 'completed', 'forward', 100, 'Done.', '[]', '{}', now(), now(), now()
            FROM graphs.graph g, identity.account a WHERE g.id = \(MatrixHouse.graph) AND a.email = \(mail(.viewer))
            """,
        ])
    }
}
