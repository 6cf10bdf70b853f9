internal import Audit
public import Billing
internal import Core
internal import Graphs
internal import Orgs

/// What was owed was paid (NOT-138): after a failure only.
public struct PaymentRecoveredRule: MailRule {
    /// `notifications.payment_recovered`
    public static let name = "notifications.payment_recovered"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// One mail to whoever pays.
    public func drafts(for event: SubscriptionStandingChanged, occurrence: String) async throws -> [MailDraft] {
        guard event.from == .pastDue || event.from == .unpaid, event.to == .active,
            let matter = try await SubscriptionMatter(event.facts, facts: facts)
        else { return [] }
        let context = PaymentRecoveredContext(
            org: matter.orgName, orgID: matter.orgID, plan: matter.plan, renewsAt: matter.view.subscription.currentPeriod?.end)
        return [
            MailDraft(
                decision: "\(SubscriptionStandingChanged.topic)/\(event.subscription)/\(occurrence)", context: context,
                about: matter.about, recipients: try await matter.audience.billing())
        ]
    }
}

/// A subscription ended because it was not paid for (NOT-139).
public struct PaymentEndedRule: MailRule {
    /// `notifications.payment_ended`
    public static let name = "notifications.payment_ended"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// One mail to whoever pays, to the owners and to those who administer the graph.
    public func drafts(for event: SubscriptionEnded, occurrence: String) async throws -> [MailDraft] {
        guard event.origin == .paymentFailure, let matter = try await SubscriptionMatter(event.facts, facts: facts) else { return [] }
        let context = PaymentEndedContext(
            org: matter.orgName, orgID: matter.orgID, resource: matter.resource ?? matter.plan, endedAt: event.endedAt)
        return [
            MailDraft(
                decision: "\(SubscriptionEnded.topic)/\(event.subscription)/payment", context: context, about: matter.about,
                recipients: try await matter.everybody())
        ]
    }
}

/// A change to another plan is done (NOT-143).
public struct PlanChangedRule: MailRule {
    /// `notifications.plan_changed`
    public static let name = "notifications.plan_changed"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// One mail for each change to whoever pays and to whoever asked.
    public func drafts(for event: SubscriptionPlanChanged, occurrence: String) async throws -> [MailDraft] {
        guard let matter = try await SubscriptionMatter(event.facts, facts: facts) else { return [] }
        var asker: [MailRecipient] = []
        if let person = event.requestedBy { asker = try await matter.audience.person(person, reason: "you asked for the change") }
        let context = PlanChangedContext(
            org: matter.orgName, orgID: matter.orgID, resource: matter.resource ?? matter.plan, plan: facts.planName(event.facts.plan.key),
            oldPlan: facts.planName(event.from.key), amount: matter.view.price, interval: matter.interval)
        return [
            MailDraft(
                decision: "\(SubscriptionPlanChanged.topic)/\(event.change)", context: context, about: matter.about,
                recipients: try await matter.audience.billing() + asker)
        ]
    }
}

extension SubscriptionMatter {
    /// Whoever pays, the owners, and those who administer the graph that is paid for.
    func everybody() async throws -> [MailRecipient] {
        var recipients = try await audience.billing() + audience.owners()
        if let id = view.subscription.resource.flatMap({ GraphID($0.description) }), let graph = try await facts.graph(id) {
            recipients += try await audience.admins(of: GraphFactsOfEvent(graph))
        }
        return recipients
    }
}
