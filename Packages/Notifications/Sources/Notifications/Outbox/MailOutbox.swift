internal import Audit
public import Core
internal import FoundationEssentials
internal import Jobs

/// Puts mails into the outbox, in the transaction of whatever calls for them.
public struct MailOutbox: Sendable {
    private let makeID: @Sendable (Instant) -> Mail.ID
    private let defaultLocale: String

    /// Makes an outbox.
    ///
    /// - Parameter makeID: makes the ids of mails.
    /// - Parameter defaultLocale: the language of recipients who have set none.
    public init(makeID: @escaping @Sendable (Instant) -> Mail.ID = { Mail.ID.make(at: $0) }, defaultLocale: String = "en") {
        self.makeID = makeID
        self.defaultLocale = defaultLocale
    }

    /// Queues a draft for each of its recipients, with the job that sends it and an entry in the log.
    ///
    /// - Returns: the mails that are new; none for a decision that was told before.
    /// - Throws: what the store throws; nothing is queued then.
    @discardableResult
    public func queue(_ draft: MailDraft, at now: Instant, in transaction: some NotificationTransaction) async throws -> [Mail.ID] {
        try await add(draft, as: .queued, at: now, in: transaction)
    }

    /// Writes a draft down for each of its recipients and sends nothing, until ``release(_:at:in:)`` (NOT-026).
    ///
    /// - Returns: the mails that are new; none for a decision that was told before.
    @discardableResult
    public func hold(_ draft: MailDraft, at now: Instant, in transaction: some NotificationTransaction) async throws -> [Mail.ID] {
        try await add(draft, as: .held, at: now, in: transaction)
    }

    /// Lets held mails go whose decision begins so; those that were withdrawn stay where they are.
    ///
    /// - Returns: how many.
    @discardableResult
    public func release(_ decisions: String, at now: Instant, in transaction: some NotificationTransaction) async throws -> Int {
        let entries = try await transaction.releaseMails(ofDecisions: decisions, at: now)
        for entry in entries { try await send(entry.mail, about: entry.about, in: transaction) }
        return entries.count
    }

    private func send(_ mail: Mail, about: AuditReferences, in transaction: some NotificationTransaction) async throws {
        try await transaction.enqueue(SendMail(mail: mail.id), SendMail.options(for: mail, about: about))
        try await transaction.record(EmailQueued(template: mail.template, about: about), by: .notifications)
    }

    private func add(
        _ draft: MailDraft, as status: MailStatus, at now: Instant, in transaction: some NotificationTransaction
    ) async throws -> [Mail.ID] {
        let template = type(of: draft.context).template
        let context = try JSON.decode(JSONValue.self, from: JSON.encode(draft.context))
        var queued: [Mail.ID] = []
        for recipient in draft.addressees {
            let id = makeID(now)
            let mail = Mail(
                id: id, decision: draft.decision, template: template, recipient: recipient.address, reason: recipient.reason,
                locale: recipient.locale ?? defaultLocale, context: context, status: status, attempts: 0, queuedAt: now,
                brand: draft.brand)
            let about = draft.about.reduce(AuditReferences(AuditReference(id))) { $0.adding($1) }
            guard try await transaction.insertMail(mail, user: recipient.user, about: about) else { continue }
            if status == .queued { try await send(mail, about: about, in: transaction) }
            queued.append(id)
        }
        return queued
    }
}
