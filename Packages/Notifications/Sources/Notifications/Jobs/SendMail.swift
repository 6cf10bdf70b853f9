internal import Audit
public import Core
internal import FoundationEssentials
internal import Identity
public import Jobs
public import Observability

/// Writes a mail and hands it to the relay.
public struct SendMail: Job {
    /// `notifications.send_mail`
    public static let kind = "notifications.send_mail"
    /// The lane of mails.
    public static let lane = Lane.mail
    /// Longer than a whole exchange with a relay may take.
    public static let timeout: Duration = .seconds(120)
    /// Which mail.
    public let mail: Mail.ID

    /// Asks for a mail to be sent.
    public init(mail: Mail.ID) {
        self.mail = mail
    }

    /// Security before required before service before optional, and a share for each org (NOT-038).
    static func options(for mail: Mail, about: AuditReferences) -> JobOptions {
        let priority: JobPriority =
            switch mail.template.mailClass {
            case .security: .urgent
            case .required: .normal
            case .service: .low
            case .optional: .bulk
            }
        return JobOptions(priority: priority, uniqueKey: mail.id.description, org: about.uuid(of: .org))
    }
}

/// Sends mails: what is written is stored before the first attempt, and each attempt before it begins, so that a process may die anywhere.
public struct SendMailHandler<Store: NotificationStore>: JobHandler {
    private let store: Store
    private let renderer: any MailRendering
    private let sender: any EmailSender
    private let reasons: any MailReasons
    private let unsubscribing: (any UnsubscribeLinks)?
    private let jitter: @Sendable () -> Double
    private let log: Log

    /// Makes the handler.
    ///
    /// - Parameter reasons: knows whether what a mail tells is still so.
    /// - Parameter unsubscribing: makes the links by which a mail is turned off; `nil` where none can be made.
    /// - Parameter jitter: gives a random fraction from 0 to 1 for the waits between attempts.
    public init(
        store: Store, renderer: any MailRendering, sender: any EmailSender, reasons: any MailReasons,
        unsubscribing: (any UnsubscribeLinks)? = nil, jitter: @escaping @Sendable () -> Double, log: Log
    ) {
        self.store = store
        self.renderer = renderer
        self.sender = sender
        self.reasons = reasons
        self.unsubscribing = unsubscribing
        self.jitter = jitter
        self.log = log
    }

    /// Sends the mail unless it is settled; running again after a crash goes on where it was.
    public func run(_ job: SendMail, context: JobContext) async throws -> JobOutcome {
        guard let found = try await store.withTransaction({ try await $0.lockMail(job.mail) }) else {
            return .discarded(reason: "there is no such mail")
        }
        if let link = EndedLink(in: found.mail, at: context.now) { return try await renew(link, of: job.mail, context: context) }
        if let outcome = try await stop(found, context: context) { return outcome }
        var rendering: RenderedMail?
        if MailStep.next(for: found.mail) == .render {
            do {
                rendering = try await renderer.render(found.mail)
            } catch let error as MailRenderingError {
                return try await settle(job.mail, as: .failed, from: .queued, note: error.description, context: context)
            }
        }
        let begun = try await begin(job.mail, rendering: rendering, context: context)
        switch begun {
        case .attempt(let entry, let rendered): return try await attempt(entry, rendered, context: context)
        case .ended(let outcome): return outcome
        }
    }

    /// Ends a mail that has not left and is not to leave any more: its reason is gone (NOT-034), or its address takes none of its class (NOT-056).
    private func stop(_ found: OutboxEntry, context: JobContext) async throws -> JobOutcome? {
        guard found.mail.status.hasNotLeft && found.mail.status != .held || found.mail.isTriedAgainAfterBounce else { return nil }
        let cause = try await reasons.whyGone(found)
        return try await store.withTransaction { transaction in
            guard let entry = try await transaction.lockMail(found.mail.id) else { return nil }
            let mail = entry.mail
            guard mail.status.hasNotLeft || mail.isTriedAgainAfterBounce else { return nil }
            if let cause {
                try await transaction.moveMail(mail.id, to: .canceled, attempts: mail.attempts, note: cause, at: context.now)
            } else if mail.status.hasNotLeft, mail.template.mailClass.isSuppressible,
                let suppression = try await transaction.suppression(of: mail.recipient, at: context.now)
            {
                try await transaction.moveMail(
                    mail.id, to: .suppressed, attempts: mail.attempts, note: suppression.kind.rawValue, at: context.now)
                let outcome = MailOutcome(template: mail.template, code: suppression.kind.rawValue, about: entry.about)
                try await transaction.record(EmailSuppressed(outcome: outcome), by: .notifications)
            } else if mail.status.hasNotLeft, try await !transaction.isWanted(mail) {
                // Turned off while it waited (NOT-062).
                try await transaction.moveMail(
                    mail.id, to: .skipped, attempts: mail.attempts, note: "turned off by its recipient", at: context.now)
                let outcome = MailOutcome(template: mail.template, code: mail.template.category.rawValue, about: entry.about)
                try await transaction.record(EmailSkipped(outcome: outcome), by: .notifications)
            } else {
                return nil
            }
            try await transaction.finish(context.lease)
            return .committed
        }
    }

