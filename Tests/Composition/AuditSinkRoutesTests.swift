import Audit
import AuditPostgres
import Core
import HTTPServer
import Identity
import Jobs
import Orgs
import PlatformTesting
import Postgres
import Testing

@testable import Composition

/// Where an org's log goes to, through the API as the product is put together.
@Suite struct AuditSinkRoutesTests {
    private func types(_ api: ComposedAPI) async throws -> [String] {
        try await api.database.adminClient.query("SELECT type FROM audit.entry WHERE type LIKE 'audit_sink%' ORDER BY type")
            .map { try $0.decode("type", as: String.self) }
    }

    @Test func `AUD-085 an owner has the log of the org streamed, reads how that goes, stops it, sends it back and ends it`() async throws {
        try await ComposedAPI.withAPI { api in
            let (ada, eve) = (try await api.register("Ada"), try await api.register("Eve"))
            let path = "/v1/orgs/\(ada.org)/audit/sinks"
            let order: JSONValue = [
                "url": "https://siem.example.com/in", "classes": ["security", "billing"], "risk_min": "medium", "bearer_token": "t0ken",
            ]
            let made = try await api.call(.post, path, token: ada.token, body: order)
            #expect(made.status == 201, "\(made.body)")
            let id = try #require(made.body["id"]?.stringValue)
            #expect(id.hasPrefix("asnk_") && made.body["secret"]?.stringValue?.hasPrefix("whsec_") == true)
            #expect(made.body["org_id"] == .string(ada.org) && made.body["created_by"] == .string(ada.user))
            #expect(made.body["classes"] == ["billing", "security"] && made.body["risk_min"] == "medium" && made.body["kind"] == "http")
            let one = try await api.call(.get, "\(path)/\(id)", token: ada.token)
            #expect(one.body["state"] == "running" && one.body["position"] == 0 && one.body["secret"] == nil, "\(one.body)")
            #expect(try await api.call(.get, path, token: ada.token).body["sinks"] == [one.body])
            // The secret and the token are nowhere in the clear.
            let stored = try await api.database.adminClient.query("SELECT s::text AS text FROM audit.sink AS s")
            #expect(stored.count == 1)
            #expect(try !stored[0].decode("text", as: String.self).contains("t0ken"))

            for (method, target) in [(Method.get, path), (.get, "\(path)/\(id)"), (.delete, "\(path)/\(id)")] {
                #expect(try await api.call(method, target, token: eve.token).status == 403)
            }
            let elsewhere = try await api.call(.get, "/v1/orgs/\(eve.org)/audit/sinks/\(id)", token: eve.token)
            #expect(elsewhere.status == 404 && elsewhere.body["code"] == "AUDIT_SINK_NOT_FOUND")

            let paused = try await api.call(.post, "\(path)/\(id)/pause", token: ada.token)
            #expect(paused.body["state"] == "paused" && paused.body["paused_at"]?.stringValue != nil, "\(paused.body)")
            #expect(try await api.call(.post, "\(path)/\(id)/resume", token: ada.token, body: ["after_position": -1]).status == 422)
            let resumed = try await api.call(.post, "\(path)/\(id)/resume", token: ada.token, body: ["after_position": 0])
            #expect(resumed.status == 200 && resumed.body["state"] == "running", "\(resumed.body)")
            #expect(try await api.call(.post, "\(path)/\(id)/resume", token: ada.token).status == 200)
            #expect(try await api.call(.delete, "\(path)/\(id)", token: ada.token).status == 204)
            #expect(try await api.call(.delete, "\(path)/\(id)", token: ada.token).status == 404)
            #expect(try await api.call(.get, path, token: ada.token).body["sinks"] == [])
            #expect(
                try await types(api) == [
                    "audit_sink_created", "audit_sink_paused", "audit_sink_removed", "audit_sink_resumed", "audit_sink_resumed",
                ])
            let log = try await api.call(.get, "/v1/orgs/\(ada.org)/audit?class=platform", token: ada.token)
            #expect(log.body["entries"]?.arrayValue?.count == 5, "the org reads them")
        }
    }

    @Test func `AUD-085 AUD-086 AUD-087 SEC-083 addresses inside, plain syslog, files and a sixth sink are refused by name`() async throws {
        try await ComposedAPI.withAPI { api in
            let ada = try await api.register("Ada")
            let path = "/v1/orgs/\(ada.org)/audit/sinks"
            for (refused, code) in [
                ("http://siem.example.com", "AUDIT_SINK_DESTINATION_REFUSED"), ("audit.jsonl", "AUDIT_SINK_DESTINATION_REFUSED"),
                ("syslog+tcp://logs.example.com", "AUDIT_SINK_DESTINATION_REFUSED"),
                ("syslog+udp://logs.example.com", "AUDIT_SINK_DESTINATION_REFUSED"),
                ("https://10.0.0.1/in", "AUDIT_SINK_DESTINATION_NOT_PUBLIC"),
                ("syslog+tls://192.168.3.4:6514", "AUDIT_SINK_DESTINATION_NOT_PUBLIC"),
                ("syslog+tls://logs.internal", "AUDIT_SINK_DESTINATION_NOT_PUBLIC"),
            ] as [(String, JSONValue)] {
                let answer = try await api.call(.post, path, token: ada.token, body: ["url": .string(refused)])
                #expect(answer.status == 400 && answer.body["code"] == code, "\(refused): \(answer.body)")
            }
            let bad: [JSONValue] = [
                [:], ["url": "https://a.example.com", "classes": ["money"]], ["url": "https://a.example.com", "risk_min": "none"],
                ["url": "https://a.example.com", "bearer_token": "a\r\nX: b"], ["url": "https://a.example.com", "bearer_token": ""],
                ["url": "syslog+tls://logs.example.com", "bearer_token": "t"],
            ]
            for body in bad { #expect(try await api.call(.post, path, token: ada.token, body: body).status == 422, "\(body)") }
            let syslog = try await api.call(.post, path, token: ada.token, body: ["url": "syslog+tls://logs.example.com"])
            #expect(syslog.status == 201 && syslog.body["kind"] == "syslog" && syslog.body["secret"] == .null, "\(syslog.body)")
            for _ in 2...5 {
                #expect(try await api.call(.post, path, token: ada.token, body: ["url": "https://a.example.com"]).status == 201)
            }
            let last = try await api.call(.post, path, token: ada.token, body: ["url": "https://a.example.com"])
            #expect(last.status == 409 && last.body["code"] == "AUDIT_SINK_LIMIT_REACHED")
        }
    }

    @Test func `AUD-085 ORG-096 NOT-167 a pause is told of, and an org that is purged leaves no sink`() async throws {
        try await ComposedAPI.withAPI { api in
            let ada = try await api.register("Ada")
            let path = "/v1/orgs/\(ada.org)/audit/sinks"
            let made = try await api.call(.post, path, token: ada.token, body: ["url": "https://a.example.com"])
            let id = try #require(made.body["id"]?.stringValue)
            for _ in 0..<2 { #expect(try await api.call(.post, "\(path)/\(id)/pause", token: ada.token).status == 200) }
            let events = try await api.database.adminClient.query(
                "SELECT topic FROM jobs.event WHERE topic = 'notifications.audit_sink_stopped'")
            #expect(events.count == 1)

            let removal = AuditSinkRemoval(
                sinks: PostgresAuditSinks(client: api.database.systemClient, dateSource: SystemDateSource()))
            let org = try #require(Org.ID(ada.org))
            #expect(try await removal.purge(.graphs, of: org, at: .systemNow()) == .done)
            #expect(try await api.call(.get, path, token: ada.token).body["sinks"]?.arrayValue?.count == 1)
            for _ in 0..<2 { #expect(try await removal.purge(.belongings, of: org, at: .systemNow()) == .done) }
            #expect(try await api.call(.get, path, token: ada.token).body["sinks"] == [])
            #expect(try await types(api).filter { $0 == "audit_sink_removed" }.count == 1)
        }
    }
}
