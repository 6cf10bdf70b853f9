import Composition
import Core
import Foundation
import HTTPServer
import Lifecycle
import Observability
import PlatformTesting
import Postgres
import Testing

/// With what a process does not start, where customers are.
@Suite struct ProductionStartTests {
    private static func key(_ number: UInt8) -> String { Data(repeating: number, count: 32).base64EncodedString() }

    /// A deployment that starts.
    private static var sound: [String: String] {
        [
            "TRELLIS_ENVIRONMENT": "production", "TRELLIS_DATABASE_URL": "postgres://trellis@db.internal/trellis?sslmode=verify-full",
            "TRELLIS_BACKUP_DIR": "/backups", "TRELLIS_SMTP_URL": "smtps://mail.internal", "TRELLIS_PUBLIC_URL": "https://api.example.com",
            "TRELLIS_HTTP_HOST": "0.0.0.0", "TRELLIS_TRUSTED_PROXIES": "10.0.0.0/8", "TRELLIS_SIGNING_KEYS": "s1:\(key(1))",
            "TRELLIS_MASTER_KEYS": "m1:\(key(2))", "TRELLIS_BACKUP_KEYS": "b1:\(key(3))", "TRELLIS_STRIPE_SECRET_KEY": "sk_live_x",
            "TRELLIS_STRIPE_WEBHOOK_SECRETS": "whsec_x", "TRELLIS_MAIL_FROM": "Trellis <mail@example.com>",
        ]
    }

    private func problems(_ changes: [String: String?]) -> [String] {
        var environment = Self.sound
        for (name, value) in changes { environment[name] = value }
        do {
            _ = try TrellisConfiguration(environment: environment)
            return []
        } catch {
            return error.problems
        }
    }

    @Test func `SEC-094 a sound deployment starts, so that what refuses the others is their fault alone`() {
        #expect(problems([:]) == [])
        // Behind a proxy on the same machine no list of proxies is needed.
        #expect(problems(["TRELLIS_HTTP_HOST": "127.0.0.1", "TRELLIS_TRUSTED_PROXIES": nil]) == [])
        // What does not leave the machine needs no TLS.
        for link in [
            "postgres://trellis@127.0.0.1:5432/trellis", "postgres://trellis@[::1]/trellis", "postgres:///trellis?host=/run/postgresql",
        ] {
            #expect(problems(["TRELLIS_DATABASE_URL": link]) == [], "\(link)")
        }
        for server in ["redis://127.0.0.1", "redis://:p@[::1]:6380/1", "unix:///run/redis/redis.sock"] {
            #expect(problems(["TRELLIS_REDIS_URL": server]) == [], "\(server)")
        }
        #expect(problems(["TRELLIS_CORS_ORIGINS": "https://app.example.com, https://other.example.com:8443"]) == [])
    }

    @Test(
        arguments: [
            ("TRELLIS_SIGNING_KEYS", nil), ("TRELLIS_MASTER_KEYS", nil), ("TRELLIS_BACKUP_KEYS", nil), ("TRELLIS_DATABASE_URL", nil),
            ("TRELLIS_SMTP_URL", nil), ("TRELLIS_BACKUP_DIR", nil), ("TRELLIS_STRIPE_WEBHOOK_SECRETS", nil),
            ("TRELLIS_STRIPE_SECRET_KEY", "sk_test_x"), ("TRELLIS_STRIPE_SECRET_KEY", "rk_test_x"),
            ("TRELLIS_STRIPE_API_BASE", "http://127.0.0.1:9"), ("TRELLIS_SANDBOX_CONTROL_TOKEN", "x"),
            ("TRELLIS_SANDBOX_CRASH_AT", "graphs.teardown/drop/done"), ("TRELLIS_RATE_LIMIT_ENABLED", "false"),
            ("TRELLIS_PUBLIC_URL", "http://api.example.com"), ("TRELLIS_PUBLIC_URL", "http://localhost.example.com"),
            ("TRELLIS_TRUSTED_PROXIES", nil), ("TRELLIS_TRUSTED_PROXIES", "everybody"), ("TRELLIS_CORS_ORIGINS", "*"),
            ("TRELLIS_CORS_ORIGINS", "https://*.example.com"), ("TRELLIS_CORS_ORIGINS", "https://app.example.com/"),
            ("TRELLIS_CORS_ORIGINS", "null"), ("TRELLIS_CORS_ORIGINS", "app.example.com"), ("TRELLIS_LOG_LEVEL", "debug"),
            ("TRELLIS_DATABASE_URL", "postgres://trellis@db.internal/trellis"),
            ("TRELLIS_DATABASE_URL", "postgres://trellis@db.internal/trellis?sslmode=require"),
            ("TRELLIS_DATABASE_URL", "postgres://trellis@127.0.0.1,db.internal:5432/trellis"),
            ("TRELLIS_DATABASE_URL", "postgres:///trellis?host=db.internal"),
            ("TRELLIS_GRAPH_HOSTS", "one=postgres://admin:p@127.0.0.1/postgres, two=postgres://admin:p@graphs.internal/postgres"),
            ("TRELLIS_REDIS_URL", "redis://cache.internal"), ("TRELLIS_REDIS_URL", "rediss://127.0.0.1"),
            ("TRELLIS_ENVIRONMENT", "prod"), ("TRELLIS_OPERATOR_NETWORKS", "0"),
        ] as [(String, String?)])
    func `SEC-094 SEC-227 what would leave a door open is refused by the name of its setting`(_ name: String, _ value: String?) {
        let problems = problems([name: value])
        #expect(problems.count == 1 && problems.first?.contains(name) == true, "\(name)=\(value ?? "nothing"): \(problems)")
    }

