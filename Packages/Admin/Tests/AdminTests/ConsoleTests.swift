import Admin
import AdminPostgres
import Audit
import AuditPostgres
import Core
import Cryptography
import HTTPServer
import Notifications
import Observability
import Pages
import PlatformTesting
import Postgres
import Testing
import WebAuthn
import WebAuthnTesting

@testable import AdminHTTP

/// The console without a browser: who gets in, who stays in, and what a form has to bring.
@Suite struct ConsoleTests {
    private let why = "asked for in ticket 4711"

    /// A browser of an operator.
    struct Visitor: Sendable {
        static let origin = "http://localhost:8081"
        let office: Office
        let router: Router
        var cookie: String?

        init(_ office: Office) {
            self.office = office
            var router = Router(dateSource: office.clock)
            OperatorConsole(
                office.routes, sessions: office.sessions, party: RelyingParty(id: "localhost", origins: [Self.origin]),
                denials: PostgresDenialLog(
                    client: office.database.client, dateSource: office.clock, node: Node.ID.make(at: office.clock.now), log: .silent)
            )
            .register(on: &router)
            self.router = router
        }

        func ask(
            _ method: Method, _ path: String, _ body: String? = nil, type: String = "application/x-www-form-urlencoded",
            origin: String? = Visitor.origin
        ) async throws -> (status: Int, text: String, headers: Headers) {
            var headers: Headers = [:]
            if let cookie { headers["Cookie"] = "theme=dark; __Host-trellis-console=\(cookie)" }
            if body != nil { headers["Content-Type"] = type }
            if method == .post, let origin { headers["Origin"] = origin }
            let request = try #require(
                Request(
                    method: method, target: path, headers: headers, body: Array((body ?? "").utf8), remoteAddress: "10.0.0.7",
                    id: RequestID.make(at: office.clock.now)))
            let response = await router.respond(to: request)
            guard case .bytes(let bytes) = response.body else { return (response.status.rawValue, "", response.headers) }
            return (response.status.rawValue, String(decoding: bytes, as: UTF8.self), response.headers)
        }

        private func ceremony(signCount: UInt32, origin: String) async throws -> SoftwareAuthenticator.Ceremony {
            let text = try await ask(.post, "/console/challenge", "{}", type: "application/json").text
            let challenge = try #require(try JSON.decode(JSONValue.self, from: Array(text.utf8))["challenge"]?.stringValue)
            var ceremony = SoftwareAuthenticator.Ceremony(challenge: challenge)
            (ceremony.origin, ceremony.party, ceremony.signCount) = (origin, "localhost", signCount)
            return ceremony
        }

        func enrol(_ authenticator: SoftwareAuthenticator, token: String) async throws -> Int {
            let made = authenticator.register(try await ceremony(signCount: 0, origin: Self.origin))
            let body: JSONValue = [
                "token": .string(token), "id": made["rawId"] ?? .null, "client_data": made["response"]?["clientDataJSON"] ?? .null,
                "attestation": made["response"]?["attestationObject"] ?? .null,
            ]
            return try await ask(.post, "/console/enrol", text(body), type: "application/json").status
        }

        func assertion(
            _ authenticator: SoftwareAuthenticator, signCount: UInt32 = 0, origin: String = Visitor.origin
        ) async throws -> String {
            let used = try authenticator.assert(try await ceremony(signCount: signCount, origin: origin))
            return text([
                "id": used["rawId"] ?? .null, "client_data": used["response"]?["clientDataJSON"] ?? .null,
                "authenticator_data": used["response"]?["authenticatorData"] ?? .null, "signature": used["response"]?["signature"] ?? .null,
            ])
        }

        /// Signs in and keeps the cookie.
        mutating func signIn(_ authenticator: SoftwareAuthenticator, signCount: UInt32 = 0) async throws -> Int {
            let body = try await assertion(authenticator, signCount: signCount)
            let answer = try await ask(.post, "/console/sign-in", body, type: "application/json")
            cookie = answer.headers["Set-Cookie"].flatMap { $0.split(separator: ";").first?.split(separator: "=").last.map(String.init) }
            return answer.status
        }

