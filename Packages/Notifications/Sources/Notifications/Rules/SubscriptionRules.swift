internal import Audit
public import Billing
internal import Core
internal import Graphs
internal import Orgs

/// A subscription began (NOT-130): once, with its first activation.
public struct SubscriptionStartedRule: MailRule {
    /// `notifications.subscription_started`
    public static let name = "notifications.subscription_started"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// One mail to whoever pays.
    public func drafts(for event: SubscriptionActivated, occurrence: String) async throws -> [MailDraft] {
        guard let matter = try await SubscriptionMatter(event.facts, facts: facts) else { return [] }
        let context = SubscriptionStartedContext(
            org: matter.orgName, orgID: matter.orgID, plan: matter.plan, resource: matter.resource, amount: matter.view.price,
            interval: matter.interval, renewsAt: event.periodEnd)
        return [
            MailDraft(
                decision: "\(SubscriptionActivated.topic)/\(event.subscription)", context: context, about: matter.about,
                recipients: try await matter.audience.billing())
        ]
    }
}

/// What was paid for could not be made and the money goes back (NOT-131); where nothing was paid, the graph's own mail tells.
public struct ProvisioningFailedRule: MailRule {
    /// `notifications.provisioning_failed`
    public static let name = "notifications.provisioning_failed"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// One mail to whoever pays and to whoever asked.
    public func drafts(for event: SubscriptionProvisioningFailed, occurrence: String) async throws -> [MailDraft] {
        guard event.isRefunded, let matter = try await SubscriptionMatter(event.facts, facts: facts) else { return [] }
        let context = ProvisioningFailedContext(
            org: matter.orgName, orgID: matter.orgID, resource: matter.resource ?? matter.plan,
            cause: "of a fault on our side", isRefunded: event.isRefunded,
            // While a trial runs nothing is taken.
            amount: matter.view.subscription.trialEnd == nil ? matter.view.price : nil)
        var recipients = try await matter.audience.billing()
        if let asker = matter.view.subscription.requestedBy {
            recipients += try await matter.audience.person(asker, reason: "you asked for it")
        }
        return [
            MailDraft(
                decision: "\(SubscriptionProvisioningFailed.topic)/\(event.subscription)", context: context, about: matter.about,
                recipients: recipients)
        ]
    }
}

/// A subscription ends with its period, because a person, the provider's portal or an operator said so (NOT-149).
public struct SubscriptionCanceledRule: MailRule {
    /// `notifications.subscription_canceled`
    public static let name = "notifications.subscription_canceled"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// One mail to whoever pays and to whoever asked; an idle end has a mail of its own.
    public func drafts(for event: SubscriptionEnding, occurrence: String) async throws -> [MailDraft] {
        guard event.origin != .idle, let matter = try await SubscriptionMatter(event.facts, facts: facts) else { return [] }
        let context = SubscriptionCanceledContext(
            org: matter.orgName, orgID: matter.orgID, plan: matter.plan, resource: matter.resource, endsAt: event.endsAt)
        var recipients = try await matter.audience.billing()
        if let user = event.user { recipients += try await matter.audience.person(user, reason: "you cancelled it") }
        return [
            MailDraft(
                decision: "\(SubscriptionEnding.topic)/\(event.subscription)/\(occurrence)", context: context, about: matter.about,
                recipients: recipients)
        ]
    }
}

/// A subscription was ended at once (NOT-150). An end with its period was told when it was decided, a failed start by its own mail.
public struct SubscriptionEndedNowRule: MailRule {
    /// `notifications.subscription_ended_now`
    public static let name = "notifications.subscription_ended_now"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// One mail to whoever pays.
    public func drafts(for event: SubscriptionEnded, occurrence: String) async throws -> [MailDraft] {
        guard event.mode == .immediate, event.origin != .provisioningFailure, event.origin != .paymentFailure,
            let matter = try await SubscriptionMatter(event.facts, facts: facts)
        else { return [] }
        let context = SubscriptionEndedNowContext(
            org: matter.orgName, orgID: matter.orgID, plan: matter.plan, resource: matter.resource, endedAt: event.endedAt, credit: nil)
        return [
            MailDraft(
                decision: "\(SubscriptionEnded.topic)/\(event.subscription)", context: context, about: matter.about,
                recipients: try await matter.audience.billing())
        ]
    }
}

