import Core
import HTTPServer
import Identity
import Orgs
import PlatformTesting
import Postgres
import Testing

/// Handing an org over by HTTP.
@Suite struct TransferRoutesTests {
    @Test func `ORG-035 ORG-036 ORG-037 a transfer from the proposal to the new owner, with the refusal of each rule`() async throws {
        try await Front.with { front in
            let ada = try await front.register("Ada")
            let ben = try await front.member("Ben", of: ada.org, as: .member)
            let cleo = try await front.member("Cleo", of: ada.org, as: .owner)
            let dan = try await front.register("Dan")
            let path = "/v1/orgs/\(ada.org)/ownership-transfers"
            func body(_ user: String, _ role: JSONValue = "admin", _ password: JSONValue? = .string(Front.password)) -> JSONValue {
                var fields: [String: JSONValue] = ["to_user_id": .string(user), "keep_role": role]
                fields["reauth_password"] = password
                return .object(fields)
            }
            let cases: [(JSONValue, Front.Caller, Int, String)] = [
                (body(ben.user, "admin", nil), ada, 401, "PROOF_REQUIRED"),
                (body(ben.user, "admin", "Other-Kettle42x"), ada, 401, "PROOF_FAILED"),
                (body(dan.user), ada, 400, "TRANSFER_TARGET_INVALID"), (body(cleo.user), ada, 400, "TRANSFER_TARGET_INVALID"),
                (body("user_nobody"), ada, 400, "TRANSFER_TARGET_INVALID"), (body(ben.user), ben, 403, "OWNER_REQUIRED"),
                (body(ben.user), dan, 403, "NOT_ORG_MEMBER"), (body(ben.user, "chief"), ada, 422, "INVALID_INPUT"),
            ]
            for (body, caller, status, code) in cases {
                let answer = try await front.call(.post, path, body, as: caller)
                #expect(answer.status == status && answer.code == code, "\(body)")
            }
            let trial = try await front.call(.post, path + "?validate_only=true", body(ben.user), as: ada)
            #expect(trial.status == 200)
            let made = try await front.call(.post, path, body(ben.user), as: ada)
            #expect(made.status == 201 && made.body["status"] == "pending" && made.body["keep_role"] == "admin")
            #expect(made.body["from_user_id"] == .string(ada.user) && made.body["to_user_id"] == .string(ben.user))
            let id = try #require(made.body["id"]?.stringValue)
            let second = try await front.call(.post, path, body(ben.user), as: cleo)
            #expect(second.status == 409 && second.code == "TRANSFER_PENDING")
            for caller in [ada, cleo] {
                let foreign = try await front.call(.post, "\(path)/\(id)/accept", as: caller)
                #expect(foreign.status == 403 && foreign.code == "FORBIDDEN")
            }
            let other = try await front.call(.delete, "\(path)/\(id)", as: cleo)
            #expect(other.status == 403 && other.code == "FORBIDDEN")
            let unknown = try await front.call(
                .post, "\(path)/\(OwnershipTransfer.ID.make(at: front.clock.now))/accept", as: ben)
            #expect(unknown.status == 404)
            let list = try await front.call(.get, path, as: ben)
            #expect(list.status == 200 && list.body["total"] == 1)
            let accepted = try await front.call(.post, "\(path)/\(id)/accept", as: ben)
            #expect(accepted.status == 200 && accepted.body["status"] == "accepted")
            let again = try await front.call(.post, "\(path)/\(id)/accept", as: ben)
            #expect(again.status == 409 && again.code == "TRANSFER_NOT_PENDING")
            #expect(try await front.call(.get, "/v1/orgs/\(ada.org)", as: ben).body["user_role"] == "owner")
            #expect(try await front.call(.get, "/v1/orgs/\(ada.org)", as: ada).body["user_role"] == "admin")
        }
    }

    @Test func `ORG-036 the owner takes it back, the named person declines, and both answer 204`() async throws {
        try await Front.with { front in
            let ada = try await front.register("Ada")
            let ben = try await front.member("Ben", of: ada.org, as: .member)
            let path = "/v1/orgs/\(ada.org)/ownership-transfers"
            for ending in 0..<2 {
                let made = try await front.call(
                    .post, path,
                    ["to_user_id": .string(ben.user), "keep_role": "owner", "reauth_password": .string(Front.password)], as: ada)
                let id = try #require(made.body["id"]?.stringValue)
                let answer =
                    ending == 0
                    ? try await front.call(.delete, "\(path)/\(id)", as: ada)
                    : try await front.call(.post, "\(path)/\(id)/decline", as: ben)
                #expect(answer.status == 204)
            }
            #expect(try await front.count("orgs.ownership_transfer WHERE state IN ('canceled', 'declined')") == 2)
        }
    }

    @Test func `ORG-036 OPS-132 a transfer that nobody answers expires`() async throws {
        try await Front.with { front in
            let ada = try await front.register("Ada")
            let ben = try await front.member("Ben", of: ada.org, as: .member)
            let made = try await front.call(
                .post, "/v1/orgs/\(ada.org)/ownership-transfers",
                ["to_user_id": .string(ben.user), "keep_role": "owner", "reauth_password": .string(Front.password)], as: ada)
            #expect(made.status == 201)
            try await front.drainOffers()
            front.clock.advance(by: .days(7))
            try await front.drainOffers()
            #expect(try await front.count("orgs.ownership_transfer WHERE state = 'expired'") == 1)
            #expect(try await front.count("audit.entry WHERE type = 'ownership_transfer_expired'") == 1)
            #expect(try await front.count("jobs.event WHERE topic = 'orgs.ownership_transfer_ended'") == 1)
        }
    }

    @Test func `ORG-091 deleting an org takes its invitations back and ends its transfer`() async throws {
        try await Front.with { front in
            let ada = try await front.register("Ada")
            let ben = try await front.member("Ben", of: ada.org, as: .member)
            _ = try await front.invite("new@example.com", to: ada)
            _ = try await front.call(
                .post, "/v1/orgs/\(ada.org)/ownership-transfers",
                ["to_user_id": .string(ben.user), "keep_role": "owner", "reauth_password": .string(Front.password)], as: ada)
            let deleted = try await front.call(
                .post, "/v1/orgs/\(ada.org)/deletion",
                ["confirm": "Personal Workspace", "reauth_password": .string(Front.password)], as: ada)
            #expect(deleted.status == 200)
            #expect(try await front.count("orgs.invitation WHERE state = 'revoked'") == 1)
            #expect(try await front.count("orgs.ownership_transfer WHERE state = 'void'") == 1)
            #expect(try await front.count("audit.entry WHERE type IN ('org_invitation_revoked', 'ownership_transfer_voided')") == 2)
        }
    }
}
