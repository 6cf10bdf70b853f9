import Core
import HTTPServer
import PlatformTesting
import Postgres
import Testing

/// What a key may, tried on every route with a key of each scope.
@Suite struct KeyScopeTests {
    private static let scopes = [
        "user:read", "user:write", "keys:write", "org:read", "org:write", "members:write", "billing:read", "billing:write", "graph:read",
        "graph:write", "graph:admin", "audit:read",
    ]
    private static let strict = [
        "/v1/billing/", "/v1/operations", "/{graph_id}/subscriptions", "/{graph_id}/credits", "/credits/transactions",
    ]
    private static let reading: Set<String> = ["user:read", "org:read", "billing:read", "graph:read", "audit:read"]
    /// The routes that write and that a key with a reading scope may still reach, each with the reason.
    private static let harmless: [String: String] = [
        "PUT /v1/user/default-org": "chooses what the caller sees first",
        "POST /v1/user/notices/{notice_id}/acknowledge": "puts a notice away",
    ]

    private func path(_ route: Router.Route, _ account: ComposedAPI.Account) -> String {
        route.path.split(separator: "/", omittingEmptySubsequences: false).map { part in
            switch part {
            case "{org_id}": account.org
            case "{user_id}": account.user
            default: part.hasPrefix("{") ? "kg0123456789abcdef" : String(part)
            }
        }.joined(separator: "/")
    }

    @Test(.timeLimit(.minutes(15)))
    func `SEC-032 SEC-212 a key reaches what its scopes say on every route, and never what needs a session or a wider scope`() async throws
    {
        try await ComposedAPI.withAPI(ComposedAPI.selling) { api in
            let ada = try await api.register("Ada")
            try await api.database.adminClient.execute("UPDATE identity.account SET email_verified_at = now()")
            var keys: [String: String] = [:]
            for scope in Self.scopes {
                let made = try await api.call(
                    .post, "/v1/user/api-keys", token: ada.token, body: ["name": .string(scope), "scopes": [.string(scope)]])
                keys[scope] = try #require(made.body["key"]?.stringValue, "\(made.body)")
            }
            var (refusals, sessions) = (0, 0)
            let paths = try #require(try await api.call(.get, "/openapi.json").body["paths"]?.objectValue)
            for route in api.router.routes where route.path.hasPrefix("/v1/") && route.method != .delete {
                let name = "\(route.method.rawValue) \(route.path)"
                let writes = route.method != .get
                let bare = try await api.send(
                    route.method, path(route, ada), headers: writes ? ["Content-Type": "application/json"] : [:],
                    content: writes ? Array("{}".utf8) : [])
                // Only what asks who calls.
                guard bare.status == 401, bare.body["code"] == "UNAUTHORIZED" else { continue }
                var needed: Set<String> = []
                for scope in Self.scopes {
                    var headers: Headers = writes ? ["Content-Type": "application/json"] : [:]
                    headers["X-API-Key"] = keys[scope]
                    let answer = try await api.send(
                        route.method, path(route, ada), headers: headers, content: writes ? Array("{}".utf8) : [])
                    switch answer.body["code"]?.stringValue {
                    case "SESSION_REQUIRED":
                        #expect(answer.status == 403, "\(name)")
                        sessions += 1
                    case "SCOPE_REQUIRED":
                        #expect(answer.status == 403, "\(name)")
                        refusals += 1
                        if let word = Self.scopes.first(where: { answer.body["detail"]?.stringValue?.contains($0) == true }) {
                            needed.insert(word)
                        }
                    default:
                        if writes, Self.reading.contains(scope), answer.status < 300 {
                            #expect(Self.harmless[name] != nil, "\(name) is done with a key that may only read (\(scope))")
                        }
                        if route.path.hasPrefix("/v1/user/deletion") || route.path.contains("/auth/session")
                            || route.path.contains("logout-all")
                        {
                            #expect(answer.status == 401 || answer.status == 403, "\(name) with \(scope): \(answer.status)")
                        }
                    }
                }
                // One route needs one scope, whichever key asks.
                #expect(needed.count <= 1, "\(name) needs \(needed)")
                // Where money and work under way are at stake it is asked for before anything else, and it is the one that is published.
                guard Self.strict.contains(where: { route.path.hasPrefix($0) || route.path.hasSuffix($0) }) else { continue }
                let words = paths[route.path]?[route.method.rawValue.lowercased()]?["description"]?.stringValue ?? ""
                let described = Self.scopes.filter { words.contains("An API key needs the scope `\($0)`.") }
                #expect(described.count == 1 && needed == Set(described), "\(name) needs \(needed), its description says \(described)")
            }
            #expect(refusals > 300 && sessions > 100, "\(refusals) refusals, \(sessions) sessions")
        }
    }

    @Test func `SEC-032 a key grants no more than its person has at that moment`() async throws {
        try await MatrixHouse.with { house in
            try await house.api.database.adminClient.execute("UPDATE identity.account SET email_verified_at = now()")
            let token = try #require(house.tokens[.admin])
            let made = try await house.api.call(.post, "/v1/user/api-keys", token: token, body: ["name": "all"])
            let key = try #require(made.body["key"]?.stringValue, "\(made.body)")
            func rename(_ name: String) async throws -> ComposedAPI.Answer {
                try await house.api.send(
                    .put, "/v1/orgs/\(house.own.org)", headers: ["X-API-Key": key, "Content-Type": "application/json"],
                    content: try JSON.encode(["name": .string(name)] as JSONValue))
            }
            let may = try await rename("Renamed")
            #expect(may.status < 300, "\(may.body)")
            try await house.api.database.adminClient.execute(
                """
                UPDATE orgs.membership SET role = 'member', version = version + 1
                WHERE user_id = (SELECT id FROM identity.account WHERE email = 'admin@example.com') AND role = 'admin'
                """)
            let demoted = try await rename("Again")
            #expect(demoted.status == 403, "\(demoted.body)")
            try await house.api.database.adminClient.execute(
                """
                UPDATE orgs.membership SET ended_at = now(), end_reason = 'removed', version = version + 1
                WHERE user_id = (SELECT id FROM identity.account WHERE email = 'admin@example.com') AND role = 'member' AND ended_at IS NULL
                """)
            let removed = try await rename("Once more")
            #expect(removed.status == 403 && removed.body["code"] == "NOT_ORG_MEMBER", "\(removed.body)")
        }
    }
}
