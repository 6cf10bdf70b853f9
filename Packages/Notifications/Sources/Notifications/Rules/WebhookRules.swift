internal import Audit
internal import Core
internal import Orgs

/// Nothing has got through to an endpoint for a day (NOT-166).
public struct WebhookEndpointFailingRule: MailRule {
    /// `notifications.webhook_endpoint_failing`
    public static let name = "notifications.webhook_endpoint_failing"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// One mail for each time that it begins to fail, to the admins and owners, who made it.
    public func drafts(for event: WebhookEndpointFailing, occurrence: String) async throws -> [MailDraft] {
        guard let org = try await facts.org(event.org) else { return [] }
        let context = WebhookEndpointFailingContext(
            org: org.name.description, orgID: org.id.description, host: event.host, since: event.since,
            answer: event.status.map { "the status \($0)" } ?? "no answer")
        return [
            MailDraft(
                decision: "\(WebhookEndpointFailing.topic)/\(event.endpoint)/\(event.since)", context: context,
                about: [AuditReference(org.id)], recipients: try await Audience(facts: facts, org: org).admins())
        ]
    }
}

/// An endpoint was switched off (NOT-166).
public struct WebhookEndpointDisabledRule: MailRule {
    /// `notifications.webhook_endpoint_disabled`
    public static let name = "notifications.webhook_endpoint_disabled"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// One mail for each time, to the admins and owners.
    public func drafts(for event: WebhookEndpointDisabled, occurrence: String) async throws -> [MailDraft] {
        guard let org = try await facts.org(event.org) else { return [] }
        let context = WebhookEndpointDisabledContext(
            org: org.name.description, orgID: org.id.description, host: event.host, cause: event.reason)
        return [
            MailDraft(
                decision: "\(WebhookEndpointDisabled.topic)/\(event.endpoint)/\(occurrence)", context: context,
                about: [AuditReference(org.id)], recipients: try await Audience(facts: facts, org: org).admins())
        ]
    }
}
