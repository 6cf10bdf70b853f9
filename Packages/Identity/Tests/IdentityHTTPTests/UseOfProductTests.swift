import Core
import HTTPServer
import Identity
import IdentityHTTP
import PlatformTesting
import Postgres
import Testing

/// Which requests are a use of the product while an idle case is pending, and which are not.
@Suite struct UseOfProductTests {
    /// Makes every person have an idle case, and writes down each order to take it back.
    private func beginIdleCases(_ lobby: Lobby) async throws {
        let administrator = lobby.database.adminClient
        try await administrator.execute("CREATE TABLE public.reversal (user_id uuid, at timestamptz)")
        try await administrator.execute("GRANT INSERT ON public.reversal TO trellis_owner")
        try await administrator.execute(
            """
            CREATE OR REPLACE FUNCTION identity.reverse_idle_case(p_user uuid, p_now timestamptz) RETURNS void LANGUAGE sql
            AS $$ INSERT INTO public.reversal VALUES (p_user, p_now) $$
            """)
        try await administrator.execute("CREATE OR REPLACE VIEW identity.pending_idle_case AS SELECT id AS user_id FROM identity.account")
    }

    private func newKey(_ lobby: Lobby, _ name: String, _ scopes: [JSONValue], _ bearer: Headers) async throws -> (
        id: String, headers: Headers
    ) {
        let body: JSONValue = ["name": .string(name), "scopes": .array(scopes)]
        let answer = try await lobby.front.call(.post, "/v1/user/api-keys", body, headers: bearer)
        let id = try #require(answer.body["api_key"]?["id"]?.stringValue)
        return (id, ["X-API-Key": try #require(answer.body["key"]?.stringValue)])
    }

    @Test func `IDL-T20, IDL-007 session and key count, refused with 403 or 404 as well; a bad, ended or unproven credential does not`()
        async throws
    {
        try await Lobby.with { lobby in
            let bearer = lobby.front.bearer(try await lobby.front.register())
            let reader = try await newKey(lobby, "reader", ["user:read"], bearer)
            let ended = try await newKey(lobby, "ended", ["user:read"], bearer)
            _ = try await lobby.front.call(.delete, "/v1/user/api-keys/\(ended.id)", headers: bearer)
            let second = try await lobby.front.call(
                .post, "/v1/auth/login", ["email": "ada@example.com", "password": .string(Front.password)])
            let signedOut = lobby.front.bearer(try #require(second.body["token"]?.stringValue))
            _ = try await lobby.front.call(.post, "/v1/auth/logout", headers: signedOut)
            try await beginIdleCases(lobby)
            let uses: [(String, HTTPServer.Method, String, JSONValue?, Headers, Int)] = [
                ("a session", .get, "/v1/user", nil, bearer, 200), ("a key", .get, "/v1/user", nil, reader.headers, 200),
                ("a key that may not", .put, "/v1/user", ["name": "Eve"], reader.headers, 403),
                ("nothing there", .delete, "/v1/user/api-keys/uak_01ARZ3NDEKTSV4RRFFQ69G5FAV", nil, bearer, 404),
            ]
            for (what, method, path, body, headers, status) in uses {
                lobby.clock.advance(by: .seconds(1))
                let before = try await lobby.count("public.reversal")
                let answer = try await lobby.front.call(method, path, body, headers: headers)
                #expect(answer.status == status, "\(what): \(answer.status)")
                #expect(try await lobby.count("public.reversal") == before + 1, "\(what)")
            }
            let latest = try await lobby.database.adminClient.query("SELECT max(last_active_at) FROM identity.session")[0].decode(
                Instant.self)
            #expect(latest == lobby.clock.now)

            let others: [(String, HTTPServer.Method, String, JSONValue?, Headers)] = [
                ("no credential", .get, "/v1/user", nil, [:]),
                ("a made-up token", .get, "/v1/user", nil, ["Authorization": "Bearer a.b.c"]),
                ("a made-up key", .get, "/v1/user", nil, ["X-API-Key": "rfs" + String(repeating: "0", count: 64)]),
                ("an ended key", .get, "/v1/user", nil, ended.headers), ("an ended session", .get, "/v1/user", nil, signedOut),
                ("signing out again", .post, "/v1/auth/logout", nil, signedOut),
                ("a wrong password", .post, "/v1/auth/login", ["email": "ada@example.com", "password": "Wrong-Password-1"], [:]),
                ("a reset", .post, "/v1/auth/password/reset", ["email": "ada@example.com"], [:]),
            ]
            lobby.clock.advance(by: .minutes(5))
            let before = try await lobby.count("public.reversal")
            for (what, method, path, body, headers) in others {
                _ = try await lobby.front.call(method, path, body, headers: headers)
                #expect(try await lobby.count("public.reversal") == before, "\(what)")
                #expect(try await lobby.count("identity.session WHERE last_active_at > '\(latest)'") == 0, "\(what)")
                #expect(try await lobby.count("identity.api_key WHERE last_active_at > '\(latest)'") == 0, "\(what)")
            }
        }
    }
}
