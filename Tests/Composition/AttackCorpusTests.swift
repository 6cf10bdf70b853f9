import Audit
import Core
import HTTPServer
import Identity
import IdentityHTTP
import PlatformTesting
import Postgres
import Testing

@testable import Composition

/// What is left in the log by those who try what they must not (AUD-127).
@Suite struct AttackCorpusTests {
    /// The types of the entries about attacks that came since, each once, with the risk and the network.
    private func entries(_ api: ComposedAPI, after: inout Int64) async throws -> [String] {
        let rows = try await api.database.adminClient.query(
            """
            SELECT e.type || ' ' || e.risk || ' ' || coalesce(ref_network_client, '-') AS line, (SELECT max(ordinal) FROM audit.unsealed) AS last
            FROM audit.entry AS e JOIN audit.unsealed AS u ON u.entry_id = e.id JOIN audit.event_type AS t ON t.name = e.type
            WHERE u.ordinal > \(after) AND t.class = 'security' ORDER BY u.ordinal
            """)
        after = try rows.first?.decode("last", as: Int64.self) ?? after
        return try rows.map { try $0.decode("line", as: String.self) }
    }

    private let bomb = #"<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>"#

    @Test func `AUD-127 each attack of the corpus is refused and leaves an entry of its own type, and what is no attack leaves none`()
        async throws
    {
        try await ComposedAPI.withAPI(ComposedAPI.selling) { api in
            let ada = try await api.register("Ada")
            var last: Int64 = 0
            _ = try await entries(api, after: &last)
            let json: Headers = ["Content-Type": "application/json"]
            let hooks = "/v1/orgs/\(ada.org)/webhook-endpoints"
            var number = 0
            for (method, target, headers, content, expected) in [
                (.get, "/.env", [:], "", "suspicious_activity high"), (.get, "/wp-login.php", [:], "", "suspicious_activity high"),
                (.get, "/v1/graphs/..%2F..%2Fetc%2Fpasswd", [:], "", "path_traversal_attempt high"),
                (.get, "/v1/graphs/%252e%252e%252fetc", [:], "", "path_traversal_attempt high"),
                (.get, "/static?file=..\\..\\boot.ini", [:], "", "path_traversal_attempt high"),
                (.post, "/v1/auth/register", json, "{", "invalid_input low"),
                (.post, "/v1/auth/register", ["Content-Type": "application/xml"], bomb, "xml_refused high"),
                (.post, hooks, json, #"{"url":"http://169.254.169.254/latest/meta-data"}"#, "ssrf_blocked high"),
                (.post, "/v1/auth/register", json, #"{"name":7,"email":"a@example.com"}"#, "input_validation_failure medium"),
                (
                    .put, "/v1/user", json, #"{"name":"x' OR '1'='1 "# + String(repeating: "y", count: 300) + "\"}",
                    "injection_attempt critical"
                ),
                (.get, "/start", ["Host": "evil.example"], "", "host_header_refused medium"),
            ] as [(Method, String, Headers, String, String)] {
                number += 1
                let address = "203.0.113.\(number)"
                let isOwn = target == hooks || target == "/v1/user"
                let answer = try await api.send(
                    method, target, token: isOwn ? ada.token : nil, headers: headers, content: Array(content.utf8), from: address)
                #expect((400..<500).contains(answer.status), "\(target): \(answer.status)")
                try await settle(api, "\(expected) \(address)/32", target, &last)
            }
            // A path that nobody has, a host's own name, a caller without a token: nothing of that is an attack.
            for target in ["/v1/nothing", "/v1/graphs/a..b", "/v1/user?next=a/./b.html"] {
                _ = try await api.send(.get, target, headers: ["Host": "127.0.0.1"], content: [], from: "203.0.113.200")
            }
            #expect(try await entries(api, after: &last).filter { $0.hasSuffix("203.0.113.200/32") }.isEmpty)
        }
    }

    /// Waits for the entry: of what never was a request, the caller has the answer before the log has its entry.
    private func settle(_ api: ComposedAPI, _ expected: String, _ target: String, _ last: inout Int64) async throws {
        let end = ContinuousClock.now + .seconds(60)
        var found: [String] = []
        while found.isEmpty, ContinuousClock.now < end {
            found = try await entries(api, after: &last)
            await Task.yield()
        }
        #expect(found == [expected], "\(target)")
    }

    @Test
    func `AUD-127 what never was a request is told of too: too large, not to be read, with a path that climbs, and from whom a proxy says`()
        async throws
    {
        try await TestDatabase.withDatabase(migrations: [TrellisMigrations.all]) { database in
            try await ComposedAPI.withProduct(on: database, [:]) { product, api in
                let proxies = TrustedProxies([try #require(.init("10.0.0.0/8"))], hops: 1)
                let refusals = EarlyRefusals(denials: product.denials, proxies: proxies)
                var (last, number): (Int64, Int) = (0, 0)
                for (status, target, expected) in [
                    (.contentTooLarge, "/v1/graphs", "oversized_request medium"), (.uriTooLong, "", "oversized_request medium"),
                    (.headerFieldsTooLarge, "", "oversized_request medium"),
                    (.badRequest, "GET /../../etc/passwd HTTP/1.1", "path_traversal_attempt high"),
                    (.badRequest, "\u{16}\u{3}", "invalid_input low"), (.misdirectedRequest, "/", "host_header_refused medium"),
                ] as [(Status, String, String)] {
                    number += 1
                    let address = "198.51.100.\(number)"
                    await refusals.write(
                        EarlyRefusal(status: status, target: target, headers: ["X-Forwarded-For": address], remoteAddress: "10.0.0.1"))
                    #expect(try await entries(api, after: &last) == ["\(expected) \(address)/32"], "\(target)")
                }
            }
        }
    }
}
