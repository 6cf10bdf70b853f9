import Core
import Operations
import OperationsPostgres
import PlatformTesting
import Postgres
import Testing

@Suite struct OperationStorageTests {
    @Test func `an operation comes back as it was stored, with its events in order`() async throws {
        try await TestDatabase.withOperations { database in
            let request = InputRequest(prompt: "Sure?", details: ["a": 1], requestedAt: start, expiresAt: start + .hours(24))
            let operation = try await database.stored(
                .fixture(), .start, .step(at: 0, .begun, percent: 10, message: "One"), .awaitInput(request), .resume,
                .compensate(OperationFailure(code: "X", message: "x")), .fail(OperationFailure(code: "Y", message: "y")))
            #expect(try await database.store.operation(operation.id) == operation)
            let events = try await database.store.events(of: operation.id, from: 1, limit: 100)
            #expect(events.map(\.sequence) == [1, 2, 3, 4, 5, 6])
            #expect(events.last?.name == .error)
            #expect(try await database.store.events(of: operation.id, from: 5, limit: 1).map(\.sequence) == [5])
        }
    }

    @Test func `OPS-025 nothing changes after the end, and OPS-034 no event can be added with a gap, after the end, or altered`()
        async throws
    {
        try await TestDatabase.withOperations { database in
            let ended = try await database.stored(.fixture(), .start, .complete(result: .null, message: "done"))
            func insert(_ id: Operation.ID, _ sequence: Int64) -> Statement {
                """
                INSERT INTO operations.operation_event (operation_id, sequence, org_id, name, data, at)
                VALUES (\(id), \(sequence), \(someOrg), 'operation_progress', '{}', now())
                """
            }
            let running = try await database.stored(.fixture(kind: .createBackup), .start)
            for statement: Statement in [
                "UPDATE operations.operation SET message = 'x' WHERE id = \(ended.id)",
                "UPDATE operations.operation SET status = 'running', ended_at = NULL WHERE id = \(ended.id)",
                insert(ended.id, 3), insert(running.id, 3), insert(running.id, 1),
                "UPDATE operations.operation_event SET data = '{}' WHERE operation_id = \(running.id)",
            ] {
                await #expect(throws: PostgresError.self, "\(statement.sql)") { try await database.adminClient.execute(statement) }
            }
            #expect(try await database.adminClient.execute(insert(running.id, 2)) == 1)
        }
    }

    @Test func `OPS-026 of many exclusive operations of one graph one is accepted, and the others name it`() async throws {
        try await TestDatabase.withOperations { database in
            let outcomes = await withTaskGroup { group in
                for _ in 0..<20 {
                    group.addTask { () -> Result<Operation.ID, OperationError> in
                        let operation = Operation.fixture()
                        do {
                            try await database.stored(operation)
                            return .success(operation.id)
                        } catch {
                            return .failure(error as? OperationError ?? .notFound)
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            let accepted = outcomes.compactMap { try? $0.get() }
            #expect(accepted.count == 1)
            for case .failure(let error) in outcomes { #expect(error == .exclusiveOperationRunning(accepted.first)) }
            try await database.stored(.fixture(kind: .deleteGraph))
            try await database.stored(.fixture(graph: "kg1123456789abcdef0123"))
        }
    }

    @Test func `row-level security shows an org's operations to that org alone`() async throws {
        try await TestDatabase.withOperations { database in
            let operation = try await database.stored(.fixture(), .start)
            #expect(try await database.transaction { try await $0.lockedOperation(operation.id) } != nil)
            #expect(try await database.transaction(org: otherOrg) { try await $0.lockedOperation(operation.id) } == nil)
            let rows = try await database.client.query(
                "SELECT 1 FROM operations.operation_event WHERE operation_id = \(operation.id)", scope: .org(otherOrg.uuid))
            #expect(rows.isEmpty)
        }
    }

    @Test func `lists are newest first, filtered, and go on behind a cursor`() async throws {
        try await TestDatabase.withOperations { database in
            var made: [Operation] = []
            for number in 0..<3 { made.append(try await database.stored(.fixture(graph: "kg\(number)"))) }
            let foreign = try await database.stored(.fixture(org: otherOrg))
            let all = try await database.store.operations(startedBy: .init(high: 9, low: 9), orWithin: [someOrg], OperationQuery())
            #expect(Set(all.map(\.id)) == Set(made.map(\.id)))
            #expect(all.map(\.id) == all.map(\.id).sorted(by: >))
            let own = try await database.store.operations(startedBy: someUser, orWithin: [], OperationQuery())
            #expect(own.contains { $0.id == foreign.id })
            let behind = try await database.store.operations(
                startedBy: .init(high: 9, low: 9), orWithin: [someOrg], OperationQuery(before: all[0].id, limit: 1))
            #expect(behind.map(\.id) == [all[1].id])
            let one = try await database.store.operations(startedBy: someUser, orWithin: [], OperationQuery(graph: "kg1", status: .pending))
            #expect(one.map(\.graph) == ["kg1"])
            #expect(try await database.store.queue(before: all[2]).depth == 4)
        }
    }

    @Test func `OPS-042 a person has five stream places over all nodes, and a lapsed one is free again`() async throws {
        try await TestDatabase.withOperations { database in
            let leases = await withTaskGroup { group in
                for _ in 0..<20 { group.addTask { try? await database.store.openStreamLease(for: someUser, limit: 5) } }
                return await group.reduce(into: [StreamLease]()) { if let lease = $1 { $0.append(lease) } }
            }
            #expect(leases.count == 5)
            let lease = try #require(leases.first)
            try await database.store.renew(lease)
            try await database.store.close(lease)
            #expect(try await database.store.openStreamLease(for: someUser, limit: 5) != nil)
            _ = try await database.adminClient.execute("UPDATE operations.stream_lease SET renewed_until = now() - interval '1 second'")
            #expect(try await database.store.openStreamLease(for: someUser, limit: 5) != nil)
        }
    }
}
