import Core
import HTTPServer
import Identity
import PlatformTesting
import Postgres
import Testing

@Suite struct AccountRoutesTests {
    @Test func `ID-143 to ID-145 the plan is shown, the end needs the typed address and a proof, and the link takes it back`() async throws
    {
        try await Lobby.with { lobby in
            let bearer = lobby.front.bearer(try await lobby.front.register())
            let plan = try await lobby.front.call(.get, "/v1/user/deletion", headers: bearer)
            #expect(plan.status == 200)
            #expect(plan.body["scheduled"] == false)
            #expect(plan.body["blockers"] == [])
            func schedule(_ body: JSONValue, _ headers: Headers) async throws -> Front.Answer {
                try await lobby.front.call(.post, "/v1/user/deletion", body, headers: headers)
            }
            let password: JSONValue = .string(Front.password)
            #expect(try await schedule(["confirm": "ada@example.com"], bearer).code == "PROOF_REQUIRED")
            #expect(try await schedule(["confirm": "ada@example.com", "reauth_password": "no"], bearer).code == "PROOF_FAILED")
            #expect(
                try await schedule(["confirm": "ada@example.com", "reauth_password": password, "reauth_assertion": [:]], bearer).code
                    == "PROOF_AMBIGUOUS")
            let mismatch = try await schedule(["confirm": "eve@example.com", "reauth_password": password], bearer)
            #expect(mismatch.status == 400)
            #expect(mismatch.code == "CONFIRM_MISMATCH")
            let made = try await lobby.front.call(.post, "/v1/user/api-keys", ["name": "k"], headers: bearer)
            let key: Headers = ["X-API-Key": try #require(made.body["key"]?.stringValue)]
            #expect(try await schedule(["confirm": "ada@example.com", "reauth_password": password], key).code == "SESSION_REQUIRED")
            let scheduled = try await schedule(["confirm": " ADA@example.com ", "reauth_password": password], bearer)
            #expect(scheduled.status == 202)
            #expect(scheduled.body["scheduled"] == true)
            #expect(try await lobby.front.call(.get, "/v1/user", headers: bearer).code == "SESSION_REVOKED")
            let link = try await lobby.secret(of: .deletionCancel)
            #expect(try await lobby.front.call(.get, "/v1/user/deletion/cancel?token=\(link)").status == 405)
            #expect(try await lobby.front.call(.post, "/v1/user/deletion/cancel", ["token": "nothing"]).code == "LINK_INVALID")
            #expect(try await lobby.front.call(.post, "/v1/user/deletion/cancel", ["token": .string(link)]).status == 200)
            #expect(try await lobby.front.call(.post, "/v1/user/deletion/cancel", ["token": .string(link)]).code == "LINK_USED")
            let back = try await lobby.front.call(.post, "/v1/auth/login", ["email": "ada@example.com", "password": password])
            #expect(back.status == 200)
        }
    }

    @Test func `ID-144 what is in the way is listed with the refusal`() async throws {
        try await Lobby.with { lobby in
            let bearer = lobby.front.bearer(try await lobby.front.register())
            _ = try await lobby.front.register("eve@example.com")
            let people = try await lobby.database.adminClient.query("SELECT id FROM identity.account ORDER BY email")
            let org = try await lobby.database.makeOrg("Both", at: lobby.clock.now)
            try await lobby.database.join(org, try people[0].decode("id"), as: .owner, at: lobby.clock.now)
            try await lobby.database.join(org, try people[1].decode("id"), at: lobby.clock.now)
            let refused = try await lobby.front.call(
                .post, "/v1/user/deletion", ["confirm": "ada@example.com", "reauth_password": .string(Front.password)], headers: bearer)
            #expect(refused.status == 409)
            #expect(refused.code == "DELETION_BLOCKED")
            #expect(refused.headers["Content-Type"] == "application/problem+json")
            #expect(refused.body["blockers"]?.arrayValue?.first?["kind"] == "sole_owner")
            #expect(refused.body["blockers"]?.arrayValue?.first?["org_id"] == .string(org.description))
            #expect(try await lobby.front.call(.get, "/v1/user", headers: bearer).status == 200)
        }
    }

