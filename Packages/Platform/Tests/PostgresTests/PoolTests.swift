import Core
import EventLoops
import Foundation
import PlatformTesting
import Postgres
import Synchronization
import Testing

private struct Refusal: Error, Equatable {}

struct PoolTests {
    /// A client with one loop and few connections.
    private func withClient(
        connections: Int, acquireTimeout: Duration = .seconds(60), _ body: (PostgresClient, TestDatabase) async throws -> Void
    ) async throws {
        try await TestDatabase.withDatabase { database async throws in
            let loops = try EventLoopGroup(count: 1, name: "pool")
            var configuration = database.configuration()
            configuration.poolSizePerLoop = connections
            configuration.acquireTimeout = acquireTimeout
            let client = PostgresClient(configuration: configuration, loops: loops)
            try await body(client, database)
            await client.close()
            loops.shutdown()
        }
    }

    @Test func `callers beyond the number of connections wait their turn`() async throws {
        try await withClient(connections: 2) { client, _ in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<50 {
                    group.addTask { try await client.query("SELECT \(number)").first?.decode(Int.self) ?? -1 }
                }
                var sum = 0
                for try await number in group { sum += number }
                #expect(sum == 1_225)
            }
            let statistics = await client.statistics()
            #expect(statistics.open <= 2 && statistics.idle >= 1)
            #expect(statistics.busy == 0 && statistics.waiting == 0)
        }
    }

    @Test func `a caller who waits too long gets an error and leaves the line`() async throws {
        try await withClient(connections: 1, acquireTimeout: .milliseconds(50)) { client, _ in
            // The connection may take longer than that to be made the first time on a busy machine.
            try await until { (try? await client.query("SELECT 1")) != nil }
            try await client.withTransaction(scope: .none) { transaction in
                _ = try await transaction.query("SELECT 1")
                let error = await #expect(throws: PostgresError.self) { try await client.query("SELECT 2") }
                #expect(error?.kind == .poolExhausted)
                #expect(await client.statistics().waiting == 0)
            }
            #expect(try await client.query("SELECT 3").count == 1)
        }
    }

    @Test func `a caller who is cancelled while waiting leaves the line`() async throws {
        try await withClient(connections: 1) { client, _ async throws in
            try await client.withTransaction(scope: .none) { transaction in
                _ = try await transaction.query("SELECT 1")
                let waiting = Task { try await client.query("SELECT 2") }
                try await until { await client.statistics().waiting == 1 }
                waiting.cancel()
                await #expect(throws: CancellationError.self) { try await waiting.value }
                #expect(await client.statistics().waiting == 0)
            }
            #expect(await client.statistics().idle == 1)
        }
    }

    @Test func `a connection comes back when the body throws`() async throws {
        try await withClient(connections: 1) { client, _ async throws in
            for _ in 0..<3 {
                await #expect(throws: Refusal.self) {
                    try await client.withTransaction(scope: .none) { transaction in
                        _ = try await transaction.query("SELECT 1")
                        throw Refusal()
                    }
                }
                await #expect(throws: Refusal.self) {
                    try await client.withConnection { _ in throw Refusal() }
                }
            }
            #expect(try await client.query("SELECT 1").count == 1)
        }
    }

    @Test func `a connection of one's own is closed afterwards`() async throws {
        try await withClient(connections: 1) { client, _ async throws in
            let first = try await client.withConnection { connection in
                try await connection.execute("SET statement_timeout = '7s'")
                return try await connection.query("SELECT pg_backend_pid()").first?.decode(Int32.self)
            }
            let row = try await client.query("SELECT pg_backend_pid(), current_setting('statement_timeout')").first
            let (second, timeout) = try #require(try row?.decode((Int32, String).self))
            #expect(first != second)
            #expect(timeout == "5min", "what a test's database is configured with")
        }
    }

    @Test func `statements are prepared once for each connection`() async throws {
        try await withClient(connections: 1) { client, _ async throws in
            for number in 0..<5 { _ = try await client.query("SELECT \(number) + 1") }
            _ = try await client.query("SELECT \("text")")
            let rows = try await client.query("SELECT statement, generic_plans + custom_plans FROM pg_prepared_statements")
            let used = try Dictionary(uniqueKeysWithValues: rows.map { try $0.decode((String, Int).self) })
            #expect(used["SELECT $1 + 1"] == 5)
            #expect(used["SELECT $1"] == 1)
        }
    }

    @Test func `nothing is prepared when that is switched off`() async throws {
        try await TestDatabase.withDatabase { database async throws in
            var configuration = database.configuration()
            configuration.preparesStatements = false
            let client = PostgresClient(configuration: configuration, loops: database.loops)
            for number in 0..<3 { #expect(try await client.query("SELECT \(number)").first?.decode(Int.self) == number) }
            let counts = try await client.pipeline(["SELECT \(1)", "SELECT count(*) FROM pg_prepared_statements"], scope: .system)
            #expect(try counts[1].first?.decode(Int.self) == 0)
            await client.close()
        }
    }

    @Test func `so many different statements that the server would fill up are forgotten`() async throws {
        try await withClient(connections: 1) { client, _ async throws in
            for number in 0..<520 {
                #expect(try await client.query("SELECT 1 AS \(identifier: "n\(number)")").first?.columnNames == ["n\(number)"])
            }
            let count = try await client.query("SELECT count(*) FROM pg_prepared_statements").first?.decode(Int.self) ?? 0
            #expect(count > 0 && count < 100)
        }
    }

    @Test func `a table that changes under a prepared statement is no matter`() async throws {
        try await TestDatabase.withDatabase { database async throws in
            try await database.ownerClient.execute("CREATE SCHEMA shop")
            try await database.ownerClient.execute("CREATE TABLE shop.item (id int)")
            try await database.ownerClient.execute("INSERT INTO shop.item VALUES (1)")
            #expect(try await database.ownerClient.query("SELECT * FROM shop.item").first?.count == 1)
            try await database.adminClient.execute("ALTER TABLE shop.item ADD COLUMN name text DEFAULT 'x'")
            let row = try await database.ownerClient.query("SELECT * FROM shop.item").first
            #expect(row?.columnNames == ["id", "name"])
        }
    }

    @Test func `a call from a loop stays on it`() async throws {
        try await TestDatabase.withDatabase { database async throws in
            let loops = try EventLoopGroup(count: 2, name: "two")
            let client = PostgresClient(configuration: database.configuration(), loops: loops)
            for loop in loops.loops {
                try await Task(executorPreference: loop) {
                    #expect(loop.isCurrent)
                    _ = try await client.query("SELECT 1")
                    #expect(loop.isCurrent)
                    try await client.withTransaction(scope: .none) { transaction in
                        _ = try await transaction.query("SELECT 1")
                        #expect(loop.isCurrent)
                    }
                    #expect(loop.isCurrent)
                }.value
            }
            await client.close()
            loops.shutdown()
        }
    }

    @Test func `the body of a transaction called from elsewhere runs on a loop`() async throws {
        try await TestDatabase.withDatabase { database async throws in
            #expect(EventLoop.current == nil)
            try await database.client.withTransaction(scope: .none) { transaction in
                #expect(EventLoop.current != nil)
                _ = try await transaction.query("SELECT 1")
                #expect(EventLoop.current != nil)
            }
            #expect(EventLoop.current == nil)
        }
    }

    @Test func `a closed client refuses, and closing waits for connections in use`() async throws {
        try await TestDatabase.withDatabase { database async throws in
            let client = PostgresClient(configuration: database.configuration(), loops: database.loops)
            let closing = Mutex<Task<Void, Never>?>(nil)
            try await client.withTransaction(scope: .none) { transaction in
                _ = try await transaction.query("SELECT 1")
                closing.withLock { $0 = Task { await client.close() } }
                try await until { (try? await client.query("SELECT 1")) == nil }
                #expect(try await transaction.query("SELECT 2").count == 1)
            }
            await closing.withLock(\.self)?.value
            let error = await #expect(throws: PostgresError.self) { try await client.query("SELECT 1") }
            #expect(error?.kind == .clientClosed)
            await client.close()
        }
    }
}
