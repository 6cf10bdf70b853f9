import Core
import Foundation
import HTTPServer
import PlatformTesting
import Postgres
import Testing

/// Isolation at the level of the routes: generated from the table, so that a new route is covered without writing anything, and one that takes an id
/// of a new kind fails until there is one to try.
@Suite struct RouteIsolationTests {
    /// What stands in a path for each kind of id: Ada's, and one that nobody has.
    private struct Kind {
        let hers: String
        let nobodys: String
    }

    @Test func `SEC-043 SEC-208 an id of another org is answered as one that does not exist, on every route that takes one`() async throws {
        try await Household.with { house in
            let (ada, eve) = (try await house.register("Ada"), try await house.register("Eve"))
            let kinds = try await kinds(of: ada, in: house)
            let before = try await content(house.database)
            var cases = 0
            for route in house.router.routes where route.path.hasPrefix("/v1/") && route.path.contains("{") {
                let names = route.path.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
                for name in names { #expect(kinds[name] != nil, "no id to try for {\(name)} of \(route.path)") }
                // Each id alone, the others Eve's own where she has one; then all at once.
                for tried in names + [nil] {
                    func path(_ choose: (Kind) -> String) -> String {
                        route.path.split(separator: "/", omittingEmptySubsequences: false).map { part in
                            guard part.hasPrefix("{") else { return String(part) }
                            let name = String(part.dropFirst().dropLast())
                            if let tried, name != tried {
                                if name == "org_id" { return eve.org }
                                if name == "user_id" { return eve.user }
                            }
                            return kinds[name].map(choose) ?? "x"
                        }.joined(separator: "/")
                    }
                    for body in route.method == .get || route.method == .delete ? [nil] : [[:] as JSONValue, Self.plausible] {
                        let foreign = try await house.call(route.method, path(\.hers), headers: eve.headers, body: body)
                        let invented = try await house.call(route.method, path(\.nobodys), headers: eve.headers, body: body)
                        #expect(
                            foreign.status == invented.status && foreign.essence == invented.essence,
                            "\(route.method.rawValue) \(path(\.hers)): \(foreign) and \(invented)")
                        #expect(foreign.status < 500, "\(route.method.rawValue) \(route.path): \(foreign)")
                        cases += 1
                    }
                }
            }
            #expect(cases > 30)
            #expect(try await content(house.database) == before)
            // There was something to find.
            let own = try await house.call(.get, "/v1/orgs/\(ada.org)", headers: ada.headers)
            #expect(own.status == 200)
            let graph = try await house.call(.get, "/v1/graphs/\(kinds["graph_id"]?.hers ?? "")", headers: ada.headers)
            #expect(graph.status != 404)
        }
    }

    @Test func `SEC-046 of several orgs none is guessed, and a chosen one must be one's own`() async throws {
        try await Household.with { house in
            let (ada, eve) = (try await house.register("Ada"), try await house.register("Eve"))
            let key = try await house.key(of: ada)
            try await house.database.adminClient.execute("UPDATE identity.account SET email_verified_at = now()")
            // A path that names a thing says whose it is.
            let routes = house.router.routes.filter { $0.path.hasPrefix("/v1/billing/") && !$0.path.contains("{") }
            #expect(!routes.isEmpty)
            func call(_ route: Router.Route, org: String?) async throws -> Household.Answer {
                var headers: Headers = ["X-API-Key": key.secret]
                headers["X-Org-Id"] = org
                return try await house.call(route.method, route.path, headers: headers, body: route.method == .get ? nil : Self.plausible)
            }
            for route in routes {
                #expect(try await call(route, org: nil).body["code"] != "ORG_REQUIRED", "the only org is the one")
            }
            for name in ["Second", "Third"] {
                let made = try await house.call(.post, "/v1/orgs", headers: ada.headers, body: ["name": .string(name), "org_type": "team"])
                #expect(made.status == 201, "\(made)")
            }
            for route in routes {
                let unnamed = try await call(route, org: nil)
                #expect(unnamed.status == 400 && unnamed.body["code"] == "ORG_REQUIRED", "\(route.path): \(unnamed)")
                #expect(unnamed.body["detail"]?.stringValue?.contains("X-Org-Id") == true)
                let foreign = try await call(route, org: eve.org)
                #expect(foreign.status == 403 && foreign.body["code"] == "NOT_ORG_MEMBER", "\(route.path): \(foreign)")
                let own = try await call(route, org: ada.org)
                #expect(own.body["code"] != "ORG_REQUIRED" && own.body["code"] != "NOT_ORG_MEMBER", "\(route.path): \(own)")
            }
        }
    }

