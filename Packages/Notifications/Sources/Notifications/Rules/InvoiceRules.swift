internal import Audit
public import Billing
internal import Core
internal import Orgs

/// An invoice of ours is to be paid by its date (NOT-132).
public struct InvoiceIssuedRule: MailRule {
    /// `notifications.invoice_issued`
    public static let name = "notifications.invoice_issued"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// One mail to whoever pays; an invoice of nothing needs none.
    public func drafts(for event: InvoiceIssued, occurrence: String) async throws -> [MailDraft] {
        guard event.facts.amountDue.minorUnits > 0, let matter = try await InvoiceMatter(event.facts, facts: facts) else { return [] }
        let context = InvoiceIssuedContext(
            org: matter.orgName, orgID: matter.orgID, number: event.facts.number, amount: event.facts.amountDue, dueAt: event.facts.dueDate)
        return [matter.draft("\(InvoiceIssued.topic)/\(event.facts.invoice)", context, to: try await matter.audience.billing())]
    }
}

/// An invoice is due soon, or was not paid in time (NOT-134).
public struct InvoiceReminderRule: MailRule {
    /// `notifications.invoice_reminder`
    public static let name = "notifications.invoice_reminder"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// One mail for each stage to whoever pays, to the owners as well from the second week on; none once nothing is open.
    public func drafts(for event: InvoiceReminderDue, occurrence: String) async throws -> [MailDraft] {
        guard event.facts.status == .open, event.facts.amountOpen.minorUnits > 0, let dueAt = event.facts.dueDate,
            let matter = try await InvoiceMatter(event.facts, facts: facts)
        else { return [] }
        let decision = "\(InvoiceReminderDue.topic)/\(event.facts.invoice)/\(event.stage.rawValue)"
        var recipients = try await matter.audience.billing()
        let days: Int64
        switch event.stage {
        // What is due today was told of a week before.
        case .due: return []
        case .dueSoon:
            let context = InvoiceDueSoonContext(
                org: matter.orgName, orgID: matter.orgID, number: event.facts.number, amount: event.facts.amountOpen, dueAt: dueAt)
            return [matter.draft(decision, context, to: recipients)]
        case .overdue1: days = 1
        case .overdue7: days = 7
        case .overdue14: days = 14
        }
        if days > 1 { recipients += try await matter.audience.owners() }
        let context = InvoiceOverdueContext(
            org: matter.orgName, orgID: matter.orgID, number: event.facts.number, amount: event.facts.amountOpen, dueAt: dueAt, days: days)
        return [matter.draft(decision, context, to: recipients)]
    }
}

/// An invoice was withdrawn or written off (NOT-135).
public struct InvoiceCorrectedRule: MailRule {
    /// `notifications.invoice_corrected`
    public static let name = "notifications.invoice_corrected"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// One mail to whoever pays.
    public func drafts(for event: InvoiceCorrected, occurrence: String) async throws -> [MailDraft] {
        guard event.facts.status == .void || event.facts.status == .uncollectible,
            let matter = try await InvoiceMatter(event.facts, facts: facts)
        else { return [] }
        let context = InvoiceCorrectedContext(
            org: matter.orgName, orgID: matter.orgID, number: event.facts.number, amount: event.facts.amountDue,
            isVoid: event.facts.status == .void)
        let decision = "\(InvoiceCorrected.topic)/\(event.facts.invoice)/\(event.facts.status.rawValue)"
        return [matter.draft(decision, context, to: try await matter.audience.billing())]
    }
}

/// What every mail about an invoice of ours says and whom it goes to.
struct InvoiceMatter {
    let org: Org
    let invoice: OwnInvoiceFacts
    let facts: any MailFacts

    /// `nil` when the org is gone.
    init?(_ invoice: OwnInvoiceFacts, facts: any MailFacts) async throws {
        guard let org = try await facts.org(invoice.org) else { return nil }
        self.org = org
        self.invoice = invoice
        self.facts = facts
    }

    var orgName: String { org.name.description }
    var orgID: String { org.id.description }
    var audience: Audience { Audience(facts: facts, org: org) }

    func draft(_ decision: String, _ context: any MailContext, to recipients: [MailRecipient]) -> MailDraft {
        MailDraft(
            decision: decision, context: context, about: [AuditReference(org.id), AuditReference(invoice.invoice)], recipients: recipients)
    }
}
