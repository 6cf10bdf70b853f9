public import Admin
internal import Audit
internal import AuditPostgres
public import Core
public import Identity
public import JobsPostgres
public import Notifications
public import Postgres

/// Samples of mails for operators; what is sent goes through the outbox as every mail does.
public struct PostgresOperatorMails: OperatorMails {
    private let previewer: MailPreviewer
    private let client: PostgresClient
    private let dateSource: any DateSource
    private let notifier: JobNotifier?

    /// Makes it.
    ///
    /// - Parameters:
    ///   - previewer: writes mails whose links open nothing.
    ///   - notifier: tells workers after each commit; `nil` where they find out by looking.
    public init(previewer: MailPreviewer, client: PostgresClient, dateSource: any DateSource, notifier: JobNotifier? = nil) {
        self.previewer = previewer
        self.client = client
        self.dateSource = dateSource
        self.notifier = notifier
    }

    /// The templates.
    public var shelf: any MailTemplateShelf { previewer.shelf }

    /// Writes a sample.
    public func preview(_ sample: MailSample) async throws -> MailPreview {
        try await previewer.preview(sample, at: dateSource.now)
    }

    /// Order and entry are one transaction; the worker sends the mail to the address that the operator has then.
    public func send(_ sample: MailSample, to person: Operator.ID, because reason: String) async throws -> MailAddress {
        // What cannot be written is refused now, and not by a mail that fails later.
        _ = try await preview(sample)
        let (dateSource, wakeUps) = (dateSource, JobWakeUps())
        let address = try await client.withTransaction(scope: .system) { transaction in
            let rows = try await transaction.query("SELECT email FROM admin.operator WHERE id = \(person) AND disabled_at IS NULL")
            guard let address = try rows.first?.decode("email", as: String?.self).flatMap({ MailAddress($0) }) else {
                throw OperatorRefusal.noAddress
            }
            let work = OperatorWork(postgres: transaction, dateSource: dateSource, wakeUps: wakeUps)
            try await work.publish(MailSampleOrdered(person: StaffMember.ID(uuid: person.uuid), sample: sample))
            _ = try await work.record(
                MailSampleRequested(id: person, template: sample.template, reason: reason), by: .operator(AuditReference(person)))
            return address
        }
        notifier?.notify(wakeUps)
        return address
    }
}

/// Operators as mails to them know them.
public struct PostgresMailedStaff: MailedStaff {
    private let client: PostgresClient
    private let dateSource: any DateSource

    /// Makes it.
    public init(client: PostgresClient, dateSource: any DateSource) {
        self.client = client
        self.dateSource = dateSource
    }

    /// One statement.
    public func member(_ id: StaffMember.ID) async throws -> MailedOperator? {
        try await client.query("SELECT id, name, email FROM admin.operator WHERE id = \(id) AND disabled_at IS NULL", scope: .system).first
            .map(MailedOperator.init)
    }
}

extension PostgresMailedStaff {
    /// One statement, over the roles that have the permission.
    public func members(allowed permission: String) async throws -> [MailedOperator] {
        guard let permission = OperatorPermission(rawValue: permission) else { return [] }
        let roles = OperatorRole.allCases.filter { $0.permissions.contains(permission) }.map(\.rawValue)
        return try await client.query(
            "SELECT id, name, email FROM admin.operator WHERE role = ANY(\(roles)) AND disabled_at IS NULL ORDER BY id", scope: .system
        ).map(MailedOperator.init)
    }

    /// One statement.
    public func isOpen(link id: String) async throws -> Bool {
        guard let id = MailedEnrolment.ID(id) else { return false }
        return try await !client.query(
            """
            SELECT FROM admin.operator_enrolment AS e JOIN admin.operator AS o ON o.id = e.operator_id
            WHERE e.mailed_as = \(id) AND e.used_at IS NULL AND e.expires_at > \(dateSource.now) AND o.disabled_at IS NULL
            """, scope: .system
        ).isEmpty
    }

    /// One statement.
    public func isOpen(approval id: String) async throws -> Bool {
        guard let id = OperatorApproval.ID(id) else { return false }
        return try await !client.query(
            "SELECT FROM admin.approval WHERE id = \(id) AND status = 'open' AND expires_at > \(dateSource.now)", scope: .system
        ).isEmpty
    }
}

extension MailedOperator {
    init(row: Row) throws {
        self.init(
            id: try row.decode("id"), name: try row.decode("name"),
            address: try row.decode("email", as: String?.self).flatMap { MailAddress($0) })
    }
}

/// A transaction that records and has others told.
struct OperatorWork: PostgresJobTransaction, PostgresAuditTransaction {
    let postgres: PostgresTransaction
    let dateSource: any DateSource
    let wakeUps: JobWakeUps?
}
