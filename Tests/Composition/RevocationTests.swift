import Composition
import Core
import Foundation
import HTTPServer
import Observability
import PlatformTesting
import Postgres
import Synchronization
import Testing

/// What was taken from somebody is gone at once, on every node, while both are asked all the time.
@Suite struct RevocationTests {
    private static var settings: [String: String] {
        ["TRELLIS_SIGNING_KEYS": "t1:\(Data((1...32).map { UInt8($0) }).base64EncodedString())"]
    }

    /// A second node on the database of the first, with the same keys.
    private func withSecondNode(_ first: ComposedAPI, _ body: (ComposedAPI) async throws -> Void) async throws {
        let configuration = try TrellisConfiguration(
            environment: [
                "TRELLIS_ENVIRONMENT": "test", "TRELLIS_DATABASE_URL": first.database.url, "TRELLIS_HTTP_LOOPS": "1",
                "TRELLIS_BACKUP_DIR": FileManager.default.temporaryDirectory.path, "TRELLIS_SMTP_URL": "smtp://127.0.0.1:1",
                "TRELLIS_RATE_LIMIT_ENABLED": "false",
            ].merging(Self.settings) { $1 })
        let foundations = try await Foundations(configuration, role: .app, name: "api-2", log: .silent)
        let product = try await Product(foundations)
        try await body(ComposedAPI(router: try API(product).router, database: first.database, document: nil))
        await product.shutdown()
        await foundations.shutdown()
    }

    private struct Told: Sendable {
        var isRevoked = false
        var isOver = false
        var before = 0
        var refused = 0
        var late: [Int] = []
    }

    private final class Score: Sendable {
        private let told = Mutex(Told())
        func withLock<Value: Sendable>(_ body: (inout Told) -> Value) -> Value { told.withLock { body(&$0) } }
    }

    /// Asks both nodes all the time; a success of a call that began after the revocation had been answered is a fault.
    private func underLoad(
        _ nodes: [ComposedAPI], _ path: String, _ headers: Headers, expecting refusal: Int,
        revoke: @escaping @Sendable () async throws -> Int
    ) async throws {
        let told = Score()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for node in nodes {
                for _ in 0..<3 {
                    group.addTask {
                        while !told.withLock({ $0.isOver }) {
                            try Task.checkCancellation()
                            let isLate = told.withLock { $0.isRevoked }
                            let status = try await node.send(.get, path, headers: headers, content: []).status
                            told.withLock { told in
                                if isLate, status != refusal { told.late.append(status) }
                                if isLate, status == refusal { told.refused += 1 }
                                if !isLate, status == 200 { told.before += 1 }
                                if told.refused >= 40 || !told.late.isEmpty { told.isOver = true }
                            }
                        }
                    }
                }
            }
            while told.withLock({ $0.before < 40 && !$0.isOver }) {
                try Task.checkCancellation()
                await Task.yield()
            }
            #expect(try await revoke() < 300)
            told.withLock { $0.isRevoked = true }
            try await group.waitForAll()
        }
        let (late, refused) = told.withLock { ($0.late, $0.refused) }
        #expect(late.isEmpty && refused >= 40, "\(path): \(late)")
    }

    @Test(.timeLimit(.minutes(15)))
    func `SEC-031 a key, a membership and a session that ended are refused by every node from the next request on`()
        async throws
    {
        try await ComposedAPI.withAPI(Self.settings) { first in
            try await withSecondNode(first) { second in
                let nodes = [first, second]
                let ada = try await first.register("Ada")
                let ben = try await first.register("Ben")
                try await first.database.adminClient.execute(
                    """
                    INSERT INTO orgs.membership (id, org_id, user_id, role, joined_at, joined_through, updated_at)
                    SELECT gen_random_uuid(), (SELECT org_id FROM orgs.membership m JOIN identity.account a ON a.id = m.user_id WHERE a.email = 'ada@example.com'),
                        id, 'member', now(), 'invitation', now() FROM identity.account WHERE email = 'ben@example.com'
                    """)
                let made = try await first.call(.post, "/v1/user/api-keys", token: ada.token, body: ["name": "key"])
                let (key, id) = (try #require(made.body["key"]?.stringValue), try #require(made.body["api_key"]?["id"]?.stringValue))
                try await underLoad(nodes, "/v1/orgs/\(ada.org)", ["X-API-Key": key], expecting: 401) {
                    try await first.call(.delete, "/v1/user/api-keys/\(id)", token: ada.token).status
                }
                let session: Headers = ["Authorization": "Bearer \(ben.token)"]
                try await underLoad(nodes, "/v1/orgs/\(ada.org)/members", session, expecting: 403) {
                    try await second.call(.delete, "/v1/orgs/\(ada.org)/members/\(ben.user)", token: ada.token).status
                }
                try await underLoad(nodes, "/v1/user", session, expecting: 401) {
                    try await first.call(.post, "/v1/auth/logout-all", token: ben.token, body: [:]).status
                }
            }
        }
    }
}
