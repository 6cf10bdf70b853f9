internal import Audit
internal import Billing
internal import Core
public import Graphs
internal import Identity
internal import Orgs

/// What a seat opens for a person changed (NOT-165).
public struct RepositoryAccessChangedRule: MailRule {
    /// `notifications.repository_access_changed`
    public static let name = "notifications.repository_access_changed"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// One mail to the person, and to whoever pays where money is the reason; the first of a sale is told to them with the sale.
    public func drafts(for event: RepositoryAccessChanged, occurrence: String) async throws -> [MailDraft] {
        guard let org = try await facts.org(event.org) else { return [] }
        let audience = Audience(facts: facts, org: org)
        var recipients = try await audience.person(event.user, reason: "the seat is yours")
        if event.cause == .reconciler, event.change != .granted { recipients += try await audience.billing() }
        guard !recipients.isEmpty else { return [] }
        let context = RepositoryAccessChangedContext(
            org: org.name.description, orgID: org.id.description, repository: event.repository.description, change: event.change,
            cause: Self.cause(of: event), until: event.change == .granted || event.change == .restored ? event.until : nil)
        return [
            MailDraft(
                decision: "\(RepositoryAccessChanged.topic)/\(event.grant)/\(occurrence)", context: context,
                about: [AuditReference(org.id), AuditReference(event.user)], recipients: recipients)
        ]
    }

    private static func cause(of event: RepositoryAccessChanged) -> RepositoryAccessChangedContext.Cause {
        switch event.cause {
        case .administrator: .administrator
        case .offBoarding: .leaving
        case .reconciler: event.change == .suspended ? .payment : .subscription
        }
    }
}
