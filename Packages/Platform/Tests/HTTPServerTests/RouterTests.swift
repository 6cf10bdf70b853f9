import Core
import HTTPServer
import Observability
import Synchronization
import Testing

@Suite struct RouterTests {
    private func request(_ method: Method, _ target: String, headers: Headers = [:], body: String = "") throws -> Request {
        try #require(
            Request(method: method, target: target, headers: headers, body: Array(body.utf8), id: RequestID.make(at: .systemNow())))
    }

    private func text(_ response: Response) -> String {
        if case .bytes(let bytes) = response.body { String(decoding: bytes, as: UTF8.self) } else { "" }
    }

    private func router() -> Router {
        var router = Router(dateSource: SteppedDateSource(startingAt: Instant(secondsSinceEpoch: 0)))
        router.add(.get, "/v1/orgs/{org_id}") { .text("org " + ($0.pathParameters["org_id"] ?? "")) }
        router.add(.get, "/v1/orgs/{org_id}/members/{user_id}") { .text("\($0.pathParameters.sorted { $0.key < $1.key }.map(\.value))") }
        router.add(.get, "/v1/orgs/mine") { _ in .text("mine") }
        router.add(.put, "/v1/orgs/{org_id}") { _ in .text("put") }
        router.add(.get, "/v1/orgs/mine/special/{x}") { _ in .text("special") }
        return router
    }

    @Test(arguments: [
        ("/v1/orgs/a", "org a"), ("/v1/orgs/mine", "mine"), ("/v1/orgs/a/members/b", #"["a", "b"]"#),
        ("/v1/orgs/mine/members/b", #"["mine", "b"]"#), ("/v1/orgs/mine/special/1", "special"), ("/v1/orgs/a%2Fb", "org a/b"),
    ])
    func `a literal segment wins, and a blind alley is walked back`(target: String, expected: String) async throws {
        #expect(text(await router().respond(to: try request(.get, target))) == expected)
    }

    @Test(arguments: ["/v1/orgs", "/v1/orgs/", "/v1/orgs/a/", "/v1//orgs/a", "/", "/v1/orgs/a/members", "/V1/orgs/a"])
    func `an unknown path is 404`(target: String) async throws {
        let response = await router().respond(to: try request(.get, target))
        #expect(response.status == .notFound)
        #expect(response.headers["Content-Type"] == "application/problem+json")
        #expect(text(response).contains(#""code":"NOT_FOUND","detail":"There is no such resource.","request_id":"req_"#))
    }

    @Test func `a known path with another method is 405 and says what is allowed`() async throws {
        let response = await router().respond(to: try request(.delete, "/v1/orgs/a"))
        #expect(response.status == .methodNotAllowed)
        #expect(response.headers["Allow"] == "GET, HEAD, PUT")
        let options = await router().respond(to: try request(.options, "/v1/orgs/a"))
        #expect(options.status == .noContent && options.headers["Allow"] == "GET, HEAD, PUT")
    }

    private struct Tag: Middleware {
        let name: String
        let seen: Seen
        func handle(_ request: Request, next: @Sendable (Request) async throws -> Response) async throws -> Response {
            seen.append("+" + name)
            var request = request
            request.context[TagKey.self] = (request.context[TagKey.self] ?? "") + name
            let response = try await next(request)
            seen.append("-" + name)
            return response
        }
    }
    private enum TagKey: RequestContextKey { typealias Value = String }
    private final class Seen: Sendable {
        private let storage = Mutex<[String]>([])
        func append(_ text: String) { storage.withLock { $0.append(text) } }
        var all: [String] { storage.withLock { $0 } }
    }

    @Test func `middleware stands around the route in the order in which it was added`() async throws {
        let seen = Seen()
        var router = Router()
        router.use(Tag(name: "a", seen: seen))
        router.use(Tag(name: "b", seen: seen))
        router.add(.get, "/") { .text($0.context[TagKey.self] ?? "") }
        #expect(text(await router.respond(to: try request(.get, "/"))) == "ab")
        #expect(seen.all == ["+a", "+b", "-b", "-a"])
    }

    private struct Internal: Error, CustomStringConvertible { let description = "password=hunter2 at 10.0.0.1" }

    @Test func `an unknown error is 500 without a word about its cause`() async throws {
        let lines = Seen()
        var router = Router(log: Log(label: "http", sink: { lines.append(String(decoding: $0, as: UTF8.self)) }))
        router.add(.get, "/") { _ in throw Internal() }
        let response = await router.respond(to: try request(.get, "/"))
        #expect(response.status == .internalServerError)
        #expect(!text(response).contains("hunter2"))
        #expect(lines.all.first?.contains("request failed") == true)
    }

    private struct Gone: UnavailabilityError { let isUnavailability: Bool }
    private struct Wrapped: WrappingError { let underlying: (any Error)? }

    @Test func `OPS-010 what fails because something cannot be reached is 503 with a time to come back, however deep that lies`()
        async throws
    {
        func answer(_ error: any Error) async throws -> Response {
            var router = Router()
            router.add(.post, "/") { _ in throw error }
            return await router.respond(to: try request(.post, "/"))
        }
        let gone = try await answer(Wrapped(underlying: Wrapped(underlying: Gone(isUnavailability: true))))
        #expect(gone.status == .serviceUnavailable && gone.headers["Retry-After"] == "5")
        #expect(text(gone).contains(#""code":"DATABASE_ERROR""#))
        #expect(try await answer(Wrapped(underlying: Gone(isUnavailability: false))).status == .internalServerError)
    }

    private struct Person: Decodable {
        let name: String
        let tags: [Tag]?
        let level: Int8?
        let share: Double?
        struct Tag: Decodable { let size: Int }
    }

    @Test(arguments: [
        (#"{"tags": []}"#, 422, #"{"loc":["body","name"],"msg":"is required","type":"missing"}"#),
        (#"{"name": 5}"#, 422, #"{"loc":["body","name"],"msg":"must be a string","type":"type_error"}"#),
        (#"{"name": "a", "tags": [{"size": "x"}]}"#, 422, #"["body","tags",0,"size"]"#),
        (#"{"name": "#, 400, #""detail":"The body is not valid JSON.""#),
        ("", 400, "is not valid JSON"),
        ("{\"name\": \"\u{0}\"}", 400, "is not valid JSON"),
        (String(repeating: "[", count: 100_000), 400, "is nested deeper than 32 levels"),
        ("{\"name\": \"\u{FEFF}\"}", 200, "\u{FEFF}"),
        ("\u{FEFF}{\"name\": \"a\"}", 400, "is not valid JSON"),
        (#"{"name": "a"} {}"#, 400, "is not valid JSON"),
        (#"{"name": "a", "name": "b"}"#, 422, #"{"loc":["body","name"],"msg":"stands more than once","type":"value_error"}"#),
        (#"{"name": "a", "n\u0061me": "b"}"#, 422, #"["body","name"],"msg":"stands more than once""#),
        (#"{"name": "a\u0000b"}"#, 422, #"["body","name"],"msg":"must not contain a NUL character""#),
        (#"{"name": "a\\u0000b"}"#, 200, #"a\u0000b"#),
        (#"{"tags": [{"size": 1}, {"deep": [1, "\u0000"]}]}"#, 422, #"["body","tags",1,"deep",1]"#),
        (#"{"name": ""# + String(repeating: "a", count: 65_537) + #""}"#, 422, #"["body","name"],"msg":"may have at most 65536 bytes""#),
        (#"{"tags": ["# + String(repeating: "1,", count: 10_000) + "1]}", 422, #"["body","tags"],"msg":"may have at most 10000 elements""#),
        ("{" + (0...1_000).map { "\"m\($0)\":1" }.joined(separator: ",") + "}", 422, #"["body"],"msg":"may have at most 1000 members""#),
        (
            #"{"tags": [{"size": "# + String(repeating: "1", count: 65) + "}]}", 422,
            #"["body","tags",0,"size"],"msg":"has too many digits""#
        ),
        (#"{"name": "a", "tags": [{"size": 99999999999999999999}]}"#, 422, #"["body","tags",0,"size"],"msg":"must be within 64 bits""#),
        (#"{"name": "a", "tags": [{"size": 1.5}]}"#, 422, #"["body","tags",0,"size"]"#),
        (#"{"name": "a", "level": 1000}"#, 422, #"["body","level"],"msg":"must be a number that the field can take""#),
        (#"{"name": "a", "tags": [{"size": 1}, {"size": 2.5}], "share": 2.5, "level": 7}"#, 422, #"["body","tags",1,"size"]"#),
        (#"{"name": "a", "share": 1e999}"#, 422, #"["body","share"],"msg":"is too large a number""#),
    ])
    func `SEC-052 a bad body names the field`(body: String, number: Int, expected: String) async throws {
        var router = Router()
        router.add(.post, "/") { .text(try $0.decode(Person.self).name) }
        let response = await router.respond(to: try request(.post, "/", headers: ["Content-Type": "application/json"], body: body))
        #expect(response.status.rawValue == number)
        #expect(text(response).contains(expected), "\(text(response))")
    }

    @Test func `SEC-055 a compressed body is 415`() async throws {
        var router = Router()
        router.add(.post, "/") { .text(try $0.decode(Person.self).name) }
        let bad = try request(.post, "/", headers: ["Content-Encoding": "gzip"], body: #"{"name":"a"}"#)
        #expect(await router.respond(to: bad).status == .unsupportedMediaType)
    }

    @Test func `another content type is 415`() async throws {
        var router = Router()
        router.add(.post, "/") { .text(try $0.decode(Person.self).name) }
        let good = try request(.post, "/", headers: ["Content-Type": "application/json; charset=utf-8"], body: #"{"name":"a"}"#)
        #expect(text(await router.respond(to: good)) == "a")
        let bad = try request(.post, "/", headers: ["Content-Type": "text/xml"], body: #"{"name":"a"}"#)
        #expect(await router.respond(to: bad).status == .unsupportedMediaType)
    }

    private enum Thing: IdentifiedEntity { static let idPrefix = "thing" }

    @Test func `an id of another kind names nothing, a bad query value is named`() async throws {
        var router = Router()
        router.add(.get, "/things/{id}") { .text("\(try $0.parameter("id", as: Identifier<Thing>.self))") }
        router.add(.get, "/list") { .text("\(try $0.queryInteger("limit", default: 20, in: 1...100))") }
        let id = Identifier<Thing>.make(at: .systemNow())
        #expect(text(await router.respond(to: try request(.get, "/things/\(id)"))) == "\(id)")
        #expect(await router.respond(to: try request(.get, "/things/org_01ARZ3NDEKTSV4RRFFQ69G5FAV")).status == .notFound)
        #expect(text(await router.respond(to: try request(.get, "/list"))) == "20")
        let bad = await router.respond(to: try request(.get, "/list?limit=1e9"))
        #expect(text(bad).contains(#""loc":["query","limit"],"msg":"must be a whole number from 1 to 100""#))
    }

    @Test func `middleware knows the route that will answer`() async throws {
        struct Witness: Middleware {
            let seen: Seen
            func handle(_ request: Request, next: @Sendable (Request) async throws -> Response) async throws -> Response {
                seen.append("\(request.route ?? "none") \(request.pathParameters["org_id"] ?? "")")
                return try await next(request)
            }
        }
        let seen = Seen()
        var router = router()
        router.use(Witness(seen: seen))
        _ = await router.respond(to: try request(.get, "/v1/orgs/a"))
        _ = await router.respond(to: try request(.get, "/nowhere"))
        #expect(seen.all == ["/v1/orgs/{org_id} a", "none "])
    }

    @Test func `invalid UTF-8 in a body is 400`() async throws {
        var router = Router()
        router.add(.post, "/") { .text(try $0.decode(Person.self).name) }
        let bytes = Array(#"{"name":""#.utf8) + [0xFF] + Array(#""}"#.utf8)
        let request = try #require(Request(method: .post, target: "/", body: bytes, id: RequestID.make(at: .systemNow())))
        #expect(await router.respond(to: request).status == .badRequest)
    }

    @Test func `a 422 of an operation keeps its text and lists the faults beside it`() async throws {
        var router = Router()
        router.add(.get, "/") { _ in
            throw Problem(
                status: .unprocessableContent, code: "INVALID_INPUT", detail: "Two things are wrong.",
                fields: [.init(location: ["body", "a"], message: "is required", type: "missing")], keepsTextDetail: true)
        }
        let answer = text(await router.respond(to: try request(.get, "/")))
        #expect(answer.contains(#""detail":"Two things are wrong.""#) && answer.contains(#""errors":[{"loc":["body","a"]"#))
    }

    @Test func `a copy of a router goes its own way`() async throws {
        let original = router()
        var copy = original
        copy.add(.get, "/more") { _ in .text("more") }
        try copy.categorise { _ in RouteCategory("any") }
        #expect(text(await copy.respond(to: try request(.get, "/more"))) == "more")
        #expect(await original.respond(to: try request(.get, "/more")).status == .notFound)
        #expect(original.routes.allSatisfy { $0.category == nil } && copy.routes.count == original.routes.count + 1)
    }

    @Test func `a query is decoded once and keeps every value`() throws {
        let items = try #require(QueryItems("a=1&a=%32&b=x+y%2B&c&=d".utf8))
        #expect(items.all("a") == ["1", "2"])
        #expect(items["b"] == "x y+")
        #expect(items["c"] == "")
        let bare = try #require(QueryItems("&&a&b=&=c&d=e=f&".utf8)).items
        #expect(bare.map(\.name) == ["a", "b", "", "d"])
        #expect(bare.map(\.value) == ["", "", "c", "e=f"])
        #expect(QueryItems("a=%25zz".utf8)?["a"] == "%zz")
    }
}
