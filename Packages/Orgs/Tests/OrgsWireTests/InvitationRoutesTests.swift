import Core
import HTTPServer
import Identity
import Orgs
import PlatformTesting
import Postgres
import Testing

/// Invitations over HTTP, from the one who sends them to the one who answers.
@Suite struct InvitationRoutesTests {
    @Test func `ORG-042 ORG-049 ORG-051 ORG-052 an invitation has every field the client reads, in every answer`() async throws {
        try await Front.with { front in
            let ada = try await front.register("Ada")
            let path = "/v1/orgs/\(ada.org)/invitations"
            let made = try await front.call(.post, path, ["email": "New@Example.com"], as: ada)
            #expect(made.status == 201)
            let id = try #require(made.body["id"]?.stringValue)
            #expect(made.body["org_id"] == .string(ada.org) && made.body["email"] == "new@example.com")
            #expect(made.body["role"] == "member" && made.body["status"] == "pending" && made.body["is_expired"] == false)
            #expect(made.body["invited_by_user_id"] == .string(ada.user) && made.body["invited_by_name"] == "Ada")
            #expect(made.body["created_at"]?.stringValue.flatMap { Instant($0) } == front.clock.now)
            #expect(made.body["expires_at"]?.stringValue.flatMap { Instant($0) } == front.clock.now + .days(7))
            front.clock.advance(by: .seconds(60))
            let again = try await front.call(.post, "\(path)/\(id)/resend", as: ada)
            #expect(again.status == 200 && again.body["id"] == .string(id) && again.body["token"] != made.body["token"])
            let list = try await front.call(.get, path, as: ada)
            #expect(list.status == 200 && list.body["total"] == 1 && list.body["org_id"] == .string(ada.org))
            let row = try #require(list.body["invitations"]?.arrayValue?.first)
            #expect(row["token"] == .null)
            #expect(Set(row.objectValue?.keys.map(\.self) ?? []) == Set(made.body.objectValue?.keys.map(\.self) ?? []))
            #expect(try await front.call(.delete, "\(path)/\(id)", as: ada).status == 204)
            let gone = try await front.call(.delete, "\(path)/\(id)", as: ada)
            #expect(gone.status == 409 && gone.code == "INVITATION_NOT_PENDING")
            let resent = try await front.call(.post, "\(path)/\(id)/resend", as: ada)
            #expect(resent.status == 409 && resent.code == "INVITATION_NOT_PENDING")
            let unknown = try await front.call(.delete, "\(path)/\(Invitation.ID.make(at: front.clock.now))", as: ada)
            #expect(unknown.status == 404 && unknown.code == "NOT_FOUND")
        }
    }

    @Test func `ORG-043 a role that cannot be given is refused by its field`() async throws {
        try await Front.with { front in
            let ada = try await front.register("Ada")
            for role: JSONValue in ["owner", "chief", "", 5, true, ["member"]] {
                let answer = try await front.call(
                    .post, "/v1/orgs/\(ada.org)/invitations", ["email": "new@example.com", "role": role], as: ada)
                #expect(answer.status == 422, "\(role)")
                #expect(answer.body["detail"]?.arrayValue?.first?["loc"] == ["body", "role"], "\(role)")
            }
            let address = try await front.call(.post, "/v1/orgs/\(ada.org)/invitations", ["email": "nobody"], as: ada)
            #expect(address.status == 400 && address.code == "INVALID_FORMAT")
            #expect(try await front.count("orgs.invitation") == 0)
        }
    }

