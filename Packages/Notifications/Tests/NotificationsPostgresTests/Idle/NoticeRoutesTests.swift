import Audit
import Core
import HTTPServer
@_spi(Authentication) import Identity
import IdentityHTTP
import IdleCancellation
import Notifications
import NotificationsHTTP
import NotificationsMarkup
import NotificationsPostgres
import PlatformTesting
import Testing

/// Notices as a program gets them.
@Suite struct NoticeRoutesTests {
    /// Knows callers by name; notices are about the routes here, not about credentials.
    private struct Door: RequestAuthenticator {
        let people: [String: Principal]
        func principal(for credential: Credential, actingFor org: OrgReference?, from client: ClientContext) async throws -> Principal {
            guard case .bearer(let token) = credential, let principal = token.withValue({ people[$0] }) else {
                throw IdentityError.tokenInvalid
            }
            return principal
        }
        func recordDenial(_ missing: String, to principal: Principal) async throws {}
        func orgChoices(of user: User.ID) async throws -> [OrgChoice] { [] }
    }

    private func principal(_ user: User.ID) throws -> Principal {
        Principal(
            userID: user, email: try #require(EmailAddress("ada@example.com")), name: try #require(PersonName("Ada")),
            isEmailVerified: true,
            credential: .session(Session.ID.make(at: Instant(secondsSinceEpoch: 0)), generation: 1), scopes: nil, graph: nil, orgScope: nil)
    }

    private func call(_ method: Method, _ target: String, as caller: String?, _ router: Router) async throws -> Response {
        var headers: Headers = [:]
        if let caller { headers["Authorization"] = "Bearer \(caller)" }
        let id = RequestID.make(at: Instant(secondsSinceEpoch: 0))
        return await router.respond(to: try #require(Request(method: method, target: target, headers: headers, id: id)))
    }

    private func json(_ response: Response) throws -> JSONValue {
        guard case .bytes(let bytes) = response.body else { return .null }
        return try JSON.decode(JSONValue.self, from: bytes)
    }

    @Test func `NOT-172, IDL-059 notices are listed with all they say, and acknowledged with 204, again with 204, a foreign one with 404`()
        async throws
    {
        try await Neighbourhood.with { here in
            let (ada, bob) = (try await here.person("Ada", as: .owner), try await here.person("Bob", as: .owner))
            var router = Router()
            let door = Door(people: ["ada": try principal(ada), "bob": try principal(bob)])
            let board = StoredNoticeBoard(store: here.store(here.database.client), dateSource: here.clock)
            let writer = try MarkupNoticeWriter()
            NoticeRoutes(board: board, writer: writer, authenticator: Authenticator(door), publicURL: "https://app.example.com")
                .register(on: &router)
            var idleCase = try await here.idleCase()
            idleCase.via = .link
            let kept = idleCase
            let sink = try here.sink()
            try await here.store.withTransaction { try await sink.kept(kept, in: $0) }
            let list = try json(try await call(.get, "/v1/user/notices", as: "ada", router))
            let notice = try #require(list["notices"]?.arrayValue?.first)
            #expect(notice["kind"] == "subscription_kept" && notice["severity"] == "info")
            #expect(notice["org_id"]?.stringValue == idleCase.org.description)
            #expect(notice["subscription_id"]?.stringValue == idleCase.subscription.description)
            #expect(notice["action_url"]?.stringValue == "https://app.example.com/orgs/\(idleCase.org)/billing")
            #expect(notice["created_at"]?.stringValue == here.clock.now.description)
            #expect(notice["expires_at"]?.stringValue == (here.clock.now + .days(14)).description)
            #expect(notice["text"]?.stringValue?.contains("continues") == true && notice["resource"]?.stringValue != nil)
            let id = try #require(notice["id"]?.stringValue)
            #expect(try await call(.post, "/v1/user/notices/\(id)/acknowledge", as: "bob", router).status == .notFound)
            #expect(try await call(.post, "/v1/user/notices/nonsense/acknowledge", as: "ada", router).status == .notFound)
            #expect(try await call(.post, "/v1/user/notices/\(id)/acknowledge", as: nil, router).status == .unauthorized)
            for _ in 0..<2 { #expect(try await call(.post, "/v1/user/notices/\(id)/acknowledge", as: "ada", router).status == .noContent) }
            #expect(try json(try await call(.get, "/v1/user/notices", as: "ada", router))["notices"] == [])
            #expect(try json(try await call(.get, "/v1/user/notices", as: "bob", router))["notices"]?.arrayValue?.count == 1)
        }
    }

    @Test func `IDL-061 the banner's script is served as a script, depends on nothing, and puts in no markup`() async throws {
        try await Neighbourhood.with { here in
            var router = Router()
            NoticeRoutes(
                board: here.board, writer: try MarkupNoticeWriter(), authenticator: Authenticator(Door(people: [:])), publicURL: ""
            ).register(on: &router)
            let response = try await call(.get, "/assets/kept-banner.js", as: nil, router)
            guard case .bytes(let bytes) = response.body else {
                Issue.record("no script")
                return
            }
            let script = String(decoding: bytes, as: UTF8.self)
            #expect(response.headers["Content-Type"] == "text/javascript; charset=utf-8")
            #expect(response.headers["X-Content-Type-Options"] == "nosniff")
            #expect(script.contains("customElements.define('trellis-kept-banner'"))
            for word in ["innerHTML", "import ", "require(", "eval("] { #expect(!script.contains(word), "\(word)") }
        }
    }
}
