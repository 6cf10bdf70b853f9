import AuditPostgres
import Core
import Identity
import Operations
import OperationsPostgres
import Orgs
import PlatformTesting
import Postgres

let start = Instant("2026-03-01T10:00:00Z") ?? Instant(secondsSinceEpoch: 0)
let someOrg = Org.ID(high: 1, low: 1)
let otherOrg = Org.ID(high: 1, low: 2)
let someUser = User.ID(high: 2, low: 2)

struct TestTransaction: PostgresOperationTransaction {
    let postgres: PostgresTransaction
    let dateSource: any DateSource
}

struct TestStore: PostgresOperationStore {
    let client: PostgresClient
}

extension TestDatabase {
    static func withOperations<Value: Sendable>(_ body: @Sendable (TestDatabase) async throws -> Value) async throws -> Value {
        try await withDatabase(migrations: [AuditMigrations.all, OperationsMigrations.all], body)
    }

    /// Works as the API does for one org.
    func transaction<Value: Sendable>(
        org: Org.ID = someOrg, _ body: (TestTransaction) async throws -> Value
    ) async throws -> Value {
        try await client.withTransaction(scope: .org(org.uuid)) {
            try await body(TestTransaction(postgres: $0, dateSource: TestClock.fixed()))
        }
    }

    var store: TestStore { TestStore(client: client) }

    /// Stores an operation and makes its moves.
    @discardableResult
    func stored(
        _ operation: Operations.Operation, _ transitions: OperationTransition...
    ) async throws -> Operations.Operation {
        try await transaction(org: operation.org) { transaction in
            try await transaction.insert(operation)
            var current = operation
            for transition in transitions {
                let (next, event) = try current.applying(transition, at: start + .seconds(1))
                try await transaction.save(next, appending: event)
                current = next
            }
            return current
        }
    }
}

extension Operations.Operation {
    static func fixture(kind: OperationKind = .createGraph, graph: String? = "kg0123456789abcdef0123", org: Org.ID = someOrg) -> Self {
        Operations.Operation(
            accepting: NewOperation(
                kind: kind, org: org, graph: graph, startedBy: someUser, message: "Creating", steps: ["One", "Two"], result: ["tier": "x"]),
            id: .make(at: start), at: start)
    }
}

func makeCall(_ key: String = "k1", body: JSONValue = ["a": 1], org: Org.ID = someOrg) throws -> IdempotentCall {
    guard let key = RequestKey(key) else { throw IdempotencyError.keyReused }
    return IdempotentCall(
        user: someUser, org: org, operation: .createGraph, graphScope: "new", key: key,
        fingerprint: try CallFingerprint(method: "POST", route: "/v1/graphs", pathValues: [:], query: [], body: body))
}
