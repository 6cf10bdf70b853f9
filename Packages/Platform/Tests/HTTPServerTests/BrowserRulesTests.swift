import Core
import Testing

@testable import HTTPServer

struct BrowserRulesTests {
    private func router(
        _ publicURL: String = "https://api.example.com", origins: [String] = [], hosts: [String] = []
    ) -> Router {
        var router = Router()
        router.apply(BrowserRules(publicURL: publicURL, origins: origins, hosts: hosts))
        router.add(.get, "/v1/things") { _ in .text("things") }
        router.add(.post, "/v1/things") { _ in throw Problem.notFound }
        router.add(.get, "/v1/broken") { _ in throw CancellationError() }
        router.add(.get, "/page") { _ in
            Response(status: .ok, headers: ["Content-Security-Policy": "default-src 'self'", "Cache-Control": "public"])
        }
        router.add(.get, "/livez", constant: .text("ok"))
        return router
    }

    private func call(_ router: Router, _ method: HTTPServer.Method, _ target: String, _ headers: Headers = [:]) async throws -> Response {
        let request = try #require(Request(method: method, target: target, headers: headers, id: RequestID.make(at: .systemNow())))
        return await router.respond(to: request)
    }

    @Test func `SEC-061 every answer says the same to browsers, and a route's own policy goes first`() async throws {
        let router = router()
        for (method, target) in [
            (HTTPServer.Method.get, "/v1/things"), (.post, "/v1/things"), (.get, "/v1/broken"), (.put, "/v1/things"), (.get, "/nowhere"),
            (.options, "/v1/things"),
        ] {
            let answer = try await call(router, method, target)
            #expect(answer.headers["X-Content-Type-Options"] == "nosniff", "\(method) \(target)")
            #expect(answer.headers["X-Frame-Options"] == "DENY")
            #expect(answer.headers["Referrer-Policy"] == "no-referrer")
            #expect(answer.headers["Permissions-Policy"]?.contains("camera=()") == true)
            #expect(answer.headers["Cross-Origin-Opener-Policy"] == "same-origin")
            #expect(answer.headers["Cross-Origin-Resource-Policy"] == "same-origin")
            #expect(answer.headers.all("Content-Security-Policy") == ["default-src 'none'; frame-ancestors 'none'"])
            #expect(answer.headers["Server"] == nil)
        }
        let page = try await call(router, .get, "/page")
        #expect(page.headers.all("Content-Security-Policy") == ["default-src 'self'"])
        #expect(page.headers.all("Cache-Control") == ["public"] && page.headers["X-Frame-Options"] == "DENY")
    }

    @Test func `SEC-061 what is no request, and what is the same for everybody, says it over the wire as well`() async throws {
        try await withServer(routes: { $0 = router() }) { port, _ in
            for request in [
                "GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "nonsense\r\n\r\n",
                "GET /v1/things HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc",
            ] {
                let answer = try await RawClient(port: port).exchange(request).lowercased()
                for field in ["x-content-type-options: nosniff", "x-frame-options: deny", "content-security-policy: default-src 'none'"] {
                    #expect(answer.components(field) == 1, "\(field) of \(request)")
                }
                #expect(answer.components("\r\nserver:") == 0)
            }
        }
    }

    @Test
    func `SEC-063 where the public address is https browsers keep to it, pages lead there, and the API refuses what was sent in the open`()
        async throws
    {
        let (secure, plain) = (router(), router("http://127.0.0.1:8080"))
        #expect(
            try await call(secure, .get, "/v1/things").headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains")
        #expect(try await call(plain, .get, "/v1/things").headers["Strict-Transport-Security"] == nil)
        let open: Headers = ["X-Forwarded-Proto": "http"]
        let page = try await call(secure, .get, "/page?next=//evil.example", open)
        #expect(page.status == .permanentRedirect && page.headers["Location"] == "https://api.example.com/page")
        #expect(try await call(secure, .get, "//evil.example/x", open).headers["Location"] == "https://api.example.com//evil.example/x")
        #expect(try await call(secure, .get, "/v1/things", open).status == .forbidden)
        #expect(try await call(secure, .post, "/page", open).status == .forbidden)
        #expect(try await call(secure, .get, "/v1/things", ["X-Forwarded-Proto": "https"]).status == .ok)
        #expect(try await call(plain, .get, "/v1/things", open).status == .ok)
    }

