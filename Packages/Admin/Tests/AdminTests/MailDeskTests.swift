import AdminPostgres
import Audit
import Billing
import BillingPostgres
import Core
import GraphsPostgres
import HTTPServer
import Identity
import Notifications
import PlatformTesting
import Postgres
import Testing

@testable import Admin
@testable import AdminHTTP

/// Mails as operators look at them, and where operators read theirs.
@Suite struct MailDeskTests {
    private let why = "asked for in ticket 4711"
    private let path = "/v1/admin/mail/templates"

    private func count(_ office: Office, _ table: Statement) async throws -> Int {
        try await office.database.adminClient.query("SELECT count(*) FROM " + table)[0].decode(Int.self)
    }

    private func json(_ template: MailTemplate, _ fixture: MailFixture = .usual) throws -> JSONValue {
        try JSON.decode(JSONValue.self, from: JSON.encode(fixture.context(of: template)))
    }

    @Test func `NOT-052 ADM-036 a mail is written with a fixture or with given values, and says what is to know of it`() async throws {
        try await Office.with { office in
            let viewer = try await office.token(.viewer).token
            let document = try AdminRoutes.document(office.router)
            func preview(_ template: String, _ body: JSONValue?) async throws -> (status: Int, body: JSONValue) {
                try await office.call(.post, "\(path)/\(template)/preview", as: viewer, body)
            }
            let listed = try await office.call(.get, path, as: viewer)
            #expect(document.misfits(of: "GET \(path)", status: 200, body: listed.body).isEmpty)
            let names = listed.body["templates"]?.arrayValue?.compactMap { $0["name"]?.stringValue }
            #expect(names == MailTemplate.allCases.map(\.rawValue))
            #expect(listed.body["templates"]?.arrayValue?.allSatisfy { $0["locales"]?.arrayValue?.contains("en") == true } == true)

            for template in MailTemplate.allCases {
                for fixture in MailFixture.allCases {
                    let shown = try await preview(template.rawValue, ["fixture": .string(fixture.rawValue)])
                    #expect(shown.status == 200, "\(template) \(fixture): \(shown.body)")
                    #expect(shown.body["html"]?.stringValue?.hasPrefix("<!DOCTYPE html>") == true)
                    #expect(shown.body["text"]?.stringValue?.contains(MailSample.reason) == true)
                }
            }
            let usual = try await preview("welcome", nil)
            #expect(usual.body["subject"] == "Welcome to Trellis" && usual.body["warnings"] == [])
            #expect(document.misfits(of: "POST \(path)/{template}/preview", status: 200, body: usual.body).isEmpty)

            let strange: JSONValue = ["name": "Eve", "org": "Acme", "orgID": "org_1", "colour": "red"]
            let told = try await preview("welcome", ["context": strange, "locale": "de"])
            #expect(told.body["text"]?.stringValue?.contains("Welcome, Eve") == true)
            let warnings = told.body["warnings"]?.arrayValue?.compactMap(\.stringValue) ?? []
            #expect(warnings.count == 2 && warnings[0].contains("no colour") && warnings[1].contains("no template in de"))
            let long = try await preview("password_changed", ["fixture": "longest"])
            #expect(long.body["warnings"]?.arrayValue?.contains { $0.stringValue?.contains("10000 rows; 200") == true } == true)

            for (template, body) in [
                ("welcome", ["fixture": "strange"]), ("welcome", ["context": []]), ("welcome", ["context": ["name": 7]]),
                ("welcome", ["context": strange, "fixture": "usual"]), ("welcome", ["brand": "none"]), ("welcome", ["locale": "../de"]),
            ] as [(String, JSONValue)] {
                let refused = try await preview(template, body)
                #expect(refused.status == 422, "\(body): \(refused)")
            }
            #expect(try await preview("none", [:]).status == 404)
            #expect(try await count(office, "jobs.event") == 0)
            #expect(try await count(office, "notifications.mail") == 0)
        }
    }

