@_spi(Stored) public import Audit
public import Core
internal import FoundationEssentials
public import Postgres

/// Holds in PostgreSQL.
public struct PostgresAuditLegalHolds: AuditLegalHolds {
    private let client: PostgresClient
    private let dateSource: any DateSource

    /// Makes them.
    public init(client: PostgresClient, dateSource: any DateSource) {
        self.client = client
        self.dateSource = dateSource
    }

    private struct Recorder: PostgresAuditTransaction {
        let postgres: PostgresTransaction
        let dateSource: any DateSource
    }

    /// One statement.
    public func holds() async throws -> [AuditLegalHold] {
        try await client.query("SELECT * FROM audit.legal_hold WHERE lifted_at IS NULL ORDER BY set_at, id", scope: .system).map(Self.hold)
    }

    /// Hold and entry are one transaction.
    public func set(
        on subject: AuditReference, because reason: String, by operator: AuditReference
    ) async throws -> AuditLegalHold {
        let now = dateSource.now
        let made = AuditLegalHold(id: .make(at: now), subject: subject, setAt: now)
        do {
            return try await insert(made, because: reason, by: `operator`)
        } catch let error as PostgresError where error.constraint == "entry_refers_to_existing" {
            throw AuditSubjectUnknown()
        }
    }

    private func insert(_ made: AuditLegalHold, because reason: String, by operator: AuditReference) async throws -> AuditLegalHold {
        let (now, subject, dateSource) = (made.setAt, made.subject, dateSource)
        return try await client.withTransaction(scope: .system) { transaction in
            let (id, text): (UUID?, String?) =
                switch subject.key {
                case .id(let id): (id, nil)
                case .text(let text): (nil, text)
                }
            let inserted = try await transaction.execute(
                """
                INSERT INTO audit.legal_hold (id, held_org, held_user, held_graph, set_at)
                VALUES (\(made.id), \(subject.kind == .org ? id : nil), \(subject.kind == .user ? id : nil),
                    \(subject.kind == .graph ? text : nil), \(now)) ON CONFLICT DO NOTHING
                """)
            guard inserted == 1 else {
                let key = id.map { $0.uuidString.lowercased() } ?? text ?? ""
                let rows = try await transaction.query(
                    """
                    SELECT * FROM audit.legal_hold
                    WHERE lifted_at IS NULL AND coalesce(held_org::text, held_user::text, held_graph) = \(key)
                    """)
                return try rows.first.map(Self.hold) ?? made
            }
            let entry = AuditLegalHoldSet(by: `operator`, subject: subject, reason: reason)
            try await Recorder(postgres: transaction, dateSource: dateSource).record(entry, by: .operator(`operator`))
            return made
        }
    }

    /// Lifting and entry are one transaction.
    public func lift(_ id: AuditLegalHold.ID, because reason: String, by operator: AuditReference) async throws -> Bool {
        let (now, dateSource) = (dateSource.now, dateSource)
        return try await client.withTransaction(scope: .system) { transaction in
            let rows = try await transaction.query(
                "UPDATE audit.legal_hold SET lifted_at = \(now) WHERE id = \(id) AND lifted_at IS NULL RETURNING *")
            guard let hold = try rows.first.map(Self.hold) else { return false }
            let entry = AuditLegalHoldLifted(by: `operator`, subject: hold.subject, reason: reason)
            try await Recorder(postgres: transaction, dateSource: dateSource).record(entry, by: .operator(`operator`))
            return true
        }
    }

    private static func hold(_ row: Row) throws -> AuditLegalHold {
        let (org, person) = (try row.decode("held_org", as: UUID?.self), try row.decode("held_user", as: UUID?.self))
        let subject =
            try org.map { AuditReference(stored: .org, id: $0) } ?? person.map { AuditReference(stored: .user, id: $0) }
            ?? AuditReference(stored: .graph, text: row.decode("held_graph", as: String.self))
        return AuditLegalHold(id: try row.decode("id"), subject: subject, setAt: try row.decode("set_at"))
    }
}
