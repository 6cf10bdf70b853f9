internal import Audit
public import Billing
public import Core
internal import Identity
internal import Orgs

/// What an org is charged by changed (NOT-141).
public struct PaymentMethodChangedRule: MailRule {
    /// `notifications.payment_method_changed`
    public static let name = "notifications.payment_method_changed"
    private let facts: any MailFacts
    private let dateSource: any DateSource

    /// Makes the rule.
    public init(facts: any MailFacts, dateSource: any DateSource) {
        self.facts = facts
        self.dateSource = dateSource
    }

    /// One mail for each change to whoever pays.
    public func drafts(for event: PaymentMethodChanged, occurrence: String) async throws -> [MailDraft] {
        guard let org = try await facts.org(event.org) else { return [] }
        var actor: String?
        if let person = event.by { actor = try await facts.person(person)?.name.description }
        let brand = event.brand?.capitalizedBrand
        let context = PaymentMethodChangedContext(
            org: org.name.description, orgID: org.id.description, change: event.change,
            method: event.last4.map { "\(brand ?? "card") ending \($0)" } ?? brand ?? "a payment method", actor: actor,
            changedAt: dateSource.now)
        return [
            MailDraft(
                decision: "\(PaymentMethodChanged.topic)/\(event.method.rawValue)/\(event.change.rawValue)/\(occurrence)", context: context,
                about: [AuditReference(org.id)], recipients: try await Audience(facts: facts, org: org).billing())
        ]
    }
}

/// The bank wants a payment confirmed (NOT-137).
public struct PaymentActionRequiredRule: MailRule {
    /// `notifications.payment_action_required`
    public static let name = "notifications.payment_action_required"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// One mail for each invoice to whoever pays.
    public func drafts(for event: PaymentActionRequired, occurrence: String) async throws -> [MailDraft] {
        guard let matter = try await SubscriptionMatter(event.subscription, of: event.org, facts: facts) else { return [] }
        let context = PaymentActionRequiredContext(
            org: matter.orgName, orgID: matter.orgID, plan: matter.plan, amount: event.amount,
            deadline: matter.view.subscription.graceDeadline, hostedURL: event.hostedURL)
        return [
            MailDraft(
                decision: "\(PaymentActionRequired.topic)/\(event.invoice)", context: context,
                about: matter.about + [AuditReference(event.invoice)], recipients: try await matter.audience.billing())
        ]
    }
}

/// A change to another plan was not made (NOT-143).
public struct PlanChangeFailedRule: MailRule {
    /// `notifications.plan_change_failed`
    public static let name = "notifications.plan_change_failed"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// One mail for each change to whoever pays and to whoever asked.
    public func drafts(for event: SubscriptionPlanChangeFailed, occurrence: String) async throws -> [MailDraft] {
        guard let matter = try await SubscriptionMatter(event.facts, facts: facts) else { return [] }
        let context = PlanChangeFailedContext(
            org: matter.orgName, orgID: matter.orgID, resource: matter.resource ?? matter.plan,
            plan: facts.planName(event.facts.plan.key), wishedPlan: facts.planName(event.wished.key), isForPayment: event.isForPayment)
        return [
            MailDraft(
                decision: "\(SubscriptionPlanChangeFailed.topic)/\(event.change)", context: context, about: matter.about,
                recipients: try await matter.audience.billing()
                    + matter.audience.person(event.requestedBy, reason: "you asked for the change"))
        ]
    }
}

/// The card that is charged ends before the next renewal (NOT-140).
public struct CardExpiringRule: MailRule {
    /// `notifications.card_expiring`
    public static let name = "notifications.card_expiring"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// One mail for each expiry of a card to whoever pays, about the first renewal that it cannot pay; what ends renews no more.
    public func drafts(for event: CardEnding, occurrence: String) async throws -> [MailDraft] {
        guard let matter = try await SubscriptionMatter(event.facts, facts: facts), !matter.view.subscription.isTerminal,
            let method = try await facts.defaultMethod(of: matter.org.id), method.id == event.method, let last4 = method.last4,
            let end = method.lastInstant, end == event.endsOn
        else { return [] }
        let context = CardExpiringContext(
            org: matter.orgName, orgID: matter.orgID, plan: matter.plan, brand: method.brand?.capitalizedBrand, last4: last4, endsOn: end,
            renewsAt: event.renewsAt)
        return [
            MailDraft(
                decision: "card_expiring/\(matter.orgID)/\(method.id.rawValue)/\(end.secondsSinceEpoch)", context: context,
                about: matter.about,
                recipients: try await matter.audience.billing())
        ]
    }
}

extension String {
    /// The provider's word for a brand as people write it.
    fileprivate var capitalizedBrand: String { prefix(1).uppercased() + dropFirst() }
}
