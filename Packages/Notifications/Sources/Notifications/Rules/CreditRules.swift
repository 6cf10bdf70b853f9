internal import Audit
public import Billing
internal import Core
internal import Graphs
internal import Orgs

/// Money went back (NOT-155).
public struct RefundIssuedRule: MailRule {
    /// `notifications.refund_issued`
    public static let name = "notifications.refund_issued"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// One mail for each refund to whoever pays.
    public func drafts(for event: RefundProcessed, occurrence: String) async throws -> [MailDraft] {
        guard event.amount.minorUnits > 0, let org = try await facts.org(event.org) else { return [] }
        let context = RefundIssuedContext(
            org: org.name.description, orgID: org.id.description, amount: event.amount, hasFailed: false)
        return [
            MailDraft(
                decision: "\(RefundProcessed.topic)/\(event.subscription)/\(occurrence)", context: context,
                about: [AuditReference(org.id), AuditReference(event.subscription)],
                recipients: try await Audience(facts: facts, org: org).billing())
        ]
    }
}

/// A refund that was told of did not arrive: what was said is put right (NOT-155).
public struct RefundReversedRule: MailRule {
    /// `notifications.refund_reversed`
    public static let name = "notifications.refund_reversed"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// One mail for each refund to whoever pays.
    public func drafts(for event: RefundReversed, occurrence: String) async throws -> [MailDraft] {
        guard let org = try await facts.org(event.org) else { return [] }
        let context = RefundIssuedContext(org: org.name.description, orgID: org.id.description, amount: event.amount, hasFailed: true)
        return [
            MailDraft(
                decision: "\(RefundReversed.topic)/\(event.refund)", context: context, about: [AuditReference(org.id)],
                recipients: try await Audience(facts: facts, org: org).billing())
        ]
    }
}

/// An org was given credit (NOT-155).
public struct AccountCreditIssuedRule: MailRule {
    /// `notifications.account_credit_issued`
    public static let name = "notifications.account_credit_issued"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// One mail for each credit to whoever pays.
    public func drafts(for event: AccountCreditIssued, occurrence: String) async throws -> [MailDraft] {
        guard let org = try await facts.org(event.org) else { return [] }
        let context = AccountCreditIssuedContext(
            org: org.name.description, orgID: org.id.description, amount: event.amount, balance: event.balance, expiresAt: event.expiresAt)
        return [
            MailDraft(
                decision: "\(AccountCreditIssued.topic)/\(event.credit)", context: context, about: [AuditReference(org.id)],
                recipients: try await Audience(facts: facts, org: org).billing())
        ]
    }
}

/// Credit that nobody used ends soon (NOT-155).
public struct AccountCreditExpiringRule: MailRule {
    /// `notifications.account_credit_expiring`
    public static let name = "notifications.account_credit_expiring"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// One mail for each credit to whoever pays.
    public func drafts(for event: AccountCreditExpiring, occurrence: String) async throws -> [MailDraft] {
        guard event.remaining.minorUnits > 0, let org = try await facts.org(event.org) else { return [] }
        let context = AccountCreditExpiringContext(
            org: org.name.description, orgID: org.id.description, amount: event.remaining, expiresAt: event.expiresAt)
        return [
            MailDraft(
                decision: "\(AccountCreditExpiring.topic)/\(event.credit)/\(event.expiresAt)", context: context,
                about: [AuditReference(org.id)], recipients: try await Audience(facts: facts, org: org).billing())
        ]
    }
}

/// Credits of a graph run low or are used up (NOT-157).
public struct CreditsLowRule: MailRule {
    /// `notifications.credits_low`
    public static let name = "notifications.credits_low"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// One mail for each stage of each period to those who administer the graph; to the owners where the pool is of no graph.
    public func drafts(for event: CreditsRunLow, occurrence: String) async throws -> [MailDraft] {
        guard let org = try await facts.org(event.org) else { return [] }
        let audience = Audience(facts: facts, org: org)
        var (name, about, recipients) = (event.resource.description, [AuditReference(org.id)], [MailRecipient]())
        if let id = GraphID(event.resource.description), let graph = try await facts.graph(id) {
            name = graph.name
            about.append(AuditReference(id))
            recipients = try await audience.admins(of: GraphFactsOfEvent(graph))
        }
        if recipients.isEmpty { recipients = try await audience.owners() }
        let (orgName, orgID) = (org.name.description, org.id.description)
        let context: any MailContext =
            event.percent == 0
            ? CreditsExhaustedContext(org: orgName, orgID: orgID, resource: name, refillAt: event.refillAt)
            : CreditsLowContext(org: orgName, orgID: orgID, resource: name, percent: Int64(event.percent), refillAt: event.refillAt)
        return [
            MailDraft(
                decision: "\(CreditsRunLow.topic)/\(event.pool)/\(event.percent)/\(event.refillAt)/\(occurrence)", context: context,
                about: about, recipients: recipients)
        ]
    }
}
