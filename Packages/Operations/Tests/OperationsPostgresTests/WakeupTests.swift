import Core
import Operations
import PlatformTesting
import Postgres
import Testing

@testable import OperationsPostgres

@Suite struct WakeupTests {
    /// Runs a hub that listens on a channel, for as long as a test looks at it.
    private func hearing(
        _ channel: String, in database: TestDatabase, _ body: (PostgresOperationWakeups) async throws -> Void
    ) async throws {
        let hub = PostgresOperationWakeups()
        let listener = PostgresListener(channels: [channel], configuration: database.configuration(), loops: database.loops)
        let running = Task { try await hub.run(listening: listener) }
        defer {
            running.cancel()
            listener.close()
        }
        try await body(hub)
    }

    private func start(_ operation: Operations.Operation, in transaction: TestTransaction) async throws {
        let (next, event) = try operation.applying(.start, at: operation.createdAt)
        try await transaction.save(next, appending: event)
    }

    @Test(.timeLimit(.minutes(15)))
    func `OPS-041 readers are woken every second where no notification comes, and find what is new in the table`() async throws {
        try await TestDatabase.withOperations { database in
            let operation = try await database.stored(.fixture())
            // Nobody says anything there.
            try await hearing("nothing", in: database) { hub in
                var wakes = hub.wakeups(for: operation.id).makeAsyncIterator()
                // On taking the place, and when the listening has begun; every further one is the second's.
                for _ in 1...3 { _ = await wakes.next() }
                #expect(try await database.store.events(of: operation.id, from: 1, limit: 10).isEmpty)
                try await database.transaction { transaction in try await start(operation, in: transaction) }
                _ = await wakes.next()
                #expect(try await database.store.events(of: operation.id, from: 1, limit: 10).map(\.sequence) == [1])
            }
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func `OPS-041 a notification names the operation and nothing of what happened, and goes out with the commit`() async throws {
        try await TestDatabase.withOperations { database in
            let (one, other) = (try await database.stored(.fixture()), try await database.stored(.fixture(graph: "kg2123456789abcdef0123")))
            let listener = PostgresListener(
                channels: [PostgresOperationWakeups.channel], configuration: database.configuration(), loops: database.loops)
            defer { listener.close() }
            var heard = listener.events.makeAsyncIterator()
            #expect(await heard.next() == .listening)
            struct Undone: Error {}
            await #expect(throws: Undone.self) {
                try await database.transaction { transaction in
                    try await start(one, in: transaction)
                    throw Undone()
                }
            }
            for operation in [other, one] {
                try await database.transaction { transaction in try await start(operation, in: transaction) }
                guard case .notification(let notification) = await heard.next() else {
                    Issue.record("nothing was heard")
                    return
                }
                #expect(notification.payload == operation.id.description)
            }
        }
    }

    @Test func `OPS-041 a notification wakes the readers of its operation, and one wake is enough for many`() async {
        let hub = PostgresOperationWakeups()
        let ids = [Operations.Operation.ID(high: 1, low: 1), Operations.Operation.ID(high: 1, low: 2)]
        let streams = ids.map { hub.wakeups(for: $0) }
        var readers = streams.map { $0.makeAsyncIterator() }
        for index in readers.indices { #expect(await readers[index].next() != nil) }
        for _ in 1...3 { hub.wake(ids[0].description) }
        #expect(await readers[0].next() != nil)
        hub.close()
        // The other one was not woken, and the first not three times.
        for index in readers.indices { #expect(await readers[index].next() == nil) }
    }
}
