public import Core
public import Identity
public import Operations
public import Orgs
public import Postgres

/// The reads of operations by SQL: adopt it, beside the stores of the packages below, to meet `OperationStore`.
public protocol PostgresOperationStore: Sendable {
    /// The control database.
    var client: PostgresClient { get }
}

extension PostgresOperationStore {
    /// The operation with an id.
    ///
    /// Whose it is, is known only once it is read, so this reads on the product's behalf; the service decides who may see it.
    public func operation(_ id: Operation.ID) async throws -> Operation? {
        try await client.query(
            "SELECT \(fragment: OperationRow.columns) FROM operations.operation WHERE id = \(id)", scope: .system
        ).first.map(OperationRow.operation)
    }

    /// The stored events from a sequence on.
    public func events(of id: Operation.ID, from sequence: Int64, limit: Int) async throws -> [OperationEvent] {
        try await client.query(
            """
            SELECT operation_id, sequence, name, data, at FROM operations.operation_event
            WHERE operation_id = \(id) AND sequence >= \(sequence) ORDER BY sequence LIMIT \(Int64(limit))
            """, scope: .system
        ).map(OperationRow.event)
    }

    /// A person's operations and those of some orgs, newest first.
    public func operations(
        startedBy user: User.ID, orWithin orgs: [Org.ID], _ query: OperationQuery
    ) async throws -> [Operation] {
        var statement: Statement = """
            SELECT \(fragment: OperationRow.columns) FROM operations.operation
            WHERE (started_by = \(user) OR org_id = ANY(\(orgs)))
            """
        if let graph = query.graph { statement += " AND graph_id = \(graph)" }
        if let kind = query.kind { statement += " AND kind = \(kind.name)" }
        if let status = query.status { statement += " AND status = \(status.rawValue)" }
        if let org = query.org { statement += " AND org_id = \(org)" }
        if !query.hiddenOrgs.isEmpty { statement += " AND NOT org_id = ANY(\(query.hiddenOrgs))" }
        if let before = query.before { statement += " AND id < \(before)" }
        statement += " ORDER BY id DESC LIMIT \(Int64(query.limit))"
        return try await client.query(statement, scope: .system).map(OperationRow.operation)
    }

    /// What is late, by the index of deadlines of open operations.
    public func overdueOperations(since instant: Instant, after last: Operation.ID?, limit: Int) async throws -> [Operation] {
        try await client.query(
            """
            SELECT \(fragment: OperationRow.columns) FROM operations.operation
            WHERE ended_at IS NULL AND deadline <= \(instant) AND (\(last)::uuid IS NULL OR id > \(last))
            ORDER BY id LIMIT \(Int64(limit))
            """, scope: .system
        ).map(OperationRow.operation)
    }

    /// How many operations wait, and the place of one among them.
    public func queue(before operation: Operation) async throws -> OperationQueue {
        let row = try await client.query(
            """
            SELECT count(*) FILTER (WHERE id < \(operation.id)) AS before, count(*) AS depth
            FROM operations.operation WHERE status = 'pending'
            """, scope: .system
        ).first
        let before = try row?.decode("before", as: Int64.self) ?? 0
        return OperationQueue(position: Int(before) + 1, depth: Int(try row?.decode("depth", as: Int64.self) ?? 1))
    }

    /// What the record of a key says.
    public func recorded(_ call: IdempotentCall, now: Instant) async throws -> IdempotencyDecision {
        try await client.query(IdempotencyRow.lookup(call, now: now), scope: .org(call.org.uuid)).first.map(IdempotencyRow.decision)
            ?? .first
    }

    /// Takes a place for an open stream; the server's clock decides which places are still held (operations.md, section 1).
    public func openStreamLease(for user: User.ID, limit: Int) async throws -> StreamLease? {
        try await client.withTransaction(scope: .user(user.uuid)) { transaction in
            let results = try await transaction.pipeline([
                "SELECT pg_advisory_xact_lock(hashtextextended(\("stream_lease " + user.description), 0))",
                "DELETE FROM operations.stream_lease WHERE user_id = \(user) AND renewed_until < now()",
                """
                INSERT INTO operations.stream_lease (user_id, renewed_until) SELECT \(user), now() + interval '45 seconds'
                WHERE (SELECT count(*) FROM operations.stream_lease WHERE user_id = \(user)) < \(Int64(limit)) RETURNING number
                """,
            ])
            return try results[2].first.map { StreamLease(number: try $0.decode("number")) }
        }
    }

    /// Keeps a place for another 45 s.
    public func renew(_ lease: StreamLease) async throws {
        try await client.execute(
            "UPDATE operations.stream_lease SET renewed_until = now() + interval '45 seconds' WHERE number = \(lease.number)",
            scope: .system)
    }

    /// Gives a place back.
    public func close(_ lease: StreamLease) async throws {
        try await client.execute("DELETE FROM operations.stream_lease WHERE number = \(lease.number)", scope: .system)
    }
}