    @Test(
        arguments: [
            ("TRELLIS_MAIL_FROM", nil), ("TRELLIS_MAIL_FROM", "Trellis <mail@localhost>"), ("TRELLIS_MAIL_FROM", "example.com"),
            ("TRELLIS_MAIL_FROM", "mail@.com"), ("TRELLIS_PUBLIC_URL", nil), ("TRELLIS_SMTP_URL", nil),
        ] as [(String, String?)])
    func `NOT-025 without a sender of one's own domain, a public address or a relay nothing starts where customers are`(
        _ name: String, _ value: String?
    ) throws {
        let problems = problems([name: value])
        #expect(problems.count == 1 && problems.first?.hasPrefix("\(name) ") == true, "\(name)=\(value ?? "nothing"): \(problems)")
        // Elsewhere the defaults of the two do.
        guard name != "TRELLIS_SMTP_URL" else { return }
        var elsewhere = Self.sound
        elsewhere[name] = nil
        for other in ["TRELLIS_STRIPE_SECRET_KEY", "TRELLIS_STRIPE_WEBHOOK_SECRETS"] { elsewhere[other] = nil }
        elsewhere["TRELLIS_ENVIRONMENT"] = "development"
        _ = try TrellisConfiguration(environment: elsewhere)
    }

    @Test func `GRA-119 a server of the graph API is a host beside one of PostgreSQL, and what protects its address is TLS of its own`() {
        let hosts = "one=postgres://admin:p@127.0.0.1/postgres, api=graph-api+https://:k3y@graphs.example.com?slots=20"
        #expect(problems(["TRELLIS_GRAPH_HOSTS": hosts]).isEmpty)
    }

    @Test func `SEC-093 nine faults are nine lines, whatever is wrong with each`() {
        let found = problems([
            "TRELLIS_DATABASE_URL": nil, "TRELLIS_SIGNING_KEYS": nil, "TRELLIS_HTTP_PORT": "http", "TRELLIS_HTTP_LOOPS": "0",
            "TRELLIS_LOG_LEVEL": "loud", "TRELLIS_RATE_LIMIT_ENABLED": "perhaps", "TRELLIS_TRUSTED_PROXIES": "10.0.0.0/99",
            "TRELLIS_WORKER_LEASE_SECONDS": "1", "TRELLIS_DATABSE_URL": "a typing error",
        ])
        #expect(found.count == 9, "\(found)")
        for name in [
            "TRELLIS_DATABASE_URL", "TRELLIS_SIGNING_KEYS", "TRELLIS_HTTP_PORT", "TRELLIS_HTTP_LOOPS", "TRELLIS_LOG_LEVEL",
            "TRELLIS_RATE_LIMIT_ENABLED", "TRELLIS_TRUSTED_PROXIES", "TRELLIS_WORKER_LEASE_SECONDS", "TRELLIS_DATABSE_URL",
        ] { #expect(found.count { $0.hasPrefix("\(name) ") } == 1, "\(name)") }
    }

    @Test func `SEC-093 each setting that is there twice, with its value and as a file, is refused, and so is a name that nobody knows`() {
        for name in TrellisConfiguration.knownNames.sorted() {
            let twice = problems([name: Self.sound[name] ?? "1", "\(name)_FILE": "/dev/null"])
            #expect(twice.contains { $0.contains(name) }, "\(name)")
            #expect(problems(["\(name)X": "1"]).contains { $0.hasPrefix("\(name)X is not a setting") }, "\(name)")
        }
    }

    @Test func `SEC-094 a login above the rules of the rows, and a database without all migrations, are refused at the start`() async throws
    {
        try await TestDatabase.withDatabase(migrations: [TrellisMigrations.all]) { database in
            func refusals(_ changes: [String: String]) async throws -> [String] {
                var environment = Self.sound
                environment["TRELLIS_DATABASE_URL"] = database.url
                let configuration = try TrellisConfiguration(environment: environment.merging(changes) { $1 })
                let foundations = try await Foundations(configuration, role: .app, name: "api", log: .silent)
                defer { Task { await foundations.shutdown() } }
                do {
                    try await foundations.recordStart(of: "api")
                    return []
                } catch let error as SettingsError {
                    return error.problems
                }
            }
            // The server's administrator is a superuser.
            let powerful = try await refusals([:])
            #expect(powerful.count == 1 && powerful.first?.contains("TRELLIS_DATABASE_URL") == true, "\(powerful)")
            let nodes: Statement = "SELECT count(*) FROM audit.node"
            #expect(try await database.adminClient.query(nodes).first?.decode(Int.self) == 0)
            #expect(try await refusals(["TRELLIS_ENVIRONMENT": "test"]) == [])
            // A later release has been here: its steps only add.
            try await database.adminClient.execute("INSERT INTO trellis.schema_migration (id, checksum) VALUES ('9999-later', 'x')")
            #expect(try await refusals(["TRELLIS_ENVIRONMENT": "test"]) == [])
            let last = try #require(TrellisMigrations.all.last).id
            try await database.adminClient.execute("DELETE FROM trellis.schema_migration WHERE id = \(last)")
            let behind = try await refusals(["TRELLIS_ENVIRONMENT": "test"])
            #expect(behind.count == 1 && behind.first?.contains(last) == true, "\(behind)")
        }
    }
}
