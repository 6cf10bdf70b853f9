internal import Audit
public import Billing
internal import Core
internal import Orgs

/// An invoice was paid: a receipt (NOT-133). Invoices of nothing have none.
public struct PaymentReceiptRule: MailRule {
    /// `notifications.payment_receipt`
    public static let name = "notifications.payment_receipt"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// One mail to whoever pays.
    public func drafts(for event: InvoicePaid, occurrence: String) async throws -> [MailDraft] {
        guard event.amount.minorUnits > 0, let org = try await facts.org(event.org),
            let invoice = try await facts.invoice(event.invoice, of: event.org)
        else { return [] }
        var about = [AuditReference(org.id), AuditReference(event.invoice)]
        var plan: String?
        if let subscription = event.subscription, let matter = try await SubscriptionMatter(subscription, of: event.org, facts: facts) {
            plan = matter.plan
            about.append(AuditReference(subscription))
        }
        let context = PaymentReceiptContext(
            org: org.name.description, orgID: org.id.description, number: event.number ?? event.invoice.description, amount: event.amount,
            paidAt: invoice.paidAt ?? invoice.createdAt, plan: plan, periodStart: invoice.period?.start, periodEnd: invoice.period?.end,
            hostedURL: event.hostedURL)
        return [
            MailDraft(
                decision: "\(InvoicePaid.topic)/\(event.invoice)", context: context, about: about,
                recipients: try await Audience(facts: facts, org: org).billing())
        ]
    }
}

/// A renewal could not be charged: one mail for each invoice, whatever the number of attempts (NOT-136).
public struct PaymentFailedRule: MailRule {
    /// `notifications.payment_failed`
    public static let name = "notifications.payment_failed"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// One mail to whoever pays and to the owners; none for a subscription that never began.
    public func drafts(for event: PaymentFailed, occurrence: String) async throws -> [MailDraft] {
        guard let matter = try await SubscriptionMatter(event.subscription, of: event.org, facts: facts),
            matter.view.subscription.startedAt != nil
        else { return [] }
        let context = PaymentFailedContext(
            org: matter.orgName, orgID: matter.orgID, plan: matter.plan, amount: event.amount, nextAttempt: event.nextAttempt,
            deadline: matter.view.subscription.graceDeadline)
        let cause = event.invoice.map { $0.description } ?? "\(event.subscription)/\(occurrence)"
        return [
            MailDraft(
                decision: "\(PaymentFailed.topic)/\(cause)", context: context, about: matter.about,
                recipients: try await matter.audience.billing() + matter.audience.owners())
        ]
    }
}
