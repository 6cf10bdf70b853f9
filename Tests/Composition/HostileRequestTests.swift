import Core
import HTTPServer
import PlatformTesting
import Postgres
import Testing

/// Every route of the API against input that no client sends by accident: each gets its 4xx as a problem, nothing changes, the process lives.
@Suite struct HostileRequestTests {
    private static let bodies: [(name: String, content: [UInt8])] = [
        ("malformed JSON", Array(#"{"name": "#.utf8)),
        ("two values", Array(#"{} {}"#.utf8)),
        ("a list", Array("[1, 2, 3]".utf8)),
        ("a number", Array("17".utf8)),
        ("null", Array("null".utf8)),
        ("nothing", []),
        ("invalid UTF-8", Array(#"{"name": ""#.utf8) + [0xC3, 0x28, 0xFF] + Array(#""}"#.utf8)),
        ("a surrogate alone", Array(#"{"name": "\ud800"}"#.utf8)),
        ("deep nesting", Array((String(repeating: #"{"a":"#, count: 200) + "1" + String(repeating: "}", count: 200)).utf8)),
        ("a name twice", Array(#"{"name": "a", "name": "b"}"#.utf8)),
        ("a number too large", Array(#"{"advance_by_seconds": 1e400, "limit": 99999999999999999999}"#.utf8)),
        ("wrong types", wrongTypes),
        ("NUL and SQL", injections),
    ]

    private static let fields = [
        "name", "email", "password", "token", "org_id", "org_type", "role", "confirm", "plan_name", "resource_type", "resource_config",
        "graph_id", "metadata", "custom_schema", "initial_entity", "label", "mode", "immediate", "at_period_end", "current_password",
        "new_password", "confirm_password", "description", "scopes", "expires_at", "user_id", "input", "tier", "instance_tier", "tags",
    ]
    private static var wrongTypes: [UInt8] {
        Array(("{" + fields.map { #""\#($0)": {"a": [1, true, null]}"# }.joined(separator: ",") + "}").utf8)
    }
    private static var injections: [UInt8] {
        Array(("{" + fields.map { #""\#($0)": "a\u0000'; DROP TABLE orgs.org; --"# }.joined(separator: ",") + "}").utf8)
    }

    /// Routes that do not look at a body.
    private static let takingNoBody: Set<String> = [
        "/v1/auth/refresh", "/v1/auth/sso-token", "/v1/auth/passkeys/login/options", "/v1/auth/email/resend",
    ]

    private static let segments = [
        "'%3B%20DROP%20TABLE%20orgs.org%3B--", "%00", "%2e%2e%2f%2e%2e", "user_00000000000000000000000000", "..%5c", "%C3%28",
        "org_01M7YNWX7P70CKNMB38WJVVT0M%0d%0aX-Evil:%201", "a%2Fb", String(repeating: "x", count: 4_000),
    ]

    private func paths(of path: String, account: ComposedAPI.Account) -> [String] {
        guard path.contains("{") else { return [path] }
        func fill(_ replacement: (String) -> String) -> String {
            path.split(separator: "/", omittingEmptySubsequences: false).map { part in
                part.hasPrefix("{") ? replacement(String(part.dropFirst().dropLast())) : String(part)
            }.joined(separator: "/")
        }
        return [fill { $0 == "org_id" ? account.org : $0 == "user_id" ? account.user : "kg0123456789abcdef" }]
            + Self.segments.map { segment in fill { _ in segment } }
    }

    @Test func `no route answers hostile input with a failure of its own, and nothing is changed by it`() async throws {
        try await ComposedAPI.withAPI(ComposedAPI.selling) { api in
            let ada = try await api.register("Ada")
            let before = try await counts(api.database)
            var tried = 0
            // Login and logout are in tests of their own: they answer 200 whatever comes, and end the session.
            for route in api.router.routes
            where route.path.hasPrefix("/v1/") && !route.path.hasPrefix("/v1/auth/log") && !Self.takingNoBody.contains(route.path) {
                for path in paths(of: route.path, account: ada) {
                    // A target that is none is refused before there is a request; HTTPServer's tests show that.
                    guard Request(method: route.method, target: path, id: RequestID.make(at: .systemNow())) != nil else { continue }
                    let isWriting = route.method != .get && route.method != .delete
                    for body in isWriting ? Self.bodies : [("nothing", [])] {
                        let answer = try await api.send(
                            route.method, path, token: ada.token, headers: ["Content-Type": "application/json"], content: body.content)
                        let isAllowed = (!isWriting || body.content.isEmpty) && answer.status < 300
                        #expect(
                            (400..<500).contains(answer.status) || isAllowed,
                            "\(route.method.rawValue) \(path.prefix(120)) with \(body.name): \(answer.status) \(answer.body)")
                        if answer.status >= 400 {
                            #expect(
                                answer.body["code"]?.stringValue?.isEmpty == false && answer.body["detail"] != nil,
                                "\(route.method.rawValue) \(path.prefix(120)) with \(body.name): \(answer.body)")
                        }
                        tried += 1
                    }
                }
            }
            #expect(tried > 300)
            let after = try await counts(api.database)
            #expect(after == before)
            let alive = try await api.call(.get, "/v1/user", token: ada.token)
            #expect(alive.status == 200 || alive.status == 429)
        }
    }

    @Test func `a body of another type is refused, and so is one above the limit`() async throws {
        try await ComposedAPI.withAPI(ComposedAPI.selling) { api in
            let ada = try await api.register("Ada")
            for route in api.router.routes where route.method == .post && route.path.hasPrefix("/v1/") && !route.path.contains("{") {
                for type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
                    let answer = try await api.send(
                        .post, route.path, token: ada.token, headers: ["Content-Type": type], content: Array(#"{"name":"x"}"#.utf8))
                    let isTolerant = route.path.hasPrefix("/v1/auth/log") || Self.takingNoBody.contains(route.path)
                    #expect((400..<500).contains(answer.status) || isTolerant, "\(route.path) \(type): \(answer.status)")
                }
            }
        }
    }

    @Test func `ORG-008 no route shows or changes anything of an org to somebody who is not in it, or is nobody`() async throws {
        try await ComposedAPI.withAPI(ComposedAPI.selling) { api in
            let ada = try await api.register("Ada")
            let eve = try await api.register("Eve")
            let absent = "org_00000000000000000000000001"
            let before = try await counts(api.database)
            var tried = 0
            for route in api.router.routes where route.path.contains("{org_id}") {
                func path(_ org: String) -> String {
                    route.path.split(separator: "/", omittingEmptySubsequences: false).map { part in
                        part == "{org_id}" ? org : part == "{user_id}" ? ada.user : part.hasPrefix("{") ? "x_0123456789" : String(part)
                    }.joined(separator: "/")
                }
                let body: JSONValue? = route.method == .get ? nil : [:]
                let anonymous = try await api.call(route.method, path(ada.org), body: body)
                let foreign = try await api.call(route.method, path(ada.org), token: eve.token, body: body)
                let invented = try await api.call(route.method, path(absent), token: eve.token, body: body)
                #expect(anonymous.status == 401, "\(route.method.rawValue) \(route.path): \(anonymous.status)")
                #expect(
                    [403, 404, 422].contains(foreign.status), "\(route.method.rawValue) \(route.path): \(foreign.status) \(foreign.body)")
                #expect(
                    foreign.status == invented.status && foreign.body["code"] == invented.body["code"],
                    "\(route.method.rawValue) \(route.path): \(foreign.body) \(invented.body)")
                tried += 1
            }
            #expect(tried > 10)
            let after = try await counts(api.database)
            #expect(after == before)
        }
    }

    /// How many rows there are of what customers would miss.
    private func counts(_ database: TestDatabase) async throws -> [String] {
        try await database.adminClient.query(
            """
            SELECT 'accounts ' || count(*) AS n FROM identity.account UNION ALL SELECT 'keys ' || count(*) FROM identity.api_key
            UNION ALL SELECT 'orgs ' || count(*) FROM orgs.org UNION ALL SELECT 'members ' || count(*) FROM orgs.membership
            UNION ALL SELECT 'subscriptions ' || count(*) FROM billing.subscription UNION ALL SELECT 'graphs ' || count(*) FROM graphs.graph
            UNION ALL SELECT 'events ' || count(*) FROM billing.inbound_event
            """
        ).map { try $0.decode("n") }
    }
}
