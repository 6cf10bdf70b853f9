import EventLoops
import PlatformTesting
import Postgres
import Testing

/// Brief statements of many callers on one connection of a loop.
struct SharedConnectionTests {
    private func withClient(connections: Int = 4, _ body: (PostgresClient, TestDatabase) async throws -> Void) async throws {
        try await TestDatabase.withDatabase { database async throws in
            let loops = try EventLoopGroup(count: 1, name: "shared")
            defer { loops.shutdown() }
            var configuration = database.configuration()
            configuration.poolSizePerLoop = connections
            configuration.applicationName = "shared-connection"
            let client = PostgresClient(configuration: configuration, loops: loops)
            try await body(client, database)
            await client.close()
        }
    }

    private static let whoAnswers: Statement = "SELECT pg_backend_pid()"

    /// The process of the server behind the shared connection, once that is open: with all others taken, it is the one that is left.
    private func sharedProcess(of client: PostgresClient, in database: TestDatabase) async throws -> Int32 {
        let (kick, process) = try await client.withTransaction(scope: .none) { first in
            try await client.withTransaction(scope: .none) { second in
                try await client.withTransaction(scope: .none) { third in
                    var taken: [Int32] = []
                    for connection in [first, second, third] {
                        if let row = try await connection.query(Self.whoAnswers).first { taken.append(try row.decode(Int32.self)) }
                    }
                    let name = try #require(try await first.query("SELECT current_database()::text").first).decode(String.self)
                    let kick = Task { try await client.queryBriefly("SELECT 1") }
                    var others: [Int32] = []
                    try await until {
                        // Not asked in a transaction, which sees the activity as it was when it first asked.
                        let rows = try await database.adminClient.query(
                            """
                            SELECT pid FROM pg_stat_activity
                            WHERE datname = \(name) AND application_name = 'shared-connection'
                              AND NOT pid = ANY(\(taken.map(Int64.init)))
                            """)
                        others = try rows.map { try $0.decode(Int32.self) }
                        return !others.isEmpty
                    }
                    return (kick, others)
                }
            }
        }
        _ = try await kick.value
        #expect(process.count == 1)
        let shared = try #require(process.first)
        try await until { try await client.queryBriefly(Self.whoAnswers).first?.decode(Int32.self) == shared }
        return shared
    }

