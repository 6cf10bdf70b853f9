public import Billing
public import Core
public import Orgs

extension NoticeChanges {
    /// The kinds that tell of a debt.
    fileprivate static let ofDebts: [(kind: Notice.Kind, topic: String)] = [
        (.paymentFailed, PaymentFailed.topic), (.paymentActionRequired, PaymentActionRequired.topic),
        (.pastDueDeadline, DunningStageReached.topic),
    ]

    /// Takes away what was told of a subscription's debt.
    fileprivate static func settled(_ facts: SubscriptionFacts) -> NoticeChanges {
        NoticeChanges(
            withdrawals: ofDebts.map { Withdrawal(kinds: [$0.kind], org: facts.org, decisions: "\($0.topic)/\(facts.subscription)/") })
    }
}

extension SubscriptionMatter {
    /// Whether something is owed now.
    fileprivate var isOwed: Bool { [.pastDue, .unpaid].contains(view.subscription.status) }

    /// A notice about the subscription to the owners of its org.
    fileprivate func post(
        _ kind: Notice.Kind, _ severity: Notice.Severity, decision: String, until: Instant?
    ) async throws -> NoticeChanges {
        NoticeChanges(posts: [
            NoticeChanges.Post(
                kind: kind, severity: severity, decision: decision, org: org.id, resource: resource ?? plan, until: until,
                subscription: view.subscription.id, users: try await facts.owners(of: org.id).map(\.user))
        ])
    }
}

extension PaymentFailed: NoticeCause {
    /// `notifications.show_failed_payment`
    public static let noticeHandler = "notifications.show_failed_payment"

    /// One for each invoice, while it is owed.
    public func noticeChanges(_ facts: any MailFacts, occurrence: String) async throws -> NoticeChanges {
        guard let matter = try await SubscriptionMatter(subscription, of: org, facts: facts), matter.isOwed else { return .none }
        return try await matter.post(
            .paymentFailed, .warning, decision: "\(Self.topic)/\(subscription)/\(invoice?.description ?? occurrence)",
            until: matter.view.subscription.graceDeadline)
    }
}

extension PaymentActionRequired: NoticeCause {
    /// `notifications.show_payment_action`
    public static let noticeHandler = "notifications.show_payment_action"

    /// One for each invoice.
    public func noticeChanges(_ facts: any MailFacts, occurrence: String) async throws -> NoticeChanges {
        guard let matter = try await SubscriptionMatter(subscription, of: org, facts: facts), !matter.view.subscription.isTerminal else {
            return .none
        }
        return try await matter.post(
            .paymentActionRequired, .warning, decision: "\(Self.topic)/\(subscription)/\(invoice)",
            until: matter.view.subscription.graceDeadline)
    }
}

extension InvoicePaid: NoticeCause {
    /// `notifications.hide_paid_invoice`
    public static let noticeHandler = "notifications.hide_paid_invoice"

    /// What was told of the invoice is over.
    public func noticeChanges(_ facts: any MailFacts, occurrence: String) async throws -> NoticeChanges {
        guard let subscription else { return .none }
        return NoticeChanges(
            withdrawals: [PaymentFailed.topic, PaymentActionRequired.topic].map {
                NoticeChanges.Withdrawal(
                    kinds: [.paymentFailed, .paymentActionRequired], org: org, decisions: "\($0)/\(subscription)/\(invoice)")
            })
    }
}

extension DunningStageReached: NoticeCause {
    /// `notifications.show_payment_deadline`
    public static let noticeHandler = "notifications.show_payment_deadline"
    /// Where it happened.
    public var org: Org.ID { facts.org }

    /// One for each stage from the day on that the service is limited.
    public func noticeChanges(_ facts: any MailFacts, occurrence: String) async throws -> NoticeChanges {
        guard stage == .readOnly || stage == .lastDay, let matter = try await SubscriptionMatter(self.facts, facts: facts), matter.isOwed
        else { return .none }
        return try await matter.post(
            .pastDueDeadline, .critical, decision: "\(Self.topic)/\(subscription)/\(debt)/\(stage.rawValue)", until: deadline)
    }
}

extension SubscriptionStandingChanged: NoticeCause {
    /// `notifications.hide_settled_debt`
    public static let noticeHandler = "notifications.hide_settled_debt"
    /// Where it happened.
    public var org: Org.ID { facts.org }

    /// Once nothing is owed any more, nothing is told of it.
    public func noticeChanges(_ facts: any MailFacts, occurrence: String) async throws -> NoticeChanges {
        to == .active ? .settled(self.facts) : .none
    }
}

extension SubscriptionEnded: NoticeCause {
    /// `notifications.hide_ended_subscription`
    public static let noticeHandler = "notifications.hide_ended_subscription"
    /// Where it happened.
    public var org: Org.ID { facts.org }

    /// Nothing can be done about its debts any more, and its end is not ahead.
    public func noticeChanges(_ facts: any MailFacts, occurrence: String) async throws -> NoticeChanges {
        .settled(self.facts)
    }
}
