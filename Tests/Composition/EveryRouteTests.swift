import Composition
import Core
import Foundation
import HTTPServer
import PlatformTesting
import Postgres
import Testing

/// Rules that hold on every route, tried on each one that the table has: a new route is covered without writing anything.
@Suite struct EveryRouteTests {
    /// The sign-in hand-over of the published contract: the one route that looks at a cookie.
    private static let takingCookies: Set<String> = ["POST /v1/auth/sso-token"]
    /// What is the same for everybody, and may be kept.
    private static let kept: Set<String> = ["GET /openapi.json", "GET /.well-known/jwks.json", "GET /assets/kept-banner.js"]

    private func name(_ route: Router.Route) -> String { "\(route.method.rawValue) \(route.path)" }

    private func path(_ route: Router.Route, _ account: ComposedAPI.Account?) -> String {
        route.path.split(separator: "/", omittingEmptySubsequences: false).map { part in
            guard part.hasPrefix("{") else { return String(part) }
            switch part.dropFirst().dropLast() {
            case "org_id": return account?.org ?? "org_01M7YNWX7P70CKNMB38WJVVT0M"
            case "user_id": return account?.user ?? "user_01M7YNWX7P70CKNMB38WJVVT0M"
            case "token": return "planted-token-in-the-path"
            default: return "kg0123456789abcdef"
            }
        }.joined(separator: "/")
    }

    private func isWriting(_ route: Router.Route) -> Bool { [.post, .put, .patch].contains(route.method) }

    @Test func `SEC-061 SEC-068 every route, and every refusal, tells browsers to guess, frame and keep nothing`() async throws {
        try await ComposedAPI.withAPI(ComposedAPI.selling) { api in
            let ada = try await api.register("Ada")
            for route in api.router.routes {
                for token in [nil, ada.token] {
                    // Signing out would end the token of the rest.
                    guard token == nil || !route.path.hasPrefix("/v1/auth/log") else { continue }
                    let answer = try await api.send(
                        route.method, path(route, ada), token: token,
                        headers: isWriting(route) ? ["Content-Type": "application/json"] : [:],
                        content: isWriting(route) ? Array("{}".utf8) : [])
                    let headers = answer.headers
                    #expect(headers.all("X-Content-Type-Options") == ["nosniff"], "\(name(route))")
                    #expect(headers.all("X-Frame-Options") == ["DENY"], "\(name(route))")
                    #expect(headers.all("Referrer-Policy") == ["no-referrer"], "\(name(route))")
                    #expect(headers["Permissions-Policy"]?.contains("geolocation=()") == true, "\(name(route))")
                    #expect(headers["Cross-Origin-Opener-Policy"] == "same-origin", "\(name(route))")
                    // The one thing that pages of customers load from here.
                    let reach = route.path == "/assets/kept-banner.js" ? "cross-origin" : "same-origin"
                    #expect(headers.all("Cross-Origin-Resource-Policy") == [reach], "\(name(route))")
                    let policies = headers.all("Content-Security-Policy")
                    #expect(policies.count == 1 && policies.first?.contains("default-src 'none'") == true, "\(name(route)): \(policies)")
                    #expect(policies.first?.contains("frame-ancestors 'none'") == true, "\(name(route))")
                    #expect(headers["Server"] == nil && headers["X-Powered-By"] == nil, "\(name(route))")
                    if route.path.hasPrefix("/v1/"), !Self.kept.contains(name(route)) {
                        #expect(headers["Cache-Control"]?.contains("no-store") == true || headers["ETag"] != nil, "\(name(route))")
                    }
                }
            }
        }
    }

