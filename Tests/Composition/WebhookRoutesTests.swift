import Core
import Cryptography
import HTTPServer
import PlatformTesting
import Postgres
import Testing

/// Endpoints of an org through its API, as the product is put together.
@Suite struct WebhookRoutesTests {
    private let url: JSONValue = "https://hooks.example.com/trellis"

    @Test func `NOT-187 NOT-180 an endpoint is made, read, changed, tried, given a new secret and removed, and its secret is told once`()
        async throws
    {
        try await ComposedAPI.withAPI { api in
            let ada = try await api.register("Ada")
            let path = "/v1/orgs/\(ada.org)/webhook-endpoints"
            let made = try await api.call(.post, path, token: ada.token, body: ["url": url, "types": ["graph.*"], "ordered": true])
            #expect(made.status == 201, "\(made.body)")
            let id = try #require(made.body["id"]?.stringValue)
            let secret = try #require(made.body["secret"]?.stringValue)
            #expect(id.hasPrefix("wep_") && secret.hasPrefix("whsec_"))
            let list = try await api.call(.get, path, token: ada.token)
            let one = try await api.call(.get, "\(path)/\(id)", token: ada.token)
            #expect(list.body["endpoints"]?.arrayValue?.count == 1)
            #expect(one.body["status"] == "enabled" && one.body["types"] == ["graph.*"] && one.body["ordered"] == true)
            #expect(list.body["endpoints"]?.arrayValue?.first?["secret"] == nil && one.body["secret"] == nil)

            let changed = try await api.call(.put, "\(path)/\(id)", token: ada.token, body: ["types": [], "description": "all"])
            #expect(changed.body["url"] == url && changed.body["types"] == [] && changed.body["description"] == "all")

            let tried = try await api.call(.post, "\(path)/\(id)/test", token: ada.token)
            #expect(tried.status == 202, "\(tried.body)")
            let message = try #require(tried.body["message_id"]?.stringValue)
            let sent = try await api.call(.get, "/v1/orgs/\(ada.org)/webhook-messages/\(message)", token: ada.token)
            #expect(sent.body["payload"]?["type"] == "endpoint.test" && sent.body["payload"]?["data"]?["id"] == .string(id))
            let deliveries = try await api.call(.get, "\(path)/\(id)/deliveries", token: ada.token)
            #expect(deliveries.body["deliveries"]?.arrayValue?.first?["message_id"] == .string(message))
            #expect(deliveries.body["deliveries"]?.arrayValue?.first?["status"] == "pending")
            let failed = try await api.call(.get, "\(path)/\(id)/deliveries?status=failed", token: ada.token)
            #expect(failed.body["deliveries"] == [])
            #expect(try await api.call(.get, "\(path)/\(id)/deliveries?status=lost", token: ada.token).status == 422)

            let rotated = try await api.call(.post, "\(path)/\(id)/rotate-secret", token: ada.token, body: ["overlap_hours": 168])
            #expect(rotated.body["secret"]?.stringValue?.hasPrefix("whsec_") == true && rotated.body["secret"]?.stringValue != secret)
            for hours in [0, 169] as [JSONValue] {
                let answer = try await api.call(.post, "\(path)/\(id)/rotate-secret", token: ada.token, body: ["overlap_hours": hours])
                #expect(answer.status == 422)
            }
            #expect(try await api.call(.post, "\(path)/\(id)/replay", token: ada.token, body: [:]).status == 202)
            #expect(try await api.call(.delete, "\(path)/\(id)", token: ada.token).status == 204)
            #expect(try await api.call(.get, "\(path)/\(id)", token: ada.token).status == 404)
            let entries = try await api.database.adminClient.query(
                "SELECT type FROM audit.entry WHERE type LIKE 'webhook%' ORDER BY recorded_at, id"
            ).map { try $0.decode("type", as: String.self) }
            #expect(
                entries.sorted() == [
                    "webhook_endpoint_created", "webhook_endpoint_deleted", "webhook_endpoint_updated", "webhook_replay_requested",
                    "webhook_secret_rotated",
                ])
        }
    }

    @Test func `NOT-187 NOT-188 NOT-191 addresses inside, unknown types and a twenty-first endpoint are refused by name`() async throws {
        try await ComposedAPI.withAPI { api in
            let ada = try await api.register("Ada")
            let path = "/v1/orgs/\(ada.org)/webhook-endpoints"
            for (refused, code) in [
                ("http://hooks.example.com", "WEBHOOK_DESTINATION_REFUSED"), ("https://h.example.com:22/", "WEBHOOK_DESTINATION_REFUSED"),
                ("https://127.0.0.1/", "WEBHOOK_DESTINATION_NOT_PUBLIC"), ("https://[::1]/", "WEBHOOK_DESTINATION_NOT_PUBLIC"),
                ("https://169.254.169.254/latest", "WEBHOOK_DESTINATION_NOT_PUBLIC"),
                ("http://10.0.0.1:8080/", "WEBHOOK_DESTINATION_NOT_PUBLIC"), ("ftp://db.internal/", "WEBHOOK_DESTINATION_NOT_PUBLIC"),
            ] as [(String, JSONValue)] {
                let answer = try await api.call(.post, path, token: ada.token, body: ["url": .string(refused)])
                #expect(answer.status == 400 && answer.body["code"] == code, "\(refused): \(answer.body)")
            }
            #expect(try await api.call(.post, path, token: ada.token, body: ["url": url, "types": ["graph.exploded"]]).status == 422)
            #expect(try await api.call(.post, path, token: ada.token, body: ["types": []]).status == 422)
            for _ in 1...20 { #expect(try await api.call(.post, path, token: ada.token, body: ["url": url]).status == 201) }
            let last = try await api.call(.post, path, token: ada.token, body: ["url": url])
            #expect(last.status == 409 && last.body["code"] == "WEBHOOK_ENDPOINT_LIMIT_REACHED")
        }
    }

    @Test func `NOT-055 a report about a mail is taken when it is signed, and refused when it is not`() async throws {
        let key = [UInt8](repeating: 9, count: 32)
        try await ComposedAPI.withAPI(["TRELLIS_MAIL_FEEDBACK_SECRET": "whsec_\(Base64.encode(key))"]) { api in
            let body = Array(#"{"recipient":"nobody@example.com","kind":"hard_bounce","code":"5.1.1"}"#.utf8)
            let time = String(Instant.systemNow().secondsSinceEpoch)
            let signature = Base64.encode(HMACSHA256.code(for: Array("report-1.\(time).".utf8) + body, key: SecretBytes(key)))
            var headers: Headers = [
                "Content-Type": "application/json", "webhook-id": "report-1", "webhook-timestamp": time,
                "webhook-signature": "v1,\(signature)",
            ]
            let taken = try await api.send(.post, "/v1/mail/feedback", headers: headers, content: body)
            #expect(taken.status == 200, "\(taken.body)")
            #expect(taken.body["outcome"] == "no_such_mail")
            headers["webhook-signature"] = "v1,\(Base64.encode([UInt8](repeating: 1, count: 32)))"
            #expect(try await api.send(.post, "/v1/mail/feedback", headers: headers, content: body).status == 400)
        }
        try await ComposedAPI.withAPI { api in
            let answer = try await api.call(.post, "/v1/mail/feedback", body: ["kind": "delivered"])
            #expect(answer.status == 404)
        }
    }
}
