import EventLoops
import PlatformTesting
import Postgres
import Testing

struct CancellationTests {
    @Test func `a cancelled statement is stopped on the server, and its connection used again`() async throws {
        try await TestDatabase.withDatabase { database async throws in
            var configuration = database.configuration()
            configuration.poolSizePerLoop = 1
            let client = PostgresClient(configuration: configuration, loops: database.loops)
            let loop = database.loops.loops[0]
            let pid = Task(executorPreference: loop) { try await client.query("SELECT pg_backend_pid()").first?.decode(Int32.self) }
            let before = try await pid.value
            let sleeping = Task(executorPreference: loop) { try await client.query("SELECT pg_sleep(60)") }
            try await untilActive("SELECT pg_sleep(60)", seenBy: database.adminClient)
            sleeping.cancel()
            await #expect(throws: CancellationError.self) { try await sleeping.value }
            let after = Task(executorPreference: loop) { try await client.query("SELECT pg_backend_pid()").first?.decode(Int32.self) }
            #expect(try await after.value == before)
            await client.close()
        }
    }

    @Test func `a cancelled transaction is undone`() async throws {
        try await TestDatabase.withDatabase { database async throws in
            try await database.ownerClient.execute("CREATE SCHEMA shop")
            try await database.ownerClient.execute("CREATE TABLE shop.item (id int)")
            let working = Task {
                try await database.ownerClient.withTransaction(scope: .none) { transaction in
                    try await transaction.execute("INSERT INTO shop.item VALUES (1)")
                    _ = try await transaction.query("SELECT pg_sleep(60)")
                }
            }
            try await untilActive("SELECT pg_sleep(60)", seenBy: database.adminClient)
            working.cancel()
            await #expect(throws: CancellationError.self) { try await working.value }
            #expect(try await database.ownerClient.query("SELECT * FROM shop.item").isEmpty)
        }
    }

    @Test func `a task that was cancelled before sends nothing`() async throws {
        try await TestDatabase.withDatabase { database async throws in
            _ = try await database.client.query("SELECT 1")
            let (gate, open) = AsyncStream.makeStream(of: Void.self)
            let late = Task {
                for await _ in gate {}
                return try await database.client.query("SELECT 1")
            }
            late.cancel()
            open.finish()
            await #expect(throws: CancellationError.self) { try await late.value }
        }
    }

    @Test func `many cancellations at once harm no other statement`() async throws {
        try await TestDatabase.withDatabase { database async throws in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<60 {
                    group.addTask {
                        let task = Task { try await database.client.query("SELECT \(number), pg_sleep(\(number % 3 == 0 ? 0.01 : 0))") }
                        if number % 3 == 0 { task.cancel() }
                        do {
                            return try await task.value.first?.decode(Int.self) == number
                        } catch is CancellationError {
                            return number % 3 == 0
                        }
                    }
                }
                for try await isRight in group { #expect(isRight) }
            }
        }
    }
}