    @Test func `ORG-044 SEC-024 the answer is the same for an address with an account and one without`() async throws {
        try await Front.with { front in
            let ada = try await front.register("Ada")
            _ = try await front.register("Known")
            var shapes: [JSONValue] = []
            for name in ["known", "never"] {
                let answer = try await front.call(
                    .post, "/v1/orgs/\(ada.org)/invitations", ["email": .string("\(name)@example.com"), "role": "admin"], as: ada)
                #expect(answer.status == 201)
                var fields = try #require(answer.body.objectValue)
                for own in ["id", "email", "token"] { fields[own] = nil }
                shapes.append(.object(fields))
            }
            #expect(shapes[0] == shapes[1])
            let member = try await front.call(.post, "/v1/orgs/\(ada.org)/invitations", ["email": "ADA@example.com"], as: ada)
            #expect(member.status == 409 && member.code == "ALREADY_MEMBER")
        }
    }

    @Test func `ORG-017 members do not run invitations, and strangers are told nothing`() async throws {
        try await Front.with { front in
            let ada = try await front.register("Ada")
            let ben = try await front.member("Ben", of: ada.org, as: .member)
            let dan = try await front.register("Dan")
            let path = "/v1/orgs/\(ada.org)/invitations"
            let id = Invitation.ID.make(at: front.clock.now)
            let calls: [(HTTPServer.Method, String, JSONValue?)] = [
                (.post, path, ["email": "new@example.com"]), (.get, path, nil), (.post, "\(path)/\(id)/resend", nil),
                (.delete, "\(path)/\(id)", nil),
            ]
            for (method, target, body) in calls {
                let member = try await front.call(method, target, body, as: ben)
                #expect(member.status == 403 && member.code == "ADMIN_REQUIRED", "\(method) \(target)")
                let stranger = try await front.call(method, target, body, as: dan)
                #expect(stranger.status == 403 && stranger.code == "NOT_ORG_MEMBER", "\(method) \(target)")
                #expect(try await front.call(method, target, body).status == 401)
            }
        }
    }

