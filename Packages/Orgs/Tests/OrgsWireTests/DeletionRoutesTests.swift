import Core
import HTTPServer
import Identity
import PlatformTesting
import Testing

/// The end of an org over HTTP.
@Suite struct DeletionRoutesTests {
    private let name: JSONValue = "Personal Workspace"
    private let password = JSONValue.string(Front.password)

    @Test func `ORG-087 the plan shows what would happen, to owners, and does nothing`() async throws {
        try await Front.with { front in
            let ada = try await front.register("Ada")
            let ben = try await front.member("Ben", of: ada.org, as: .admin)
            let plan = try await front.call(.get, "/v1/orgs/\(ada.org)/deletion", as: ada)
            #expect(plan.status == 200 && plan.body["blockers"] == [] && plan.body["deleted_at"] == .null)
            #expect(plan.body["stops_now"]?["members"] == 2 && plan.body["kept_by_law"] == ["invoices", "ledger", "audit_entries"])
            #expect(plan.body["purge_at"] == .string((front.clock.now + .days(30)).description))
            #expect(try await front.call(.get, "/v1/orgs/\(ada.org)/deletion", as: ben).code == "OWNER_REQUIRED")
            #expect(try await front.call(.get, "/v1/orgs/\(ada.org)", as: ada).body["state"] == "active")
        }
    }

    @Test func `ORG-088 deleting needs owner, session, proof and the typed name, in this order`() async throws {
        try await Front.with { front in
            let ada = try await front.register("Ada")
            let ben = try await front.member("Ben", of: ada.org, as: .admin)
            let path = "/v1/orgs/\(ada.org)/deletion"
            let asAdmin = try await front.call(.post, path, ["confirm": "wrong"], as: ben)
            #expect(asAdmin.status == 403 && asAdmin.code == "OWNER_REQUIRED")
            let key = try await front.call(.post, "/v1/user/api-keys", ["name": "k"], as: ada)
            let secret = try #require(key.body["key"]?.stringValue)
            let byKey = try await front.call(
                .post, path, ["confirm": name, "reauth_password": password], headers: ["X-API-Key": secret])
            #expect(byKey.status == 403 && byKey.code == "SESSION_REQUIRED")
            #expect(try await front.call(.post, path, ["confirm": name], as: ada).code == "PROOF_REQUIRED")
            let wrong = try await front.call(.post, path, ["confirm": name, "reauth_password": "Wrong-Kettle42x"], as: ada)
            #expect(wrong.status == 401 && wrong.code == "PROOF_FAILED")
            let mistyped = try await front.call(.post, path, ["confirm": "personal workspace", "reauth_password": password], as: ada)
            #expect(mistyped.status == 400 && mistyped.code == "CONFIRM_MISMATCH")
            #expect(try await front.call(.post, path, ["reauth_password": password], as: ada).status == 422)
            let trial = try await front.call(.post, path + "?validate_only=true", ["confirm": name, "reauth_password": password], as: ada)
            #expect(trial.status == 200)
            #expect(try await front.call(.get, "/v1/orgs/\(ada.org)", as: ada).status == 200)
        }
    }

    @Test func `ORG-091 ORG-092 ORG-093 a deleted org answers its owners where it is ended and restored, and nobody else anywhere`()
        async throws
    {
        try await Front.with { front in
            let ada = try await front.register("Ada")
            let ben = try await front.member("Ben", of: ada.org, as: .member)
            let path = "/v1/orgs/\(ada.org)/deletion"
            #expect(try await front.call(.delete, path, as: ada).code == "ORG_NOT_DELETED")
            let deleted = try await front.call(.post, path, ["confirm": name, "reauth_password": password], as: ada)
            let purgeAt = JSONValue.string((front.clock.now + .days(30)).description)
            #expect(deleted.status == 200 && deleted.body["state"] == "deleted" && deleted.body["purge_at"] == purgeAt)
            front.clock.advance(by: .seconds(60))
            let again = try await front.call(.post, path, ["confirm": name, "reauth_password": password], as: ada)
            #expect(again.status == 200 && again.body == deleted.body)
            for route in front.router.routes where route.path.hasPrefix("/v1/orgs/{org_id}") {
                let target = route.path.split(separator: "/").map { part -> String in
                    part == "{org_id}" ? ada.org : part.hasPrefix("{") ? ada.user : String(part)
                }.joined(separator: "/")
                let body: JSONValue? =
                    switch route.method {
                    case .put: ["name": "x", "role": "member"]
                    case .post: ["confirm": "wrong", "reauth_password": password]
                    default: nil
                    }
                let asMember = try await front.call(route.method, "/" + target, body, as: ben)
                #expect(asMember.code == "NOT_ORG_MEMBER", "\(route.method) \(route.path)")
                guard !(route.path.hasSuffix("/deletion") || route.path.contains("/exports")) else { continue }
                let asOwner = try await front.call(route.method, "/" + target, body, as: ada)
                #expect(asOwner.status == 403 && asOwner.code == "ORG_DELETED", "\(route.method) \(route.path)")
            }
            #expect(try await front.call(.get, "/v1/orgs", as: ada).body["total"] == 0)
            let shown = try await front.call(.get, "/v1/orgs?include_deleted=true", as: ada).body["orgs"]?.arrayValue?.first
            #expect(shown?["state"] == "deleted" && shown?["purge_at"] == purgeAt)
            #expect(try await front.call(.get, path, as: ada).body["purge_at"] == purgeAt)
            let restored = try await front.call(.delete, path, as: ada)
            #expect(restored.status == 200 && restored.body["state"] == "active")
            #expect(try await front.call(.get, "/v1/orgs/\(ada.org)", as: ben).status == 200)
        }
    }
}
