import Core
import Foundation
import Observability
import PlatformTesting
import Postgres
import Testing

@testable import Composition

/// Taking over the accounts of another system, as the command does it.
@Suite struct AccountImportTests {
    private func line(_ number: Int, _ email: String) -> String {
        let id = "user_" + String(repeating: "0", count: 26 - 6) + String(100_000 + number)
        return
            "{\"id\": \"\(id)\", \"email\": \"\(email)\", \"name\": \"Imported\", \"email_verified\": true, \"password_hash\": null, \"created_at\": \"2020-09-13T12:26:40Z\"}"
    }

    @Test func `ID-158 a file is taken over once, what cannot be is told by its line, and a second run makes nothing`() async throws {
        try await TestDatabase.withDatabase(migrations: [TrellisMigrations.all]) { database in
            let configuration = try TrellisConfiguration(environment: [
                "TRELLIS_ENVIRONMENT": "test", "TRELLIS_DATABASE_URL": database.url,
                "TRELLIS_BACKUP_DIR": FileManager.default.temporaryDirectory.path, "TRELLIS_SMTP_URL": "smtp://127.0.0.1:1",
            ])
            let foundations = try await Foundations(configuration, role: .system, name: "accounts", log: .silent)
            let product = try await Product(foundations)
            var lines = (0..<6_000).map { line($0, "person\($0)@example.com") }
            lines.append("not an account")
            lines.append(line(6_000, " PERSON7@Example.com "))
            lines.append("")
            let file = Data(lines.joined(separator: "\n").utf8)
            let first = try await product.importAccounts(file)
            #expect(first.imported == 6_000 && first.present == 0)
            #expect(first.faults.map(\.line) == [6_001, 6_002])
            #expect(first.faults.map(\.fault) == ["unreadable", "email_taken"])
            let second = try await product.importAccounts(file)
            #expect(second.imported == 0 && second.present == 6_000 && second.faults == first.faults)
            let mails = try await database.adminClient.query("SELECT count(*) FROM notifications.mail")[0].decode(Int64.self)
            #expect(mails == 0)
            await product.shutdown()
            await foundations.shutdown()
        }
    }
}
