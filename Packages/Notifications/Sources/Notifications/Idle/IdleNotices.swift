public import Core
internal import Identity
public import IdleCancellation
public import Observability

/// What people are told of idle cancellations: mails that are held until they are true, and notices (IDL-023, IDL-030, IDL-039, IDL-055, IDL-058).
public struct IdleNotices<Transaction: NotificationTransaction>: IdleNoticeSink {
    private let outbox: MailOutbox
    private let composer: any IdleMailComposing
    private let tokens: any KeepTokenSigning
    private let dateSource: any DateSource
    private let metrics: Metrics

    /// Makes a sink.
    public init(
        outbox: MailOutbox, composer: any IdleMailComposing, tokens: any KeepTokenSigning, dateSource: any DateSource, metrics: Metrics
    ) {
        self.outbox = outbox
        self.composer = composer
        self.tokens = tokens
        self.dateSource = dateSource
        self.metrics = metrics
    }

    /// One mail for each recipient, with a link of its own; without a key that signs, without one (IDL-054).
    public func hold(_ idleCase: IdleCase, in transaction: Transaction) async throws {
        for draft in try await decisionDrafts(idleCase, in: transaction) {
            count("idle_cancel", "held", try await outbox.hold(draft, at: dateSource.now, in: transaction).count)
        }
    }

    /// Lets the held mails go.
    public func release(_ idleCase: IdleCase, in transaction: Transaction) async throws {
        let released = try await outbox.release(IdleMailComposer.decisions(of: idleCase), at: dateSource.now, in: transaction)
        count("idle_cancel", "queued", released)
        guard let matter = try await transaction.idleMatter(of: idleCase) else { return }
        for user in Self.told(matter) {
            _ = try await transaction.post(
                Notice(
                    id: .make(at: dateSource.now), user: user, kind: .idleCancelPending, severity: .warning,
                    decision: "\(Self.noticesOfEnd(idleCase))\(idleCase.endsAt)", org: idleCase.org, subscription: idleCase.subscription,
                    resource: matter.resource, via: "idle", renewsAt: nil, until: idleCase.endsAt, createdAt: dateSource.now))
        }
    }

    /// How the decisions of the notices begin that a case is to end a subscription.
    private static func noticesOfEnd(_ idleCase: IdleCase) -> String { "idle_cancel/\(idleCase.id)/" }

    /// Cancels the held mails and takes the notices away.
    public func withdraw(_ idleCase: IdleCase, in transaction: Transaction) async throws {
        try await withdrawMails(idleCase, in: transaction)
        try await transaction.withdrawNotices(
            [.idleCancelPending], of: idleCase.org, decisions: Self.noticesOfEnd(idleCase), at: dateSource.now)
    }

    private func withdrawMails(_ idleCase: IdleCase, in transaction: Transaction) async throws {
        let withdrawn = try await transaction.withdrawMails(
            ofDecisions: IdleMailComposer.decisions(of: idleCase), because: "what it was to tell is not true any more", at: dateSource.now)
        count("idle_cancel", "canceled", withdrawn)
    }

    /// The mail to the owners, who acted and whose seat it is, and a notice for each of them.
    public func kept(_ idleCase: IdleCase, in transaction: Transaction) async throws {
        try await transaction.withdrawNotices(
            [.idleCancelPending], of: idleCase.org, decisions: Self.noticesOfEnd(idleCase), at: dateSource.now)
        guard let matter = try await transaction.idleMatter(of: idleCase) else { return }
        let now = dateSource.now
        let draft = composer.kept(idleCase, matter, to: Self.recipients(matter, billing: false))
        count("subscription_kept", "queued", try await outbox.queue(draft, at: now, in: transaction).count)
        for user in Self.told(matter) {
            _ = try await transaction.post(
                Notice(
                    id: .make(at: now), user: user, kind: .subscriptionKept, severity: .info, decision: "subscription_kept/\(idleCase.id)",
                    org: idleCase.org, subscription: idleCase.subscription, resource: matter.resource,
                    via: idleCase.via?.rawValue ?? "link",
                    renewsAt: idleCase.endsAt, createdAt: now))
        }
    }

