import Core
import HTTPServer
import PlatformTesting
import Postgres
import Testing

/// What `validate_only` of customers' commands is answered with. Nobody reaches the payment provider here; the clock is the machine's.
@Suite struct BillingRehearsalTests {
    private let graph = "kg0123456789abcdef0123"

    @Test func `BIL-127 a command with validate_only tells what would follow, is refused as the command would be, and does nothing`()
        async throws
    {
        try await ComposedAPI.withAPI(ComposedAPI.selling) { api in
            let ada = try await api.register("Ada")
            try await api.database.adminClient.execute("INSERT INTO graphs.repository VALUES ('sec', 'SEC', '', now())")
            let (_, seat) = try await PaidGraph.arrange(graph, api, ada, seatOf: ada.user)
            let path = "/v1/graphs/sec/subscriptions"
            func words(_ answer: ComposedAPI.Answer, _ list: String, _ key: String) -> [String?] {
                (answer.body[list]?.arrayValue ?? []).map { $0[key]?.stringValue }
            }
            let said = try await api.call(.post, path + "/cancel?validate_only=true", token: ada.token)
            #expect(said.status == 200 && said.body["validate_only"] == true && said.body["asks_provider"] == false, "\(said.body)")
            #expect(words(said, "changes", "subscription_id") == [seat] && words(said, "changes", "new") == ["canceled"], "\(said.body)")
            #expect(words(said, "events", "topic") == ["graphs.repository_access_changed", "billing.subscription_ending"], "\(said.body)")
            #expect(words(said, "intents", "kind") == ["cancel_at_period_end"], "\(said.body)")
            #expect(words(said, "mails", "template") == ["subscription_canceled"], "\(said.body)")
            #expect(said.body["mails"]?.arrayValue?.first?["recipients"] == 1, "\(said.body)")
            #expect(said.body["untold"] == ["provider_events", "reactions"], "\(said.body)")
            #expect(words(said, "next", "what") == ["ends"] && words(said, "next", "subscription_id") == [seat], "\(said.body)")
            #expect(words(said, "jobs", "kind").contains("billing.end_access"), "\(said.body)")
            #expect(try await api.call(.get, path, token: ada.token).body["status"] == "active")
            for (place, body) in [
                (path + "/cancel", ["immediate": true, "confirm": "another"]), ("/v1/billing/customer/\(ada.org)/portal", nil),
            ] as [(String, JSONValue?)] {
                let trial = try await api.call(.post, place + "?validate_only=true", token: ada.token, body: body)
                let done = try await api.call(.post, place, token: ada.token, body: body)
                #expect(trial.status == done.status && trial.body["code"] == done.body["code"] && done.status >= 400, "\(trial) \(done)")
            }
            let done = try await api.call(.post, path + "/cancel", token: ada.token)
            #expect(done.status == 200 && done.body["ends_at"] == said.body["next"]?.arrayValue?.first?["at"], "\(done.body)")
        }
    }
}
