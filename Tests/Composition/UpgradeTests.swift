import Composition
import Core
import Foundation
import HTTPServer
import PlatformTesting
import Postgres
import Testing

/// The product on the database that an installation of the last release left.
@Suite struct UpgradeTests {
    private static let release = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "Upgrade")

    /// The keys that the installation had.
    private func keys() throws -> [String: String] {
        let text = try String(contentsOf: Self.release.appending(path: "released.keys"), encoding: .utf8)
        return Dictionary(
            uniqueKeysWithValues: text.split(separator: "\n").map { line in
                let parts = line.split(separator: "=", maxSplits: 1)
                return (String(parts[0]), String(parts[1]))
            })
    }

    @Test func `OPS-086 after an upgrade a customer signs in and finds the organisation, what was paid, and what was done`() async throws {
        try await TestDatabase.withDatabase(migrations: [TrellisMigrations.all]) { database in
            try await database.replace(withDump: Self.release.appending(path: "released.sql.gz").path)
            try await Migrator(
                configuration: database.configuration(role: nil), migrations: TrellisMigrations.all, loops: database.loops
            ).migrate()
            let email: String = try #require(
                try await database.adminClient.query("SELECT email FROM identity.account WHERE name = 'Ada'").first
            ).decode("email")

            try await ComposedAPI.withAPI(on: database, ComposedAPI.selling.merging(try keys()) { $1 }) { api in
                let login = try await api.call(
                    .post, "/v1/auth/login", body: ["email": .string(email), "password": "Correct-Horse-42-Battery"])
                #expect(login.status == 200)
                let token = try #require(login.body["token"]?.stringValue)
                let orgs = try await api.call(.get, "/v1/orgs", token: token)
                let org = try #require(orgs.body["orgs"]?.arrayValue?.first?["id"]?.stringValue)

                let subscriptions = try await api.call(.get, "/v1/billing/subscriptions/\(org)", token: token)
                #expect(subscriptions.body.arrayValue?.count == 2)
                let invoices = try await api.call(.get, "/v1/billing/invoices/\(org)", token: token)
                #expect(invoices.body["invoices"]?.arrayValue?.count == 3)
                let trail = try await api.call(.get, "/v1/orgs/\(org)/audit", token: token)
                let types = Set(trail.body["entries"]?.arrayValue?.compactMap { $0["type"]?.stringValue } ?? [])
                #expect(types.contains("graph_deprovisioned"))
            }
        }
    }
}
