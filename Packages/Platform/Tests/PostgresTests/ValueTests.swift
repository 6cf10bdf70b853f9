import Core
import Foundation
import PlatformTesting
import Postgres
import Testing

private struct Thing: IdentifiedEntity, Sendable {
    static let idPrefix = "thing"
}

private enum Status: String, PostgresCodable, PostgresArrayElement {
    case active
    case pastDue = "past_due"
}

private struct Document: Codable, Hashable, Sendable {
    var name: String
    var counts: [Int]
}

struct ValueTests {
    /// Sends a value through the database and back, alone, as an optional, as NULL and within arrays.
    private func check<Value: PostgresCodable & PostgresArrayElement & Equatable>(
        _ values: [Value], on client: PostgresClient, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        for value in values {
            let row = try #require(try await client.query("SELECT \(value), \(value as Value?), \(nil as Value?)").first)
            #expect(try row[0].decode(as: Value.self) == value, sourceLocation: sourceLocation)
            #expect(try row[1].decode(as: Value?.self) == value, sourceLocation: sourceLocation)
            #expect(try row[2].decode(as: Value?.self) == nil, sourceLocation: sourceLocation)
            #expect(throws: PostgresDecodingError.self, sourceLocation: sourceLocation) { try row[2].decode(as: Value.self) }
        }
        let optional: [Value?] = values.map { $0 } + [nil]
        let row = try #require(try await client.query("SELECT \(values), \([Value]()), \(optional), \(nil as [Value]?)").first)
        #expect(try row[0].decode(as: [Value].self) == values, sourceLocation: sourceLocation)
        #expect(try row[1].decode(as: [Value].self) == [], sourceLocation: sourceLocation)
        #expect(try row[2].decode(as: [Value?].self) == optional, sourceLocation: sourceLocation)
        #expect(try row[3].decode(as: [Value]?.self) == nil, sourceLocation: sourceLocation)
    }

    @Test func `every type comes back as it was sent`() async throws {
        try await TestDatabase.withDatabase { database async throws in
            let client = database.client
            try await check([true, false], on: client)
            try await check([Int16.min, 0, .max], on: client)
            try await check([Int32.min, -1, .max], on: client)
            try await check([Int64.min, 0, .max], on: client)
            try await check([Int.min, 0, .max], on: client)
            try await check([0, -0.5, .pi, .infinity, .greatestFiniteMagnitude], on: client)
            try await check(["", "plain", "O'Neill \"quoted\" \\ $1 ; --", "žluťoučký 🐎", "{a,b}", "NULL"], on: client)
            try await check([UUID(), UUID()], on: client)
            try await check([[], [0], [UInt8](0...255)] as [[UInt8]], on: client)
            try await check([Identifier<Thing>.make(at: Instant(secondsSinceEpoch: 1_700_000_000))], on: client)
            try await check([Status.active, .pastDue], on: client)
            try await check([Duration.microseconds(1), .seconds(90_061), .zero], on: client)
            try await check([CalendarDate(year: 2024, month: 2, day: 29), CalendarDate(year: 1969, month: 12, day: 31)], on: client)
            try await check([JSONValue.object(["a": [1, nil, "x"], "b": 1.5]), .null, true], on: client)
        }
    }

    @Test func `instants keep their microseconds`() async throws {
        try await TestDatabase.withDatabase { database async throws in
            let instants = [
                "1969-12-31T23:59:59.999999Z", "1999-12-31T23:59:59.999999Z", "2000-01-01T00:00:00.000001Z", "2026-01-31T10:00:00.123456Z",
            ].compactMap { Instant($0) }
            #expect(instants.count == 4)
            try await check(instants, on: database.client)
            let row = try await database.client.query(
                "SELECT to_char(\(instants[3]) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), 'infinity'::timestamptz"
            ).first
            #expect(try row?[0].decode(as: String.self) == "2026-01-31 10:00:00.123456")
            #expect(throws: PostgresDecodingError.self) { try row?[1].decode(as: Instant.self) }
        }
    }

    @Test func `a document comes back from jsonb and json`() async throws {
        try await TestDatabase.withDatabase { database async throws in
            let document = Document(name: "Graph", counts: [1, 2])
            let rows = try await database.client.query(
                #"SELECT \#(PostgresJSON(document)), '{"name": "x", "counts": []}'::json, \#(PostgresJSON(document)) ->> 'name', '{}'::jsonb"#
            )
            let row = try #require(rows.first)
            #expect(try row[0].decode(as: PostgresJSON<Document>.self).value == document)
            #expect(try row[1].decode(as: PostgresJSON<Document>.self).value == Document(name: "x", counts: []))
            #expect(try row[2].decode(as: String.self) == "Graph")
            let error = #expect(throws: PostgresDecodingError.self) { try row[3].decode(as: PostgresJSON<Document>.self) }
            #expect(error?.reason.contains("/") == true)
        }
    }

