import EventLoops
import Foundation
import PlatformTesting
import Postgres
import Testing

struct ReconnectTests {
    @Test func `a statement whose connection is ended fails, and the next has another connection`() async throws {
        try await TestDatabase.withDatabase { database async throws in
            let sleeping = Task { try await database.client.query("SELECT pg_sleep(60)") }
            let pid = try await untilActive("SELECT pg_sleep(60)", seenBy: database.adminClient)
            try await database.adminClient.execute("SELECT pg_terminate_backend(\(pid))")
            let error = await #expect(throws: PostgresError.self) { try await sleeping.value }
            #expect(error?.kind == .connectionLost && error?.sqlState == .adminShutdown)
            #expect(try await database.client.query("SELECT 1").count == 1)
        }
    }

    @Test func `connections that end while idle are not used again`() async throws {
        try await TestDatabase.withDatabase { database async throws in
            let client = database.client
            try await client.withTransaction(scope: .none) { _ = try await $0.query("SELECT 1") }
            try await until { await client.statistics().idle > 0 }
            try await database.adminClient.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
            try await until { await client.statistics().idle == 0 }
            for _ in 0..<10 { #expect(try await client.query("SELECT 1").count == 1) }
        }
    }

    @Test func `a transaction whose connection is lost before its commit is done again when that was asked for`() async throws {
        try await TestDatabase.withDatabase { database async throws in
            let runs = Counter()
            let sum = try await database.client.withTransaction(TransactionOptions(retries: 2), scope: .none) { transaction in
                let pid = try await transaction.query("SELECT pg_backend_pid()").first?.decode(Int32.self) ?? 0
                if runs.increment() == 1 {
                    try await database.adminClient.execute("SELECT pg_terminate_backend(\(pid))")
                    _ = try await transaction.query("SELECT pg_sleep(60)")
                }
                return try await transaction.query("SELECT 1 + 1").first?.decode(Int.self)
            }
            #expect(sum == 2 && runs.value == 2)
        }
    }

    @Test func `a restart of the server is survived by those who wait for a connection`() async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("trellis-restart-\(UUID().uuidString)").path
        let url = try await script("start", directory, "--durable")
        let loops = try EventLoopGroup(count: 2, name: "restart")
        var configuration = PostgresConfiguration(url: url)
        configuration.acquireTimeout = .seconds(60)
        let client = PostgresClient(configuration: configuration, loops: loops)
        do {
            try await client.execute("CREATE TABLE item (id int)")
            let listener = PostgresListener(channels: ["x"], configuration: configuration, loops: loops)
            var events = listener.events.makeAsyncIterator()
            #expect(await events.next() == .listening)
            let sleeping = Task { try await client.query("SELECT pg_sleep(60)") }
            try await untilActive("SELECT pg_sleep(60)", seenBy: client)

            _ = try await script("restart", directory)
            let error = await #expect(throws: PostgresError.self) { try await sleeping.value }
            #expect(error?.kind == .connectionLost)
            try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        try await client.withTransaction(TransactionOptions(retries: 3), scope: .none) { transaction in
                            try await transaction.execute("INSERT INTO item VALUES (\(number))")
                        }
                    }
                }
                for try await count in group { #expect(count == 1) }
            }
            #expect(try await client.query("SELECT DISTINCT id FROM item").count == 20)
            #expect(await events.next() == .listening)
            listener.close()
        } catch {
            Issue.record(error)
        }
        await client.close()
        loops.shutdown()
        _ = try await script("stop", directory)
        #expect(!FileManager.default.fileExists(atPath: directory))
    }

    /// Runs `Scripts/postgres` of the workspace, and gives what it prints.
    private func script(_ command: String, _ directory: String, _ options: String...) async throws -> String {
        let path = URL(fileURLWithPath: #filePath).pathComponents.dropLast(5).joined(separator: "/").dropFirst()
        return try await offload {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/bin/bash")
            process.arguments = ["\(path)/Scripts/postgres", command, directory] + options
            let output = Pipe()
            process.standardOutput = output
            try process.run()
            let data = try output.fileHandleForReading.readToEnd() ?? Data()
            process.waitUntilExit()
            #expect(process.terminationStatus == 0)
            return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }
}
