public import Admin
public import Audit
internal import AuditPostgres
public import Core
internal import Cryptography
public import Identity
public import Notifications
public import Postgres

/// Operators in PostgreSQL. Of a token its SHA-256 is kept, so that whoever reads the table can use none.
public struct PostgresOperatorAccounts: OperatorAccounts {
    private let client: PostgresClient
    private let dateSource: any DateSource

    /// Makes the accounts.
    public init(client: PostgresClient, dateSource: any DateSource) {
        self.client = client
        self.dateSource = dateSource
    }

    /// Account, token and entry are one transaction.
    public func create(
        _ name: String, at email: MailAddress?, as role: OperatorRole, token lifetime: Duration, from networks: [NetworkRange],
        by actor: AuditActor
    ) async throws -> (operator: Operator, token: SecretString) {
        try await client.withTransaction(scope: .system) { transaction in
            let made = try await Self.insert(name, at: email, as: role, by: actor, at: dateSource, in: transaction)
            return (made, try await Self.insertToken(for: made.id, lifetime, networks, at: dateSource.now, in: transaction))
        }
    }

    /// Account and entry are one transaction.
    public func admit(_ name: String, at email: MailAddress?, as role: OperatorRole, by actor: AuditActor) async throws -> Operator {
        let dateSource = dateSource
        return try await client.withTransaction(scope: .system) {
            try await Self.insert(name, at: email, as: role, by: actor, at: dateSource, in: $0)
        }
    }

    /// Two who work have two addresses: the database sees to that, whoever is admitted at the same time.
    static func insert(
        _ name: String, at email: MailAddress?, as role: OperatorRole, by actor: AuditActor, at dateSource: any DateSource,
        in transaction: PostgresTransaction
    ) async throws -> Operator {
        guard (1...100).contains(name.count) else { throw OperatorRefusal.nameInvalid }
        let now = dateSource.now
        let made = Operator(id: .make(at: now), name: name, email: email, role: role, createdAt: now, disabledAt: nil)
        let isNew =
            try await transaction.execute(
                """
                INSERT INTO admin.operator (id, name, email, role, created_at)
                VALUES (\(made.id), \(name), \(email?.description), \(role.rawValue), \(now))
                ON CONFLICT (lower(email)) WHERE disabled_at IS NULL DO NOTHING
                """) == 1
        guard isNew else { throw OperatorRefusal.addressTaken }
        try await OperatorRecorder(postgres: transaction, dateSource: dateSource).record(
            OperatorCreated(id: made.id, role: role), by: actor)
        return made
    }

    /// Address and entry are one transaction.
    public func setEmail(_ email: MailAddress, of id: Operator.ID, because reason: String, by actor: AuditActor) async throws {
        let dateSource = dateSource
        do {
            try await client.withTransaction(scope: .system) { transaction in
                let rows = try await transaction.query(
                    "SELECT email FROM admin.operator WHERE id = \(id) AND disabled_at IS NULL FOR UPDATE")
                guard let row = rows.first else { throw OperatorRefusal.notFound }
                guard try row.decode("email", as: String?.self) != email.description else { return }
                try await transaction.execute("UPDATE admin.operator SET email = \(email.description) WHERE id = \(id)")
                _ = try await OperatorRecorder(postgres: transaction, dateSource: dateSource).record(
                    OperatorAddressChanged(id: id, reason: reason), by: actor)
            }
        } catch let error as PostgresError where error.constraint == "operator_by_email" {
            throw OperatorRefusal.addressTaken
        }
    }

    /// The older tokens go on working until their time is over.
    public func issueToken(for id: Operator.ID, lifetime: Duration, from networks: [NetworkRange]) async throws -> SecretString {
        let now = dateSource.now
        return try await client.withTransaction(scope: .system) { transaction in
            guard try await !transaction.query("SELECT FROM admin.operator WHERE id = \(id) AND disabled_at IS NULL").isEmpty else {
                throw OperatorRefusal.notFound
            }
            return try await Self.insertToken(for: id, lifetime, networks, at: now, in: transaction)
        }
    }

    private static func insertToken(
        for id: Operator.ID, _ lifetime: Duration, _ networks: [NetworkRange], at now: Instant, in transaction: PostgresTransaction
    ) async throws -> SecretString {
        guard lifetime <= operatorTokenLifetime, lifetime > .zero else { throw OperatorRefusal.lifetimeTooLong }
        let token = "opt_" + RandomBytes.token()
        try await transaction.execute(
            """
            INSERT INTO admin.operator_token (digest, operator_id, networks, created_at, expires_at)
            VALUES (\(SHA256.digest(of: token)), \(id), \(networks.map(\.description)), \(now), \(now + lifetime))
            """)
        return SecretString(token)
    }

    /// One statement.
    public func presented(_ token: SecretString) async throws -> PresentedToken? {
        let now = dateSource.now
        let digest = token.withValue { SHA256.digest(of: $0) }
        let rows = try await client.query(
            """
            SELECT o.id, o.name, o.email, o.role, o.created_at, o.disabled_at, t.networks, t.expires_at > \(now) AND o.disabled_at IS NULL AS live
            FROM admin.operator_token AS t JOIN admin.operator AS o ON o.id = t.operator_id WHERE t.digest = \(digest)
            """, scope: .system)
        return try rows.first.map { row in
            PresentedToken(
                owner: try Operator(row: row), networks: try row.decode("networks", as: [String].self).compactMap(NetworkRange.init),
                isLive: try row.decode("live"))
        }
    }

    /// The database refuses to end the last superadmin.
    public func disable(_ id: Operator.ID, because reason: String, by actor: AuditActor) async throws {
        let now = dateSource.now
        do {
            try await client.withTransaction(scope: .system) { transaction in
                guard try await !transaction.query("SELECT FROM admin.operator WHERE id = \(id)").isEmpty else {
                    throw OperatorRefusal.notFound
                }
                let ended = try await transaction.execute(
                    "UPDATE admin.operator SET disabled_at = \(now) WHERE id = \(id) AND disabled_at IS NULL")
                guard ended > 0 else { return }
                try await OperatorRecorder(postgres: transaction, dateSource: dateSource).record(
                    OperatorDisabled(id: id, reason: reason), by: actor)
            }
        } catch let error as PostgresError where error.constraint == "operator_keeps_superadmin" {
            throw OperatorRefusal.lastSuperadmin
        }
    }

    /// One statement.
    public func operators() async throws -> [Operator] {
        try await client.query(
            "SELECT id, name, email, role, created_at, disabled_at FROM admin.operator ORDER BY name, id", scope: .system
        ).map(Operator.init)
    }

    /// In a transaction of its own.
    public func record(_ entry: some AuditEvent, by actor: AuditActor) async throws {
        let dateSource = dateSource
        try await client.withTransaction(scope: .system) { transaction in
            _ = try await OperatorRecorder(postgres: transaction, dateSource: dateSource).record(entry, by: actor)
        }
    }
}

extension Operator {
    init(row: Row) throws {
        // A role that this program does not know allows the least.
        self.init(
            id: try row.decode("id"), name: try row.decode("name"),
            email: try row.decode("email", as: String?.self).flatMap { MailAddress($0) },
            role: OperatorRole(rawValue: try row.decode("role")) ?? .viewer,
            createdAt: try row.decode("created_at"), disabledAt: try row.decode("disabled_at"))
    }
}