    @Test func `SEC-058 a request for another host is refused, whatever its spelling; probes are answered`() async throws {
        let router = router(hosts: ["internal.example.com"])
        for host in [
            "api.example.com", "API.Example.COM", "api.example.com:443", "internal.example.com", "localhost:8080", "127.0.0.1", "[::1]:80",
        ] {
            #expect(try await call(router, .get, "/v1/things", ["Host": host]).status == .ok, "\(host)")
        }
        for host in [
            "evil.example", "api.example.com.evil.example", "evil.example:443", "xapi.example.com", "", "api.example.com@evil.example",
            "api.example.com, evil.example", "api.example.com/", "[::2]",
        ] {
            #expect(try await call(router, .get, "/v1/things", ["Host": host]).status == .misdirectedRequest, "\(host)")
            #expect(try await call(router, .get, "/livez", ["Host": host]).status == .ok, "\(host)")
        }
    }

    @Test func `SEC-064 only the configured origins may call, each exactly as it is, and none with credentials of its own`() async throws {
        let router = router(origins: ["https://app.example.com", "http://localhost:3000"])
        let question: Headers = ["Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "authorization"]
        for origin in ["https://app.example.com", "http://localhost:3000"] {
            var asked = question
            asked["Origin"] = origin
            let answer = try await call(router, .options, "/v1/things", asked)
            #expect(answer.status == .noContent && answer.headers["Access-Control-Allow-Origin"] == origin)
            #expect(answer.headers["Access-Control-Allow-Methods"] == "GET, POST, PUT, PATCH, DELETE, OPTIONS")
            #expect(
                answer.headers["Access-Control-Allow-Headers"]
                    == "Accept, Accept-Language, Content-Type, Authorization, X-API-Key, X-Requested-With, X-Org-Id, Idempotency-Key, "
                    + "If-Match, traceparent")
            #expect(answer.headers["Access-Control-Max-Age"] == "3600")
            for (method, target) in [(HTTPServer.Method.get, "/v1/things"), (.post, "/v1/things"), (.get, "/nowhere")] {
                let call = try await call(router, method, target, ["Origin": origin])
                #expect(call.headers.all("Access-Control-Allow-Origin") == [origin] && call.headers.contains("Vary", token: "Origin"))
                let exposed = call.headers["Access-Control-Expose-Headers"] ?? ""
                for name in ["RateLimit", "Retry-After", "ETag", "Location", "X-Request-Id"] { #expect(exposed.contains(name)) }
            }
        }
        for origin in [
            "null", "*", "https://app.example.com.evil.example", "https://evil-app.example.com", "https://app.example.com:8443",
            "http://app.example.com", "https://APP.example.com", "https://app.example.com/", "https://app.example.com ", "",
            "https://example.com", "http://localhost", "http://localhost:3001", "https://app.example.com,https://evil.example",
        ] {
            var asked = question
            asked["Origin"] = origin
            for answer in [
                try await call(router, .options, "/v1/things", asked), try await call(router, .get, "/v1/things", ["Origin": origin]),
            ] {
                #expect(answer.headers["Access-Control-Allow-Origin"] == nil, "\(origin)")
                #expect(answer.headers["Access-Control-Expose-Headers"] == nil && answer.headers.contains("Vary", token: "Origin"))
            }
        }
        for target in ["/v1/things", "/page"] {
            let answer = try await call(router, .get, target, ["Origin": "https://app.example.com"])
            #expect(answer.headers["Access-Control-Allow-Credentials"] == nil)
        }
    }
}

extension String {
    /// How often a text stands in this one.
    fileprivate func components(_ part: String) -> Int { split(separator: part, omittingEmptySubsequences: false).count - 1 }
}
