public import Admin
internal import Audit
internal import AuditPostgres
public import Core
internal import Cryptography
public import Identity
public import JobsPostgres
public import Notifications
public import Postgres

/// Admits operators by mail. The secret of a link is in no row and no event: the mail and the look-up both derive it.
public struct PostgresOperatorInvitations: OperatorInvitations {
    private let client: PostgresClient
    private let secrets: any SecretMaker
    private let dateSource: any DateSource
    private let notifier: JobNotifier?

    /// Makes it.
    ///
    /// - Parameters:
    ///   - secrets: what derives the secrets of mailed links.
    ///   - notifier: tells workers after each commit; `nil` where they find out by looking.
    public init(client: PostgresClient, secrets: any SecretMaker, dateSource: any DateSource, notifier: JobNotifier? = nil) {
        self.client = client
        self.secrets = secrets
        self.dateSource = dateSource
        self.notifier = notifier
    }

    /// Account, link, entry and event are one transaction.
    public func invite(
        _ name: String, at email: MailAddress, as role: OperatorRole, by inviter: Operator.ID
    ) async throws -> (operator: Operator, until: Instant) {
        let dateSource = dateSource
        return try await change { work in
            let made = try await PostgresOperatorAccounts.insert(
                name, at: email, as: role, by: .operator(AuditReference(inviter)), at: dateSource, in: work.postgres)
            return (made, try await send(to: made.id, as: role.rawValue, by: inviter, in: work))
        }
    }

    /// The row is locked, so that somebody who enrols meanwhile is seen.
    public func inviteAgain(_ id: Operator.ID, because reason: String, by inviter: Operator.ID) async throws -> Instant {
        let now = dateSource.now
        return try await change { work in
            let rows = try await work.postgres.query(
                """
                SELECT o.email IS NOT NULL, o.role, EXISTS (SELECT FROM admin.operator_passkey AS p WHERE p.operator_id = o.id)
                FROM admin.operator AS o WHERE o.id = \(id) AND o.disabled_at IS NULL FOR UPDATE
                """)
            guard let (hasAddress, role, isEnrolled) = try rows.first?.decode((Bool, String, Bool).self) else {
                throw OperatorRefusal.notFound
            }
            guard !isEnrolled else { throw OperatorRefusal.alreadyEnrolled }
            guard hasAddress else { throw OperatorRefusal.noAddress }
            try await work.postgres.execute(
                """
                UPDATE admin.operator_enrolment SET used_at = \(now)
                WHERE operator_id = \(id) AND mailed_as IS NOT NULL AND used_at IS NULL
                """)
            _ = try await work.record(OperatorInvitedAgain(id: id, reason: reason), by: .operator(AuditReference(inviter)))
            return try await send(to: id, as: role, by: inviter, in: work)
        }
    }

    private func send(to id: Operator.ID, as role: String, by inviter: Operator.ID, in work: OperatorWork) async throws -> Instant {
        let (now, link) = (dateSource.now, MailedEnrolment.ID.make(at: dateSource.now))
        let until = now + OperatorLifetimes.enrolment
        let digest = secrets.linkSecret(of: OperatorInvited.linkKind, link.description).withValue { SHA256.digest(of: $0) }
        try await work.postgres.execute(
            """
            INSERT INTO admin.operator_enrolment (digest, operator_id, created_at, expires_at, mailed_as)
            VALUES (\(digest), \(id), \(now), \(until), \(link))
            """)
        try await work.publish(
            OperatorInvited(
                person: StaffMember.ID(uuid: id.uuid), role: role, inviter: StaffMember.ID(uuid: inviter.uuid), link: link.description,
                validUntil: until))
        return until
    }

    private func change<Result: Sendable>(_ body: (OperatorWork) async throws -> Result) async throws -> Result {
        let (dateSource, wakeUps) = (dateSource, JobWakeUps())
        let result = try await client.withTransaction(scope: .system) { transaction in
            try await body(OperatorWork(postgres: transaction, dateSource: dateSource, wakeUps: wakeUps))
        }
        notifier?.notify(wakeUps)
        return result
    }
}
