import Composition
import Core
import Foundation
import HTTPServer
import Observability
import PlatformTesting
import Postgres
import Testing

/// The API as it is put together, called without a socket, with limits off: these tests send thousands of requests a minute.
struct Household: Sendable {
    let router: Router
    let database: TestDatabase

    static func with(_ body: (Household) async throws -> Void) async throws {
        try await TestDatabase.withDatabase(migrations: [TrellisMigrations.all]) { database in
            let configuration = try TrellisConfiguration(environment: [
                "TRELLIS_ENVIRONMENT": "test", "TRELLIS_DATABASE_URL": database.url, "TRELLIS_HTTP_LOOPS": "1",
                "TRELLIS_BACKUP_DIR": FileManager.default.temporaryDirectory.path, "TRELLIS_SMTP_URL": "smtp://127.0.0.1:1",
                "TRELLIS_STRIPE_SECRET_KEY": "sk_test_1", "TRELLIS_STRIPE_API_BASE": "http://127.0.0.1:1",
                "TRELLIS_STRIPE_WEBHOOK_SECRETS": "whsec_test", "TRELLIS_SANDBOX_CONTROL_TOKEN": "control",
                "TRELLIS_RATE_LIMIT_ENABLED": "false",
            ])
            let foundations = try await Foundations(configuration, role: .app, name: "api", log: .silent)
            do {
                let product = try await Product(foundations)
                try await product.establish()
                try await body(Household(router: try API(product).router, database: database))
                await product.shutdown()
                await foundations.shutdown()
            } catch {
                await foundations.shutdown()
                throw error
            }
        }
    }

    struct Answer: Equatable {
        let status: Int
        let body: JSONValue

        /// What of it may not differ between what is another's and what does not exist.
        var essence: JSONValue {
            .object((body.objectValue ?? [:]).filter { $0.key != "request_id" && $0.key != "timestamp" })
        }
    }

    func call(_ method: HTTPServer.Method, _ target: String, headers: Headers = [:], body: JSONValue? = nil) async throws -> Answer {
        var headers = headers
        if body != nil { headers["Content-Type"] = "application/json" }
        let request = try #require(
            Request(
                method: method, target: target, headers: headers, body: try body.map { try JSON.encode($0) } ?? [],
                id: RequestID.make(at: .systemNow())))
        let response = await router.respond(to: request)
        guard case .bytes(let bytes) = response.body, response.headers["Content-Type"]?.contains("json") == true else {
            return Answer(status: response.status.rawValue, body: .null)
        }
        return Answer(status: response.status.rawValue, body: try JSON.decode(JSONValue.self, from: bytes))
    }

    struct Person {
        let token: String
        let org: String
        let user: String
        var headers: Headers { ["Authorization": "Bearer \(token)"] }
    }

    func register(_ name: String) async throws -> Person {
        let answer = try await call(
            .post, "/v1/auth/register",
            body: ["name": .string(name), "email": .string("\(name.lowercased())@example.com"), "password": "Correct-Horse-42-Battery"])
        return Person(
            token: try #require(answer.body["token"]?.stringValue), org: try #require(answer.body["org"]?["id"]?.stringValue),
            user: try #require(answer.body["user"]?["id"]?.stringValue))
    }

    /// An API key of a person, bound to no org.
    func key(of person: Person) async throws -> (id: String, secret: String) {
        let answer = try await call(.post, "/v1/user/api-keys", headers: person.headers, body: ["name": "key"])
        return (
            try #require(answer.body["api_key"]?["id"]?.stringValue), try #require(answer.body["key"]?.stringValue)
        )
    }
}
