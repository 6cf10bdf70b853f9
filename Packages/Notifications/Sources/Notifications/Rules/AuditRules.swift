internal import Audit
internal import Core
internal import Identity
public import Orgs

/// The stream of the audit log to a place is failing (NOT-204).
public struct AuditSinkFailingRule: MailRule {
    /// `notifications.audit_sink_failing`
    public static let name = "notifications.audit_sink_failing"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// One mail for each time that it begins to fail.
    public func drafts(for event: AuditSinkFailing, occurrence: String) async throws -> [MailDraft] {
        guard let told = try await ToldOfSink(event.place, facts) else { return [] }
        let context = AuditSinkFailingContext(
            org: told.org?.name.description, orgID: told.org?.id.description, host: event.host, since: event.since,
            answer: event.answer, pausesAt: event.pausesAt)
        return [
            MailDraft(
                decision: "\(AuditSinkFailing.topic)/\(event.sink)/\(event.since)", context: context, about: told.about(event.sink),
                recipients: told.recipients)
        ]
    }
}

/// The stream of the audit log to a place has stopped (NOT-167).
public struct AuditSinkPausedRule: MailRule {
    /// `notifications.audit_sink_paused`
    public static let name = "notifications.audit_sink_paused"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// One mail for each time.
    public func drafts(for event: AuditSinkStopped, occurrence: String) async throws -> [MailDraft] {
        guard let told = try await ToldOfSink(event.place, facts) else { return [] }
        let context = AuditSinkPausedContext(
            org: told.org?.name.description, orgID: told.org?.id.description, host: event.host, pausedAt: event.at,
            failedSince: event.hasFailed ? event.since : nil)
        return [
            MailDraft(
                decision: "\(AuditSinkStopped.topic)/\(event.sink)/\(event.at)", context: context, about: told.about(event.sink),
                recipients: told.recipients)
        ]
    }
}

/// A file with an org's part of the audit log can be fetched (NOT-167).
public struct AuditExportReadyRule: MailRule {
    /// `notifications.audit_export_ready`
    public static let name = "notifications.audit_export_ready"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// One mail, to whoever asked for it and to the owners.
    public func drafts(for event: AuditExportReady, occurrence: String) async throws -> [MailDraft] {
        guard let org = try await facts.org(event.org) else { return [] }
        let format =
            switch event.format {
            case .jsonl: "JSON Lines"
            case .csv: "CSV"
            }
        let context = AuditExportReadyContext(
            org: org.name.description, orgID: org.id.description, exportID: AuditLogExport.ID(uuid: event.export.uuid).description,
            format: format,
            entries: event.entries, expiresAt: event.expiresAt)
        return [
            MailDraft(
                decision: "\(AuditExportReady.topic)/\(event.export)", context: context,
                about: [AuditReference(event.org), AuditReference(event.requestedBy), AuditReference(event.export)],
                recipients: try await Audience(facts: facts, org: org).owners(
                    and: event.requestedBy, reason: "you asked for the export"))
        ]
    }
}

/// Who is told of a sink: its creator and the owners of its org, or those who run the product (NOT-167, NOT-204).
private struct ToldOfSink {
    let org: Org?
    let recipients: [MailRecipient]

    /// - Returns: `nil` when the org is gone.
    init?(_ place: AuditSinkPlace?, _ facts: any MailFacts) async throws {
        guard let place else {
            org = nil
            recipients = facts.operators.map { MailRecipient(address: $0, user: nil, locale: nil, reason: "you run the product") }
            return
        }
        guard let found = try await facts.org(place.org) else { return nil }
        org = found
        recipients = try await Audience(facts: facts, org: found).owners(and: place.creator, reason: "you set up the stream")
    }

    func about(_ sink: AuditSink.ID) -> [AuditReference] { [AuditReference(sink)] + [org.map { AuditReference($0.id) }].compactMap(\.self) }
}
