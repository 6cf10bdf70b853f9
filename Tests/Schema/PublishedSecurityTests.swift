import Composition
import Foundation
import PlatformTesting
import Postgres
import Testing

/// What is published about threats and personal data, compared with the tests and the schema.
@Suite struct PublishedSecurityTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private static func page(_ name: String) throws -> String {
        try String(contentsOf: root.appending(path: "docs/operations/\(name).md"), encoding: .utf8)
    }

    private static func cells(_ text: String) -> [[String]] {
        text.split(separator: "\n").filter { $0.hasPrefix("| ") && !$0.hasPrefix("|---") }.map { line in
            line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        }
    }

    @Test func `SEC-103 every column that looks like a person's stands in the register, and the register names no other`() async throws {
        let text = try Self.page("personal-data")
        let rows = Self.cells(text).filter { $0.first?.hasPrefix("`") == true }
        var listed: Set<String> = []
        for row in rows {
            try #require(row.count == 6, "\(row)")
            #expect(row.allSatisfy { !$0.isEmpty }, "\(row)")
            let column = row[0].trimmingCharacters(in: ["`"])
            #expect(listed.insert(column).inserted, "\(column) stands there twice")
        }
        let excepted = Set(
            text.split(separator: "\n").filter { $0.hasPrefix("- `") }.compactMap {
                $0.split(separator: "`").dropFirst().first.map(String.init)
            })
        try await TestDatabase.withDatabase(migrations: [TrellisMigrations.all]) { database in
            let columns = try await database.adminClient.query(
                """
                SELECT n.nspname || '.' || c.relname || '.' || a.attname AS name,
                    a.attname ~ '(e_?mail|recipient|phone|user_agent|^networks?$|network_client$|client_family|contact_name|^address$|tax_id|last4|locale|password_hash|first_name|last_name|birth)'
                        AS is_personal
                FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
                JOIN pg_type t ON t.oid = a.atttypid
                WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped AND n.nspname !~ '^pg_|^information_schema$'
                    AND NOT c.relispartition
                """)
            let all = Set(try columns.map { try $0.decode("name", as: String.self) })
            #expect(listed.subtracting(all).isEmpty, "\(listed.subtracting(all)) are no columns")
            #expect(excepted.subtracting(all).isEmpty, "\(excepted.subtracting(all)) are no columns")
            for column in columns where try column.decode("is_personal", as: Bool.self) {
                let name: String = try column.decode("name")
                let type = name.split(separator: ".").last ?? ""
                // Instants and counts about mails are about mails.
                guard !type.hasSuffix("_at"), !type.hasSuffix("_count"), !type.hasSuffix("_id") || type == "tax_id" else { continue }
                #expect(listed.contains(name) || excepted.contains(name), "\(name) stands neither in the register nor among its exceptions")
            }
        }
    }
}