    @Test func `AUD-055 AUD-126 ORG-055 every link that cannot be used gets one and the same answer, and is told of without its token`()
        async throws
    {
        try await Front.with { front in
            let ada = try await front.register("Ada")
            let token = try await front.invite("new@example.com", to: ada)
            let good = try await front.call(.get, "/v1/auth/invitations/\(token)")
            #expect(good.status == 200)
            #expect(
                good.body == [
                    "org_name": "Personal Workspace", "email": "new@example.com", "role": "member",
                    "expires_at": .string((front.clock.now + .days(7)).description),
                ])
            let revoked = try await front.invite("revoked@example.com", to: ada, revoking: true)
            let declined = try await front.invite("declined@example.com", to: ada)
            #expect(try await front.call(.post, "/v1/auth/invitations/\(declined)/decline").status == 204)
            var answers: [JSONValue] = []
            for token in ["nothing", "%20", String(repeating: "x", count: 500), revoked, declined] {
                let answer = try await front.call(.get, "/v1/auth/invitations/\(token)")
                #expect(answer.status == 404)
                var body = try #require(answer.body.objectValue)
                for own in ["request_id", "timestamp"] { body[own] = nil }
                answers.append(.object(body))
            }
            #expect(Set(answers).count == 1)
            #expect(answers[0]["code"] == "NOT_FOUND")
            // All five within one minute, from one network, on one route.
            let rows = try await front.database.adminClient.query(
                "SELECT data, actor_kind FROM audit.entry WHERE type = 'link_token_rejected'")
            #expect(rows.count == 1)
            let data = try rows[0].decode("data", as: JSONValue.self)
            #expect(data == ["route": "GET /v1/auth/invitations/{token}", "reason": "NOT_FOUND"])
            #expect(try rows[0].decode("actor_kind", as: String.self) == "anonymous")
        }
    }

    @Test func `ORG-057 a person with an account joins and gets a token that acts for the org`() async throws {
        try await Front.with { front in
            let ada = try await front.register("Ada")
            let eve = try await front.register("Eve")
            let token = try await front.invite("eve@example.com", to: ada, as: "admin")
            let answer = try await front.call(.post, "/v1/auth/invitations/\(token)/accept", ["make_default": true], as: eve)
            #expect(answer.status == 200 && answer.headers["Cache-Control"] == "no-store")
            #expect(answer.body["org"]?["id"] == .string(ada.org) && answer.body["org"]?["role"] == "admin")
            #expect(answer.body["user"]?["id"] == .string(eve.user) && answer.body["status"] == "authenticated")
            #expect(answer.body["mfa_token"] == .null && answer.body["message"]?.stringValue?.isEmpty == false)
            #expect(answer.body["expires_in"]?.integerValue != nil && answer.body["refresh_threshold"] == 300)
            let moved = Front.Caller(token: try #require(answer.body["token"]?.stringValue), user: eve.user, org: ada.org)
            let me = try await front.call(.get, "/v1/auth/me", as: moved)
            #expect(me.body["org"]?["id"] == .string(ada.org) && me.body["role"] == "admin")
            // A repeat is no second membership.
            #expect(try await front.call(.post, "/v1/auth/invitations/\(token)/accept", as: moved).status == 200)
            #expect(try await front.count("orgs.membership") == 3)
        }
    }

    @Test func `ORG-058 six spellings of the invited address are one, another account is refused`() async throws {
        try await Front.with { front in
            let ada = try await front.register("Ada")
            let spellings = [
                "p0@example.com", "P1@Example.COM", " p2@example.com ", "p3@EXAMPLE.com", "\u{FF30}4@example.com", "p5@example.com",
            ]
            for (number, spelling) in spellings.enumerated() {
                let person = try await front.register("P\(number)")
                let mallory = try await front.register("Mallory\(number)")
                let token = try await front.invite(spelling, to: ada)
                let refused = try await front.call(.post, "/v1/auth/invitations/\(token)/accept", as: mallory)
                #expect(refused.status == 403 && refused.code == "INVITATION_EMAIL_MISMATCH")
                let joined = try await front.call(.post, "/v1/auth/invitations/\(token)/accept", as: person)
                #expect(joined.status == 200, "\(spelling)")
            }
        }
    }

    @Test func `ORG-059 the invited person sees the offer and gets the link by mail`() async throws {
        try await Front.with { front in
            let ada = try await front.register("Ada")
            let eve = try await front.register("Eve")
            let token = try await front.invite("eve@example.com", to: ada)
            let list = try await front.call(.get, "/v1/user/invitations", as: eve)
            #expect(list.status == 200 && list.body["total"] == 1)
            let row = try #require(list.body["invitations"]?.arrayValue?.first)
            #expect(row["org_name"] == "Personal Workspace" && row["role"] == "member" && row["token"] == nil)
            let id = try #require(row["id"]?.stringValue)
            let early = try await front.call(.post, "/v1/user/invitations/\(id)/send", as: eve)
            #expect(early.status == 429 && early.code == "SEND_BUDGET_EXCEEDED" && early.headers["Retry-After"] == "60")
            front.clock.advance(by: .seconds(60))
            #expect(try await front.call(.post, "/v1/user/invitations/\(id)/send", as: eve).status == 204)
            #expect(try await front.call(.get, "/v1/auth/invitations/\(token)").status == 404)
            #expect(try await front.call(.get, "/v1/user/invitations", as: ada).body["total"] == 0)
            #expect(try await front.call(.post, "/v1/user/invitations/\(id)/send", as: ada).status == 404)
        }
    }
}

extension Front {
    /// Invites an address and gives the secret of the link, as the sandbox shows it.
    func invite(_ email: String, to owner: Caller, as role: String = "member", revoking: Bool = false) async throws -> String {
        let made = try await call(
            .post, "/v1/orgs/\(owner.org)/invitations", ["email": .string(email), "role": .string(role)], as: owner)
        #expect(made.status == 201)
        if revoking {
            let id = try #require(made.body["id"]?.stringValue)
            #expect(try await call(.delete, "/v1/orgs/\(owner.org)/invitations/\(id)", as: owner).status == 204)
        }
        return try #require(made.body["token"]?.stringValue)
    }
}
