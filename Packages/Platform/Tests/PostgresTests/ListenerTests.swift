import EventLoops
import PlatformTesting
import Postgres
import Testing

struct ListenerTests {
    @Test func `what is said on a channel is heard, also after the connection broke`() async throws {
        try await TestDatabase.withDatabase { database async throws in
            let listener = PostgresListener(
                channels: ["jobs", "Odd \"channel\""], configuration: database.configuration(), loops: database.loops)
            var events = listener.events.makeAsyncIterator()
            #expect(await events.next() == .listening)
            try await database.client.execute("SELECT pg_notify('jobs', 'one'), pg_notify('elsewhere', 'nothing')")
            guard case .notification(let first) = await events.next() else { return #expect(Bool(false)) }
            #expect(first.channel == "jobs" && first.payload == "one" && first.senderPID > 0)
            try await database.client.execute("SELECT pg_notify(\("Odd \"channel\""), \("two"))")
            guard case .notification(let second) = await events.next() else { return #expect(Bool(false)) }
            #expect(second.payload == "two")

            let rows = try await database.adminClient.query(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE starts_with(query, 'LISTEN') AND datname = current_database()"
            )
            #expect(rows.count == 1)
            #expect(await events.next() == .listening)
            try await database.client.execute("SELECT pg_notify('jobs', 'three')")
            guard case .notification(let third) = await events.next() else { return #expect(Bool(false)) }
            #expect(third.payload == "three")
            listener.close()
            while await events.next() != nil {}
        }
    }

    @Test func `a transaction that is undone says nothing`() async throws {
        try await TestDatabase.withDatabase { database async throws in
            let listener = PostgresListener(channels: ["jobs"], configuration: database.configuration(), loops: database.loops)
            var events = listener.events.makeAsyncIterator()
            #expect(await events.next() == .listening)
            await #expect(throws: CancellationError.self) {
                try await database.client.withTransaction(scope: .none) { transaction in
                    try await transaction.execute("SELECT pg_notify('jobs', 'undone')")
                    throw CancellationError()
                }
            }
            try await database.client.execute("SELECT pg_notify('jobs', 'done')")
            guard case .notification(let heard) = await events.next() else { return #expect(Bool(false)) }
            #expect(heard.payload == "done")
            listener.close()
        }
    }
}
