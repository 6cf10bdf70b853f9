import Audit
import Core
import Identity
import Orgs
import Testing

@testable import Notifications

@Suite struct AuditRuleTests {
    private let sink = AuditSink.ID(high: 7, low: 7)
    private let since = Acme.now - .hours(1)

    private func place(_ acme: Acme, _ creator: User.ID) -> AuditSinkPlace { AuditSinkPlace(org: acme.org.id, creator: creator) }

    @Test func `NOT-204 that a stream fails is told once for each time, to its creator and the owners, or to those who run the product`()
        async throws
    {
        var acme = try Acme()
        let eve = User.ID(high: 1, low: 9)
        func drafts(_ place: AuditSinkPlace?, _ acme: Acme) async throws -> [MailDraft] {
            try await AuditSinkFailingRule(facts: acme.facts).drafts(
                for: AuditSinkFailing(
                    sink: sink, place: place, host: "siem.example.com", since: since, answer: "status 503", pausesAt: since + .days(7)),
                occurrence: "1")
        }
        // An owner made it.
        let owned = try #require(try await drafts(place(acme, acme.ada.id), acme).first)
        #expect([owned].addresses == ["ada@example.com", "bob@example.com"])
        #expect(owned.decision == "notifications.audit_sink_failing/\(sink)/\(since)")
        #expect(owned.about == [AuditReference(sink), AuditReference(acme.org.id)])
        let context = try #require(owned.context as? AuditSinkFailingContext)
        #expect(context.host == "siem.example.com" && context.answer == "status 503" && context.since == since)
        #expect(context.pausesAt == since + .days(7) && context.org == "Acme")
        #expect(context.values["page"] == .link(.page(.org(acme.org.id.description))))
        // Somebody who is no owner any more is told as long as they administer the org, and not after.
        #expect(try await drafts(place(acme, eve), acme).addresses == ["ada@example.com", "bob@example.com"])
        acme.facts.allAdmins = [
            Member(user: eve, name: "Eve", email: "eve@example.com", role: .admin, joinedAt: Acme.now, isActive: true)
        ]
        acme.facts.people.append(
            User(
                id: eve, email: try #require(EmailAddress("eve@example.com")), name: try #require(PersonName("Eve")),
                emailVerifiedAt: Acme.now, status: .active, sessionEpoch: 0, keyEpoch: 0, defaultOrg: acme.org.id, createdAt: Acme.now,
                updatedAt: Acme.now))
        #expect(try await drafts(place(acme, eve), acme).addresses == ["eve@example.com", "ada@example.com", "bob@example.com"])
        // Nobody is told of an org that is gone.
        acme.facts.orgs = []
        #expect(try await drafts(place(acme, eve), acme).isEmpty)
        // A sink of the product's own.
        acme.facts.operators = [try #require(MailAddress("ops@example.com"))]
        let operators = try #require(try await drafts(nil, acme).first)
        #expect([operators].addresses == ["ops@example.com"] && operators.about == [AuditReference(sink)])
        #expect(operators.context.values["page"] == .absent && operators.context.values["org"] == .absent)
        #expect(MailTemplate.auditSinkFailing.mailClass == .service)
    }

    @Test func `NOT-167 that a stream is paused is told with whether it failed or somebody stopped it`() async throws {
        let acme = try Acme()
        func draft(hasFailed: Bool) async throws -> MailDraft {
            try #require(
                try await AuditSinkPausedRule(facts: acme.facts).drafts(
                    for: AuditSinkStopped(
                        sink: sink, place: place(acme, acme.ada.id), host: "siem.example.com", at: Acme.now, hasFailed: hasFailed,
                        since: since),
                    occurrence: "1"
                ).first)
        }
        let failed = try await draft(hasFailed: true)
        #expect([failed].addresses == ["ada@example.com", "bob@example.com"])
        #expect(failed.decision == "notifications.audit_sink_stopped/\(sink)/\(Acme.now)")
        #expect(failed.context.values["failed_since"] == .instant(since) && failed.context.values["paused_at"] == .instant(Acme.now))
        #expect(try await draft(hasFailed: false).context.values["failed_since"] == .absent)
        #expect(MailTemplate.auditSinkPaused.mailClass == .service)
    }

    @Test func `NOT-167 that a file of the log is ready is told once, to whoever asked for it and the owners`() async throws {
        let acme = try Acme()
        let export = OrgExport.ID(high: 3, low: 3)
        func drafts(_ person: User.ID) async throws -> [MailDraft] {
            try await AuditExportReadyRule(facts: acme.facts).drafts(
                for: AuditExportReady(
                    org: acme.org.id, export: export, requestedBy: person, format: .csv, entries: 12, expiresAt: Acme.now + .days(7)),
                occurrence: "1")
        }
        let draft = try #require(try await drafts(acme.ada.id).first)
        #expect([draft].addresses == ["ada@example.com", "bob@example.com"])
        #expect(draft.decision == "orgs.audit_export_ready/\(export)")
        #expect(draft.about == [AuditReference(acme.org.id), AuditReference(acme.ada.id), AuditReference(export)])
        let context = try #require(draft.context as? AuditExportReadyContext)
        let file = AuditLogExport.ID(uuid: export.uuid).description
        #expect(context.format == "CSV" && context.entries == 12 && context.exportID == file)
        #expect(context.values["page"] == .link(.page(.auditExport(org: acme.org.id.description, export: file))))
        #expect(MailTemplate.auditExportReady.mailClass == .service)
    }
}
