internal import Audit
public import Billing
internal import Core
internal import Orgs

/// A debt has reached its next stage (BIL-091): one mail for each, beside the one that tells of the failed charge itself.
public struct DunningStageRule: MailRule {
    /// `notifications.dunning_stage`
    public static let name = "notifications.dunning_stage"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// One mail to whoever pays and to the owners; none once nothing is owed any more.
    public func drafts(for event: DunningStageReached, occurrence: String) async throws -> [MailDraft] {
        guard event.stage != .day0, event.stage != .ended, let matter = try await SubscriptionMatter(event.facts, facts: facts) else {
            return []
        }
        let status = matter.view.subscription.status
        guard status == .pastDue || status == .unpaid else { return [] }
        let isForEverybody = event.stage == .readOnly || event.stage == .lastDay
        return [
            MailDraft(
                decision: "\(DunningStageReached.topic)/\(event.debt)/\(event.stage.rawValue)", context: Self.context(event, matter),
                about: matter.about,
                recipients: isForEverybody ? try await matter.everybody() : try await matter.audience.billing() + matter.audience.owners())
        ]
    }

    /// From the day on that the service is limited the mails speak of what is limited (NOT-139), before that of the payment (NOT-136).
    private static func context(_ event: DunningStageReached, _ matter: SubscriptionMatter) -> any MailContext {
        let resource = matter.resource ?? matter.plan
        switch (event.stage, event.deadline) {
        case (.readOnly, let deadline):
            return PaymentAccessLimitedContext(
                org: matter.orgName, orgID: matter.orgID, resource: resource, amount: event.amount, deadline: deadline)
        case (.lastDay, let deadline?):
            return PaymentFinalNoticeContext(
                org: matter.orgName, orgID: matter.orgID, resource: resource, amount: event.amount, deadline: deadline)
        default:
            return PaymentFailedContext(
                org: matter.orgName, orgID: matter.orgID, plan: matter.plan, amount: event.amount, nextAttempt: event.nextAttempt,
                deadline: event.deadline)
        }
    }
}

/// The first payment failed for good (STR-081): whoever wanted to buy is told, once.
public struct FirstPaymentFailedRule: MailRule {
    /// `notifications.first_payment_failed`
    public static let name = "notifications.first_payment_failed"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// One mail to whoever pays and to whoever asked.
    public func drafts(for event: FirstPaymentFailed, occurrence: String) async throws -> [MailDraft] {
        guard let matter = try await SubscriptionMatter(event.facts, facts: facts) else { return [] }
        let context = PaymentFailedContext(
            org: matter.orgName, orgID: matter.orgID, plan: matter.plan, amount: matter.view.price, nextAttempt: nil, deadline: nil)
        var recipients = try await matter.audience.billing()
        if let asker = matter.view.subscription.requestedBy {
            recipients += try await matter.audience.person(asker, reason: "you asked for it")
        }
        return [
            MailDraft(
                decision: "\(FirstPaymentFailed.topic)/\(event.subscription)", context: context, about: matter.about,
                recipients: recipients)
        ]
    }
}
