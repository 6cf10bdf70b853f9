internal import Audit
internal import Core
public import Identity
public import Orgs

/// The copy of what is kept about a person can be read (NOT-118).
public struct PersonalExportReadyRule: MailRule {
    /// `notifications.personal_export_ready`
    public static let name = "notifications.personal_export_ready"

    /// Makes the rule.
    public init() {}

    /// One mail to the person.
    public func drafts(for event: PersonalExportReady, occurrence: String) async throws -> [MailDraft] {
        MailDraft.toPerson(
            event.user, event.email, decision: "\(PersonalExportReady.topic)/\(event.export)",
            DataExportReadyContext(
                name: event.name, org: nil, orgID: nil, exportID: event.export.description, bytes: Int64(event.bytes),
                expiresAt: event.expiresAt))
    }
}

/// The file of an org's data can be fetched (NOT-118).
public struct OrgExportReadyRule: MailRule {
    /// `notifications.org_export_ready`
    public static let name = "notifications.org_export_ready"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// One mail to whoever asked for it.
    public func drafts(for event: OrgExportReady, occurrence: String) async throws -> [MailDraft] {
        guard let org = try await facts.org(event.org), let person = try await facts.person(event.recipient) else { return [] }
        return [
            MailDraft(
                decision: "\(OrgExportReady.topic)/\(event.export)",
                context: DataExportReadyContext(
                    name: person.name.description, org: org.name.description, orgID: org.id.description,
                    exportID: event.export.description, bytes: nil, expiresAt: event.expiresAt),
                about: [AuditReference(event.org), AuditReference(event.recipient), AuditReference(event.export)],
                recipients: try await facts.recipients([event.recipient], reason: "you asked for the export"))
        ]
    }
}