    /// The mail to the owners, who acted and whose seat it is.
    public func keepFailed(_ idleCase: IdleCase, in transaction: Transaction) async throws {
        try await transaction.withdrawNotices(
            [.idleCancelPending], of: idleCase.org, decisions: Self.noticesOfEnd(idleCase), at: dateSource.now)
        guard let matter = try await transaction.idleMatter(of: idleCase) else { return }
        let draft = composer.keepFailed(idleCase, matter, to: Self.recipients(matter, billing: false))
        count("keep_failed", "queued", try await outbox.queue(draft, at: dateSource.now, in: transaction).count)
    }

    /// Replaces held mails; to whom the former date was told already, the new one is told at once (IDL-031).
    public func periodMoved(_ idleCase: IdleCase, in transaction: Transaction) async throws {
        try await withdrawMails(idleCase, in: transaction)
        try await hold(idleCase, in: transaction)
        if idleCase.wasTold { try await release(idleCase, in: transaction) }
    }

    /// Writes the mails of an open case once more, with the links of the newest key: after a leak, or when a key was added to an installation without one
    /// (IDL-054, section 9). Held ones are replaced; to whom the end was told already, they go at once. Once for each key.
    ///
    /// - Returns: how many mails are new.
    @discardableResult
    public func resend(_ idleCase: IdleCase, in transaction: Transaction) async throws -> Int {
        guard idleCase.state.isPending, let key = tokens.keyIDs.first else { return 0 }
        try await withdrawMails(idleCase, in: transaction)
        var count = 0
        for draft in try await decisionDrafts(idleCase, in: transaction) {
            let again = MailDraft(
                decision: "\(draft.decision)/\(key)", context: draft.context, about: draft.about, recipients: draft.recipients)
            count += try await outbox.hold(again, at: dateSource.now, in: transaction).count
        }
        self.count("idle_cancel", "held", count)
        if idleCase.wasTold { try await release(idleCase, in: transaction) }
        return count
    }

    private func decisionDrafts(_ idleCase: IdleCase, in transaction: Transaction) async throws -> [MailDraft] {
        guard let matter = try await transaction.idleMatter(of: idleCase) else { return [] }
        return Self.recipients(matter, billing: true).map { recipient in
            let claims = KeepClaims(
                subscription: idleCase.subscription, idleCase: idleCase.id, recipient: KeepClaims.recipient(recipient.address.description),
                periodEnd: idleCase.endsAt, issuedAt: idleCase.decidedAt ?? idleCase.createdAt)
            let link = tokens.keyIDs.isEmpty ? nil : MailSecretLink(claims)
            return composer.cancelDecision(idleCase, matter, to: recipient, link: link)
        }
    }

    /// The owners, a differing billing address where it is to be told, who acted and whose seat it is; each address once (IDL-055).
    private static func recipients(_ matter: IdleMatter, billing: Bool) -> [MailRecipient] {
        var recipients = matter.owners.compactMap { recipient($0, because: "you own \(matter.org)") }
        if billing, let address = matter.billingAddress.flatMap({ MailAddress($0) }) {
            recipients.append(
                MailRecipient(address: address, user: nil, locale: nil, reason: "the bills of \(matter.org) go to this address"))
        }
        if let actor = matter.actor { recipients += [recipient(actor, because: "you kept the subscription")].compactMap(\.self) }
        if let person = matter.subscriber { recipients += [recipient(person, because: "it is your access")].compactMap(\.self) }
        var seen: Set<MailAddress> = []
        return recipients.filter { seen.insert($0.address).inserted }
    }

    private static func recipient(_ person: IdleMatter.Person, because reason: String) -> MailRecipient? {
        MailAddress(person.email).map { MailRecipient(address: $0, user: person.user.uuid, locale: nil, reason: reason) }
    }

    private static func told(_ matter: IdleMatter) -> [User.ID] {
        var seen: Set<User.ID> = []
        return (matter.owners + [matter.actor, matter.subscriber].compactMap(\.self)).map(\.user).filter { seen.insert($0).inserted }
    }

    private func count(_ kind: String, _ status: String, _ number: Int) {
        guard number > 0 else { return }
        metrics.counter(
            "trellis_idle_mail_enqueued_total", help: "Mails of idle cancellation, by kind and status.",
            labels: [Label("kind", kind), Label("status", status)]
        ).increment(by: number)
    }
}
