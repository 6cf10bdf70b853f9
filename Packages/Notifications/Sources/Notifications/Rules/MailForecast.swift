public import Billing
public import Core
internal import Graphs
internal import Identity
internal import Jobs
internal import Orgs

/// The rules of mails about what Billing tells.
public enum BillingMailRules {
    /// All of them.
    public static func all(facts: any MailFacts, dateSource: any DateSource) -> [any MailRule] {
        [
            SubscriptionStartedRule(facts: facts),
            ProvisioningFailedRule(facts: facts),
            SubscriptionCanceledRule(facts: facts),
            SubscriptionEndedNowRule(facts: facts),
            SubscriptionReactivatedRule(facts: facts),
            PaymentReceiptRule(facts: facts),
            PaymentFailedRule(facts: facts),
            DunningStageRule(facts: facts),
            FirstPaymentFailedRule(facts: facts),
            SubscriptionEndedRule(facts: facts),
            InvoiceIssuedRule(facts: facts),
            InvoiceReminderRule(facts: facts),
            InvoiceCorrectedRule(facts: facts),
            PaymentRecoveredRule(facts: facts),
            PaymentEndedRule(facts: facts),
            PlanChangedRule(facts: facts),
            PlanChangeFailedRule(facts: facts),
            PaymentMethodChangedRule(facts: facts, dateSource: dateSource),
            CardExpiringRule(facts: facts),
            PaymentActionRequiredRule(facts: facts),
            RefundIssuedRule(facts: facts),
            RefundReversedRule(facts: facts),
            AccountCreditIssuedRule(facts: facts),
            AccountCreditExpiringRule(facts: facts),
            CreditsLowRule(facts: facts),
            DisputeOpenedRule(facts: facts),
        ]
    }
}

/// Says which mails the events of a command would call for, by the rules that hear them afterwards (BIL-127).
///
/// Reminders of later days are not among them, nor what other parts tell once they have heard the events.
public struct MailForecast: MailForecasting {
    private let facts: any MailFacts
    private let dateSource: any DateSource

    /// Makes a forecast.
    ///
    /// - Parameter facts: what the rules know of people, orgs and subscriptions.
    public init(facts: any MailFacts, dateSource: any DateSource) {
        self.facts = facts
        self.dateSource = dateSource
    }

    /// The mails in the order of their events; none for somebody who gets none.
    public func mails(after effects: CommandEffects) async throws -> [ForeseenMail] {
        let rules = BillingMailRules.all(facts: ForeseenFacts(facts, effects.subscriptions), dateSource: dateSource)
        var mails: [ForeseenMail] = []
        for (place, event) in effects.events.enumerated() {
            guard let topic = event["topic"]?.stringValue, let payload = event["payload"] else { continue }
            for rule in rules {
                for draft in try await Self.drafts(by: rule, topic, payload, occurrence: "\(place)") {
                    let recipients = draft.addressees.count
                    guard recipients > 0 else { continue }
                    mails.append(ForeseenMail(template: type(of: draft.context).template.rawValue, recipients: recipients))
                }
            }
        }
        return mails
    }

    private static func drafts<Rule: MailRule>(
        by rule: Rule, _ topic: String, _ payload: JSONValue, occurrence: String
    ) async throws -> [MailDraft] {
        guard Rule.Event.topic == topic else { return [] }
        return try await rule.drafts(for: JSON.decode(Rule.Event.self, from: JSON.encode(payload)), occurrence: occurrence)
    }
}

/// The facts with subscriptions as they would stand after a command.
private struct ForeseenFacts: MailFacts {
    private let facts: any MailFacts
    private let foreseen: [Subscription.ID: Subscription]

    init(_ facts: any MailFacts, _ subscriptions: [Subscription]) {
        self.facts = facts
        foreseen = Dictionary(subscriptions.map { ($0.id, $0) }) { _, last in last }
    }

    func subscription(_ id: Subscription.ID, of org: Org.ID) async throws -> SubscriptionView? {
        let known = try await facts.subscription(id, of: org)
        guard let row = foreseen[id], row.org == org else { return known }
        // What is new has no price yet in the store; who is told, and of what, does not depend on it.
        return SubscriptionView(subscription: row, price: known?.price ?? Money(minorUnits: 0, currency: .usd))
    }

    func subscription(ofGraph graph: ResourceID) async throws -> SubscriptionView? { try await facts.subscription(ofGraph: graph) }
    func org(_ id: Org.ID) async throws -> Org? { try await facts.org(id) }
    func owners(of org: Org.ID) async throws -> [Member] { try await facts.owners(of: org) }
    func admins(of org: Org.ID) async throws -> [Member] { try await facts.admins(of: org) }
    func people(_ ids: [User.ID]) async throws -> [User] { try await facts.people(ids) }
    func billingAddress(of org: Org.ID) async throws -> String? { try await facts.billingAddress(of: org) }
    func invoice(_ id: Invoice.ID, of org: Org.ID) async throws -> Invoice? { try await facts.invoice(id, of: org) }
    func planName(_ key: PlanKey) -> String { facts.planName(key) }
    func graph(_ id: GraphID) async throws -> Graph? { try await facts.graph(id) }
    func admins(of graph: Graph) async throws -> [GraphMember] { try await facts.admins(of: graph) }
    func isOpen(_ invitation: Invitation.ID) async throws -> Bool { try await facts.isOpen(invitation) }
    func invitation(_ id: Invitation.ID) async throws -> Invitation? { try await facts.invitation(id) }
    func backup(_ id: GraphBackup.ID) async throws -> GraphBackup? { try await facts.backup(id) }
    func defaultMethod(of org: Org.ID) async throws -> PaymentMethod? { try await facts.defaultMethod(of: org) }
    func credit(of org: Org.ID, in currency: Currency) async throws -> AccountCreditBalance {
        try await facts.credit(of: org, in: currency)
    }
    func isUndeliverable(_ address: MailAddress) async throws -> Bool { try await facts.isUndeliverable(address) }
    var operators: [MailAddress] { facts.operators }
}