    @Test func `NOT-052 a sample goes to the address of whoever asks and to no other, with links that open nothing`() async throws {
        try await Office.with { office in
            let ada = try await office.person(.viewer, at: "ada@ops.example.com")
            let nobody = try await office.person(.support)
            let send = "\(path)/password_reset/send-test"
            var context = try json(.passwordReset).objectValue ?? [:]
            context["link"] = ["kind": "password_reset", "id": "ltk_of_somebody"]
            let wish: JSONValue = [
                "context": .object(context), "address": "eve@example.com", "email": "eve@example.com", "reason": .string(why),
            ]
            #expect(try await office.console(.post, send, as: ada, ["fixture": "usual"]).status == 422, "a reason is needed")
            let refused = try await office.console(.post, send, as: nobody, wish)
            #expect(refused.status == 409 && refused.body["code"] == "NO_OPERATOR_ADDRESS")
            let would = try await office.console(.post, send + "?validate_only=true", as: ada, wish)
            #expect(would.status == 200 && would.body["would_answer"] == 202, "\(would.body)")
            #expect(try await office.console(.post, send, as: ada, ["context": [], "reason": .string(why)]).status == 422)
            #expect(try await count(office, "jobs.event") == 0)

            let sent = try await office.console(.post, send, as: ada, wish)
            #expect(sent.status == 202 && sent.body["address"] == "ada@ops.example.com")
            #expect(try await office.entries("mail_sample_requested").map { $0["template"] } == ["password_reset"])
            let rows = try await office.database.adminClient.query(
                "SELECT payload FROM jobs.event WHERE topic = \(MailSampleOrdered.topic)")
            let payload = try rows.first?.decode(JSONValue.self) ?? .null
            let event = try JSON.decode(MailSampleOrdered.self, from: JSON.encode(payload))
            #expect(rows.count == 1 && !"\(payload)".contains("ltk_of_somebody"))

            let facts = StoredMailFacts(
                store: office.packages, catalogue: try BuiltInCatalogue.load(),
                staff: PostgresMailedStaff(client: office.database.client, dateSource: office.clock)
            ) { _ in false }
            let rule = MailSampleRule(facts: facts)
            func told() async throws -> [String] {
                try await rule.drafts(for: event, occurrence: "1").flatMap(\.recipients).map { "\($0.address): \($0.reason)" }
            }
            #expect(try await told() == ["ada@ops.example.com: you asked to see this mail"])
            let draft = try #require(try await rule.drafts(for: event, occurrence: "1").first)
            #expect(draft.decision == "notifications.mail_sample_ordered/1")
            #expect(draft.about == [AuditReference(ada.id)])
            let link = MailSecretLink(kind: "sample", id: "sample")
            #expect(draft.context.values["reset"] == .link(.page(.resetPassword(link))))

            // What counts is where the person reads mail when it is written; whoever ended gets none.
            let move = MailAddress("ada@new.example.com")
            try await office.accounts.setEmail(try #require(move), of: ada.id, because: why, by: .system(component: "cli"))
            #expect(try await told() == ["ada@new.example.com: you asked to see this mail"])
            try await office.accounts.disable(ada.id, because: why, by: .system(component: "cli"))
            #expect(try await told().isEmpty)
        }
    }

    @Test func `no sample of any mail has a link that opens something`() throws {
        for template in MailTemplate.allCases {
            for fixture in MailFixture.allCases {
                let sample = try MailSample(template, fixture, locale: "en", brand: nil)
                let links = sample.context.objectValue?.values.filter { $0["kind"] != nil && $0["id"] != nil } ?? []
                #expect(links.allSatisfy { $0 == ["kind": "sample", "id": "sample"] }, "\(template)")
            }
        }
    }

    @Test func `two operators who work have two addresses, a change is an entry, and others see first letters`() async throws {
        try await Office.with { office in
            let chief = try await office.token(.superadmin).token
            func invite(_ name: String, _ email: String) async throws -> (status: Int, body: JSONValue) {
                try await office.call(
                    .post, "/v1/admin/operators", as: chief,
                    ["name": .string(name), "email": .string(email), "role": "viewer", "reason": .string(why)])
            }
            let nia = try #require(try await invite("Nia", "nia@ops.example.com").body["id"]?.stringValue)
            #expect(try await invite("Nia", "NIA@ops.example.com").status == 409)
            #expect(try await invite("Leo", "no address").status == 422)
            let leo = try #require(try await invite("Leo", "leo@ops.example.com").body["id"]?.stringValue)
            func move(_ id: String, _ email: String, as token: String) async throws -> Int {
                try await office.call(
                    .put, "/v1/admin/operators/\(id)/address", as: token, ["email": .string(email), "reason": .string(why)]
                ).status
            }
            #expect(try await move(leo, "Nia@ops.example.com", as: chief) == 409)
            #expect(try await move(leo, "", as: chief) == 422)
            #expect(try await move(Operator.ID(high: 1, low: 1).description, "x@ops.example.com", as: chief) == 404)
            let engineer = try await office.token(.engineer).token
            #expect(try await move(leo, "x@ops.example.com", as: engineer) == 403)
            #expect(try await move(leo, "leo@new.example.com", as: chief) == 204)
            #expect(try await move(leo, "leo@new.example.com", as: chief) == 204)
            #expect(try await office.entries("operator_address_changed").count == 1)
            // Whoever ended leaves the address to others.
            #expect(try await office.call(.post, "/v1/admin/operators/\(nia)/disable", as: chief, ["reason": .string(why)]).status == 204)
            #expect(try await move(leo, "nia@ops.example.com", as: chief) == 204)
            func shown(_ token: String) async throws -> JSONValue? {
                try await office.call(.get, "/v1/admin/operators", as: token).body["operators"]?.arrayValue?
                    .first { $0["id"]?.stringValue == leo }?["email"]
            }
            #expect(try await shown(chief) == "nia@ops.example.com")
            #expect(try await shown(engineer) == "n…@ops.example.com")
            try await office.database.adminClient.execute("DELETE FROM audit.coverage_waiver")
            await #expect(throws: (any Error).self, "no address changes without an entry") {
                try await office.database.client.withTransaction(scope: .system) { transaction in
                    try await transaction.execute("UPDATE admin.operator SET email = 'x@ops.example.com' WHERE name = 'Leo'")
                }
            }
        }
    }
}
