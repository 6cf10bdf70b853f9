import Core
import Jobs
import JobsPostgres
import Operations
import Orgs
import PlatformTesting
import Postgres
import Testing

@testable import OperationsPostgres

/// A provider that has not said anything yet.
private struct NothingDecided: LeftCallAnswering {
    func answer(toCallFor operation: Operations.Operation.ID, of org: Org.ID) async throws -> StoredAnswer? { nil }
}

@Suite struct OperationUpkeepTests {
    private func count(_ table: String, in database: TestDatabase) async throws -> Int {
        try await database.adminClient.query("SELECT 1 FROM operations.\(identifier: table)").count
    }

    @Test func `OPS-031 events and steps are kept 90 days after the end, the operation itself 400, and what runs is kept`() async throws {
        try await TestDatabase.withOperations { database in
            let ended = try await database.stored(
                .fixture(), .start, .step(at: 0, .done, percent: 50, message: nil), .complete(result: ["graph_id": "kg1"], message: "Ready")
            )
            let running = try await database.stored(.fixture(graph: "kg2123456789abcdef0123"), .start)
            let end = try #require(ended.endedAt)
            let upkeep = OperationUpkeep(client: database.systemClient, calls: NothingDecided(), page: 1)
            func forget(_ age: Duration) async throws -> [Int] {
                let (thinned, removed) = try await upkeep.forget(at: end + age)
                return [thinned, removed]
            }

            #expect(try await forget(.days(90) - .seconds(1)) == [0, 0])
            #expect(try await database.store.operation(ended.id) == ended)
            #expect(try await database.store.events(of: ended.id, from: 1, limit: 10).count == 3)

            #expect(try await forget(.days(90)) == [1, 0])
            #expect(try await forget(.days(90)) == [0, 0])
            #expect(try await database.store.events(of: ended.id, from: 1, limit: 10).isEmpty)
            let kept = try #require(try await database.store.operation(ended.id))
            #expect(kept.steps.isEmpty && kept.status == .completed && kept.result == ["graph_id": "kg1"] && kept.endedAt == end)

            #expect(try await forget(.days(400) - .seconds(1)) == [0, 0])
            #expect(try await forget(.days(400)) == [0, 1])
            #expect(try await database.store.operation(ended.id) == nil)
            #expect(try await forget(.days(4_000)) == [0, 0])
            #expect(try await database.store.operation(running.id) == running)
            #expect(try await count("operation_event", in: database) == 1)
        }
    }

