import Composition
import Core
import Foundation
import HTTPServer
import Observability
import PlatformTesting
import Postgres
import Testing

/// The API as it is put together, on a database of its own, called without a socket.
struct ComposedAPI: Sendable {
    let router: Router
    let database: TestDatabase
    /// What the API says of itself: every answer that a test gets is held against it (OPS-149). `nil` where a route is not
    /// described, which the tests of the document tell.
    let document: APIDocument?
    /// The most literal first, as the table looks for them.
    private let routes: [Shape]

    init(router: Router, database: TestDatabase, document: APIDocument?) {
        self.router = router
        self.database = database
        self.document = document
        routes = router.routes.map { route in
            Shape(text: "\(route.method.rawValue) \(route.path)", method: route.method, segments: route.path.split(separator: "/"))
        }.sorted { $0.parameters < $1.parameters }
    }

    /// - Parameters:
    ///   - settings: beside those that every process needs.
    ///   - recordsStart: whether the log knows the process, for what it tells of itself.
    static func withAPI(
        _ settings: [String: String] = [:], recordsStart: Bool = false, _ body: (ComposedAPI) async throws -> Void
    ) async throws {
        try await TestDatabase.withDatabase(migrations: [TrellisMigrations.all]) { database in
            try await withAPI(on: database, settings, recordsStart: recordsStart, body)
        }
    }

    /// The same on a database that is there already.
    static func withAPI(
        on database: TestDatabase, _ settings: [String: String] = [:], recordsStart: Bool = false,
        _ body: (ComposedAPI) async throws -> Void
    ) async throws {
        // What the API changes is in the log, or is not committed (AUD-023).
        try await database.adminClient.execute("DELETE FROM audit.coverage_waiver")
        let configuration = try TrellisConfiguration(environment: environment(of: database).merging(settings) { $1 })
        let foundations = try await Foundations(configuration, role: .app, name: "api", log: .silent)
        do {
            let product = try await Product(foundations)
            try await product.establish()
            if recordsStart { try await foundations.recordStart(of: "api") }
            let router = try API(product).router
            try await body(ComposedAPI(router: router, database: database, document: try? APIDocument(router.table)))
            await product.shutdown()
            await foundations.shutdown()
        } catch {
            await foundations.shutdown()
            throw error
        }
    }

    /// The same with the product itself, for what commands do with it.
    static func withProduct(
        on database: TestDatabase, _ settings: [String: String], _ body: (Product, ComposedAPI) async throws -> Void
    ) async throws {
        let configuration = try TrellisConfiguration(environment: environment(of: database).merging(settings) { $1 })
        let foundations = try await Foundations(configuration, role: .app, name: "api", log: .silent)
        do {
            let product = try await Product(foundations)
            try await product.establish()
            let router = try API(product).router
            try await body(product, ComposedAPI(router: router, database: database, document: try? APIDocument(router.table)))
            await product.shutdown()
            await foundations.shutdown()
        } catch {
            await foundations.shutdown()
            throw error
        }
    }

    /// What every process needs to be told.
    private static func environment(of database: TestDatabase) -> [String: String] {
        [
            "TRELLIS_ENVIRONMENT": "test", "TRELLIS_DATABASE_URL": database.url,
            "TRELLIS_BACKUP_DIR": FileManager.default.temporaryDirectory.path, "TRELLIS_SMTP_URL": "smtp://127.0.0.1:1",
            "TRELLIS_HTTP_LOOPS": "1", "TRELLIS_RATE_LIMIT_ENABLED": "false",
        ]
    }

    /// What a deployment that sells graphs has; the provider cannot be reached.
    static let selling = [
        "TRELLIS_STRIPE_SECRET_KEY": "sk_test_1", "TRELLIS_STRIPE_API_BASE": "http://127.0.0.1:1",
        "TRELLIS_STRIPE_WEBHOOK_SECRETS": "whsec_test", "TRELLIS_SANDBOX_CONTROL_TOKEN": "control",
    ]

    struct Answer {
        let status: Int
        let headers: Headers
        let body: JSONValue
    }

    func call(
        _ method: Method, _ target: String, token: String? = nil, body: JSONValue? = nil, from address: String = "127.0.0.1"
    ) async throws -> Answer {
        var headers = Headers()
        if body != nil { headers["Content-Type"] = "application/json" }
        return try await send(
            method, target, token: token, headers: headers, content: try body.map { try JSON.encode($0) } ?? [], from: address)
    }

    func send(
        _ method: Method, _ target: String, token: String? = nil, headers: Headers = Headers(), content: [UInt8],
        from address: String = "127.0.0.1"
    ) async throws -> Answer {
        var headers = headers
        if let token { headers["Authorization"] = "Bearer \(token)" }
        let request = try #require(
            Request(
                method: method, target: target, headers: headers, body: content, remoteAddress: address,
                id: RequestID.make(at: .systemNow())))
        let response = await router.respond(to: request)
        guard case .bytes(let bytes) = response.body, response.headers["Content-Type"]?.contains("json") == true else {
            check(request, response.status, nil)
            return Answer(status: response.status.rawValue, headers: response.headers, body: .null)
        }
        let answer = try JSON.decode(JSONValue.self, from: bytes)
        check(request, response.status, answer)
        return Answer(status: response.status.rawValue, headers: response.headers, body: answer)
    }

    /// What the API answers, its description says.
    private func check(_ request: Request, _ status: Status, _ body: JSONValue?) {
        guard let document else { return }
        let parts = request.path.split(separator: "/")
        guard let route = routes.first(where: { $0.fits(request.method, parts) }) else { return }
        let misfits = document.misfits(of: route.text, status: status.rawValue, body: body)
        #expect(misfits.isEmpty, "\(route.text) is not answered as described: \(misfits)")
    }

    /// A route, to be found again by a path.
    private struct Shape {
        let text: String
        let method: Method
        let segments: [Substring]

        var parameters: Int { segments.count { $0.hasPrefix("{") } }

        func fits(_ method: Method, _ parts: [Substring]) -> Bool {
            self.method == method && parts.count == segments.count
                && zip(parts, segments).allSatisfy { $0 == $1 || $1.hasPrefix("{") }
        }
    }

    struct Account {
        let token: String
        let org: String
        let user: String
    }

    func register(_ name: String, from address: String = "127.0.0.1") async throws -> Account {
        let answer = try await call(
            .post, "/v1/auth/register",
            body: ["name": .string(name), "email": .string("\(name.lowercased())@example.com"), "password": "Correct-Horse-42-Battery"],
            from: address)
        #expect(answer.status == 201)
        return Account(
            token: try #require(answer.body["token"]?.stringValue), org: try #require(answer.body["org"]?["id"]?.stringValue),
            user: try #require(answer.body["user"]?["id"]?.stringValue))
    }
}
