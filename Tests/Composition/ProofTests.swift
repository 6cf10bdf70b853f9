import Core
import HTTPServer
import PlatformTesting
import Postgres
import Testing

/// What cannot be taken back needs a fresh proof with the request: a session alone is not enough.
@Suite struct ProofTests {
    private static let password = "Correct-Horse-42-Battery"

    private struct Act {
        let name: String
        let method: HTTPServer.Method
        let path: String
        let body: [String: JSONValue]
        var proof = "reauth_password"
    }

    private func acts(_ ada: ComposedAPI.Account, heir: String) -> [Act] {
        [
            Act(name: "change the e-mail address", method: .put, path: "/v1/user", body: ["email": "new@example.com"]),
            Act(
                name: "change the password", method: .put, path: "/v1/user/password",
                body: ["new_password": "Another-Horse-43-Battery", "confirm_password": "Another-Horse-43-Battery"],
                proof: "current_password"),
            Act(name: "export personal data", method: .post, path: "/v1/user/exports", body: [:]),
            Act(name: "export an org", method: .post, path: "/v1/orgs/\(ada.org)/exports", body: [:]),
            Act(
                name: "hand an org over", method: .post, path: "/v1/orgs/\(ada.org)/ownership-transfers",
                body: ["to_user_id": .string(heir), "keep_role": "member"]),
            Act(name: "delete an org", method: .post, path: "/v1/orgs/\(ada.org)/deletion", body: ["confirm": "Personal Workspace"]),
            Act(name: "delete the account", method: .post, path: "/v1/user/deletion", body: ["confirm": "ada@example.com"]),
        ]
    }

    private func fingerprint(_ database: TestDatabase) async throws -> String {
        try await database.adminClient.query(
            """
            SELECT md5(concat_ws('|', (SELECT string_agg(concat(email, password_hash, status), ',' ORDER BY id) FROM identity.account),
                (SELECT count(*) FROM identity.personal_export), (SELECT count(*) FROM identity.link_token),
                (SELECT string_agg(concat(id, state), ',' ORDER BY id) FROM orgs.org), (SELECT count(*) FROM orgs.ownership_transfer),
                (SELECT count(*) FROM orgs.org_export)))
            """
        ).first?.decode(String.self) ?? ""
    }

    @Test
    func `SEC-033 no dangerous act is done without a proof, with an old one, another's or a wrong kind, and each is with the right one`()
        async throws
    {
        try await ComposedAPI.withAPI { api in
            let ada = try await api.register("Ada")
            // Somebody else, whose password is another one.
            let other = try await api.call(
                .post, "/v1/auth/register", body: ["name": "Eve", "email": "eve@example.com", "password": "Evening-Star-77-Orbit"])
            let heir = try #require(other.body["user"]?["id"]?.stringValue)
            try await api.database.adminClient.execute("UPDATE identity.account SET email_verified_at = now()")
            let old = "Older-Horse-41-Battery"
            // Ada had another password before.
            #expect(
                try await api.call(
                    .put, "/v1/user/password", token: ada.token,
                    body: ["current_password": .string(Self.password), "new_password": .string(old), "confirm_password": .string(old)]
                ).status == 200)
            let back = try await api.call(
                .post, "/v1/auth/login", body: ["email": "ada@example.com", "password": .string(old)])
            let token = try #require(back.body["token"]?.stringValue)
            // `old` is the present one now, and the first one is old.
            let before = try await fingerprint(api.database)
            for act in acts(ada, heir: heir) {
                for (kind, proof) in [
                    ("none", nil), ("an old password", .string(Self.password)), ("another's password", "Evening-Star-77-Orbit"),
                    ("an empty one", ""), ("a token", .string(token)), ("null", .null), ("another type", true),
                ] as [(String, JSONValue?)] {
                    var body = act.body
                    if let proof { body[act.proof] = proof }
                    let answer = try await api.call(act.method, act.path, token: token, body: .object(body))
                    #expect((400..<500).contains(answer.status), "\(act.name) with \(kind): \(answer.status) \(answer.body)")
                    // Counted failures of the network or account must not stand before the refusal of the proof.
                    try await api.database.adminClient.execute("DELETE FROM identity.guess_attempt")
                    try await api.database.adminClient.execute("DELETE FROM identity.guess_network")
                }
                #expect(try await fingerprint(api.database) == before, "\(act.name) did something without a proof")
            }
            // Each is done, or refused for another reason than the proof, with the right one.
            for act in acts(ada, heir: heir) where act.proof == "reauth_password" {
                var body = act.body
                body[act.proof] = .string(old)
                let answer = try await api.call(act.method, act.path, token: token, body: .object(body))
                let code = answer.body["code"]?.stringValue ?? ""
                #expect(answer.status < 300 || !code.contains("PROOF") && answer.status != 401, "\(act.name): \(answer.body)")
            }
        }
    }
}
