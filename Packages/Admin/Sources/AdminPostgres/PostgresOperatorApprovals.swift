public import Admin
internal import Audit
internal import AuditPostgres
public import Billing
public import Core
internal import Identity
public import JobsPostgres
internal import Notifications
public import Postgres

/// Commands that wait for a second operator, in PostgreSQL.
public struct PostgresOperatorApprovals: OperatorApprovals {
    private let client: PostgresClient
    private let dateSource: any DateSource
    private let notifier: JobNotifier?

    /// Makes it.
    ///
    /// - Parameter notifier: tells workers after each commit; `nil` where they find out by looking.
    public init(client: PostgresClient, dateSource: any DateSource, notifier: JobNotifier? = nil) {
        self.client = client
        self.dateSource = dateSource
        self.notifier = notifier
    }

    private func change(_ body: (OperatorWork) async throws -> Void) async throws {
        let (dateSource, wakeUps) = (dateSource, JobWakeUps())
        try await client.withTransaction(scope: .system) { transaction in
            try await body(OperatorWork(postgres: transaction, dateSource: dateSource, wakeUps: wakeUps))
        }
        notifier?.notify(wakeUps)
    }

    /// The request, its entry and what is told by mail are one transaction.
    public func ask(
        for command: OperatorApproval.Command, by person: Operator.ID, approving permission: OperatorPermission, cause: String,
        effects: CommandEffects, facts: JSONValue
    ) async throws -> OperatorApproval {
        let now = dateSource.now
        let made = OperatorApproval(
            id: .make(at: now), asker: person, command: command, facts: facts, status: .open, expiresAt: now + approvalLifetime)
        let places = JSONValue.object(command.places.mapValues { .string($0) })
        try await change { work in
            try await work.postgres.execute(
                """
                INSERT INTO admin.approval (id, operation, method, target, places, body, reason, cause, effects, facts, status, asked_by, asked_at,
                    expires_at)
                VALUES (\(made.id), \(command.operation), \(command.method), \(command.target), \(places), \(command.body), \(command.reason),
                    \(cause), \(JSONValue.object(effects.json)), \(facts), 'open', \(person), \(now), \(made.expiresAt))
                """)
            try await work.record(
                ApprovalRequested(made.id, by: person, for: command.operation, because: command.reason),
                by: .operator(AuditReference(person)))
            try await work.publish(
                ApprovalAsked(made.matter, permission: permission.rawValue, cause: cause, reason: command.reason))
        }
        return made
    }

    /// As it stands.
    public func approval(_ id: OperatorApproval.ID) async throws -> OperatorApproval? {
        try await client.query("SELECT * FROM admin.approval WHERE id = \(id)", scope: .system).first.map(Self.approval)
    }

    /// The row is locked, so that of two who decide one does.
    public func decide(_ id: OperatorApproval.ID, consenting: Bool, because reason: String, by person: Operator.ID) async throws {
        let now = dateSource.now
        try await change { work in
            let approval = try await Self.locked(id, in: work.postgres)
            guard approval.asker != person else { throw ApprovalRefusal.own }
            guard approval.status == .open else { throw ApprovalRefusal.state(approval.status) }
            guard now < approval.expiresAt else { throw ApprovalRefusal.expired }
            try await work.postgres.execute(
                """
                UPDATE admin.approval SET status = \(consenting ? "given" : "refused"), decided_by = \(person), decided_at = \(now),
                    decided_because = \(reason), ended_at = \(consenting ? nil : now) WHERE id = \(id)
                """)
            if consenting {
                try await work.record(
                    ApprovalGiven(approval, by: person, because: reason), by: .operator(AuditReference(person)))
            } else {
                try await work.record(
                    ApprovalRefused(approval, by: person, because: reason), by: .operator(AuditReference(person)))
            }
            try await work.publish(
                ApprovalSettled(approval.matter, by: StaffMember.ID(uuid: person.uuid), isGiven: consenting, reason: reason))
        }
    }

    /// The row is locked, so that of two calls one carries it out.
    public func begin(_ id: OperatorApproval.ID, by person: Operator.ID) async throws {
        let now = dateSource.now
        try await client.withTransaction(scope: .system) { transaction in
            let approval = try await Self.locked(id, in: transaction)
            guard approval.asker == person else { throw ApprovalRefusal.another }
            guard approval.status == .given else { throw ApprovalRefusal.state(approval.status) }
            guard now < approval.expiresAt else { throw ApprovalRefusal.expired }
            try await transaction.execute("UPDATE admin.approval SET status = 'under_way' WHERE id = \(id)")
        }
    }

    /// What is being carried out ends by whoever carries it out; before that it can become stale.
    public func end(_ id: OperatorApproval.ID, as status: OperatorApproval.Status) async throws {
        let ended: Instant? = status == .given ? nil : dateSource.now
        try await client.execute(
            """
            UPDATE admin.approval SET status = \(status.rawValue), ended_at = \(ended)
            WHERE id = \(id) AND CASE WHEN \(status == .stale) THEN status IN ('open', 'given') ELSE status = 'under_way' END
            """, scope: .system)
    }

    private static func locked(_ id: OperatorApproval.ID, in transaction: PostgresTransaction) async throws -> OperatorApproval {
        guard let row = try await transaction.query("SELECT * FROM admin.approval WHERE id = \(id) FOR UPDATE").first else {
            throw ApprovalRefusal.notFound
        }
        return try approval(row)
    }

    private static func approval(_ row: Row) throws -> OperatorApproval {
        guard let status = OperatorApproval.Status(rawValue: try row.decode("status")) else {
            throw row["status"].failure("is no state of an approval")
        }
        let places = try row.decode("places", as: JSONValue.self).objectValue ?? [:]
        return OperatorApproval(
            id: try row.decode("id"), asker: try row.decode("asked_by"),
            command: OperatorApproval.Command(
                operation: try row.decode("operation"), method: try row.decode("method"), target: try row.decode("target"),
                places: places.compactMapValues(\.stringValue), body: try row.decode("body"), reason: try row.decode("reason")),
            facts: try row.decode("facts"), status: status, expiresAt: try row.decode("expires_at"))
    }
}

extension OperatorApproval {
    /// What is told of it by mail: the path without what was asked for by its query, which the console shows to those who may see it.
    fileprivate var matter: ApprovalMatter {
        let path = command.target.prefix { $0 != "?" }
        return ApprovalMatter(
            id: id.description, asker: StaffMember.ID(uuid: asker.uuid), operation: command.operation, route: "\(command.method) \(path)",
            expiresAt: expiresAt)
    }
}
