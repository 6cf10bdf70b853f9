import Core
import Operations
import OperationsPostgres
import PlatformTesting
import Postgres
import Testing

@Suite struct IdempotencyStorageTests {
    private func claim(
        _ call: IdempotentCall, in database: TestDatabase, isSettled: Bool = true, now: Instant = start, storing: Bool = true
    ) async throws -> IdempotencyDecision {
        try await database.transaction(org: call.org) { transaction in
            let operation = Operation.fixture(graph: nil, org: call.org)
            let decision = try await transaction.claim(
                call, for: operation.id, isSettled: isSettled, expiringAt: now + .hours(24), now: now)
            if decision == .first, storing {
                try await transaction.insert(Operation.fixture(kind: .deleteGraph, org: call.org).with(id: operation.id))
            }
            return decision
        }
    }

    @Test func `OPS-011 and OPS-012 the same call is answered again, another one is refused, and only hashes are stored`() async throws {
        try await TestDatabase.withOperations { database in
            let call = try makeCall()
            #expect(try await claim(call, in: database) == .first)
            guard case .replay(let first) = try await claim(call, in: database) else {
                Issue.record("no replay")
                return
            }
            #expect(try await database.store.recorded(call, now: start) == .replay(first))
            let (changed, new) = (try makeCall(body: ["a": 2]), try makeCall("k2"))
            #expect(try await claim(changed, in: database) == .reused)
            #expect(try await database.store.recorded(new, now: start) == .first)
            let row = try #require(
                try await database.adminClient.query("SELECT to_jsonb(r)::text AS text FROM operations.idempotency_record r").first)
            #expect(try !row.decode("text", as: String.self).contains("k1"))
        }
    }

    @Test func `OPS-013 of fifty calls at once one is the first, and the rest are replays or told to wait`() async throws {
        try await TestDatabase.withOperations { database in
            let call = try makeCall()
            let decisions = await withTaskGroup { group in
                for _ in 0..<50 { group.addTask { try? await claim(call, in: database) } }
                return await group.reduce(into: [IdempotencyDecision?]()) { $0.append($1) }
            }
            #expect(decisions.count(where: { $0 == .first }) == 1)
            for case let decision? in decisions where decision != .first {
                switch decision {
                case .replay, .inProgress: break
                default: Issue.record("\(decision)")
                }
            }
            let stored = try await database.adminClient.query("SELECT 1 FROM operations.operation")
            #expect(stored.count == 1)
        }
    }

    @Test func `OPS-013 when the first call is undone the second runs`() async throws {
        try await TestDatabase.withOperations { database in
            struct Undone: Error {}
            let call = try makeCall()
            await #expect(throws: Undone.self) {
                try await database.transaction { transaction in
                    _ = try await transaction.claim(call, for: .make(at: start), isSettled: true, expiringAt: start, now: start)
                    throw Undone()
                }
            }
            #expect(try await claim(call, in: database) == .first)
        }
    }

    @Test func `OPS-014 and OPS-016 an open call is in progress until it is settled, and a refusal is given again`() async throws {
        try await TestDatabase.withOperations { database in
            let call = try makeCall()
            #expect(try await claim(call, in: database, isSettled: false, storing: false) == .first)
            #expect(try await claim(call, in: database) == .inProgress)
            let answer = StoredAnswer(status: 402, body: ["code": "PAYMENT_DECLINED"])
            try await database.transaction { try await $0.settle(call, answer) }
            #expect(try await claim(call, in: database) == .answer(answer))
            #expect(try await database.store.recorded(call, now: start) == .answer(answer))
        }
    }

    @Test func `OPS-019 a record is kept for its time and then the key is new`() async throws {
        try await TestDatabase.withOperations { database in
            let call = try makeCall()
            #expect(try await claim(call, in: database) == .first)
            #expect(try await database.store.recorded(call, now: start + .hours(24) - .seconds(1)) != .first)
            #expect(try await database.store.recorded(call, now: start + .hours(24)) == .first)
            #expect(try await claim(call, in: database, now: start + .hours(24)) == .first)
        }
    }

    @Test func `OPS-012 a key that another org of the same person used is another call`() async throws {
        try await TestDatabase.withOperations { database in
            let (own, foreign) = (try makeCall(), try makeCall(org: otherOrg))
            #expect(try await claim(own, in: database) == .first)
            #expect(try await claim(foreign, in: database) == .reused)
        }
    }
}

extension Operations.Operation {
    fileprivate func with(id: ID) -> Self {
        Operations.Operation(
            accepting: NewOperation(
                kind: kind, org: org, graph: graph, startedBy: startedBy, message: message, steps: [], result: result), id: id,
            at: createdAt)
    }
}