    private static let plausible: JSONValue = [
        "name": "Taken", "role": "member", "confirm": "x", "plan_name": "ladybug-standard", "resource_type": "graph", "mode": "immediate",
        "resource_config": [:], "reason": "x", "user_id": "user_00000000000000000000000000",
    ]

    private func kinds(of ada: Household.Person, in house: Household) async throws -> [String: Kind] {
        let key = try await house.key(of: ada)
        let sessions = try await house.call(.get, "/v1/auth/sessions", headers: ada.headers)
        let session = try #require(sessions.body["sessions"]?.arrayValue?.first?["id"]?.stringValue)
        let planted = try await plant(ada, in: house.database)
        func other(_ id: String) -> String { String(id.dropLast(4)) + (id.hasSuffix("0000") ? "1111" : "0000") }
        func kind(_ id: String) -> Kind { Kind(hers: id, nobodys: other(id)) }
        return [
            "org_id": kind(ada.org), "user_id": kind(ada.user), "api_key_id": kind(key.id), "session_id": kind(session),
            "graph_id": Kind(hers: planted.graph, nobodys: "kg00000000000000aa"), "operation_id": kind(planted.operation),
            "subscription_id": kind(planted.subscription), "invitation_id": kind(planted.invitation),
            "token": Kind(hers: "a-token-of-nobody", nobodys: "another-token"), "passkey_id": kind(planted.operation),
            "grant_id": kind(planted.operation), "transfer_id": kind(planted.operation), "credential_id": kind(planted.operation),
            "backup_id": kind(planted.operation), "export_id": kind(planted.export), "invoice_id": kind(planted.invoice),
            "subgraph_name": Kind(hers: "notes", nobodys: "others"),
            "notice_id": kind(planted.notice), "entry_id": kind("baud_00000000000000000000000001"),
            "endpoint_id": kind("wep_00000000000000000000000001"), "message_id": kind("wmsg_00000000000000000000000001"),
            "sink_id": kind(planted.sink),
        ]
    }

    private struct Planted {
        let graph: String
        let operation: String
        let subscription: String
        let invitation: String
        let export: String
        let invoice: String
        let notice: String
        let sink: String
    }

