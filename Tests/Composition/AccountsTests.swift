import Composition
import Core
import HTTPServer
import Testing

/// The API as it is put together, on a real database: what a person does first.
@Suite struct AccountsTests {
    @Test func `ID-010 ID-011 registering makes the account, the personal org and the session, and says so`() async throws {
        try await ComposedAPI.withAPI { api in
            let ada = try await api.register("Ada")
            let user = try await api.call(.get, "/v1/user", token: ada.token)
            #expect(user.status == 200 && user.body["email"] == "ada@example.com")
            let orgs = try await api.call(.get, "/v1/orgs", token: ada.token)
            #expect(orgs.body["total"] == 1 && orgs.body["orgs"]?.arrayValue?.first?["id"] == .string(ada.org))
            let again = try await api.call(
                .post, "/v1/auth/register", body: ["name": "A", "email": "ADA@example.com", "password": "Correct-Horse-42-Battery"])
            #expect(again.status == 409)
        }
    }

    @Test func `ID-031 a wrong password and an unknown address get one and the same answer`() async throws {
        try await ComposedAPI.withAPI { api in
            _ = try await api.register("Ada")
            let wrong = try await api.call(
                .post, "/v1/auth/login", body: ["email": "ada@example.com", "password": "Wrong-Horse-42-Battery"])
            let unknown = try await api.call(
                .post, "/v1/auth/login", body: ["email": "eve@example.com", "password": "Wrong-Horse-42-Battery"],
                from: "192.0.2.1")
            #expect(wrong.status == 401 && unknown.status == 401)
            #expect(wrong.body["detail"] == unknown.body["detail"] && wrong.body["code"] == unknown.body["code"])
            let right = try await api.call(
                .post, "/v1/auth/login", body: ["email": "Ada@Example.com", "password": "Correct-Horse-42-Battery"],
                from: "192.0.2.2")
            #expect(right.status == 200)
        }
    }

    @Test func `another org cannot be seen, and every entry of the own log refers to something`() async throws {
        try await ComposedAPI.withAPI { api in
            let ada = try await api.register("Ada")
            let ben = try await api.register("Ben")
            for path in ["", "/members", "/limits", "/graphs", "/usage", "/audit"] {
                let answer = try await api.call(.get, "/v1/orgs/\(ada.org)\(path)", token: ben.token)
                #expect(answer.status == 403, "\(path)")
            }
            let log = try await api.call(.get, "/v1/orgs/\(ada.org)/audit", token: ada.token)
            let entries = try #require(log.body["entries"]?.arrayValue)
            let types = entries.compactMap { $0["type"]?.stringValue }
            #expect(types.contains("org_created") && types.contains("session_started"))
            #expect(entries.allSatisfy { $0["references"]?.arrayValue?.isEmpty == false })
        }
    }

    @Test func `without a credential, and with a wrong one, the answer is 401 with its challenge`() async throws {
        try await ComposedAPI.withAPI { api in
            let none = try await api.call(.get, "/v1/user")
            let wrong = try await api.call(.get, "/v1/user", token: "nonsense")
            #expect(none.status == 401 && wrong.status == 401)
        }
    }

    @Test func `the health of the process is told without a credential`() async throws {
        try await ComposedAPI.withAPI { api in
            let status = try await api.call(.get, "/v1/status")
            #expect(status.status == 200 && status.body["status"] == "healthy")
        }
    }
}
