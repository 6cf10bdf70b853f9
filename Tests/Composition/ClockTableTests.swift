import Core
import Cryptography
import Foundation
import HTTPServer
import Identity
import IdentityPostgres
import JobsPostgres
import Operations
import OperationsPostgres
import Orgs
import PlatformTesting
import Postgres
import Testing

@testable import Composition

/// Which time what goes by (OPS-094): rules go by the business clock, wherever it stands; leases and what a connection lasts by the machine's.
@Suite struct ClockTableTests {
    private static let settings = ComposedAPI.selling.merging(["TRELLIS_RATE_LIMIT_ENABLED": "true"]) { $1 }

    /// The product in its sandbox, with the clock standing still years ahead: the machine's time alone moves nothing.
    private func frozen(_ body: (Product, ComposedAPI, (Duration) async throws -> Instant) async throws -> Void) async throws {
        try await TestDatabase.withDatabase(migrations: [TrellisMigrations.all]) { database in
            try await ComposedAPI.withProduct(on: database, Self.settings) { product, api in
                let clock = try #require(product.foundations.sandboxClock)
                func set(_ instant: Instant) async throws {
                    try await database.adminClient.execute(
                        "UPDATE jobs.clock_state SET frozen_at = \(instant), generation = generation + 1")
                    try await clock.load()
                }
                try await set(try #require(Instant("2034-03-01T10:00:00Z")))
                try await body(product, api) { duration in
                    let instant = clock.now + duration
                    if duration > .zero { try await set(instant) }
                    return instant
                }
            }
        }
    }

    /// A text that is kept in one file of this repository.
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    @Test func `OPS-094 tokens and API keys end by the business clock`() async throws {
        try await frozen { _, api, move in
            let ada = try await api.register("Ada")
            let now = try await move(.zero)
            let key = try await api.call(
                .post, "/v1/user/api-keys", token: ada.token,
                body: ["name": "build", "expires_at": .string((now + .hours(24)).description)])
            #expect(key.status == 201, "\(key.body)")
            let secret = try #require(key.body["key"]?.stringValue)
            func statuses() async throws -> [Int] {
                let keyed = try await api.send(.get, "/v1/user", headers: ["X-API-Key": secret], content: [])
                return [try await api.call(.get, "/v1/user", token: ada.token).status, keyed.status]
            }
            #expect(try await statuses() == [200, 200])
            _ = try await move(.minutes(30) - .seconds(1))
            #expect(try await statuses() == [200, 200])
            _ = try await move(.seconds(2))
            #expect(try await statuses() == [401, 200])
            _ = try await move(.hours(24))
            #expect(try await statuses() == [401, 401])
        }
    }

    @Test func `OPS-094 mailed links end by the business clock`() async throws {
        try await frozen { product, api, move in
            let now = try await move(.zero)
            var links: [(secret: SecretString, ends: Instant)] = []
            for name in ["Ada", "Ben"] {
                let account = try await api.register(name)
                let user = try #require(User.ID(account.user))
                let row = try #require(
                    try await api.database.adminClient.query(
                        "SELECT id, expires_at FROM identity.link_token WHERE kind = 'email_verification' AND user_id = \(user)"
                    ).first)
                let (id, ends) = try row.decode((LinkToken.ID, Instant).self)
                links.append((product.identityEnvironment.secrets.linkSecret(of: "email_verification", id.description), ends))
            }
            func open(_ secret: SecretString) async throws -> Int {
                try await api.send(
                    .post, "/auth/verify-email", headers: ["Content-Type": "application/x-www-form-urlencoded"],
                    content: Array("token=\(secret.withValue { $0 })".utf8)
                ).status
            }
            let ends = try #require(links.first).ends
            #expect(ends > now && ends < now + .days(8) && links.map(\.ends) == [ends, ends])
            _ = try await move(ends - now - .seconds(1))
            #expect((200..<400).contains(try await open(links[0].secret)))
            _ = try await move(.seconds(1))
            #expect((400..<500).contains(try await open(links[1].secret)))
        }
    }

