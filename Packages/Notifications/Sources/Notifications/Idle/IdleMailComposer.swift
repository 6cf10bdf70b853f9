internal import Audit
internal import Core
public import Graphs
public import IdleCancellation

/// Composes the mails about idle cancellations (idle-cancel.md, section 5).
public protocol IdleMailComposing: Sendable {
    /// The mail about a decision, for one recipient.
    ///
    /// - Parameter link: the recipient's keep link; `nil` for the variant whose only remedy is using the product.
    func cancelDecision(_ idleCase: IdleCase, _ matter: IdleMatter, to recipient: MailRecipient, link: MailSecretLink?) -> MailDraft

    /// The mail that says a subscription continues.
    func kept(_ idleCase: IdleCase, _ matter: IdleMatter, to recipients: [MailRecipient]) -> MailDraft

    /// The mail that says a reversal came too late.
    func keepFailed(_ idleCase: IdleCase, _ matter: IdleMatter, to recipients: [MailRecipient]) -> MailDraft
}

/// Composes them from the templates' contexts.
public struct IdleMailComposer: IdleMailComposing {
    private let graphs: GraphCatalogue

    /// Makes a composer.
    ///
    /// - Parameter graphs: says how long graphs and their final backups are kept; what acts on them reads the same figures (IDL-056).
    public init(graphs: GraphCatalogue) {
        self.graphs = graphs
    }

    /// What the decisions of a case's mails begin with; a moved period is a decision of its own (IDL-031).
    static func decisions(of idleCase: IdleCase) -> String {
        "idle_cancel/\(idleCase.id)/"
    }

    /// The mail about a decision.
    public func cancelDecision(
        _ idleCase: IdleCase, _ matter: IdleMatter, to recipient: MailRecipient, link: MailSecretLink?
    ) -> MailDraft {
        let isSeat = idleCase.subject.person != nil
        let suspendedUntil = idleCase.endsAt + graphs.retention
        let context = IdleCancelContext(
            org: matter.org, resource: matter.resource, person: isSeat ? matter.subscriber?.name ?? "A former member" : nil,
            periods: idleCase.interval.periods, endsAt: idleCase.endsAt,
            retention: isSeat ? nil : .init(dataUntil: suspendedUntil, backupUntil: suspendedUntil + graphs.finalBackupHosting),
            keepLink: link)
        return MailDraft(
            decision: Self.decisions(of: idleCase) + String(idleCase.endsAt.secondsSinceEpoch), context: context, about: idleCase.about,
            recipients: [recipient])
    }

    /// The mail that says a subscription continues.
    public func kept(_ idleCase: IdleCase, _ matter: IdleMatter, to recipients: [MailRecipient]) -> MailDraft {
        let context = SubscriptionKeptContext(
            org: matter.org, orgID: idleCase.org.description, resource: matter.resource, how: Self.how(idleCase, matter),
            renewsAt: idleCase.endsAt)
        return MailDraft(decision: "subscription_kept/\(idleCase.id)", context: context, about: idleCase.about, recipients: recipients)
    }

    /// The mail that says a reversal came too late.
    public func keepFailed(_ idleCase: IdleCase, _ matter: IdleMatter, to recipients: [MailRecipient]) -> MailDraft {
        let context = KeepFailedContext(
            org: matter.org, orgID: idleCase.org.description, resource: matter.resource, accessUntil: idleCase.endsAt)
        return MailDraft(decision: "keep_failed/\(idleCase.id)", context: context, about: idleCase.about, recipients: recipients)
    }

    /// What kept it, as the end of a sentence. No person is named: the log of the org knows who it was.
    private static func how(_ idleCase: IdleCase, _ matter: IdleMatter) -> String {
        switch idleCase.via {
        case .link, nil: "the link of our mail was used"
        case .activity: "somebody in \(matter.org) used the product"
        case .portal: "it was renewed on the pages of the payment provider"
        case .owner: "an owner, or whose seat it is, took the end back"
        case .operator: "calling it off was our mistake, and we took it back"
        }
    }
}

extension IdleCase {
    /// What the mails are about, for the log.
    var about: [AuditReference] {
        [AuditReference(org), AuditReference(subscription), AuditReference(id)]
    }
}

extension RenewalInterval {
    /// What several of its periods are called: `months`, `3-month periods`.
    var periods: String {
        count == 1 ? "\(unit.rawValue)s" : "\(count)-\(unit.rawValue) periods"
    }
}
