import Core
import FoundationEssentials
import HTTPServer
import PlatformTesting
import Postgres
import Testing

/// What the log says of calls, as they come in through the routes that are put together.
@Suite struct AuditTrailTests {
    private func key(of token: String?, named name: String, in house: MatrixHouse) async throws -> String {
        try await house.api.database.adminClient.execute("UPDATE identity.account SET email_verified_at = now()")
        let made = try await house.api.call(.post, "/v1/user/api-keys", token: token, body: ["name": .string(name)])
        return try #require(made.body["key"]?.stringValue, "\(made.body)")
    }

    private func entries(_ api: ComposedAPI, _ filter: Statement) async throws -> [Row] {
        try await api.database.adminClient.query(
            "SELECT type, data, origin, request_id, actor_kind FROM audit.entry WHERE " + filter + " ORDER BY recorded_at, id")
    }

    @Test
    func
        `AUD-057 AUD-074 AUD-075 who changed a graph is listed as the contract has it: done, refused and under way, repeated calls once`()
        async throws
    {
        try await MatrixHouse.with { house in
            let api = house.api
            _ = try await api.database.adminClient.pipeline([
                "SELECT set_config('session_replication_role', 'replica', true)",
                "UPDATE graphs.graph SET status = 'active', mode = 'full', host_id = gen_random_uuid()",
            ])
            let key = try await key(of: house.tokens[.owner], named: "ci", in: house)
            let path = "/v1/graphs/\(MatrixHouse.graph)"
            let content = try JSON.encode(["description": "a secret description"] as JSONValue)
            var headers: Headers = ["Content-Type": "application/json", "X-API-Key": key, "Idempotency-Key": "one"]
            for _ in 1...2 {
                let done = try await api.send(.post, path + "/operations/update-graph-metadata", headers: headers, content: content)
                #expect(done.status == 200, "\(done.body)")
            }
            headers["Idempotency-Key"] = "two"
            let refused = try await api.send(.post, path + "/operations/update-graph-metadata", headers: headers, content: Array("{}".utf8))
            #expect(refused.status == 400, "\(refused.body)")
            let begun = try await api.call(.post, path + "/operations/create-backup", token: house.tokens[.curator], body: [:])
            #expect(begun.status == 202, "\(begun.body)")

            let page = try await api.call(.get, path + "/audit/mutations", token: house.tokens[.curator])
            #expect(page.status == 200 && page.body["graph_id"] == .string(MatrixHouse.graph) && page.body["next_cursor"] == .null)
            let found = try #require(page.body["entries"]?.arrayValue)
            func lines(_ name: String) -> [JSONValue?] { found.map { $0[name] } }
            #expect(lines("operation_name") == ["create-backup", "update-graph-metadata", "update-graph-metadata"])
            #expect(lines("status") == ["pending", "failed", "completed"])
            #expect(lines("error_code") == [.null, "NOTHING_TO_CHANGE", .null] && lines("surface") == ["api", "api", "api"])
            #expect(lines("auth_method") == ["session", "api_key", "api_key"])
            #expect(lines("api_key_prefix") == [.null, .string(String(key.prefix(8))), .string(String(key.prefix(8)))])
            let names: Set<String> = [
                "id", "occurred_at", "surface", "operation_name", "status", "duration_ms", "error_code", "user_id", "auth_method",
                "api_key_prefix", "request_id", "operation_id", "operator_type", "arguments_fingerprint", "object_ids",
            ]
            for entry in found {
                #expect(entry.objectValue.map { Set($0.keys) } == names)
                #expect(
                    entry["arguments_fingerprint"]?.stringValue?.count == 64 && entry["request_id"]?.stringValue?.hasPrefix("req_") == true)
            }
            let stored = try await api.database.adminClient.query(
                "SELECT string_agg(data::text, ' ') FROM audit.entry WHERE type = 'graph_mutation'")
            #expect(try !stored[0].decode(String.self).contains("secret description"))

            // Filters that the contract names; what is no filter's value, and no cursor of this list, is refused.
            for (filter, count) in [("operation_name=create-backup", 1), ("surface=operator", 0), ("limit=1", 1)] {
                let answer = try await api.call(.get, path + "/audit/mutations?" + filter, token: house.tokens[.curator])
                #expect(answer.body["entries"]?.arrayValue?.count == count, "\(filter)")
            }
            let token = house.tokens[.owner]
            #expect(try await api.call(.get, path + "/audit/mutations?surface=x", token: token).status == 422)
            let bad = try await api.call(.get, path + "/audit/mutations?cursor=abc", token: token)
            #expect(bad.status == 400 && bad.body["code"] == "INVALID_INPUT")
            #expect(try await api.call(.get, path + "/audit/mutations", token: house.tokens[.viewer]).status == 403)

            // The org reads by what way and with which credential its things were changed.
            let org = try await api.call(.get, "/v1/orgs/\(house.own.org)/audit?type=graph_metadata_changed", token: token)
            let origin = org.body["entries"]?.arrayValue?.first?["origin"]
            #expect(origin?["surface"] == "api" && origin?["credential"]?["kind"] == "api_key")
            #expect(origin?["credential"]?["prefix"] == .string(String(key.prefix(8))))
            #expect(origin?["credential"]?["id"]?.stringValue?.hasPrefix("uak_") == true)
        }
    }

    @Test
    func
        `AUD-024 AUD-055 a change that the role does not allow leaves one entry with the route's template, and without it the answer is 503`()
        async throws
    {
        try await MatrixHouse.with { house in
            let (api, owner) = (house.api, house.ownerID)
            let path = "/v1/orgs/\(house.own.org)/members/\(owner)"
            func demote() async throws -> ComposedAPI.Answer {
                try await api.call(.put, path, token: house.tokens[.member], body: ["role": "member"])
            }
            #expect(try await demote().status == 403)
            let found = try await entries(api, "type = 'authorization_denied'")
            #expect(found.count == 1)
            let data = try found[0].decode("data", as: JSONValue.self)
            #expect(data["route"] == "PUT /v1/orgs/{org_id}/members/{user_id}" && data["reason"] == "ADMIN_REQUIRED")
            #expect(try found[0].decode("actor_kind", as: String.self) == "user")
            try await api.database.adminClient.execute("REVOKE INSERT ON audit.entry FROM trellis_app")
            let unwritten = try await demote()
            #expect(unwritten.status == 503 && unwritten.body["code"] == "DATABASE_ERROR", "\(unwritten.body)")
        }
    }

    @Test func `AUD-032 AUD-061 the log of a deleted org is there again with it, and only who runs the org reads it`() async throws {
        try await MatrixHouse.with { house in
            let api = house.api
            func read(as caller: MatrixCaller) async throws -> (status: Int, count: Int?) {
                let answer = try await api.call(.get, "/v1/orgs/\(house.own.org)/audit", token: house.tokens[caller])
                return (answer.status, answer.body["entries"]?.arrayValue?.count)
            }
            func set(_ state: String) async throws {
                _ = try await api.database.adminClient.pipeline([
                    "SELECT set_config('session_replication_role', 'replica', true)",
                    """
                    UPDATE orgs.org SET state = \(state), deleted_at = CASE WHEN \(state) = 'deleted' THEN now() END,
                        purge_at = CASE WHEN \(state) = 'deleted' THEN now() + interval '30 days' END
                    WHERE personal_owner_id = (SELECT id FROM identity.account WHERE email = 'owner@example.com')
                    """,
                ])
            }
            let before = try await read(as: .owner)
            #expect(before.status == 200 && (before.count ?? 0) > 0)
            #expect(try await read(as: .admin).count == before.count)
            for caller in [MatrixCaller.curator, .viewer, .member, .former, .stranger] {
                #expect(try await read(as: caller).status == 403, "\(caller)")
            }
            try await set("deleted")
            #expect(try await read(as: .admin).status == 403)
            try await set("active")
            #expect(try await read(as: .admin).count == before.count)
        }
    }

    @Test func `AUD-026 AUD-095 who only looks, misses and asks again leaves no entry, and an ended key is no denial`() async throws {
        try await MatrixHouse.with { house in
            let (api, token) = (house.api, house.tokens[.owner])
            let key = try await key(of: token, named: "old", in: house)
            let before = try await entries(api, "true").count
            for _ in 1...2 {
                for path in [
                    "/v1/user", "/v1/orgs", "/v1/orgs/\(house.own.org)", "/v1/orgs/\(house.own.org)/members", "/v1/graphs",
                    "/v1/graphs/\(MatrixHouse.graph)", "/v1/graphs/kg0000000000000000ffff", "/v1/orgs/\(house.own.org)/audit",
                    "/v1/graphs/\(MatrixHouse.graph)/audit/mutations", "/v1/user/security-events", "/v1/user/notices", "/v1/nothing",
                    "/v1/operations/op_00000000000000000000000001", "/readyz",
                ] {
                    _ = try await api.call(.get, path, token: token)
                }
            }
            #expect(try await entries(api, "true").count == before)
            let keys = try await api.call(.get, "/v1/user/api-keys", token: token)
            let id = try #require(keys.body["api_keys"]?.arrayValue?.first?["id"]?.stringValue, "\(keys.body)")
            #expect(try await api.call(.delete, "/v1/user/api-keys/\(id)", token: token).status < 300)
            let after = try await entries(api, "true").dropFirst(before).map { try $0.decode("type", as: String.self) }
            #expect(after == ["api_key_revoked"])
            let denials = try await api.database.adminClient.query(
                "SELECT e.type FROM audit.entry AS e JOIN audit.event_type AS t ON t.name = e.type WHERE t.class = 'security'")
            #expect(denials.isEmpty)
            _ = key
        }
    }
}
