import Core
import HTTPServer
import PlatformTesting
import Testing

@testable import IdleCancellation
@testable import IdleCancellationHTTP

/// The keep page as a browser gets it; what decides is replaced by a page that was told what to say.
@Suite struct KeepPageTests {
    private struct Said: KeepPageResponding {
        let shown: KeepPage
        let acted: KeepPage
        func show(_ token: String) async throws -> KeepPage { shown }
        func act(_ token: String) async throws -> KeepPage { acted }
    }

    private static let facts = KeepPageFacts(
        resource: "Orders <b>", org: "Acme & Sons", periodEnd: Instant(secondsSinceEpoch: 1809162000))

    private func router(_ shown: KeepPage, _ acted: KeepPage = .invalid) -> Router {
        var router = Router()
        KeepRoutes(pages: Said(shown: shown, acted: acted), makeNonce: { "n0nce" }).register(on: &router)
        return router
    }

    private func ask(_ method: Method, _ target: String, _ router: Router, body: String = "", headers: Headers = [:]) async throws
        -> Response
    {
        var headers = headers
        if method == .post { headers["Content-Type"] = "application/x-www-form-urlencoded" }
        let request = Request(
            method: method, target: target, headers: headers, body: Array(body.utf8), id: RequestID.make(at: Instant(secondsSinceEpoch: 0)))
        return await router.respond(to: try #require(request))
    }

    private func text(_ response: Response) -> String {
        if case .bytes(let bytes) = response.body { String(decoding: bytes, as: UTF8.self) } else { "" }
    }

    @Test(arguments: [
        (KeepPage.invalid, Status.badRequest, "does not work"), (.periodEnded, .ok, "already ended"),
        (.continues(facts), .ok, "continues"), (.alreadyActive(facts), .ok, "nothing to do"),
        (.endedOtherwise(facts), .ok, "changes nothing"),
    ])
    func `IDL-T10, ADM-086 an outcome has one status and one text, by GET and by POST, and no form`(
        page: KeepPage, status: Status, words: String
    ) async throws {
        let shown = try await ask(.get, "/sub/keep?t=x", router(page, page))
        let acted = try await ask(.post, "/sub/keep", router(page, page), body: "t=x")
        for response in [shown, acted] {
            #expect(response.status == status)
            #expect(text(response).contains(words) && !text(response).contains("<form") && !text(response).contains("<script"))
        }
        #expect(text(shown) == text(acted))
    }

    @Test func `IDL-T10, IDL-052 a pending one has a form that submits itself and a button, and names resource, org and date`() async throws
    {
        let response = try await ask(.get, "/sub/keep?t=abc.def", router(.pending(Self.facts)))
        let page = text(response)
        #expect(response.status == .ok)
        #expect(page.contains("Orders &lt;b&gt;") && page.contains("Acme &amp; Sons") && page.contains("1 May 2027, 09:00 UTC"))
        #expect(page.contains("<form method=\"post\" action=\"/sub/keep\"><input type=\"hidden\" name=\"t\" value=\"abc.def\">"))
        #expect(page.contains("<button type=\"submit\">Keep the subscription</button>"))
        #expect(page.contains("document.prerendering") && page.contains("visibilityState"))
    }

    @Test func `IDL-052 answers are not cached, indexed or framed, send no referrer, and allow the page's own script and forms to itself`()
        async throws
    {
        let pending = try await ask(.get, "/sub/keep?t=a", router(.pending(Self.facts)))
        let invalid = try await ask(.get, "/sub/keep", router(.pending(Self.facts)))
        #expect(invalid.status == .badRequest)
        for response in [pending, invalid] {
            #expect(response.headers["Cache-Control"] == "no-store" && response.headers["X-Robots-Tag"] == "noindex")
            #expect(response.headers["Referrer-Policy"] == "no-referrer" && response.headers["Set-Cookie"] == nil)
            let policy = try #require(response.headers["Content-Security-Policy"])
            #expect(
                policy.contains("frame-ancestors 'none'") && policy.contains("form-action 'self'") && policy.contains("default-src 'none'"))
        }
        #expect(pending.headers["Content-Security-Policy"]?.contains("script-src 'nonce-n0nce'") == true)
        #expect(text(pending).contains("<script nonce=\"n0nce\">"))
        #expect(invalid.headers["Content-Security-Policy"]?.contains("script-src") == false)
        var real = Router()
        KeepRoutes(pages: Said(shown: .pending(Self.facts), acted: .invalid)).register(on: &real)
        let policies = [try await ask(.get, "/sub/keep?t=a", real), try await ask(.get, "/sub/keep?t=a", real)]
        #expect(policies[0].headers["Content-Security-Policy"] != policies[1].headers["Content-Security-Policy"])
    }

    @Test func `IDL-052, ADM-085 cookies and credentials change nothing, and the token may stand in the form or in the address`()
        async throws
    {
        let router = router(.pending(Self.facts), .continues(Self.facts))
        let plain = try await ask(.get, "/sub/keep?t=a", router)
        let dressed = try await ask(
            .get, "/sub/keep?t=a", router, headers: ["Authorization": "Bearer x", "Cookie": "a=b", "X-API-Key": "rfs"])
        #expect(text(plain) == text(dressed) && plain.status == dressed.status)
        #expect(text(try await ask(.post, "/sub/keep?t=a", router)) == text(try await ask(.post, "/sub/keep", router, body: "t=a")))
    }

    @Test func `IDL-053, ADM-085 the page is counted as a keep link, thirty a minute for a network`() throws {
        let routes = router(.invalid).routes
        #expect(routes.count == 2 && routes.allSatisfy { $0.category == RouteCategory("keep_link") })
    }

    @Test func `IDL-T51 the pages that a browser walks are the ones that are served`() async throws {
        let pending = try await ask(.get, "/sub/keep?t=abc.def", router(.pending(Self.facts)))
        let continues = try await ask(.post, "/sub/keep", router(.pending(Self.facts), .continues(Self.facts)), body: "t=abc.def")
        // Tests/Browser/idle.py serves them with their policies.
        let folder = "../../../../Tests/Browser/Fixtures"
        for (name, response) in [("keep-pending", pending), ("keep-continues", continues)] {
            try Snapshot.verify(text(response), named: "\(name).html", in: folder)
            try Snapshot.verify(try #require(response.headers["Content-Security-Policy"]) + "\n", named: "\(name).policy", in: folder)
        }
    }
}