    @Test func `OPS-094 windows of rates begin and end by the business clock, in memory and in the database`() async throws {
        try await frozen { _, api, move in
            let ada = try await api.register("Ada")
            for (path, method, token, body) in [
                ("/v1/billing/subscriptions/\(ada.org)", Method.get, ada.token, JSONValue?.none),
                ("/v1/auth/login", .post, nil, ["email": "nobody@example.com", "password": "Wrong-Horse-42-Battery"]),
            ] {
                func call() async throws -> ComposedAPI.Answer {
                    try await api.call(method, path, token: token, body: body, from: "203.0.113.5")
                }
                var refusal: ComposedAPI.Answer?
                for _ in 0..<100 where refusal == nil {
                    let answer = try await call()
                    if answer.status == 429 { refusal = answer }
                }
                let wait = try #require(refusal?.headers["Retry-After"].flatMap { Int64($0) })
                #expect(try await call().status == 429, "the clock stands still")
                _ = try await move(.seconds(wait + 1))
                #expect(try await call().status != 429, "\(path)")
            }
        }
    }

    @Test func `OPS-094 the provider's signatures are as old as the business clock says`() async throws {
        try await frozen { _, api, move in
            func deliver(signedAt instant: Instant, _ number: Int) async throws -> Int {
                let body =
                    #"{"id":"evt_\#(number)","object":"event","type":"brand.new","api_version":"2026-08-26.dahlia","created":1,"livemode":false,"data":{"object":{"id":"x","object":"thing"}}}"#
                let at = instant.microsecondsSinceEpoch / 1_000_000
                let code = HMACSHA256.code(for: Array("\(at).\(body)".utf8), key: SecretBytes(Array("whsec_test".utf8)))
                let headers: Headers = ["Content-Type": "application/json", "Stripe-Signature": "t=\(at),v1=\(Hex.encode(code))"]
                return try await api.send(.post, "/v1/webhooks/stripe", headers: headers, content: Array(body.utf8)).status
            }
            let now = try await move(.zero)
            #expect(try await deliver(signedAt: now, 1) == 200)
            #expect(try await deliver(signedAt: .systemNow(), 2) == 400)
            _ = try await move(.minutes(6))
            #expect(try await deliver(signedAt: now, 3) == 400)
        }
    }

