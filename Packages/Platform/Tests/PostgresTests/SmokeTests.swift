import Core
import PlatformTesting
import Postgres
import Testing

struct StatementsOnPostgres {
    @Test func `a query gives its rows`() async throws {
        try await TestDatabase.withDatabase { database in
            let rows = try await database.client.query("SELECT \(41) + 1 AS answer, \("text") AS word, NULL::text AS nothing")
            #expect(rows.count == 1)
            #expect(try rows[0].decode("answer", as: Int.self) == 42)
            let (answer, word, nothing) = try rows[0].decode((Int64, String, String?).self)
            #expect(answer == 42 && word == "text" && nothing == nil)
        }
    }

    @Test func `a transaction commits`() async throws {
        try await TestDatabase.withDatabase { database in
            try await database.ownerClient.execute("CREATE SCHEMA shop")
            try await database.ownerClient.execute("CREATE TABLE shop.item (id bigint PRIMARY KEY, name text)")
            let count = try await database.ownerClient.withTransaction(scope: .system) { transaction in
                try await transaction.execute("INSERT INTO shop.item VALUES (1, 'a'), (2, 'b')")
            }
            #expect(count == 2)
            #expect(try await database.ownerClient.query("SELECT * FROM shop.item").count == 2)
        }
    }
}