    @Test func `many callers share a connection, and each gets its own answer`() async throws {
        try await withClient { client, database in
            let process = try await sharedProcess(of: client, in: database)
            let answers = try await withThrowingTaskGroup(of: (Int, Int, Int32).self) { group in
                for number in 0..<300 {
                    group.addTask {
                        let row = try await client.queryBriefly("SELECT \(number), pg_backend_pid()").first
                        let (answer, process) = try row?.decode((Int, Int32).self) ?? (-1, 0 as Int32)
                        return (number, answer, process)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.count == 300 && answers.allSatisfy { $0.0 == $0.1 })
            // Beyond those that may wait for each other a statement takes a connection of its own.
            #expect(answers.count { $0.2 == process } >= 64)
            #expect(await client.statistics().open <= 4)
        }
    }

    @Test func `a statement that fails takes no other with it`() async throws {
        try await withClient { client, database in
            try await database.ownerClient.execute("CREATE TABLE item (id int PRIMARY KEY)")
            try await database.ownerClient.execute("GRANT ALL ON item TO trellis_app")
            _ = try await sharedProcess(of: client, in: database)
            let failures = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<60 {
                    group.addTask {
                        do {
                            // Every third is a second one of its number.
                            _ = try await client.queryBriefly("INSERT INTO item VALUES (\(number % 3 == 2 ? number - 1 : number))")
                            return false
                        } catch let error as PostgresError {
                            #expect(error.isUniqueViolation)
                            return true
                        }
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(failures == 20)
            #expect(try await client.query("SELECT count(*) FROM item").first?.decode(Int.self) == 40)
        }
    }

    @Test func `a statement that cannot be prepared fails alone, and again the next time`() async throws {
        try await withClient { client, database in
            _ = try await sharedProcess(of: client, in: database)
            for _ in 0..<2 {
                let bad = Task { try await client.queryBriefly("SELECT nothing FROM nowhere") }
                async let good = client.queryBriefly("SELECT 7")
                await #expect(throws: PostgresError.self) { try await bad.value }
                #expect(try await good.first?.decode(Int32.self) == 7)
            }
        }
    }

    @Test func `a table that changed under a statement is no error`() async throws {
        try await withClient { client, database in
            try await database.ownerClient.execute("CREATE TABLE item AS SELECT 1 AS id")
            try await database.ownerClient.execute("GRANT ALL ON item TO trellis_app")
            _ = try await sharedProcess(of: client, in: database)
            #expect(try await client.queryBriefly("SELECT * FROM item").first?.count == 1)
            try await database.ownerClient.execute("ALTER TABLE item ADD COLUMN name text")
            for _ in 0..<3 { #expect(try await client.queryBriefly("SELECT * FROM item").first?.count == 2) }
        }
    }

    @Test func `a lost connection fails those under way, and is replaced`() async throws {
        try await withClient { client, database in
            let process = try await sharedProcess(of: client, in: database)
            let waiting = Task { try await client.queryBriefly("SELECT pg_sleep(60)") }
            try await until {
                let rows = try await database.adminClient.query(
                    "SELECT FROM pg_stat_activity WHERE pid = \(process) AND state = 'active' AND query LIKE '%pg_sleep%'")
                return rows.count == 1
            }
            let behind = Task { try await client.queryBriefly("SELECT 1") }
            // The loop takes one call after the other: behind this one, the one before has been sent.
            _ = try await client.query("SELECT 1")
            try await database.adminClient.execute("SELECT pg_terminate_backend(\(process))")
            let first = await #expect(throws: PostgresError.self) { try await waiting.value }
            let second = await #expect(throws: PostgresError.self) { try await behind.value }
            #expect(first?.kind == .connectionLost && first?.sqlState == .adminShutdown)
            #expect(second?.kind == .connectionLost)
            #expect(try await client.queryBriefly("SELECT 1").count == 1)
            // Not tried again for a moment; then many are answered on one connection again.
            try await until {
                let processes = try await withThrowingTaskGroup(of: Int32?.self) { group in
                    for _ in 0..<60 { group.addTask { try await client.queryBriefly(Self.whoAnswers).first?.decode(Int32.self) } }
                    return try await group.reduce(into: Set<Int32?>()) { $0.insert($1) }
                }
                return processes.count == 1 && !processes.contains(process)
            }
        }
    }

    @Test func `a client with few connections shares none`() async throws {
        try await withClient(connections: 2) { client, _ in
            try await client.withTransaction(scope: .none) { first in
                _ = try await first.query("SELECT 1")
                for _ in 0..<3 { #expect(try await client.queryBriefly("SELECT 2").count == 1) }
                try await client.withTransaction(scope: .none) { _ = try await $0.query("SELECT 3") }
            }
            #expect(await client.statistics().open <= 2)
        }
    }

    @Test func `closing refuses others and waits for those under way`() async throws {
        try await TestDatabase.withDatabase { database async throws in
            let loops = try EventLoopGroup(count: 1, name: "shared")
            defer { loops.shutdown() }
            var configuration = database.configuration()
            configuration.poolSizePerLoop = 4
            configuration.applicationName = "shared-connection"
            let client = PostgresClient(configuration: configuration, loops: loops)
            let process = try await sharedProcess(of: client, in: database)
            try await database.adminClient.withTransaction(scope: .none) { holder in
                _ = try await holder.query("SELECT pg_advisory_xact_lock(7)")
                let waiting = Task { try await client.queryBriefly("SELECT pg_advisory_lock_shared(7)") }
                try await until {
                    let rows = try await holder.query(
                        "SELECT FROM pg_locks WHERE pid = \(process) AND locktype = 'advisory' AND NOT granted")
                    return rows.count == 1
                }
                let closing = Task { await client.close() }
                try await until { (try? await client.query("SELECT 1")) == nil }
                await #expect(throws: PostgresError.self) { try await client.queryBriefly("SELECT 1") }
                _ = try await holder.query("SELECT pg_cancel_backend(\(process))")
                let error = await #expect(throws: PostgresError.self) { try await waiting.value }
                #expect(error?.sqlState == .queryCanceled)
                await closing.value
            }
        }
    }
}
