import Core
import HTTPServer
import Pages
import Testing

@Suite struct HTMLPageTests {
    @Test(arguments: ["<script>alert(1)</script>", "\"><img src=x onerror=y>", "' onfocus='z", "&amp;"])
    func `ADM-083 a value is text wherever it is put, and only fragments are markup`(_ hostile: String) {
        let form = HTMLFragment.form(to: "/a", hidden: [(name: "token", value: hostile)], "<p>\(hostile)</p>", button: hostile)
        let whole: HTMLFragment = "<div>\(form)\([form])\(nil as HTMLFragment?)\(7)</div>"
        #expect(!whole.html.contains(hostile) || hostile == "&amp;" && whole.html.contains("&amp;amp;"))
        #expect(!whole.html.contains("<script") && !whole.html.contains("<img"))
        #expect(whole.html.hasPrefix("<div><form method=\"post\" action=\"/a\">"))
        #expect(whole.html.hasSuffix("7</div>"))
        #expect(!HTMLFragment.error(hostile).html.contains("<img"))
        #expect(HTMLFragment.error(nil).html.isEmpty)
    }

    @Test func `ADM-096 a page loads nothing, is kept and framed nowhere, and tells nobody its address`() throws {
        let response = HTMLPage(title: "A & B", note: "n", content: "<p>x</p>").response(.badRequest)
        #expect(response.status == .badRequest)
        #expect(response.headers["Content-Type"] == "text/html; charset=utf-8")
        #expect(response.headers["Cache-Control"] == "no-store")
        #expect(response.headers["Referrer-Policy"] == "no-referrer")
        let policy = try #require(response.headers["Content-Security-Policy"])
        for rule in ["default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'", "style-src 'sha256-"] {
            #expect(policy.contains(rule), "\(rule)")
        }
        #expect(!policy.contains("unsafe"))
        guard case .bytes(let bytes) = response.body else { throw Problem.notFound }
        let html = String(decoding: bytes, as: UTF8.self)
        #expect(html.contains("<title>A &amp; B</title>") && html.contains("<p>x</p>") && html.contains("lang=\"en\""))
        #expect(!html.contains("http:") && !html.contains("https:") && !html.contains("<script"))
    }

    private struct Refusal: Error, ProblemConvertible {
        var problem: Problem { Problem(status: .tooManyRequests, code: "X", detail: "Wait <b>now</b>", headers: ["Retry-After": "7"]) }
    }

    private func ask(_ method: Method, _ body: String = "", type: String? = nil) async throws -> (
        status: Int, headers: Headers, html: String
    ) {
        var router = Router()
        router.addPage(.get, "/p", operation: "p", title: "Title") { _ in throw Refusal() }
        router.addPage(.post, "/p", operation: "q", title: "Title") { request in
            HTMLPage(title: "Title", content: .status(try request.form()["a b"] ?? "nothing")).response()
        }
        var headers = Headers()
        if let type { headers["Content-Type"] = type }
        let request = try #require(
            Request(method: method, target: "/p", headers: headers, body: Array(body.utf8), id: .make(at: Instant(secondsSinceEpoch: 0))))
        let response = await router.respond(to: request)
        guard case .bytes(let bytes) = response.body else { throw Problem.notFound }
        return (response.status.rawValue, response.headers, String(decoding: bytes, as: UTF8.self))
    }

    @Test func `a refusal is a page with the status, the headers and the words of the problem`() async throws {
        let refused = try await ask(.get)
        #expect(refused.status == 429)
        #expect(refused.headers["Retry-After"] == "7")
        #expect(refused.html.contains("role=\"alert\">Wait &lt;b&gt;now&lt;/b&gt;"))
    }

    @Test func `a form is read as browsers send it, and nothing else is one`() async throws {
        let form = "application/x-www-form-urlencoded; charset=utf-8"
        #expect(try await ask(.post, "x=1&a+b=%C3%A9+%3C", type: form).html.contains("é &lt;"))
        #expect(try await ask(.post, "{}", type: "application/json").status == 415)
        #expect(try await ask(.post, "a+b=1").status == 415)
        #expect(try await ask(.post, "a+b=%zz", type: form).status == 400)
        #expect(try await ask(.post, "a+b=%00", type: form).status == 400)
        #expect(try await ask(.post, String(repeating: "a=1&", count: 51), type: form).status == 400)
    }
}
