import AuditPostgres
import Composition
import Core
import Foundation
import Lifecycle
import Redis
import Testing

@Suite struct ConfigurationTests {
    private let least = [
        "TRELLIS_DATABASE_URL": "postgres://localhost/trellis", "TRELLIS_BACKUP_DIR": "/backups", "TRELLIS_SMTP_URL": "smtp://localhost",
    ]

    @Test func `the least that a developer must say is enough`() throws {
        let configuration = try TrellisConfiguration(environment: least)
        #expect(configuration.stage == .development && configuration.stage.isSandbox)
        #expect(configuration.httpHost == "127.0.0.1" && configuration.httpPort == 8080)
        #expect(configuration.stripeAPIBase == "https://api.stripe.com")
    }

    @Test func `production without keys does not start, and says everything at once`() throws {
        var environment = least
        environment["TRELLIS_ENVIRONMENT"] = "production"
        environment["TRELLIS_SANDBOX_CONTROL_TOKEN"] = "x"
        environment["TRELLIS_STRIPE_SECRET_KEY"] = "sk_live_x"
        environment["TRELLIS_DATABSE_URL"] = "oops"
        let error = try #require(throws: SettingsError.self) { try TrellisConfiguration(environment: environment) }
        #expect(error.problems.count == 8, "\(error.problems)")
        #expect(!error.description.contains("sk_live_x"))
    }

    @Test func `SEC-070 no secret is shown among the effective settings`() throws {
        let secrets = [
            "TRELLIS_DATABASE_URL", "TRELLIS_STRIPE_SECRET_KEY", "TRELLIS_STRIPE_WEBHOOK_SECRETS", "TRELLIS_SIGNING_KEYS",
            "TRELLIS_MASTER_KEYS", "TRELLIS_BACKUP_KEYS", "TRELLIS_GRAPH_HOSTS", "TRELLIS_SMTP_URL", "TRELLIS_SANDBOX_CONTROL_TOKEN",
        ]
        var environment = least
        for name in secrets { environment[name] = "planted" }
        environment["TRELLIS_REDIS_URL"] = "redis://:planted@127.0.0.1"
        let configuration = try TrellisConfiguration(environment: environment)
        #expect(configuration.effective.allSatisfy { !$0.value.contains("planted") })
        #expect(Set(configuration.effective.map(\.name)) == TrellisConfiguration.knownNames)
    }

    @Test
    func `SEC-005 without a Redis server each node counts for itself, and one that cannot be meant stops the start without being shown`()
        throws
    {
        #expect(try TrellisConfiguration(environment: least).redis == nil)
        var environment = least
        environment["TRELLIS_REDIS_URL"] = "redis://:secret@cache.internal:6380/2"
        let redis = try #require(try TrellisConfiguration(environment: environment).redis)
        #expect(redis.address == .host("cache.internal", port: 6_380) && redis.database == 2)
        for url in ["rediss://:planted@cache.internal", "redis://planted:port", "planted", "redis://:planted@"] {
            environment["TRELLIS_REDIS_URL"] = url
            let error = try #require(throws: SettingsError.self) { try TrellisConfiguration(environment: environment) }
            #expect(error.problems.count == 1 && error.problems[0].hasPrefix("TRELLIS_REDIS_URL "), "\(error.problems)")
            #expect(!error.description.contains("planted"))
        }
    }

    @Test func `AUD-066 how long entries stay is set by group, and what has to do with money is not refused its seven years`() throws {
        let standard = try TrellisConfiguration(environment: least).auditRetention
        #expect(standard.billingMonths == 120 && standard.generalMonths == 24 && standard.mutationDays == 400)
        let longer = try TrellisConfiguration(
            environment: least.merging([
                "TRELLIS_AUDIT_ARCHIVE_MONTHS": "84", "TRELLIS_AUDIT_GENERAL_MONTHS": "36", "TRELLIS_AUDIT_MUTATION_DAYS": "90",
            ]) { $1 }
        ).auditRetention
        #expect(longer.billingMonths == 84 && longer.generalMonths == 36 && longer.mutationDays == 90)
        let error = try #require(throws: SettingsError.self) {
            try TrellisConfiguration(environment: least.merging(["TRELLIS_AUDIT_ARCHIVE_MONTHS": "72"]) { $1 })
        }
        #expect(error.problems.count == 1 && error.problems[0].hasPrefix("TRELLIS_AUDIT_ARCHIVE_MONTHS "), "six years")
    }

    @Test func `the page of settings lists what the code reads, and nothing else`() throws {
        let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "docs/operations/settings.md")
        let text = try String(contentsOf: page, encoding: .utf8)
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("| `TRELLIS_") }
        let listed = rows.compactMap { $0.split(separator: "`").dropFirst().first.map(String.init) }
        #expect(Set(listed) == TrellisConfiguration.knownNames)
        #expect(listed.count == Set(listed).count)
    }
}
