internal import Audit
public import Core
public import FoundationEssentials
public import Jobs

/// A mail that somebody has to get cannot be delivered, also a day later (NOT-056).
public struct MailUndeliverable: DomainEvent, Hashable {
    /// `notifications.mail_undeliverable`
    public static let topic = "notifications.mail_undeliverable"
    /// Which mail.
    public let mail: Mail.ID
    /// The org that it is about, when it is about one.
    public let org: UUID?
    /// Whose address it is, when it is a user's.
    public let template: MailTemplate

    /// By mail.
    public var eventKey: String { mail.description }
}

/// Takes what is reported about mails after a relay has taken them (NOT-055, NOT-056).
public struct FeedbackDesk<Store: NotificationStore>: MailFeedbackTaking {
    /// How long a mail that came back is left before it is tried again.
    private static var pause: Duration { .hours(24) }

    private let store: Store
    private let dateSource: any DateSource

    /// Makes a desk.
    public init(store: Store, dateSource: any DateSource) {
        self.store = store
        self.dateSource = dateSource
    }

    /// Notes a report and does what follows from it; told again it changes nothing.
    public func take(_ feedback: MailFeedback) async throws -> MailFeedbackOutcome {
        let now = dateSource.now
        return try await store.withTransaction { transaction in
            guard let id = try await transaction.mail(meantBy: feedback), let entry = try await transaction.lockMail(id) else {
                return .noSuchMail
            }
            guard try await transaction.insertFeedback(feedback, mail: entry.mail.id, at: now) else { return .known }
            try await apply(feedback, to: entry, at: now, in: transaction)
            return .taken
        }
    }

    private func apply(
        _ feedback: MailFeedback, to entry: OutboxEntry, at now: Instant, in transaction: Store.Transaction
    ) async throws {
        let mail = entry.mail
        let outcome = MailOutcome(template: mail.template, code: feedback.code, about: entry.about)
        switch feedback.kind {
        case .delayed: return
        case .delivered:
            guard mail.status == .sent else { return }
            try await transaction.moveMail(mail.id, to: .delivered, attempts: mail.attempts, note: feedback.code, at: now)
        case .complaint:
            try await transaction.suppress(mail.recipient, as: .complaint, because: mail.id, at: now)
            guard mail.status.successors.contains(.complained) else { return }
            try await transaction.moveMail(mail.id, to: .complained, attempts: mail.attempts, note: feedback.code, at: now)
            try await transaction.record(EmailComplained(outcome: outcome), by: .notifications)
        case .hardBounce:
            try await transaction.suppress(mail.recipient, as: .hardBounce, because: mail.id, at: now)
            guard mail.status == .sent || mail.status == .delivered else { return }
            try await transaction.bounce(entry, code: feedback.code, retryAt: now + Self.pause, at: now)
        }
    }
}

/// Does what follows from a report that came over HTTP.
public struct TakeMailFeedback: Job {
    /// `notifications.take_mail_feedback`
    public static let kind = "notifications.take_mail_feedback"
    /// The lane of mails.
    public static let lane = Lane.mail
    /// Which mail.
    public let mail: Mail.ID
    /// What is reported.
    public let report: MailFeedback.Kind
    /// The enhanced status code, which is numbers and dots only.
    public let code: MailStatusCode?

    /// Does ``TakeMailFeedback``.
    public struct Handler<Store: NotificationStore>: JobHandler {
        private let store: Store

        /// Makes the handler.
        public init(store: Store) {
            self.store = store
        }

        /// A report that was taken before changes nothing.
        public func run(_ job: TakeMailFeedback, context: JobContext) async throws -> JobOutcome {
            guard let feedback = MailFeedback(mail: job.mail, recipient: nil, kind: job.report, code: job.code?.description) else {
                return .completed
            }
            _ = try await FeedbackDesk(store: store, dateSource: context.dateSource).take(feedback)
            return .completed
        }
    }
}

/// Takes reports where nothing may be changed in mails: the worker does it, and the report waits in the queue without an address (OPS-054).
public struct FeedbackIntake<Store: NotificationStore>: MailFeedbackTaking {
    private let store: Store

    /// Makes an intake.
    public init(store: Store) {
        self.store = store
    }

    /// Finds the mail and leaves the rest to the worker.
    public func take(_ feedback: MailFeedback) async throws -> MailFeedbackOutcome {
        try await store.withTransaction { transaction in
            guard let mail = try await transaction.mail(meantBy: feedback) else { return .noSuchMail }
            let job = TakeMailFeedback(mail: mail, report: feedback.kind, code: feedback.code.flatMap { MailStatusCode($0) })
            let key = "\(mail)/\(feedback.kind.rawValue)/\(feedback.code ?? "")"
            if case .enqueued = try await transaction.outcome(ofEnqueuing: job, JobOptions(uniqueKey: key)) { return .taken }
            return .known
        }
    }
}

/// What a report came to.
public enum MailFeedbackOutcome: String, Sendable, Hashable {
    /// It was new.
    case taken
    /// It was told before.
    case known
    /// No mail of ours is meant.
    case noSuchMail = "no_such_mail"
}

/// Takes reports about mails.
public protocol MailFeedbackTaking: Sendable {
    /// Notes a report; told again it changes nothing.
    func take(_ feedback: MailFeedback) async throws -> MailFeedbackOutcome
}

extension NotificationTransaction {
    /// Notes that a mail came back; one that has to be read is tried once more, then those who run its org are told.
    ///
    /// - Parameter retryAt: when it is tried again; `nil` where whoever calls does it.
    /// - Returns: whether it is tried again.
    @discardableResult
    func bounce(_ entry: OutboxEntry, code: String?, retryAt: Instant?, at now: Instant) async throws -> Bool {
        let mail = entry.mail
        let count = try await bounceMail(mail.id, attempts: mail.attempts, note: "came back with \(code ?? "no code")", at: now)
        try await record(EmailBounced(outcome: MailOutcome(template: mail.template, code: code, about: entry.about)), by: .notifications)
        guard mail.template.mailClass.isSentAgainWhenUnknown else { return false }
        guard count == 1 else {
            try await publish(MailUndeliverable(mail: mail.id, org: entry.about.uuid(of: .org), template: mail.template))
            return false
        }
        if let retryAt {
            var options = SendMail.options(for: mail, about: entry.about)
            options.runAt = retryAt
            options.uniqueKey = "\(mail.id)/again"
            try await enqueue(SendMail(mail: mail.id), options)
        }
        return true
    }
}

/// The list of addresses that get no more mail, for those who may take one from it (NOT-057).
public struct SuppressionList<Store: NotificationStore>: Sendable {
    private let store: Store
    private let dateSource: any DateSource

    /// Makes a list.
    public init(store: Store, dateSource: any DateSource) {
        self.store = store
        self.dateSource = dateSource
    }

    /// Takes an address from the list.
    ///
    /// - Returns: `false` when it was not on it.
    @discardableResult
    public func lift(_ address: MailAddress, because reason: String) async throws -> Bool {
        let now = dateSource.now
        return try await store.withTransaction { try await $0.lift(address, because: reason, at: now) }
    }
}

extension NotificationTransaction {
    func lift(_ address: MailAddress, because reason: String, at now: Instant) async throws -> Bool {
        guard let lifted = try await liftSuppression(of: address, because: reason, at: now) else { return false }
        try await withdrawUndeliverableNotices(about: address, at: now)
        if let source = lifted.source {
            try await record(SuppressionRemoved(kind: lifted.kind, reason: reason, source: source), by: .notifications)
        }
        return true
    }
}
