import Core
import HTTPServer
import PlatformTesting
import Postgres
import Testing

/// What an account may do whose address was not proven, and what one may that belongs to no org.
@Suite struct UnverifiedAccountTests {
    @Test func `ID-017 who has not proven the address signs in and reads, and cannot invite, take an org over or make a second one`()
        async throws
    {
        try await MatrixHouse.with { house in
            let (api, org) = (house.api, house.own.org)
            let login = try await api.call(
                .post, "/v1/auth/login", body: ["email": "owner@example.com", "password": "Correct-Horse-42-Battery"])
            #expect(login.status == 200 && login.body["user"]?["email_verified"] == false)
            let token = try #require(login.body["token"]?.stringValue)
            for path in ["/v1/user", "/v1/auth/me", "/v1/orgs", "/v1/orgs/\(org)", "/v1/orgs/\(org)/members", "/v1/orgs/\(org)/audit"] {
                #expect(try await api.call(.get, path, token: token).status == 200, "\(path)")
            }
            let transfer = "/v1/orgs/\(org)/ownership-transfers/orgxfr_00000000000000000000000001/accept"
            let acts: [(String, JSONValue, MatrixCaller)] = [
                ("/v1/orgs/\(org)/invitations", ["email": "new@example.com", "role": "member"], .owner),
                (transfer, [:], .admin), ("/v1/orgs", ["name": "Second"], .owner),
            ]
            for (path, body, caller) in acts {
                let refused = try await api.call(.post, path, token: house.tokens[caller], body: body)
                #expect(refused.status == 403 && refused.body["code"] == "EMAIL_NOT_VERIFIED", "\(path): \(refused.body)")
            }
            #expect(try await api.database.adminClient.query("SELECT FROM orgs.invitation").isEmpty)

            try await api.database.adminClient.execute("UPDATE identity.account SET email_verified_at = now()")
            for (path, body, caller) in acts {
                let answer = try await api.call(.post, path, token: house.tokens[caller], body: body)
                #expect(answer.body["code"] != "EMAIL_NOT_VERIFIED" && answer.status != 403, "\(path): \(answer.body)")
            }
        }
    }

    @Test func `ID-150 an account without any org is told so, and goes on by making one or accepting an invitation`() async throws {
        try await ComposedAPI.withAPI { api in
            let ada = try await api.register("Ada")
            let ben = try await api.register("Ben")
            try await api.database.adminClient.execute("UPDATE identity.account SET email_verified_at = now()")
            let team = try await api.call(.post, "/v1/orgs", token: ben.token, body: ["name": "Team", "org_type": "team"])
            let teamID = try #require(team.body["id"]?.stringValue, "\(team.body)")

            let ended = try await api.call(
                .post, "/v1/orgs/\(ada.org)/deletion", token: ada.token,
                body: ["confirm": "Personal Workspace", "reauth_password": "Correct-Horse-42-Battery"])
            #expect(ended.status < 300, "\(ended.body)")
            #expect(try await api.call(.get, "/v1/user", token: ada.token).status == 200)
            #expect(try await api.call(.get, "/v1/orgs", token: ada.token).body["total"] == 0)
            let again = try await api.call(
                .post, "/v1/auth/login", body: ["email": "ada@example.com", "password": "Correct-Horse-42-Battery"])
            #expect(again.status == 200 && again.body["org"] == .null)

            let offer = try await api.call(
                .post, "/v1/orgs/\(teamID)/invitations", token: ben.token, body: ["email": "ada@example.com", "role": "member"])
            #expect(offer.status == 201, "\(offer.body)")
            let waiting = try await api.call(.get, "/v1/user/invitations", token: ada.token)
            #expect(waiting.body["invitations"]?.arrayValue?.count == 1, "\(waiting.body)")
            if let token = offer.body["token"]?.stringValue {
                let accepted = try await api.call(.post, "/v1/auth/invitations/\(token)/accept", token: ada.token, body: [:])
                #expect(accepted.status == 200, "\(accepted.body)")
                #expect(try await api.call(.get, "/v1/orgs/\(teamID)", token: ada.token).status == 200)
            } else {
                Issue.record("\(offer.body)")
            }
            let own = try await api.call(.post, "/v1/orgs", token: ada.token, body: ["name": "Anew"])
            #expect(own.status == 201, "\(own.body)")
        }
    }
}