    @Test func `ID-148 SEC-016 a copy can be taken twice a day and fetched again`() async throws {
        try await Lobby.with { lobby in
            let bearer = lobby.front.bearer(try await lobby.front.register())
            let proof: JSONValue = ["reauth_password": .string(Front.password)]
            let made = try await lobby.front.call(.post, "/v1/user/exports", proof, headers: bearer)
            #expect(made.status == 201)
            #expect(made.headers["Cache-Control"] == "no-store")
            #expect(made.body["data"]?["profile"]?["email"] == "ada@example.com")
            let id = try #require(made.body["id"]?.stringValue)
            #expect(try await lobby.front.call(.get, "/v1/user/exports/\(id)", headers: bearer).body["data"] == made.body["data"])
            #expect(try await lobby.front.call(.post, "/v1/user/exports", proof, headers: bearer).status == 201)
            let third = try await lobby.front.call(.post, "/v1/user/exports", proof, headers: bearer)
            #expect(third.status == 429)
            #expect(third.code == "RATE_LIMIT_EXCEEDED")
            #expect(third.headers["Retry-After"] == "86401")
            let events = try await lobby.front.call(.get, "/v1/user/security-events", headers: bearer)
            #expect(events.body["events"]?.arrayValue?.contains { $0["type"] == "user_data_exported" } == true)
        }
    }

    @Test func `AUD-077 a person sees what happened to the own account in 90 days, and to no other`() async throws {
        try await Lobby.with { lobby in
            let ada = lobby.front.bearer(try await lobby.front.register())
            let eve = lobby.front.bearer(try await lobby.front.register("eve@example.com"))
            _ = try await lobby.front.call(.post, "/v1/user/api-keys", ["name": "k"], headers: ada)
            func types(_ headers: Headers) async throws -> [String] {
                let answer = try await lobby.front.call(.get, "/v1/user/security-events", headers: headers)
                return answer.body["events"]?.arrayValue?.compactMap { $0["type"]?.stringValue } ?? []
            }
            #expect(try await types(ada).sorted() == ["api_key_created", "session_started", "user_registered"])
            #expect(try await types(eve).sorted() == ["session_started", "user_registered"])
            lobby.clock.advance(by: .days(91))
            let again = try await lobby.front.call(
                .post, "/v1/auth/login", ["email": "eve@example.com", "password": .string(Front.password)])
            let token = try #require(again.body["token"]?.stringValue)
            #expect(try await !types(lobby.front.bearer(token)).contains("user_registered"))
        }
    }

    @Test func `ID-151 every change of an account leaves an entry with its person`() async throws {
        try await Lobby.with { lobby in
            let password: JSONValue = .string(Front.password)
            let token = try await lobby.front.register()
            let bearer = lobby.front.bearer(token)
            func call(_ method: HTTPServer.Method, _ path: String, _ body: JSONValue?, _ headers: Headers, adds types: [String])
                async throws
            {
                let before = try await lobby.database.adminClient.query("SELECT count(*) FROM audit.entry")[0].decode(Int64.self)
                let answer = try await lobby.front.call(method, path, body, headers: headers)
                #expect((200...299).contains(answer.status), "\(method) \(path) \(answer.code ?? "")")
                let added = try await lobby.database.adminClient.query(
                    "SELECT type FROM audit.entry WHERE ref_user IS NOT NULL ORDER BY recorded_at, id OFFSET \(before)"
                ).map { try $0.decode("type", as: String.self) }
                #expect(added.sorted() == types.sorted(), "\(method) \(path)")
            }
            try await call(.put, "/v1/user", ["name": "Grace"], bearer, adds: ["user_profile_changed"])
            try await call(
                .post, "/v1/auth/email/verify", ["token": .string(try await lobby.secret(of: .emailVerification))], [:],
                adds: ["email_verified", "session_started"])
            try await call(
                .put, "/v1/user", ["email": "grace@example.com", "reauth_password": password], bearer, adds: ["email_changed"])
            try await call(.post, "/v1/user/api-keys", ["name": "one"], bearer, adds: ["api_key_created"])
            let key = try await lobby.database.adminClient.query("SELECT id FROM identity.api_key")[0].decode("id", as: APIKey.ID.self)
            try await call(.put, "/v1/user/api-keys/\(key)", ["name": "two"], bearer, adds: ["api_key_updated"])
            try await call(.post, "/v1/user/api-keys/\(key)/rotate", [:], bearer, adds: ["api_key_rotated"])
            try await call(.delete, "/v1/user/api-keys/\(key)", nil, bearer, adds: ["api_key_revoked"])
            try await call(.post, "/v1/user/exports", ["reauth_password": password], bearer, adds: ["user_data_exported"])
            try await call(
                .put, "/v1/user/password",
                ["current_password": password, "new_password": "Green-Lantern77q", "confirm_password": "Green-Lantern77q"], bearer,
                adds: ["password_changed"])
            try await call(
                .post, "/v1/user/deletion", ["confirm": "grace@example.com", "reauth_password": "Green-Lantern77q"], bearer,
                adds: ["user_deletion_requested", "api_key_revoked"])
            try await call(
                .post, "/v1/user/deletion/cancel", ["token": .string(try await lobby.secret(of: .deletionCancel))], [:],
                adds: ["user_deletion_canceled"])
        }
    }
}
