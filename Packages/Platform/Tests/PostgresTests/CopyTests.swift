import Core
import Foundation
import PlatformTesting
import Postgres
import Testing

private struct SourceFailure: Error {}

struct CopyTests {
    private func withTable(_ body: (PostgresClient) async throws -> Void) async throws {
        try await TestDatabase.withDatabase { database async throws in
            try await database.ownerClient.execute("CREATE SCHEMA shop")
            try await database.ownerClient.execute("CREATE TABLE shop.item (id bigint PRIMARY KEY, name text, at timestamptz, tags text[])")
            try await body(database.ownerClient)
        }
    }

    @Test func `rows are copied in, in bulk`() async throws {
        try await withTable { client async throws in
            let now = Instant(secondsSinceEpoch: 1_700_000_000)
            let count = try await client.withTransaction(scope: .none) { transaction in
                let rows = (0..<50_000).lazy.map { number -> [any PostgresEncodable] in
                    [number, number % 7 == 0 ? nil : "name \(number)", now, ["a", "b"]] as [any PostgresEncodable]
                }
                return try await transaction.copy(into: "shop", "item", columns: ["id", "name", "at", "tags"], rows: rows)
            }
            #expect(count == 50_000)
            let row = try await client.query("SELECT count(*), count(name), max(at), sum(cardinality(tags)) FROM shop.item").first
            let (all, named, at, tags) = try #require(try row?.decode((Int, Int, Instant, Int).self))
            #expect(all == 50_000 && named == 42_857 && at == now && tags == 100_000)
        }
    }

    @Test func `a copy of which one row is refused leaves nothing`() async throws {
        try await withTable { client async throws in
            let error = await #expect(throws: PostgresError.self) {
                try await client.withTransaction(scope: .none) { transaction in
                    try await transaction.copy(into: "shop", "item", columns: ["id"], rows: [[1], [2], [1]])
                }
            }
            #expect(error?.isUniqueViolation == true)
            let wrongCount = await #expect(throws: PostgresError.self) {
                try await client.withTransaction(scope: .none) { transaction in
                    try await transaction.copy(into: "shop", "item", columns: ["id", "name"], rows: [[1]])
                }
            }
            #expect(wrongCount?.kind == .invalidStatement)
            #expect(try await client.query("SELECT * FROM shop.item").isEmpty)
        }
    }

    @Test func `a source that fails half-way undoes the copy, and its error comes out`() async throws {
        try await withTable { client async throws in
            await #expect(throws: SourceFailure.self) {
                try await client.withTransaction(scope: .none) { transaction in
                    var pieces = 0
                    try await transaction.copy(in: "COPY shop.item (id) FROM STDIN") {
                        pieces += 1
                        if pieces > 3 { throw SourceFailure() }
                        return Array("\(pieces)\n".utf8)
                    }
                }
            }
            #expect(try await client.query("SELECT * FROM shop.item").isEmpty)
        }
    }

    @Test func `rows are copied out one by one`() async throws {
        try await withTable { client async throws in
            let text = try await client.withTransaction(scope: .none) { transaction in
                var text: [UInt8] = []
                try await transaction.copy(out: "COPY (SELECT x FROM generate_series(1, 20000) x) TO STDOUT") { text += $0 }
                return text
            }
            #expect(String(decoding: text, as: UTF8.self).split(separator: "\n").compactMap { Int($0) } == Array(1...20_000))
        }
    }

    @Test func `a reader that has had enough ends the copy, and the savepoint around it saves the transaction`() async throws {
        try await withTable { client async throws in
            let count = try await client.withTransaction(scope: .none) { transaction in
                await #expect(throws: SourceFailure.self) {
                    try await transaction.savepoint {
                        try await transaction.copy(out: "COPY (SELECT x FROM generate_series(1, 10000000) x) TO STDOUT") { _ in
                            throw SourceFailure()
                        }
                    }
                }
                return try await transaction.query("SELECT 1").count
            }
            #expect(count == 1)
        }
    }
}
