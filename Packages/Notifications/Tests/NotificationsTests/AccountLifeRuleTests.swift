import Audit
import Core
import Identity
import Notifications
import Orgs
import Testing

/// A secret that shows what it was derived of.
private struct VisibleSecrets: SecretMaker {
    func makeAPIKeySecret() -> SecretString { SecretString("rfs") }
    func linkSecret(of kind: String, _ id: String) -> SecretString { SecretString("\(kind)/\(id)") }
    func digest(of secret: SecretString) -> SecretDigest { SecretDigest(bytes: []) }
}

@Suite struct AccountLifeRuleTests {
    private let now = Acme.now
    private let email = "ada@example.com"

    @Test func `ID-145 NOT-117 the end of an account is mailed with the link that takes it back and the orgs that go along`() async throws {
        let acme = try Acme()
        let link = LinkToken.ID(high: 1, low: 5)
        func drafts(_ link: LinkToken.ID, _ occurrence: String) async throws -> [MailDraft] {
            let event = AccountDeletionScheduled(
                user: acme.ada.id, email: email, name: "Ada", link: link, purgeAt: now + .days(30),
                endingOrgs: [acme.org.id, Org.ID(high: 9, low: 9)])
            return try await AccountDeletionScheduledRule(facts: acme.facts).drafts(for: event, occurrence: occurrence)
        }
        let first = try await drafts(link, "1")
        let context = try #require(first.first?.context as? AccountDeletionScheduledContext)
        #expect(first.addresses == [email] && first.first?.about == [AuditReference(acme.ada.id)])
        #expect(context.purgeAt == now + .days(30) && context.endingOrgs == ["Acme"])
        #expect(context.values["cancel"] == .link(.page(.cancelDeletion(context.link))))
        // The secret is derived as Identity derives it when it stores the link's digest.
        let secret = IdentityLinkSecrets(maker: VisibleSecrets()).secret(of: context.link)
        #expect(secret.withValue { $0 } == "\(LinkToken.Kind.deletionCancel.rawValue)/\(link)")
        #expect(try await drafts(link, "2").map(\.decision) == first.map(\.decision))
        #expect(try await drafts(LinkToken.ID(high: 1, low: 6), "3").map(\.decision) != first.map(\.decision))
    }

    @Test(arguments: AccountStatusChanged.Change.allCases)
    func `NOT-116 NOT-117 every other change is told to the person, who may not be able to sign in`(
        change: AccountStatusChanged.Change
    ) async throws {
        var ada = try Acme().ada
        ada.status = .deactivated
        let drafts = try await AccountStatusChangedRule().drafts(for: AccountStatusChanged(ada, change, at: now), occurrence: "1")
        #expect(drafts.addresses == [email])
        let context = try #require(drafts.first?.context)
        let template: MailTemplate =
            switch change {
            case .deletionCanceled: .accountDeletionCanceled
            case .deleted: .accountDeleted
            case .deactivated: .accountDeactivated
            case .reactivated: .accountReactivated
            }
        #expect(type(of: context).template == template && template.mailClass == .required)
        let again = try await AccountStatusChangedRule().drafts(for: AccountStatusChanged(ada, change, at: now), occurrence: "2")
        #expect(again.map(\.decision) != drafts.map(\.decision))
    }

    @Test(arguments: [(AccountStatusChanged.Cause.operatorDecision, AccountDeactivatedContext.Cause.decision), (.noOrg, .noOrg)])
    func `NOT-116 whoever is switched off hears why`(cause: AccountStatusChanged.Cause, told: AccountDeactivatedContext.Cause) async throws
    {
        let event = AccountStatusChanged(try Acme().ada, .deactivated, because: cause, at: now)
        let context = try await AccountStatusChangedRule().drafts(for: event, occurrence: "1").first?.context
        #expect((context as? AccountDeactivatedContext)?.cause == told)
    }

    @Test func `NOT-108 a person whose password is guessed at hears how often`() async throws {
        let event = AccountUnderAttack(user: try Acme().ada.id, email: email, name: "Ada", failures: 50, at: now)
        let drafts = try await SignInAttemptsRule().drafts(for: event, occurrence: "1")
        #expect(drafts.addresses == [email])
        #expect(drafts.first?.context as? SignInAttemptsContext == SignInAttemptsContext(name: "Ada", failures: 50, noticedAt: now))
    }

    @Test func `NOT-118 an export is told to whoever asked for it, and to nobody who is switched off`() async throws {
        var acme = try Acme()
        let export = PersonalExport(
            id: PersonalExport.ID(high: 1, low: 8), user: acme.ada.id, document: .null, createdAt: now, expiresAt: now + .days(7))
        let own = try await PersonalExportReadyRule().drafts(
            for: PersonalExportReady(export, of: acme.ada, bytes: 2_000), occurrence: "1")
        #expect(own.addresses == [email])
        #expect((own.first?.context as? DataExportReadyContext)?.bytes == 2_000)
        let event = OrgExportReady(
            org: acme.org.id, export: OrgExport.ID(high: 1, low: 9), recipient: acme.ada.id, expiresAt: now + .days(7))
        let company = try await OrgExportReadyRule(facts: acme.facts).drafts(for: event, occurrence: "1")
        let context = try #require(company.first?.context as? DataExportReadyContext)
        #expect(company.addresses == [email])
        #expect(
            context.values["page"] == .link(.page(.orgExport(org: acme.org.id.description, export: event.export.description))))
        acme.facts.people[0].status = .deactivated
        #expect(try await OrgExportReadyRule(facts: acme.facts).drafts(for: event, occurrence: "2").addresses == [])
    }
}
