import Audit
import AuditPostgres
import Core
import HTTPServer
import Identity
import IdentityPostgres
import PlatformTesting
import Postgres
import Testing

/// What is left in the log by callers who are refused before anybody knows who they are. The clock stands still unless a test moves it.
@Suite struct DenialRoutesTests {
    @Test
    func
        `AUD-113 an unknown address and a wrong password leave entries that differ in the person alone; the fifth failure of an account in a quarter of an hour matters more`()
        async throws
    {
        try await GuardedFront.with { front in
            _ = try await front.register()
            func fail(_ email: String, from address: String) async throws -> JSONValue {
                front.clock.advance(by: .minutes(1))
                #expect(try await front.login("Wrong-Guess1x", email: email, from: address).status == 401)
                return try #require(try await front.entries("auth_failure").last)
            }
            let unknown = try await fail("nobody@example.com", from: "198.51.100.9")
            let known = try await fail("ada@example.com", from: "198.51.100.9")
            #expect(unknown["user"] == false && known["user"] == true)
            var (one, other) = (try #require(unknown.objectValue), try #require(known.objectValue))
            (one["user"], other["user"]) = (nil, nil)
            #expect(one == other)
            #expect(one["network"] == "198.51.100.9/32" && one["by"] == "198.51.100.9/32" && one["actor"] == "anonymous")
            #expect(one["risk"] == "medium" && one["data"] == ["route": "POST /v1/auth/login"])
            for number in 1...3 { #expect(try await fail("ada@example.com", from: "10.0.0.\(number)")["risk"] == "medium") }
            #expect(try await fail("ada@example.com", from: "10.0.0.4")["risk"] == "high")
            // A quarter of an hour later the first ones do not count any more.
            front.clock.advance(by: .minutes(16))
            #expect(try await fail("ada@example.com", from: "10.0.0.5")["risk"] == "medium")
        }
    }

    @Test func `AUD-028 AUD-113 failures of one minute from one network are one entry and a count`() async throws {
        try await GuardedFront.with { front in
            _ = try await front.register()
            for wait in [0, 1, 2, 5] {
                front.clock.advance(by: .seconds(wait))
                #expect(try await front.login("Wrong-Guess1x").status == 401)
            }
            #expect(try await front.entries("auth_failure").count == 1)
            front.clock.advance(by: .minutes(1))
            try await front.denials.writeDue(ending: false)
            let entries = try await front.entries("auth_failure")
            #expect(entries.map { $0["data"]?["count"] } == [nil, 3])
            // All of them were about one person.
            #expect(entries.allSatisfy { $0["user"] == true })
        }
    }

    @Test func `AUD-113 a captcha that was not solved, a network that is shut out, and tokens that do not work are told of by the network`()
        async throws
    {
        try await GuardedFront.with(withCaptcha(signIn: true)) { front in
            let token = try await front.register("pass-r")
            #expect(try await front.login(captcha: "bad").code == "CAPTCHA_FAILED")
            for number in 1...5 {
                try await front.protection.noteFailure(
                    GuessingAttempt(network: .init(address: "198.51.100.9"), address: EmailAddress("a\(number)@example.com")))
            }
            #expect(try await front.login(captcha: "pass-1").code == "AUTH_BLOCKED")
            #expect(try await front.call(.get, "/v1/user", token: token).status == 200)
            #expect(try await front.call(.get, "/v1/user", token: token + "x").code == "TOKEN_INVALID")
            front.clock.advance(by: .minutes(31))
            #expect(try await front.call(.get, "/v1/user", token: token).code == "TOKEN_EXPIRED")
            for (type, risk, network, route) in [
                ("captcha_failed", "low", "198.51.100.9/32", "POST /v1/auth/login"),
                ("auth_blocked", "high", "198.51.100.9/32", "POST /v1/auth/login"),
                ("auth_token_invalid", "medium", "203.0.113.7/32", "GET /v1/user"),
                ("auth_token_expired", "low", "203.0.113.7/32", "GET /v1/user"),
            ] {
                let entries = try await front.entries(type)
                #expect(entries.count == 1, "\(type)")
                let entry = try #require(entries.first)
                #expect(entry["risk"] == .string(risk) && entry["network"] == .string(network) && entry["actor"] == "anonymous", "\(type)")
                #expect(entry["data"] == ["route": .string(route)], "\(type)")
            }
            // What is refused without the database is refused all the same when nothing can be written.
            front.clock.advance(by: .minutes(1))
            try await front.database.adminClient.execute("REVOKE INSERT ON audit.entry FROM trellis_app, trellis_system")
            #expect(try await front.call(.get, "/v1/user", token: token).code == "TOKEN_EXPIRED")
        }
    }

    @Test func `AUD-056 refused input is told by field and rule, with the value cut and escaped beside the entry, and never with a secret`()
        async throws
    {
        try await GuardedFront.with { front in
            let token = try await front.register()
            func told(_ type: String) async throws -> [JSONValue] {
                try await front.database.adminClient.query(
                    "SELECT p.body FROM audit.entry e JOIN audit.private_part p ON p.entry_id = e.id WHERE e.type = \(type) ORDER BY e.occurred_at"
                ).map { try JSON.decode(JSONValue.self, from: $0.decode("body", as: [UInt8].self))["rejected_input"] ?? .null }
            }
            let name = "Ada\r\n\u{1b}[31mroot\u{2028}" + String(repeating: "x", count: 5_000)
            #expect(try await front.call(.put, "/v1/user", ["name": .string(name)], token: token).status == 422)
            let entry = try #require(try await front.entries("input_validation_failure").first)
            #expect(entry["risk"] == "medium" && entry["network"] == "203.0.113.7/32" && entry["personal"] == true, "\(entry)")
            #expect(entry["data"]?["route"] == "PUT /v1/user" && entry["data"]?["fields"]?.arrayValue?.first?["field"] == "body.name")
            #expect(entry["data"]?["fields"]?.arrayValue?.first?["rule"]?.stringValue?.isEmpty == false)
            let shown = try #require(try await told("input_validation_failure").first?["body.name"]?.stringValue)
            #expect(shown.hasPrefix(#"Ada\r\n\u{1b}[31mroot\u{2028}x"#) && shown.unicodeScalars.count == 50 && shown.hasSuffix("…"))
            // An injection is one that wakes somebody; its payload may be longer.
            let payload = "x' OR '1'='1\n" + String(repeating: "y", count: 5_000)
            #expect(try await front.call(.put, "/v1/user", ["name": .string(payload)], token: token).status == 422)
            let attempt = try #require(try await front.entries("injection_attempt").first)
            #expect(attempt["risk"] == "critical" && attempt["data"]?["fields"]?.arrayValue?.first?["suspicious"] == true)
            let sent = try #require(try await told("injection_attempt").first?["body.name"]?.stringValue)
            #expect(sent.hasPrefix(#"x' OR '1'='1\ny"#) && sent.unicodeScalars.count == 100)
            // Where a secret is sent besides, nothing of the content is told: it may stand in the wrong field.
            let secret = "Correct-Horse-42-Battery"
            let login = try await front.call(
                .post, "/v1/auth/register", ["name": "", "email": .string(secret), "password": .string(secret)])
            #expect(login.status == 422)
            let entries = try await front.entries("input_validation_failure")
            let besides = entries.first { $0["data"]?["route"] == "POST /v1/auth/register" }
            #expect(entries.count == 2 && besides?["personal"] == false, "\(entries)")
            let rows = try await front.database.adminClient.query(
                """
                SELECT FROM audit.entry e LEFT JOIN audit.private_part p ON p.entry_id = e.id
                WHERE strpos(e::text, \(secret)) > 0 OR strpos(convert_from(p.body, 'UTF8'), \(secret)) > 0
                """)
            #expect(rows.isEmpty)
            // What is not a plain value, or was not there, is told by field and rule alone.
            front.clock.advance(by: .minutes(1))
            #expect(try await front.call(.put, "/v1/user", ["name": ["first": "Ada"]], token: token).status == 422)
            #expect(try await front.entries("input_validation_failure").last?["personal"] == false)
        }
    }
}
