import PlatformTesting
import Postgres
import Testing

struct InjectionTests {
    private static let attacks = [
        "'; DROP TABLE shop.item; --", "\" ; DROP TABLE shop.item; --", "1 OR 1=1", "$1", "$$; DROP TABLE shop.item; $$",
        "\\'; SELECT 1; --",
        "/* */ UNION SELECT 'x'", "x\u{2019}; DROP", "%s", "\n\r;\t", "'||pg_sleep(10)||'", "shop.item", "a\u{0001}b",
    ]

    private func withTable(_ body: (PostgresClient) async throws -> Void) async throws {
        try await TestDatabase.withDatabase { database async throws in
            try await database.ownerClient.execute("CREATE SCHEMA shop")
            try await database.ownerClient.execute("CREATE TABLE shop.item (id int, name text)")
            try await database.ownerClient.execute("INSERT INTO shop.item VALUES (1, 'one')")
            try await body(database.ownerClient)
        }
    }

    @Test(arguments: attacks) func `SEC-086 a value is never read as SQL`(attack: String) async throws {
        try await withTable { client async throws in
            #expect(try await client.query("SELECT * FROM shop.item WHERE name = \(attack)").isEmpty)
            #expect(try await client.execute("INSERT INTO shop.item VALUES (2, \(attack))") == 1)
            #expect(try await client.query("SELECT name FROM shop.item WHERE id = 2").first?.decode(String.self) == attack)
            #expect(try await client.query("SELECT * FROM shop.item WHERE name = ANY(\([attack]))").count == 1)
            #expect(try await client.query("SELECT * FROM shop.item").count == 2)
        }
    }

    @Test(arguments: attacks) func `SEC-086 a name is one name, whatever is in it`(attack: String) async throws {
        try await withTable { client async throws in
            let error = await #expect(throws: PostgresError.self) { try await client.query("SELECT * FROM shop.\(identifier: attack)") }
            #expect(error?.sqlState == .undefinedTable)
            try await client.execute("CREATE TABLE shop.\(identifier: attack + "2") (\(identifier: attack) int)")
            let row = try await client.query("SELECT 7 AS \(identifier: attack)").first
            #expect(try row?.decode(attack, as: Int.self) == 7)
            #expect(try await client.query("SELECT * FROM shop.item").count == 1)
        }
    }
}