    @Test func `SEC-059 every path answers its own methods alone, and says which`() async throws {
        try await ComposedAPI.withAPI(ComposedAPI.selling) { api in
            var methods: [String: Set<String>] = [:]
            for route in api.router.routes { methods[route.path, default: []].insert(route.method.rawValue) }
            let all: [HTTPServer.Method] = [.get, .post, .put, .patch, .delete]
            var tried = 0
            for route in api.router.routes {
                let own = try #require(methods[route.path])
                for method in all where !own.contains(method.rawValue) {
                    // A more general path may know the method; then it answers, and not this one.
                    let others = api.router.routes.filter { $0.method == method && fits($0.path, path(route, nil)) }
                    guard others.isEmpty else { continue }
                    let answer = try await api.send(method, path(route, nil), content: [])
                    #expect(answer.status == 405 && answer.body["code"] == "METHOD_NOT_ALLOWED", "\(method.rawValue) \(route.path)")
                    let allowed = Set((answer.headers["Allow"] ?? "").split(separator: ",").map { $0.drop { $0 == " " } }.map(String.init))
                    #expect(
                        allowed.isSuperset(of: own) && !allowed.contains(method.rawValue), "\(method.rawValue) \(route.path): \(allowed)")
                    tried += 1
                }
            }
            #expect(tried > 200)
        }
    }

    private func fits(_ pattern: String, _ path: String) -> Bool {
        let (left, right) = (pattern.split(separator: "/"), path.split(separator: "/"))
        return left.count == right.count && zip(left, right).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
    }

    @Test func `SEC-059 every route that takes JSON takes nothing else`() async throws {
        try await ComposedAPI.withAPI(ComposedAPI.selling) { api in
            let ada = try await api.register("Ada")
            let document = try APIDocument(api.router.table).json
            var tried = 0
            // What a signature is checked over is read as bytes.
            for route in api.router.routes
            where isWriting(route) && !route.path.hasPrefix("/v1/auth/log") && !route.path.hasSuffix("/webhooks/stripe") {
                let operation = document["paths"]?[route.path]?[route.method.rawValue.lowercased()]
                guard let content = operation?["requestBody"]?["content"]?.objectValue, content.keys.contains("application/json") else {
                    continue
                }
                for type in ["text/plain", "application/xml", "multipart/form-data; boundary=x", "application/jsonx", "text/json", "*/*"] {
                    let answer = try await api.send(
                        route.method, path(route, ada), token: ada.token, headers: ["Content-Type": type], content: Array("{}".utf8))
                    // Who may not act, or names nothing that is there, may be told that first; accepted it is never.
                    let told = [415, 401, 403, 404, 409, 429] + (route.path.contains("{operation_id}") ? [422] : [])
                    #expect(told.contains(answer.status), "\(name(route)) with \(type): \(answer.status)")
                    if answer.status == 415 { tried += 1 }
                }
            }
            #expect(tried > 100)
        }
    }

    @Test func `SEC-065 no cookie counts for anything, and no answer sets one`() async throws {
        try await ComposedAPI.withAPI(ComposedAPI.selling) { api in
            let ada = try await api.register("Ada")
            let cookies = ["auth-token", "session", "token", "access_token", "sid", "Authorization", "api_key", "__Host-session"]
                .map { "\($0)=\(ada.token)" }.joined(separator: "; ")
            var protected = 0
            for route in api.router.routes where !Self.takingCookies.contains(name(route)) {
                let type: Headers = isWriting(route) ? ["Content-Type": "application/json"] : [:]
                var withCookie = type
                withCookie["Cookie"] = cookies
                let content = isWriting(route) ? Array("{}".utf8) : []
                let bare = try await api.send(route.method, path(route, ada), headers: type, content: content)
                let answer = try await api.send(route.method, path(route, ada), headers: withCookie, content: content)
                #expect(answer.status == bare.status && answer.body["code"] == bare.body["code"], "\(name(route)): \(answer.status)")
                #expect(answer.headers["Set-Cookie"] == nil && bare.headers["Set-Cookie"] == nil, "\(name(route))")
                if answer.status == 401 { protected += 1 }
            }
            #expect(protected > 80)
        }
    }

    @Test func `SEC-069 a token in the address opens the stream of an operation alone`() async throws {
        try await ComposedAPI.withAPI(ComposedAPI.selling) { api in
            let ada = try await api.register("Ada")
            var tried = 0
            for route in api.router.routes where !route.path.hasSuffix("/stream") {
                let type: Headers = isWriting(route) ? ["Content-Type": "application/json"] : [:]
                let content = isWriting(route) ? Array("{}".utf8) : []
                let bare = try await api.send(route.method, path(route, ada), headers: type, content: content)
                guard bare.status == 401 else { continue }
                for parameter in ["token", "access_token", "api_key", "authorization"] {
                    let answer = try await api.send(
                        route.method, path(route, ada) + "?\(parameter)=\(ada.token)", headers: type, content: content)
                    #expect(answer.status == 401, "\(name(route)) takes \(parameter)")
                }
                tried += 1
            }
            #expect(tried > 80)
        }
    }
}