        func text(_ body: JSONValue) -> String { (try? JSON.encode(body)).map { String(decoding: $0, as: UTF8.self) } ?? "" }

        /// The value of a hidden field of a page.
        func hidden(_ name: String, in page: String) throws -> String {
            let start = try #require(page.firstRange(of: "name=\"\(name)\" value=\"")).upperBound
            return String(page[start...].prefix { $0 != "\"" })
        }
    }

    /// An operator with a passkey, signed in.
    private func visitor(
        _ office: Office, _ role: OperatorRole
    ) async throws -> (visitor: Visitor, id: Operator.ID, authenticator: SoftwareAuthenticator) {
        var visitor = Visitor(office)
        let person = try await office.accounts.admit("A \(role.rawValue)", at: nil, as: role, by: .system(component: "cli"))
        let authenticator = try SoftwareAuthenticator()
        let token = try await office.sessions.enrolmentSecret(for: person.id).withValue { $0 }
        #expect(try await visitor.enrol(authenticator, token: token) == 204)
        #expect(try await visitor.signIn(authenticator) == 204)
        return (visitor, person.id, authenticator)
    }

    @Test func `ADM-002 nobody is in before a link, a link is good once and for half an hour, and a superadmin invites others`()
        async throws
    {
        try await Office.with { office in
            var stranger = Visitor(office)
            #expect(try await stranger.signIn(try SoftwareAuthenticator()) == 401, "a fresh installation lets nobody in")
            #expect(try await stranger.ask(.get, "/console").headers["Location"] == "/console/sign-in")
            let (chief, _, _) = try await visitor(office, .superadmin)
            #expect(try await chief.ask(.get, "/console/operators").status == 200)
            let token = try await office.token(.superadmin).token
            let invited = try await office.call(
                .post, "/v1/admin/operators", as: token, ["name": "Nia", "role": "support", "reason": .string(why)])
            #expect(invited.status == 201)
            let link = try #require(invited.body["enrolment_link"]?.stringValue)
            let secret = try #require(link.split(separator: "=").last.map(String.init))
            #expect(try await stranger.ask(.get, "/console/enrol?token=\(secret)").text.contains("Nia"))
            let authenticator = try SoftwareAuthenticator()
            #expect(try await stranger.enrol(authenticator, token: secret) == 204)
            #expect(try await stranger.enrol(try SoftwareAuthenticator(), token: secret) == 401, "used")
            #expect(try await stranger.signIn(authenticator) == 204)
            let late = try await office.call(
                .post, "/v1/admin/operators", as: token, ["name": "Leo", "role": "viewer", "reason": .string(why)])
            let lateSecret = try #require(late.body["enrolment_link"]?.stringValue?.split(separator: "=").last.map(String.init))
            office.clock.advance(by: .minutes(30))
            #expect(try await stranger.ask(.get, "/console/enrol?token=\(lateSecret)").status == 404)
            #expect(try await stranger.enrol(try SoftwareAuthenticator(), token: lateSecret) == 401)
            let viewer = try await office.token(.viewer).token
            #expect(
                try await office.call(.post, "/v1/admin/operators", as: viewer, ["name": "X", "role": "viewer", "reason": .string(why)])
                    .status
                    == 403)
            #expect(try await office.entries("operator_passkey_enrolled").count == 2)
        }
    }

    @Test func `ADM-004 a session ends unused after 30 minutes, after 8 hours in all, by hand, by another role and with its operator`()
        async throws
    {
        try await Office.with { office in
            let (chief, _, chiefKey) = try await visitor(office, .superadmin)
            func isIn(_ visitor: Visitor) async throws -> Bool { try await visitor.ask(.get, "/console/rate-limits").status == 200 }
            var (idle, id, key) = try await visitor(office, .engineer)
            #expect(try await isIn(idle))
            office.clock.advance(by: .minutes(30))
            #expect(try await !isIn(idle), "30 minutes without a call")
            #expect(try await idle.signIn(key) == 204)
            for _ in 0..<19 {
                office.clock.advance(by: .minutes(25))
                #expect(try await isIn(idle))
            }
            office.clock.advance(by: .minutes(5))
            #expect(try await !isIn(idle), "8 hours, whoever used it")

            #expect(try await idle.signIn(key) == 204)
            let token = try await office.token(.superadmin).token
            let listed = try await office.call(.get, "/v1/admin/sessions", as: token).body["sessions"]?.arrayValue ?? []
            let session = try #require(listed.first { $0["operator_id"]?.stringValue == id.description }?["id"]?.stringValue)
            let end = "/v1/admin/sessions/\(session)/end"
            #expect(try await office.call(.post, end, as: token, ["reason": .string(why)]).status == 204)
            #expect(try await !isIn(idle), "ended by a superadmin")

            #expect(try await idle.signIn(key) == 204)
            try await office.database.adminClient.execute("UPDATE admin.operator SET role = 'viewer' WHERE id = \(id)")
            #expect(try await !isIn(idle), "another role signs in anew")
            #expect(try await idle.signIn(key) == 204)
            try await office.accounts.disable(id, because: why, by: .system(component: "cli"))
            #expect(try await !isIn(idle), "ended with the operator")
            #expect(try await idle.signIn(key) == 401)
            _ = (chief, chiefKey)
        }
    }

    @Test
    func `a sign-in of another origin, a used challenge, a copied passkey and a stranger's are refused, and each failure is an entry`()
        async throws
    {
        try await Office.with { office in
            var (visitor, _, key) = try await visitor(office, .viewer)
            let foreign = try await visitor.assertion(key, origin: "http://localhost:9999")
            #expect(try await visitor.ask(.post, "/console/sign-in", foreign, type: "application/json").status == 401)
            let once = try await visitor.assertion(key)
            #expect(
                try await visitor.ask(.post, "/console/sign-in", once, type: "application/json", origin: "http://evil.test").status == 403)
            #expect(try await visitor.ask(.post, "/console/sign-in", once, type: "application/json").status == 204)
            #expect(
                try await visitor.ask(.post, "/console/sign-in", once, type: "application/json").status == 401, "a challenge is good once")
            #expect(try await visitor.signIn(key, signCount: 5) == 204)
            #expect(try await visitor.signIn(key, signCount: 5) == 401, "a counter that stands still is a copy's")
            #expect(try await visitor.signIn(try SoftwareAuthenticator()) == 401)
            #expect(try await office.entries("operator_sign_in_failed").count == 2)
            #expect(try await office.entries("operator_signed_in").count == 3)
            #expect(try await office.entries("authorization_denied").count == 1)
        }
    }

    @Test
    func `SEC-066 a form of another site, without its token or of another session does nothing, and the cookie is for this host alone`()
        async throws
    {
        try await Office.with { office in
            let (visitor, _, key) = try await visitor(office, .superadmin)
            let cookie = try await visitor.ask(
                .post, "/console/sign-in", try await visitor.assertion(key), type: "application/json"
            ).headers["Set-Cookie"]
            #expect(cookie?.hasPrefix("__Host-trellis-console=opc_") == true)
            #expect(cookie?.hasSuffix("; Path=/; Secure; HttpOnly; SameSite=Strict") == true)
            let org = try await office.org("Alpha")
            let path = "/console/orgs/\(org)/thaw"
            let page = try await visitor.ask(.get, path).text
            let token = try visitor.hidden("form_token", in: page)
            let fields = "reason=asked+for+in+ticket+4711"
            #expect(try await visitor.ask(.post, path, "form_token=\(token)&\(fields)", origin: "https://evil.test").status == 403)
            #expect(try await visitor.ask(.post, path, "form_token=\(token)&\(fields)", origin: "null").status == 403)
            #expect(try await visitor.ask(.post, path, "form_token=\(token)&\(fields)", origin: nil).status == 403)
            #expect(try await visitor.ask(.post, path, fields).status == 403)
            let (other, _, _) = try await self.visitor(office, .viewer)
            #expect(try await other.ask(.post, path, "form_token=\(token)&\(fields)").status == 403)
            var stranger = visitor
            stranger.cookie = nil
            #expect(try await stranger.ask(.post, path, "form_token=\(token)&\(fields)").headers["Location"] == "/console/sign-in")
            #expect(try await office.entries("org_thawed").isEmpty)
            // One of a minute, for each of the two consoles.
            #expect(try await office.entries("csrf_refused").count == 2)
            #expect(try await visitor.ask(.post, path, "form_token=\(token)&\(fields)").status == 200, "its own form is shown again")
        }
    }

    @Test func `a form does nothing before it is confirmed, asks for the id where it destroys, and is done once`() async throws {
        try await Office.with { office in
            let (visitor, _, _) = try await visitor(office, .superadmin)
            let org = try await office.org("Alpha")
            let path = "/console/orgs/\(org)/freeze"
            let token = try visitor.hidden("form_token", in: try await visitor.ask(.get, path).text)
            let fields = "form_token=\(token)&cause=abuse&reason=asked+for+in+ticket+4711"
            #expect(try await visitor.ask(.post, path, "form_token=\(token)&cause=abuse&reason=short").status == 422)
            let preview = try await visitor.ask(.post, path, fields)
            #expect(preview.status == 200 && preview.text.contains("Nothing has been done yet"))
            #expect(preview.text.contains("Make the org read-only"), "the button says what happens")
            let once = try visitor.hidden("once", in: preview.text)
            #expect(try await visitor.ask(.post, path, fields + "&once=\(once)&typed=org_other").status == 422)
            #expect(try await office.entries("org_frozen").isEmpty)
            let done = try await visitor.ask(.post, path, fields + "&once=\(once)&typed=\(org)")
            #expect(done.status == 303 && done.headers["Location"] == "/console/orgs/\(org)?done=Freeze")
            #expect(try await visitor.ask(.post, path, fields + "&once=\(once)&typed=\(org)").status == 409, "a double click")
            #expect(try await office.entries("org_frozen").count == 1)
            #expect(try await visitor.ask(.get, "/console/orgs/\(org)?done=Freeze").text.contains("Done: Freeze."))
        }
    }

    @Test func `AUD-062 a program in a user agent is text in the console, whatever it is`() throws {
        let request = try #require(Request(method: .get, target: "/console/audit", id: RequestID.make(at: Instant(secondsSinceEpoch: 0))))
        let page = try #require(ConsoleRead.all.first { $0.path == "/console/audit" })
        let hostile = "<script>alert(1)</script>\"'&"
        let entry: JSONValue = ["id": "baud_1", "summary": .string(hostile), "private": ["user_agent": .string(hostile)]]
        let text = ConsoleRendering(page: page, request: request).content(of: ["entries": [entry], "agent": .string(hostile)]).html
        #expect(!text.contains("<script") && !text.contains("</script>"))
        #expect(text.split(separator: "&lt;script&gt;alert(1)&lt;/script&gt;").count == 4, "\(text)")
    }

    @Test(arguments: OperatorRole.allCases)
    func `ADM-009 a page is for the roles that the route behind it is for, every one leaves an entry, and all say what to do next`(
        _ role: OperatorRole
    ) async throws {
        try await Office.with { office in
            let (visitor, _, _) = try await visitor(office, role)
            var calls = 0
            for page in ConsoleRead.all where page.isInMenu && page.path != "/console" {
                let route = try #require(office.routes.table.first { $0.path == page.api && $0.method == .get })
                let isAllowed =
                    role.permissions.contains(route.handling.permission)
                    && (page.path != "/console/audit" || role.permissions.contains(.readAudit))
                let answer = try await visitor.ask(.get, page.path)
                #expect(answer.status == (isAllowed ? 200 : 403), "\(page.path)")
                #expect(answer.text.contains("<h1>") && answer.text.contains("id=\"main\""))
                if !isAllowed { #expect(answer.text.contains("req_") && answer.text.contains("href=\"/console\"")) }
                calls += 1
            }
            #expect(try await office.entries("admin_action").count == calls)
            #expect(try await visitor.ask(.get, "/console/orgs?color=red").status == 400)
            #expect(try await visitor.ask(.get, "/console/orgs/org_01ARZ3NDEKTSV4RRFFQ69G5FAV").status == 404)
        }
    }

    @Test func `NOT-052 ADM-075 the console shows a mail in a frame where nothing of it acts, and has it sent to whoever is signed in`()
        async throws
    {
        try await Office.with { office in
            let (visitor, id, _) = try await visitor(office, .viewer)
            let page = try await visitor.ask(.get, "/console/mail/templates/org_invitation?fixture=hostile&locale=de")
            #expect(page.status == 200 && page.text.contains("There is no template in de"))
            #expect(!page.text.contains("<b>Eve</b>") && page.text.contains("&lt;b&gt;Eve"))
            #expect(page.headers["Content-Security-Policy"]?.hasSuffix("; frame-src 'self'") == true)
            #expect(page.text.contains("<iframe class=\"mail\" sandbox "))
            let address = "/console/mail/templates/org_invitation/html?fixture=hostile&amp;locale=de"
            #expect(page.text.contains("src=\"\(address)\""))
            let frame = try await visitor.ask(.get, address.replacing("&amp;", with: "&"))
            #expect(frame.status == 200 && frame.text.hasPrefix("<!DOCTYPE html>"))
            #expect(frame.headers["Content-Security-Policy"] == MailTemplatePage.framePolicy)
            #expect(MailTemplatePage.framePolicy.contains("sandbox;") && !MailTemplatePage.framePolicy.contains("allow-"))
            #expect(try await visitor.ask(.get, "/console/mail/templates/none").status == 404)
            #expect(try await visitor.ask(.get, "/console/mail/templates/none/html").status == 404)
            #expect(try await visitor.ask(.get, "/console/mail/templates").text.contains("/console/mail/templates/org_invitation"))
            var stranger = visitor
            stranger.cookie = nil
            #expect(try await stranger.ask(.get, "/console/mail/templates/welcome/html").headers["Location"] == "/console/sign-in")

            let path = "/console/mail/templates/welcome/send-test"
            let token = try visitor.hidden("form_token", in: try await visitor.ask(.get, path).text)
            let fields = "form_token=\(token)&fixture=usual&reason=asked+for+in+ticket+4711"
            func send() async throws -> (status: Int, text: String, headers: Headers) {
                let preview = try await visitor.ask(.post, path, fields)
                return try await visitor.ask(.post, path, fields + "&once=\(try visitor.hidden("once", in: preview.text))")
            }
            #expect(try await send().text.contains("Nobody has said where you read mail"))
            let email = try #require(MailAddress("ops@example.com"))
            try await office.accounts.setEmail(email, of: id, because: why, by: .system(component: "cli"))
            let done = try await send()
            #expect(done.status == 303 && done.headers["Location"]?.hasPrefix("/console/mail/templates/welcome?done=") == true)
            #expect(try await visitor.ask(.get, try #require(done.headers["Location"])).text.contains("on its way to your own address"))
            #expect(try await office.entries("mail_sample_requested").count == 1)
        }
    }

    @Test func `every page and every form is that of a route which there is`() async throws {
        try await Office.with { office in
            let reads = Set(office.routes.table.filter { $0.method == .get }.map(\.path))
            #expect(reads.isSuperset(of: ConsoleRead.all.map(\.api)))
            let writes = Set(office.routes.table.filter { $0.method != .get }.map { "\($0.method.rawValue) \($0.path)" })
            #expect(writes.isSuperset(of: ConsoleWrite.all.map { "\($0.method.rawValue) \($0.api)" }))
        }
    }
}