    /// A mail whose link has ended is of no use to anybody: it stays here, and Identity is asked for another (ID-153).
    private func renew(_ link: EndedLink, of id: Mail.ID, context: JobContext) async throws -> JobOutcome {
        try await store.withTransaction { transaction in
            if let entry = try await transaction.lockMail(id), EndedLink(in: entry.mail, at: context.now) != nil {
                try await transaction.moveMail(
                    id, to: .canceled, attempts: entry.mail.attempts, note: "the link in it had ended", at: context.now)
                try await transaction.enqueue(RenewLink(link: link.id), JobOptions(uniqueKey: link.id.description))
            }
            try await transaction.finish(context.lease)
            return .committed
        }
    }

    private enum Beginning: Sendable {
        case attempt(OutboxEntry, RenderedMail)
        case ended(JobOutcome)
    }

    /// Notes that an attempt begins, and keeps what was written, before a byte leaves.
    private func begin(_ id: Mail.ID, rendering: RenderedMail?, context: JobContext) async throws -> Beginning {
        try await store.withTransaction { transaction in
            guard var entry = try await transaction.lockMail(id) else { return .ended(.discarded(reason: "there is no such mail")) }
            if let rendering, entry.mail.status == .queued {
                if let budget = AccessNoticeBudget(of: entry), try await !transaction.hasRoom(in: budget, at: context.now) {
                    try await transaction.moveMail(
                        id, to: .skipped, attempts: entry.mail.attempts, note: "too many of them", at: context.now)
                    try await transaction.record(AccessNoticesExceeded(about: entry.about), by: .notifications)
                    try await transaction.finish(context.lease)
                    return .ended(.committed)
                }
                try await transaction.saveRendering(rendering, of: id, at: context.now)
                entry = OutboxEntry(mail: entry.mail.moved(to: .rendered), about: entry.about, rendered: rendering)
            }
            switch MailStep.next(for: entry.mail) {
            case .attempt:
                guard let rendered = entry.rendered else { return .ended(.discarded(reason: "the mail was never written")) }
                if entry.mail.status == .sending {
                    try await transaction.moveMail(
                        id, to: .unknown, attempts: entry.mail.attempts, note: "the process that sent it ended", at: context.now)
                }
                let mail = entry.mail.moved(to: .sending, attempts: entry.mail.attempts + 1)
                try await transaction.moveMail(id, to: .sending, attempts: mail.attempts, note: nil, at: context.now)
                return .attempt(OutboxEntry(mail: mail, about: entry.about, rendered: rendered), rendered)
            case .leaveUnknown:
                if entry.mail.status == .sending {
                    try await fail(entry, as: .unknown, reason: "the process that sent it ended", at: context.now, in: transaction)
                }
                try await transaction.finish(context.lease)
                return .ended(.committed)
            case .render: return .ended(.retry(after: .zero))
            case .nothing: return .ended(.completed)
            }
        }
    }

    private func attempt(_ entry: OutboxEntry, _ rendered: RenderedMail, context: JobContext) async throws -> JobOutcome {
        let mail = entry.mail
        let leaving = try renderer.finish(rendered, of: mail)
        let email = Email(
            id: mail.id, template: mail.template, recipient: mail.recipient, date: mail.queuedAt, subject: leaving.subject,
            html: leaving.html, text: leaving.text, unsubscribeURL: unsubscribing?.url(for: mail), brand: mail.brand)
        do {
            let receipt = try await sender.send(email)
            return try await sent(entry, receipt: receipt, context: context)
        } catch let refusal as EmailRefusal {
            return try await refused(entry, refusal, context: context)
        }
    }