    @Test func `types of the database that have no type of ours are read as what they are`() async throws {
        try await TestDatabase.withDatabase { database async throws in
            try await database.adminClient.execute("CREATE TYPE public.mood AS ENUM ('happy', 'sad')")
            let rows = try await database.adminClient.query(
                """
                SELECT 12345.6700::numeric, (-0.00012)::numeric, 0::numeric, sum(x)::numeric, 1e20::numeric, 'sad'::public.mood,
                    '10.1.2.3'::inet, '10.0.0.0/8'::cidr, '2001:db8::1'::inet, '::'::inet, 'abc'::varchar(10), 'n'::name, 1.5::real,
                    '{"a": 1}'::jsonb, pg_current_xact_id()
                FROM generate_series(1::bigint, 3) AS x
                """)
            let row = try #require(rows.first)
            #expect(try row[0].decode(as: String.self) == "12345.6700")
            #expect(try row[0].decode(as: Double.self) == 12345.67)
            #expect(try row[1].decode(as: String.self) == "-0.00012")
            #expect(try row[2].decode(as: String.self) == "0")
            #expect(try row[3].decode(as: Int64.self) == 6)
            #expect(throws: PostgresDecodingError.self) { try row[0].decode(as: Int64.self) }
            #expect(throws: PostgresDecodingError.self) { try row[4].decode(as: Int64.self) }
            #expect(try row[4].decode(as: String.self) == "100000000000000000000")
            #expect(try row[5].decode(as: String.self) == "sad")
            #expect(try row[6].decode(as: String.self) == "10.1.2.3")
            #expect(try row[7].decode(as: String.self) == "10.0.0.0/8")
            #expect(try row[8].decode(as: String.self) == "2001:db8::1")
            #expect(try row[9].decode(as: String.self) == "::")
            #expect(try row[10].decode(as: String.self) == "abc")
            #expect(try row[11].decode(as: String.self) == "n")
            #expect(try row[12].decode(as: Double.self) == 1.5)
            #expect(try row[13].decode(as: String.self) == #"{"a": 1}"#)
            #expect(try row[14].decode(as: Int64.self) > 0)
        }
    }

    @Test func `a column of another type or name is refused with its name and without its value`() async throws {
        try await TestDatabase.withDatabase { database async throws in
            let row = try #require(
                try await database.client.query("SELECT 'secret' AS word, 70000 AS number, ARRAY[[1],[2]] AS grid, 'x' AS status").first)
            let wrongType = #expect(throws: PostgresDecodingError.self) { try row.decode("word", as: Int.self) }
            #expect(wrongType?.column == "word")
            #expect(wrongType.map { "\($0)".contains("secret") } == false)
            #expect(throws: PostgresDecodingError.self) { try row.decode("number", as: Int16.self) }
            #expect(throws: PostgresDecodingError.self) { try row.decode("number", as: String.self) }
            #expect(throws: PostgresDecodingError.self) { try row.decode("grid", as: [Int].self) }
            #expect(throws: PostgresDecodingError.self) { try row.decode("status", as: Status.self) }
            #expect(throws: PostgresDecodingError.self) { try row.decode("absent", as: String.self) }
            #expect(throws: PostgresDecodingError.self) { try row.decode("absent", as: String?.self) }
            #expect(throws: PostgresDecodingError.self) { try row[4].decode(as: String.self) }
            #expect(row.columnNames == ["word", "number", "grid", "status"])
            #expect(try row.decode("number", as: Int.self) == 70_000)
        }
    }

    @Test func `rows are read by position as a tuple`() async throws {
        try await TestDatabase.withDatabase { database async throws in
            let rows = try await database.client.query("SELECT x, x::text, NULL::uuid FROM generate_series(1, 1000) AS x")
            #expect(rows.count == 1_000)
            for (index, row) in rows.enumerated() {
                let (number, text, id) = try row.decode((Int, String, UUID?).self)
                #expect(number == index + 1 && text == String(number) && id == nil)
            }
            #expect(try rows.last?.decode(Int.self) == 1_000)
        }
    }
}