    /// Things of Ada's that would take a payment provider and a graph server to make; what only makes them consistent is left out.
    private func plant(_ ada: Household.Person, in database: TestDatabase) async throws -> Planted {
        let bare = try await BareTables(database)
        let org = try #require(Identifier<Org>(ada.org)).uuid
        let user = try #require(Identifier<User>(ada.user)).uuid
        let (operation, subscription, invitation, export) = (UUID(), UUID(), UUID(), UUID())
        let (invoice, notice, sink) = (UUID(), UUID(), UUID())
        for statement in [
            """
            INSERT INTO graphs.graph (id, org_id, kind, created_by, created_at, provisioning_id, name, description, tags, extensions, tier,
                status, status_since, mode, access_epoch)
            VALUES ('kg0123456789abcdef', \(org), 'generic', \(user), now(), gen_random_uuid(), 'Adas secret', '', '{}', '{}',
                'ladybug-standard', 'active', now(), 'full', 1)
            """,
            """
            INSERT INTO operations.operation (id, kind, org_id, graph_id, started_by, status, phase, percent, message, steps, result,
                created_at, updated_at, last_sequence)
            VALUES (\(operation), 'create_graph', \(org), 'kg0123456789abcdef', \(user), 'running', 'forward', 1, 'Adas secret', '[]', '{}',
                now(), now(), 0)
            """,
            """
            INSERT INTO billing.subscription (id, org_id, resource_type, resource_id, plan_key, plan_version, "interval", currency,
                configuration, backing_kind, status, provider_sync, created_at, updated_at)
            VALUES (\(subscription), \(org), 'graph', 'kg0123456789abcdef', 'ladybug-standard', 1, 'monthly', 'usd', '{}', 'complimentary', 'active',
                'confirmed', now(), now())
            """,
            """
            INSERT INTO billing.invoice (id, org_id, kind, provider_invoice_id, currency, subtotal, total, amount_due, amount_paid, status, created_at)
            VALUES (\(invoice), \(org), 'provider', 'in_adas_secret', 'usd', 700, 700, 700, 0, 'open', now())
            """,
            "INSERT INTO orgs.invitation (id, org_id) VALUES (\(invitation), \(org))",
            """
            INSERT INTO notifications.notice (id, user_id, kind, severity, decision, org_id, subscription_id, resource, via, renews_at, created_at)
            VALUES (\(notice), \(user), 'subscription_kept', 'info', 'adas-secret', \(org), \(subscription), 'Adas secret', 'link', now(), now())
            """,
            """
            INSERT INTO identity.personal_export (id, user_id, document, created_at, expires_at)
            VALUES (\(export), \(user), '{}', now(), now() + interval '1 day')
            """,
            """
            INSERT INTO audit.sink (id, kind, target, chain, minimum_risk, org_id, created_by, created_at, next_attempt_at)
            VALUES (\(sink), 'http', 'https://adas-secret.example/', 'org:' || \(org)::uuid, 'low', \(org), \(user), now(), now())
            """,
        ] as [Statement] {
            try await bare.database.adminClient.withTransaction(scope: .none) { transaction in
                try await transaction.execute("SET LOCAL session_replication_role = 'replica'")
                try await transaction.execute(statement)
            }
        }
        return Planted(
            graph: "kg0123456789abcdef", operation: Identifier<Operation>(uuid: operation).description,
            subscription: Identifier<Subscription>(uuid: subscription).description,
            invitation: Identifier<Invitation>(uuid: invitation).description, export: Identifier<Export>(uuid: export).description,
            invoice: Identifier<Invoice>(uuid: invoice).description, notice: Identifier<Notice>(uuid: notice).description,
            sink: Identifier<Sink>(uuid: sink).description)
    }

    private enum Org: IdentifiedEntity { static let idPrefix = "org" }
    private enum User: IdentifiedEntity { static let idPrefix = "user" }
    private enum Export: IdentifiedEntity { static let idPrefix = "pex" }
    private enum Operation: IdentifiedEntity { static let idPrefix = "op" }
    private enum Subscription: IdentifiedEntity { static let idPrefix = "bsub" }
    private enum Invoice: IdentifiedEntity { static let idPrefix = "binv" }
    private enum Notice: IdentifiedEntity { static let idPrefix = "ntc" }
    private enum Sink: IdentifiedEntity { static let idPrefix = "asnk" }
    private enum Invitation: IdentifiedEntity { static let idPrefix = "inv" }

    /// Everything of Ada's, and of everybody, that a request might change; what a request may write about itself is left out.
    private func content(_ database: TestDatabase) async throws -> [String?] {
        var contents: [String?] = []
        for table in [
            "identity.account", "identity.api_key", "orgs.org", "orgs.membership", "orgs.invitation", "orgs.org_limits", "graphs.graph",
            "operations.operation", "billing.subscription", "billing.customer", "billing.checkout", "notifications.notice",
            "audit.sink",
        ] {
            contents.append(
                try await database.adminClient.query(
                    Statement("SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) AS content FROM " + table + " t"))[0].decode("content")
            )
        }
        return contents
    }
}
