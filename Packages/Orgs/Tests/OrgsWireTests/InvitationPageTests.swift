import Core
import HTTPServer
import Identity
import IdentityCryptography
import PlatformTesting
import Postgres
import Testing
import WebAuthn
import WebAuthnTesting

/// The page of an invitation, for people with a second factor.
@Suite struct InvitationPageTests {
    private struct Page {
        let status: Int
        let html: String

        /// What a hidden field of the form carries.
        func hidden(_ name: String) -> String? {
            guard let start = html.firstRange(of: "name=\"\(name)\" value=\"") else { return nil }
            return String(html[start.upperBound...].prefix { $0 != "\"" })
        }
    }

    private func post(_ front: Front, _ fields: [(String, String)]) async throws -> Page {
        func encoded(_ text: String) -> String {
            text.utf8.map { byte in
                let hex = String(byte, radix: 16, uppercase: true)
                return "%" + (hex.utf8.count == 1 ? "0" : "") + hex
            }.joined()
        }
        let body = fields.map { "\($0.0)=\(encoded($0.1))" }.joined(separator: "&")
        let request = try #require(
            Request(
                method: .post, target: "/invitations", headers: ["Content-Type": "application/x-www-form-urlencoded"],
                body: Array(body.utf8),
                id: RequestID.make(at: front.clock.now)))
        let response = await front.router.respond(to: request)
        guard case .bytes(let bytes) = response.body else { throw Problem.notFound }
        return Page(status: response.status.rawValue, html: String(decoding: bytes, as: UTF8.self))
    }

    private func enrol(_ front: Front, _ caller: Front.Caller) async throws -> [String] {
        let options = try await front.call(
            .post, "/v1/auth/passkeys/register/options", ["password": .string(Front.password)], as: caller)
        let challenge = try #require(options.body["options"]?["challenge"]?.stringValue, "\(options.body)")
        let done = try await front.call(
            .post, "/v1/auth/passkeys/register/verify",
            ["credential": try SoftwareAuthenticator().register(.init(challenge: challenge))], as: caller)
        return try #require(done.body["recovery_codes"]?.arrayValue, "\(done.body)").compactMap(\.stringValue)
    }

    @Test func `ORG-058 ID-095 whoever has a second factor accepts on the page with a recovery code, after the password and never without`()
        async throws
    {
        let party = RelyingParty(id: "example.com", origins: ["https://app.example.com"])
        try await Front.with(passkeys: WebAuthnPasskeys(party)) { front in
            let ada = try await front.register("Ada")
            let ben = try await front.register("Ben")
            let codes = try await enrol(front, ben)
            let made = try await front.call(.post, "/v1/orgs/\(ada.org)/invitations", ["email": "ben@example.com"], as: ada)
            let token = try #require(made.body["token"]?.stringValue, "\(made.body)")
            let live = "orgs.membership WHERE org_id = (SELECT org_id FROM orgs.invitation) AND ended_at IS NULL"
            let sessions = try await front.count("identity.session WHERE revoked_at IS NULL")

            let first = try await post(front, [("token", token), ("act", "accept"), ("password", Front.password)])
            #expect(first.status == 200 && first.html.contains("recovery_code"), "\(first.html)")
            #expect(first.html.contains("With a passkey"))
            let mfaToken = try #require(first.hidden("mfa_token"))
            #expect(first.hidden("token") == token)
            #expect(try await front.count(live) == 1)

            let wrong = try await post(
                front, [("token", token), ("act", "second_step"), ("mfa_token", mfaToken), ("recovery_code", "AAAAA-AAAAA")])
            #expect(wrong.status == 401 && wrong.html.contains("role=\"alert\"") && wrong.hidden("mfa_token") == mfaToken)
            let without = try await post(front, [("token", token), ("act", "second_step"), ("recovery_code", codes[0])])
            #expect(without.status == 401)
            #expect(try await front.count(live) == 1)

            let done = try await post(
                front, [("token", token), ("act", "second_step"), ("mfa_token", mfaToken), ("recovery_code", codes[0])])
            #expect(done.status == 200 && done.html.contains("You are a member now"), "\(done.html)")
            #expect(try await front.count(live) == 2)
            // A page signs nobody in.
            #expect(try await front.count("identity.session WHERE revoked_at IS NULL") == sessions)
        }
    }

    @Test func `AUD-126 the page of an invitation that does not work tells of the link by its route, and shows what it always shows`()
        async throws
    {
        try await Front.with { front in
            for _ in 1...2 { #expect(try await post(front, [("token", "made-up-token"), ("act", "accept")]).status == 404) }
            let rows = try await front.database.adminClient.query("SELECT data FROM audit.entry WHERE type = 'link_token_rejected'")
            #expect(
                try rows.map { try $0.decode("data", as: JSONValue.self) } == [["route": "POST /invitations", "reason": "NOT_FOUND"]])
        }
    }

    @Test func `ID-133 whose role must have a second factor first is told so on the page, and the invitation stays open`() async throws {
        let party = RelyingParty(id: "example.com", origins: ["https://app.example.com"])
        try await Front.with(passkeys: WebAuthnPasskeys(party)) { front in
            let ada = try await front.register("Ada")
            let ben = try await front.register("Ben")
            try await front.database.adminClient.execute(
                "UPDATE orgs.org SET mfa_rule = 'admins' WHERE personal_owner_id = \(try #require(User.ID(ben.user)))")
            let made = try await front.call(.post, "/v1/orgs/\(ada.org)/invitations", ["email": "ben@example.com"], as: ada)
            let token = try #require(made.body["token"]?.stringValue)
            let answer = try await post(front, [("token", token), ("act", "accept"), ("password", Front.password)])
            #expect(answer.status == 403 && answer.html.contains("second factor"), "\(answer.html)")
            #expect(try await front.count("orgs.invitation WHERE state = 'pending'") == 1)
        }
    }
}
