import Core
import HTTPServer
import PlatformTesting
import Postgres
import Testing

/// Mail programs and scanners open links before their readers do. The pages of keep links and of mails that are turned off are opened by tests of their own.
@Suite struct PrefetchTests {
    /// A link that works, as it stands in a mail.
    private struct Mailed {
        let path: String
        let token: String
        var target: String { "\(path)?token=\(token)" }
    }

    /// A token that belongs to a row that is written beside it.
    private static func token(_ letter: Character) -> String { String(repeating: letter, count: 43) }

    @Test
    func `SEC-028 SEC-206 a robot that opens every mailed link changes nothing, and what acts is the button`()
        async throws
    {
        try await ComposedAPI.withAPI { api in
            let links = try await plant(in: api)
            let before = try await state(of: api.database)
            #expect(before.count > 60)
            for link in links {
                for method in [Method.get, .head, .get] {
                    let answer = try await open(api, method, link.target)
                    #expect(answer.status == .ok, "\(method.rawValue) \(link.path)")
                    #expect(answer.headers["Referrer-Policy"] == "no-referrer", "\(link.path)")
                    #expect(answer.headers["Cache-Control"]?.contains("no-store") == true, "\(link.path)")
                    guard method == .get, case .bytes(let bytes) = answer.body else { continue }
                    let page = String(decoding: bytes, as: UTF8.self)
                    #expect(page.contains("<button") && page.contains("method=\"post\""), "\(link.path)")
                    #expect(!page.contains("src=\"http") && !page.contains("href=\"http"), "\(link.path) loads something from elsewhere")
                }
            }
            let after = try await state(of: api.database)
            for (table, rows) in before { #expect(after[table] == rows, "\(table) has changed") }
            // None was used up, and none was a link that does not work anyway.
            var known = after
            for link in links where ["/auth/verify-email", "/auth/disown-email"].contains(link.path) {
                let answer = try await open(api, .post, link.path, form: "token=\(link.token)")
                #expect(answer.status == .ok, "\(link.path)")
                let now = try await state(of: api.database)
                #expect(now != known, "\(link.path) does nothing")
                known = now
            }
        }
    }

    /// An account for each link, in the state in which it is sent.
    private func plant(in api: ComposedAPI) async throws -> [Mailed] {
        let admin = api.database.adminClient
        func link(_ name: String, _ kind: String, _ letter: Character, _ path: String) async throws -> Mailed {
            _ = try await api.register(name)
            let address = "\(name.lowercased())@example.com"
            _ = try await admin.pipeline([
                "DELETE FROM identity.link_token WHERE address = \(address)",
                """
                INSERT INTO identity.link_token (id, user_id, kind, token_hash, address, expires_at, created_at)
                SELECT gen_random_uuid(), a.id, \(kind), sha256(convert_to(\(Self.token(letter)), 'UTF8')), a.email, now() + interval '1 hour', now()
                FROM identity.account a WHERE a.email = \(address)
                """,
            ])
            return Mailed(path: path, token: Self.token(letter))
        }
        var links = [
            try await link("Ada", "email_verification", "a", "/auth/verify-email"),
            try await link("Ben", "password_reset", "b", "/auth/reset-password"),
            try await link("Cai", "disown", "c", "/auth/disown-email"),
            try await link("Dot", "email_revert", "d", "/auth/revert-email"),
        ]
        let eve = try await api.register("Eve")
        try await admin.execute(
            """
            INSERT INTO identity.second_factor_reset (id, user_id, stop_hash, requested_by, requested_at)
            SELECT gen_random_uuid(), a.id, sha256(convert_to(\(Self.token("e")), 'UTF8')), gen_random_uuid(), now()
            FROM identity.account a WHERE a.email = 'eve@example.com'
            """)
        links.append(Mailed(path: "/auth/stop-mfa-reset", token: Self.token("e")))
        try await admin.execute("UPDATE identity.account SET email_verified_at = now() WHERE email = 'eve@example.com'")
        let invited = try await api.call(
            .post, "/v1/orgs/\(eve.org)/invitations", token: eve.token, body: ["email": "fox@example.com", "role": "member"])
        links.append(Mailed(path: "/invitations", token: try #require(invited.body["token"]?.stringValue, "\(invited.body)")))
        return links
    }

    /// What each table holds, as a digest of its rows.
    private func state(of database: TestDatabase) async throws -> [String: String] {
        let tables = try await database.adminClient.query(
            """
            SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind = 'r' AND n.nspname !~ '^pg_|^information_schema$'
            """
        ).map { try $0.decode("name", as: String.self) }
        let digests = tables.map {
            "SELECT '\($0)' AS name, coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') AS rows FROM \($0) t"
        }
        let rows = try await database.adminClient.query(Statement(digests.joined(separator: " UNION ALL "), []))
        return try rows.reduce(into: [:]) { $0[try $1.decode("name", as: String.self)] = try $1.decode("rows", as: String.self) }
    }

    private func open(_ api: ComposedAPI, _ method: Method, _ target: String, form: String? = nil) async throws -> Response {
        var headers = Headers()
        if form != nil { headers["Content-Type"] = "application/x-www-form-urlencoded" }
        let request = try #require(
            Request(
                method: method, target: target, headers: headers, body: Array((form ?? "").utf8), remoteAddress: "127.0.0.1",
                id: RequestID.make(at: .systemNow())))
        return await api.router.respond(to: request)
    }
}