    private func sent(_ entry: OutboxEntry, receipt: EmailReceipt, context: JobContext) async throws -> JobOutcome {
        let mail = entry.mail
        try await store.withTransaction { transaction in
            // Another process may have taken over meanwhile; what the relay said stands all the same.
            guard let current = try await transaction.lockMail(mail.id), [.sending, .unknown].contains(current.mail.status) else { return }
            try await transaction.moveMail(
                mail.id, to: .sent, attempts: current.mail.attempts, note: receipt.reply, at: context.now)
            if let relay = receipt.relay { try await transaction.noteRelay(relay, queueID: receipt.queueID, of: mail.id) }
            try await transaction.record(
                EmailSent(template: mail.template, attempts: mail.attempts, about: entry.about), by: .notifications)
            try await transaction.finish(context.lease)
        }
        log.info("mail sent", fields(entry))
        return .committed
    }

    private func refused(_ entry: OutboxEntry, _ refusal: EmailRefusal, context: JobContext) async throws -> JobOutcome {
        let mail = entry.mail
        let delay = MailRetrySchedule.delay(afterAttempt: mail.attempts, jitter: jitter())
        log.warning("mail refused", fields(entry).merging(["reason": .string(refusal.description)]) { own, _ in own })
        switch refusal {
        case .permanent(let reason, concernsAddress: true): return try await cameBack(entry, reason: reason, context: context)
        case .permanent(let reason, concernsAddress: false):
            return try await settle(mail.id, as: .failed, from: .sending, note: reason, context: context)
        case .temporary(let reason), .unreachable(let reason):
            guard let delay else { return try await settle(mail.id, as: .failed, from: .sending, note: reason, context: context) }
            return try await postpone(mail, to: .deferred, note: reason, delay: delay, context: context)
        case .unknown(let reason):
            guard let delay, mail.template.mailClass.isSentAgainWhenUnknown else {
                return try await settle(mail.id, as: .unknown, from: .sending, note: reason, context: context)
            }
            return try await postpone(mail, to: .unknown, note: reason, delay: delay, context: context)
        }
    }

    /// The address takes no mail: it gets on the list, and what must be read is tried once more after a day (NOT-056).
    private func cameBack(_ entry: OutboxEntry, reason: String, context: JobContext) async throws -> JobOutcome {
        let mail = entry.mail
        let isTriedAgain = try await store.withTransaction { transaction in
            guard try await transaction.lockMail(mail.id)?.mail.status == .sending else { return false }
            try await transaction.suppress(mail.recipient, as: .hardBounce, because: mail.id, at: context.now)
            return try await transaction.bounce(entry, code: MailFeedback.enhancedCode(reason), retryAt: nil, at: context.now)
        }
        return isTriedAgain ? .retry(after: .hours(24)) : .completed
    }

    private func postpone(
        _ mail: Mail, to status: MailStatus, note: String, delay: Duration, context: JobContext
    ) async throws -> JobOutcome {
        try await store.withTransaction { transaction in
            guard try await transaction.lockMail(mail.id)?.mail.status == .sending else { return }
            try await transaction.moveMail(mail.id, to: status, attempts: mail.attempts, note: note, at: context.now)
        }
        return .retry(after: delay)
    }

    /// Ends the mail's way without a relay having taken it for certain.
    private func settle(
        _ id: Mail.ID, as status: MailStatus, from expected: MailStatus, note: String, context: JobContext
    ) async throws -> JobOutcome {
        try await store.withTransaction { transaction in
            if let entry = try await transaction.lockMail(id), entry.mail.status == expected {
                try await fail(entry, as: status, reason: note, at: context.now, in: transaction)
                log.error("mail not sent", fields(entry).merging(["reason": .string(note)]) { own, _ in own })
            }
            try await transaction.finish(context.lease)
        }
        return .committed
    }

    private func fail(
        _ entry: OutboxEntry, as status: MailStatus, reason: String, at now: Instant, in transaction: Store.Transaction
    ) async throws {
        try await transaction.moveMail(entry.mail.id, to: status, attempts: entry.mail.attempts, note: reason, at: now)
        try await transaction.record(
            EmailFailed(
                template: entry.mail.template, attempts: entry.mail.attempts, status: status, reason: reason, about: entry.about),
            by: .notifications)
    }

    /// What a log line about a mail says: ids and the template, never an address or a body (NOT-195).
    private func fields(_ entry: OutboxEntry) -> [String: JSONValue] {
        var fields: [String: JSONValue] = [
            "mail": .string(entry.mail.id.description), "template": .string(entry.mail.template.rawValue),
            "attempt": .integer(Int64(entry.mail.attempts)),
        ]
        for kind in [AuditReferenceKind.org, .subscription] {
            if let id = entry.about.uuid(of: kind) { fields[kind.rawValue] = .string(id.uuidString.lowercased()) }
        }
        return fields
    }
}
