import Audit
import AuditPostgres
import Core
import Observability
import PlatformTesting
import Postgres
import Testing

@Suite struct DenialLogTests {
    private let client = NetworkClient(address: "203.0.113.9")

    private func rejected() -> LinkTokenRejected {
        LinkTokenRejected(client: client, route: "POST /v1/auth/login", reason: "LINK_INVALID")
    }

    private func denials(_ log: Log) async throws -> PostgresDenialLog {
        let node = Node.ID.make(at: log.clock.now)
        try await log.database.adminClient.execute("INSERT INTO audit.node VALUES (\(node), 'api', \(log.clock.now))")
        return PostgresDenialLog(client: log.database.client, dateSource: log.clock, node: node, log: .silent)
    }

    @Test func `AUD-028 ten thousand denials of a minute from one address are two entries, what customers do meanwhile is written in full`()
        async throws
    {
        try await Log.with { log in
            let denials = try await denials(log)
            for number in 0..<10_000 {
                try await denials.note(rejected())
                if number % 2_500 == 0 {
                    try await log.write { _ = try await $0.record(CompanyRenamed(company: log.company), by: .system(component: "test")) }
                }
            }
            #expect(try await log.count("link_token_rejected") == 1)
            let links = AuditAlertRule("links", types: ["link_token_rejected"], burst: 10_000, within: .minutes(5))
            let alerts = PostgresAuditAlerts(client: log.database.systemClient, rules: [links])
            log.clock.advance(by: .minutes(1))
            try await denials.writeDue(ending: false)
            try await denials.writeDue(ending: true)
            let rows = try await log.database.adminClient.query(
                "SELECT data -> 'count' AS count, actor_kind FROM audit.entry WHERE type = 'link_token_rejected' ORDER BY occurred_at")
            #expect(try rows.map { try $0.decode("count", as: JSONValue?.self) } == [nil, 9_999])
            #expect(try rows.allSatisfy { try $0.decode("actor_kind", as: String.self) == "anonymous" })
            #expect(try await log.count("org_updated") == 4)
            // What an entry stands for fires the rules, however few entries there are (AUD-096).
            let firing = try await alerts.firing(at: log.clock.now)
            #expect(firing == [AuditAlert(rule: links, count: 10_000, latest: log.clock.now)])
        }
    }

    @Test func `AUD-028 that denials were counted only is one critical entry of the process, and what cannot be written is written later`()
        async throws
    {
        try await Log.with { log in
            let denials = try await denials(log)
            let admin = log.database.adminClient
            try await admin.execute("REVOKE INSERT ON audit.entry FROM trellis_app")
            await #expect(throws: PostgresError.self) { try await denials.note(rejected()) }
            try await admin.execute("GRANT INSERT ON audit.entry TO trellis_app")
            for number in 0..<202 {
                let client = NetworkClient(address: "10.0.0.\(number)")
                try await denials.note(LinkTokenReplayed(client: client, route: "POST /a"))
            }
            // The one that could not be written took its place in the second.
            #expect(try await log.count("link_token_replayed") == 199)
            log.clock.advance(by: .minutes(1))
            try await admin.execute("REVOKE INSERT ON audit.entry FROM trellis_app")
            await #expect(throws: PostgresError.self) { try await denials.writeDue(ending: false) }
            try await admin.execute("GRANT INSERT ON audit.entry TO trellis_app")
            for _ in 1...2 { try await denials.writeDue(ending: false) }
            let rows = try await admin.query(
                "SELECT data, risk, ref_node IS NOT NULL AS is_of_node FROM audit.entry WHERE type = 'security_events_shed'")
            #expect(rows.count == 1)
            let row = try #require(rows.first)
            let data = try row.decode("data", as: JSONValue.self)
            #expect(data["count"] == 3 && data["types"] == ["link_token_replayed": 3])
            #expect(try row.decode("risk", as: String.self) == "critical" && row.decode("is_of_node", as: Bool.self))
        }
    }
}
