import Core
import HTTPServer
import Identity
import Orgs
import PlatformTesting
import Postgres
import Testing

/// Somebody registers because of an invitation.
@Suite struct InvitedRegistrationTests {
    private func register(_ email: String, _ token: String, at front: Front) async throws -> Front.Answer {
        try await front.call(
            .post, "/v1/auth/register",
            ["name": "Eve", "email": .string(email), "password": .string(Front.password), "invite_token": .string(token)])
    }

    @Test func `ORG-056 ID-012 registering with an invitation joins the inviting org, and makes no other`() async throws {
        try await Front.with { front in
            let ada = try await front.register("Ada")
            let token = try await front.invite("eve@example.com", to: ada, as: "admin")
            let answer = try await register("Eve@Example.com", token, at: front)
            #expect(answer.status == 201)
            #expect(answer.body["org"]?["id"] == .string(ada.org) && answer.body["org"]?["role"] == "admin")
            #expect(answer.body["user"]?["email_verified"] == true)
            #expect(try await front.count("orgs.org") == 1)
            #expect(try await front.count("orgs.membership WHERE joined_through = 'invitation'") == 1)
            #expect(try await front.count("orgs.invitation WHERE state = 'accepted' AND accepted_by IS NOT NULL") == 1)
            #expect(try await front.count("audit.entry WHERE type IN ('org_invitation_accepted', 'org_member_added')") == 2)
        }
    }

    @Test func `ID-013 an invitation that does not work is 400, and no account is made`() async throws {
        try await Front.with { front in
            let ada = try await front.register("Ada")
            let good = try await front.invite("eve@example.com", to: ada)
            let revoked = try await front.invite("eva@example.com", to: ada, revoking: true)
            for (email, token, code) in [
                ("eva@example.com", "nothing", "INVITATION_INVALID"), ("eva@example.com", revoked, "INVITATION_INVALID"),
                ("eva@example.com", good, "INVITATION_EMAIL_MISMATCH"),
            ] {
                let answer = try await register(email, token, at: front)
                #expect(answer.status == 400 && answer.code == code)
            }
            try await front.database.adminClient.execute(
                "UPDATE orgs.org SET state = 'deleted', deleted_at = now(), purge_at = now() + interval '30 days'")
            let deleted = try await register("eve@example.com", good, at: front)
            #expect(deleted.status == 400 && deleted.code == "INVITATION_INVALID")
            try await front.database.adminClient.execute(
                "UPDATE orgs.org SET state = 'active', deleted_at = NULL, purge_at = NULL")
            front.clock.advance(by: .days(7))
            let expired = try await register("eve@example.com", good, at: front)
            #expect(expired.status == 400 && expired.code == "INVITATION_INVALID")
            #expect(try await front.count("identity.account") == 1)
            #expect(try await front.count("orgs.org") == 1)
            #expect(try await front.count("orgs.invitation WHERE state = 'pending'") == 1)
        }
    }

    @Test func `ORG-056 of five registrations with one invitation at once one makes an account`() async throws {
        try await Front.with { front in
            let ada = try await front.register("Ada")
            let token = try await front.invite("eve@example.com", to: ada)
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<5 { group.addTask { try await register("eve@example.com", token, at: front).status } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.count { $0 == 201 } == 1)
            #expect(statuses.allSatisfy { [201, 400, 409].contains($0) })
            #expect(try await front.count("identity.account") == 2)
            #expect(try await front.count("orgs.membership WHERE joined_through = 'invitation'") == 1)
        }
    }
}