    @Test func `OPS-031 a parent outlives its children, and an end stays final while steps are forgotten`() async throws {
        try await TestDatabase.withOperations { database in
            let parent = try await database.stored(.fixture(kind: .deleteGraph), .start, .complete(result: .null, message: "done"))
            let child = Operation(
                accepting: NewOperation(
                    kind: .graphTeardown, org: someOrg, graph: "kg0123456789abcdef0123", startedBy: nil, parent: parent.id,
                    message: "Deleting", steps: ["One"], result: .null), id: .make(at: start), at: start)
            try await database.stored(child, .start)
            let upkeep = OperationUpkeep(client: database.systemClient, calls: NothingDecided())
            func forget() async throws -> [Int] {
                let (thinned, removed) = try await upkeep.forget(at: start + .days(500))
                return [thinned, removed]
            }
            #expect(try await forget() == [1, 0])
            // Only the system forgets, only once, and nothing but the story.
            for change: Statement in [
                "UPDATE operations.operation SET message = 'x' WHERE id = \(parent.id)",
                "UPDATE operations.operation SET thinned_at = now() WHERE id = \(parent.id)",
                "UPDATE operations.operation SET steps = '[1]' WHERE id = \(parent.id)",
            ] {
                await #expect(throws: PostgresError.self, "\(change.sql)") {
                    try await database.systemClient.execute(change, scope: .system)
                }
            }
            try await database.adminClient.execute("DELETE FROM operations.operation_event WHERE operation_id = \(child.id)")
            try await database.adminClient.execute("DELETE FROM operations.operation WHERE id = \(child.id)")
            #expect(try await forget() == [0, 1])
        }
    }

    @Test func `OPS-138 a place whose node died is given back by the server's clock, and one that is renewed stays`() async throws {
        try await TestDatabase.withOperations { database in
            let upkeep = OperationUpkeep(client: database.systemClient, calls: NothingDecided())
            let dead = try #require(try await database.store.openStreamLease(for: someUser, limit: 5))
            let live = try #require(try await database.store.openStreamLease(for: someUser, limit: 5))
            try await database.adminClient.execute(
                "UPDATE operations.stream_lease SET renewed_until = now() - interval '1 second'")
            try await database.store.renew(live)
            #expect(try await upkeep.releaseStreams() == 1)
            #expect(try await upkeep.releaseStreams() == 0)
            let left = try await database.adminClient.query("SELECT number FROM operations.stream_lease")
            #expect(try left.map { try $0.decode("number", as: Int64.self) } == [live.number])
            #expect(dead.number != live.number)
            var registry = JobRegistry()
            upkeep.register(on: &registry)
            let schedule = try #require(registry.schedules.first { $0.name == "operations.release_streams" })
            #expect(schedule.cron.next(after: start) == start + .minutes(1))
        }
    }

    /// Claims a key at an instant, for an operation that is stored or not.
    private func claim(_ key: String, isSettled: Bool, storing: Bool, at now: Instant, in database: TestDatabase) async throws {
        try await database.transaction { transaction in
            let operation = Operation.fixture(graph: "kg_\(key)")
            let call = try makeCall(key)
            #expect(
                try await transaction.claim(call, for: operation.id, isSettled: isSettled, expiringAt: now + .hours(24), now: now) == .first
            )
            if storing { try await transaction.insert(operation) }
        }
    }

    @Test
    func `OPS-019 OPS-137 keys are forgotten when their time is over, and what a dead process left open is answered by its operation`()
        async throws
    {
        try await TestDatabase.withOperations { database in
            // The page is smaller than what there is to do.
            let upkeep = OperationUpkeep(client: database.systemClient, calls: NothingDecided(), page: 1)
            func forget(at now: Instant) async throws -> [Int] {
                let (settled, forgotten) = try await upkeep.forgetRequestKeys(at: now)
                return [settled, forgotten]
            }
            for key in ["one", "two"] { try await claim(key, isSettled: true, storing: true, at: start, in: database) }
            try await claim("left", isSettled: false, storing: true, at: start, in: database)
            try await claim("waiting", isSettled: false, storing: false, at: start, in: database)

            #expect(try await forget(at: start + .minutes(2) - .seconds(1)) == [0, 0])
            #expect(try await forget(at: start + .minutes(2)) == [1, 0])
            #expect(try await forget(at: start + .hours(24) - .seconds(1)) == [0, 0])
            guard case .replay = try await database.store.recorded(makeCall("left"), now: start + .minutes(3)) else {
                Issue.record("what was left has no answer")
                return
            }
            #expect(try await forget(at: start + .hours(24)) == [0, 3])
            // Nobody knows yet what became of the call that waits for a provider, so that its key is no new one.
            #expect(try await forget(at: start + .days(90)) == [0, 0])
            #expect(try await database.store.recorded(makeCall("waiting"), now: start + .days(90)) == .inProgress)
            #expect(try await database.store.recorded(makeCall("one"), now: start + .days(90)) == .first)
            var registry = JobRegistry()
            upkeep.register(on: &registry)
            let schedule = try #require(registry.schedules.first { $0.name == "operations.forget_request_keys" })
            #expect(schedule.cron.next(after: start) == start + .minutes(35))
            #expect(schedule.cron.next(after: start + .minutes(35)) == start + .minutes(95))
        }
    }
}
