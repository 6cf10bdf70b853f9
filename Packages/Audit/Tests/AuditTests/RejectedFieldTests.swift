import Core
import Testing

@testable import Audit

@Suite struct RejectedFieldTests {
    private func value(_ value: JSONValue?, at name: String = "name") -> String? {
        RejectedField(location: ["body", name], rule: "value_error", value: value).value
    }

    @Test func `AUD-056 values of plain types are told on one line of at most 50 characters, others not at all`() {
        #expect(value("Ada") == "Ada")
        #expect(value(12) == "12" && value(true) == "true" && value(.number(1.5)) == "1.5")
        #expect(value(["a": "b"]) == nil && value(["a"]) == nil && value(.null) == nil && value(nil) == nil)
        #expect(value("a\r\nb\tc\u{1b}[31m\u{0}\u{2028}\u{202e}\\") == #"a\r\nb\tc\u{1b}[31m\u{0}\u{2028}\u{202e}\\"#)
        let long = value(.string(String(repeating: "x", count: 5_000)))
        #expect(long == String(repeating: "x", count: 49) + "…")
        #expect(value(.string(String(repeating: "x", count: 50))) == String(repeating: "x", count: 50))
        // Escapes are never cut in two, and a character of a thousand marks is cut all the same.
        for count in 40...50 {
            let told = value(.string(String(repeating: "x", count: count) + "\u{1b}\u{1b}")) ?? ""
            #expect(told.unicodeScalars.count <= 50 && (told.contains("\\u{1b}") || told.hasSuffix("x…")), "\(count): \(told)")
        }
        let marks = value(.string("a" + String(repeating: "\u{301}", count: 1_000)))
        #expect(marks?.unicodeScalars.count == 50)
    }

    @Test func `AUD-056 a payload that looks like an injection is told with at most 100 characters, whatever its case and blanks`() {
        let payloads = [
            "x' OR '1'='1", "1;  DROP\tTABLE users", "a UNION\nSELECT password FROM account", "<ScRiPt>alert(1)</script>",
            "${jndi:ldap://x/a}",
            "x'}) DETACH DELETE n //", "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>",
        ]
        for payload in payloads {
            let field = RejectedField(
                location: ["body", "name"], rule: "r", value: .string(payload + String(repeating: "y", count: 5_000)))
            #expect(field.isSuspicious, "\(payload)")
            #expect(field.value?.unicodeScalars.count == 100 && field.value?.contains("\n") == false, "\(payload)")
        }
        for harmless in [
            "O'Brien & Sons", "Select Union Bank", "a < b > c", "C:\\temp", "drop off; table 5", "50% off {{today}}", "ada@example.com",
            "1=1",
            "Match & Return GmbH", "script", "",
        ] {
            #expect(!RejectedField(location: ["body", "name"], rule: "r", value: .string(harmless)).isSuspicious, "\(harmless)")
        }
    }

    @Test func `AUD-053 what may be a secret is never told, and is no attempt`() {
        for name in ["password", "new_password", "captcha_token", "api_key", "code", "client_secret", "Card_Number", "session_id"] {
            let field = RejectedField(location: ["body", name], rule: "value_error", value: "x' OR '1'='1")
            #expect(field.value == nil && !field.isSuspicious && field.name == "body." + name)
        }
        #expect(RejectedField(location: ["body", "name"], rule: "r", value: "hunter2", withholdsValue: true).value == nil)
        #expect(value("sk_live_0123456789abcdef") == "sk_live_***")
    }

    @Test func `AUD-056 names of fields are told escaped and cut, and of many fields the first twenty`() {
        let odd = RejectedField(location: ["body", "a\nb" + String(repeating: "n", count: 500)], rule: "extra", value: nil)
        #expect(odd.name.hasPrefix(#"body.a\nb"#) && odd.name.unicodeScalars.count == 100)
        let fields = (0..<30).map { RejectedField(location: ["body", "f\($0)"], rule: "missing", value: $0 == 29 ? "<script>" : "x") }
        let client = NetworkClient(address: "203.0.113.9")
        let entry = InjectionAttempt(client: client, route: "POST /a", fields: fields)
        #expect(entry.data["fields"]?.arrayValue?.count == 20)
        #expect(entry.data["fields"]?.arrayValue?.first == ["field": "body.f29", "rule": "missing", "suspicious": true])
        #expect(entry.personal["rejected_input"]?.objectValue?.count == 20)
        #expect(entry.summary == "input that looks like an injection refused on POST /a: 30 fields")
        let plain = InputValidationFailure(client: client, route: "POST /a", fields: [odd])
        #expect(plain.personal.isEmpty && plain.data["fields"] == [["field": .string(odd.name), "rule": "extra"]])
    }
}