/// What was bought beside graphs and seats has ended with its period (NOT-198): of a graph its suspension tells, of a seat its own mail.
public struct SubscriptionEndedRule: MailRule {
    /// `notifications.subscription_ended`
    public static let name = "notifications.subscription_ended"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// One mail to whoever pays; an end for want of payment has its own.
    public func drafts(for event: SubscriptionEnded, occurrence: String) async throws -> [MailDraft] {
        guard event.facts.resourceType == .addon, event.mode == .periodEnd, event.origin != .paymentFailure,
            let matter = try await SubscriptionMatter(event.facts, facts: facts)
        else { return [] }
        let context = SubscriptionEndedContext(org: matter.orgName, orgID: matter.orgID, plan: matter.plan, endedAt: event.endedAt)
        return [
            MailDraft(
                decision: "\(SubscriptionEnded.topic)/\(event.subscription)/period", context: context, about: matter.about,
                recipients: try await matter.audience.billing())
        ]
    }
}

/// The end of a subscription was taken back (NOT-151).
public struct SubscriptionReactivatedRule: MailRule {
    /// `notifications.subscription_reactivated`
    public static let name = "notifications.subscription_reactivated"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// One mail to whoever pays.
    public func drafts(for event: SubscriptionResumed, occurrence: String) async throws -> [MailDraft] {
        // What was kept is told with its own words (IDL-039).
        guard event.endOrigin != .idle else { return [] }
        guard let matter = try await SubscriptionMatter(event.facts, facts: facts) else { return [] }
        let context = SubscriptionReactivatedContext(
            org: matter.orgName, orgID: matter.orgID, plan: matter.plan, renewsAt: matter.view.subscription.currentPeriod?.end)
        return [
            MailDraft(
                decision: "\(SubscriptionResumed.topic)/\(event.subscription)/\(occurrence)", context: context, about: matter.about,
                recipients: try await matter.audience.billing())
        ]
    }
}

/// What every mail about a subscription says and whom it goes to.
struct SubscriptionMatter {
    let org: Org
    let view: SubscriptionView
    let plan: String
    let resource: String?
    let facts: any MailFacts

    /// `nil` when the org or the subscription is gone.
    init?(_ event: SubscriptionFacts, facts: any MailFacts) async throws {
        try await self.init(event.subscription, of: event.org, facts: facts)
    }

    init?(_ subscription: Subscription.ID, of orgID: Org.ID, facts: any MailFacts) async throws {
        guard let org = try await facts.org(orgID), let view = try await facts.subscription(subscription, of: orgID) else { return nil }
        self.org = org
        self.view = view
        self.facts = facts
        plan = facts.planName(view.subscription.plan.key)
        resource = try await Self.name(of: view.subscription, facts: facts)
    }

    /// What the subscription is for, by the name that people gave it.
    private static func name(of subscription: Subscription, facts: any MailFacts) async throws -> String? {
        guard let resource = subscription.resource else { return nil }
        guard let id = GraphID(resource.description) else { return resource.description }
        return try await facts.graph(id)?.name ?? resource.description
    }

    var orgName: String { org.name.description }
    var orgID: String { org.id.description }
    var audience: Audience { Audience(facts: facts, org: org) }
    var about: [AuditReference] { [AuditReference(org.id), AuditReference(view.subscription.id)] }

    var interval: String {
        switch view.subscription.interval {
        case .monthly: "month"
        case .annual: "year"
        case .usageBased: "period"
        }
    }
}