    @Test func `OPS-094 answers to repeated calls are kept by the business clock, places of streams by the machine's`() async throws {
        try await frozen { product, api, move in
            let ada = try await api.register("Ada")
            let (user, org) = (try #require(User.ID(ada.user)), try #require(Org.ID(ada.org)))
            let call = IdempotentCall(
                user: user, org: org, operation: .createGraph, graphScope: "new", key: try #require(RequestKey("k")),
                fingerprint: try CallFingerprint(method: "POST", route: "/v1/graphs", pathValues: [:], query: [], body: [:]))
            let begun = try await move(.zero)
            let first = try await product.store.withTransaction(.system) {
                try await $0.replay(of: call, for: .make(at: begun), isSettled: true, at: begun)
            }
            #expect(first == nil)
            let place = try #require(try await product.store.openStream(of: user))
            _ = try await move(.hours(24) - .seconds(1))
            #expect(try await product.store.recorded(call, now: try await move(.zero)) == .inProgress)
            let late = try await move(.seconds(1))
            #expect(try await product.store.recorded(call, now: late) == .first)
            // A day later by the business clock the place still is held: no connection lived for a day.
            #expect(try await product.store.openStream(of: user) == nil)
            try await product.store.close(place)
            #expect(try await product.store.openStream(of: user) != nil)
        }
    }

    /// What reads the machine's clock, and why it is no rule of the business.
    private static let readers: [String: String] = [
        "Apps/Composition/Foundations.swift": "the business clock where it cannot be moved",
        "Apps/Composition/GraphHosting.swift": "how long a host is left alone",
        "Apps/Composition/MailOperations.swift": "when a message to try a relay was written",
        "Apps/Composition/PaymentProviders.swift": "how many calls the provider takes, who counts by the real time",
        "Packages/Admin/Sources/AdminHTTP/AdminRoutes.swift": "levels of the log, which hold by the machine's time",
        "Packages/Audit/Sources/AuditPostgres/AuditSealer.swift": "how long a batch took",
        "Packages/Audit/Sources/AuditPostgres/AuditUpkeep.swift": "how often the months of the log are looked after",
        "Packages/Billing/Sources/Billing/Services/ProviderIntentRunner.swift": "how long a person who waits is kept waiting",
        "Packages/Billing/Sources/BillingStripe/StripeCircuit.swift": "how long the provider is left alone",
        "Packages/Billing/Sources/BillingStripe/StripeClient.swift": "how long a call may take",
        "Packages/Billing/Sources/BillingStripe/StripeRation.swift": "how many calls a second the network takes",
        "Packages/Graphs/Sources/GraphEngines/Backups/DirectoryBackupStore.swift":
            "how long a file has not been written, by the file system's time",
        "Packages/Graphs/Sources/GraphEngines/PostgreSQL/PostgresHostExamination.swift": "how far the clock of a host is from ours",
        "Packages/Identity/Sources/Identity/Services/CredentialAuthenticator.swift": "how long a check took",
        "Packages/Jobs/Sources/JobsPostgres/Clock/SandboxClock+Advance.swift": "how long the work of an instant may take",
        "Packages/Jobs/Sources/JobsPostgres/Clock/SandboxClock.swift": "the business clock itself",
        "Packages/Jobs/Sources/JobsPostgres/Effects/CircuitBreakers.swift": "how long a destination is left alone",
        "Packages/Jobs/Sources/JobsPostgres/Worker/Worker+Chores.swift": "how often chores are done",
        "Packages/Jobs/Sources/JobsPostgres/Worker/Worker+Claiming.swift": "how long a claim took",
        "Packages/Jobs/Sources/JobsPostgres/Worker/Worker+Ending.swift": "how long a drain may take",
        "Packages/Jobs/Sources/JobsPostgres/Worker/WorkerConfiguration.swift": "how far the database's clock is from the machine's",
        "Packages/Jobs/Sources/JobsPostgres/Worker/WorkerHeartbeat.swift": "a worker's lease",
        "Packages/Jobs/Sources/JobsPostgres/Worker/WorkerState.swift": "how long a handler has run",
        "Packages/Operations/Sources/OperationsHTTP/OperationStream.swift": "how long a stream has been silent",
        "Packages/Platform/Sources/Core/DateSource.swift": "the reading itself",
        "Packages/Platform/Sources/Core/Instant.swift": "the reading itself",
        "Packages/Platform/Sources/HTTPClient/Curl/CurlEngine.swift": "how long a call may take",
        "Packages/Platform/Sources/HTTPClient/HTTPRetryPolicy.swift": "how long a call may take",
        "Packages/Platform/Sources/HTTPClient/MeteredTransport.swift": "how long a call took",
        "Packages/Platform/Sources/HTTPServer/Router.swift": "what is taken where nothing is said; the product says its clock",
        "Packages/Platform/Sources/HTTPServer/Server.swift": "what is taken where nothing is said; the product says its clock",
        "Packages/Platform/Sources/Observability/Log.swift": "when a line was written",
        "Packages/Platform/Sources/Postgres/Operations/LogLevelStore.swift": "levels of the log, which hold by the machine's time",
        "Packages/Platform/Sources/Redis/RedisSession.swift": "how long an answer may take",
    ]

    @Test func `OPS-094 the machine's clock is read where leases, connections, limits of the network and figures are concerned alone`()
        throws
    {
        let words = ["systemNow()", "SystemDateSource()", "ContinuousClock.now", "Instant = .now", "= { .now", "Date()", "Date.now"]
        var found: [String: Int] = [:]
        for folder in ["Packages", "Apps"] {
            guard let walk = FileManager.default.enumerator(at: Self.root.appending(path: folder), includingPropertiesForKeys: nil) else {
                continue
            }
            for case let file as URL in walk where file.pathExtension == "swift" {
                let path = file.path.dropFirst(Self.root.path.count + 1)
                guard !path.contains("/Tests/"), !path.contains("Testing/"), !path.contains("Packages/StripeSandbox/") else { continue }
                let text = try String(contentsOf: file, encoding: .utf8)
                let lines = text.split(separator: "\n").filter { !$0.drop { $0 == " " }.hasPrefix("//") }
                let count = lines.count { line in words.contains { line.contains($0) } }
                if count > 0 { found[String(path)] = count }
            }
        }
        #expect(found.count > 20)
        for name in found.keys where Self.readers[name] == nil { Issue.record("\(name) reads the machine's clock: for what?") }
        for name in Self.readers.keys where found[name] == nil { Issue.record("\(name) does not read it any more") }
    }
}

extension AppStore {
    /// The one place that a person has here.
    fileprivate func openStream(of user: User.ID) async throws -> StreamLease? { try await openStreamLease(for: user, limit: 1) }
}
