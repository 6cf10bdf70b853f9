import Audit
import Core
import Identity
import Notifications
import Orgs
import Testing

@Suite struct OrgRuleTests {
    private let until = Acme.now + .days(30)

    private func acme() throws -> Acme {
        var acme = try Acme()
        acme.facts.allAdmins = acme.facts.allOwners
        return acme
    }

    @Test func `NOT-121 who joins is told to the admins, an inviter who is one hears it once, the person not at all`() async throws {
        let acme = try acme()
        let bob = User.ID(high: 1, low: 2)
        let event = InvitationAccepted(
            invitation: Invitation.ID(high: 1, low: 7), org: acme.org.id, user: acme.ada.id, role: .admin, invitedBy: bob)
        let drafts = try await MemberJoinedRule(facts: acme.facts).drafts(for: event, occurrence: "1")
        #expect(drafts.addresses == ["bob@example.com"])
        #expect((drafts.first?.context as? MemberJoinedContext)?.role == "admin")
    }

    @Test func `NOT-202 who came in by an import or an operator is told of it once, and who took an invitation is not`() async throws {
        let acme = try acme()
        func added(_ through: Membership.Origin) async throws -> [MailDraft] {
            try await MemberAddedRule(facts: acme.facts).drafts(
                for: OrgMemberAdded(org: acme.org.id, user: acme.ada.id, role: .admin, through: through), occurrence: "1")
        }
        for origin in [Membership.Origin.operator, .imported] {
            let told = try await added(origin)
            #expect(told.addresses == ["ada@example.com"])
            let context = try #require(told.first?.context as? MemberAddedContext)
            #expect(context.role == "admin" && context.org == "Acme" && context.isImport == (origin == .imported))
        }
        for origin in [Membership.Origin.founding, .invitation, .transfer] { #expect(try await added(origin).isEmpty, "\(origin)") }
        #expect(MailTemplate.memberAdded.mailClass == .required)
    }

    @Test func `NOT-127 NOT-128 the end of an org is told with its date, reminders once for each stage`() async throws {
        let acme = try acme()
        let scheduled = try await OrgDeletionScheduledRule(facts: acme.facts).drafts(
            for: OrgDeletionScheduled(org: acme.org.id, name: "Acme", purgeAt: until, recipients: [acme.ada.id]), occurrence: "1")
        #expect(scheduled.addresses == ["ada@example.com"])
        #expect((scheduled.first?.context as? OrgDeletionScheduledContext)?.erasedAt == until)
        func reminder(_ days: Int, _ occurrence: String) async throws -> [MailDraft] {
            try await OrgDeletionReminderRule(facts: acme.facts).drafts(
                for: OrgPurgeApproaching(org: acme.org.id, name: "Acme", purgeAt: until, days: days, recipients: [acme.ada.id]),
                occurrence: occurrence)
        }
        let (week, again, day) = (try await reminder(7, "1"), try await reminder(7, "2"), try await reminder(1, "3"))
        #expect(week.map(\.decision) == again.map(\.decision))
        #expect(week.map(\.decision) != day.map(\.decision))
    }

    @Test func `NOT-129 an org that stays is told to its admins, one that is gone to its last owners without its name`() async throws {
        let acme = try acme()
        let stays = try await OrgDeletionCanceledRule(facts: acme.facts).drafts(
            for: OrgRestored(org: acme.org.id, name: "Acme"), occurrence: "1")
        #expect(stays.addresses == ["ada@example.com", "bob@example.com"])
        let stranger = User.ID(high: 9, low: 9)
        let gone = try await OrgDeletedRule(facts: acme.facts).drafts(
            for: OrgPurged(org: acme.org.id, recipients: [acme.ada.id, stranger]), occurrence: "1")
        #expect(gone.addresses == ["ada@example.com"])
        #expect(gone.first?.about == [AuditReference(acme.ada.id)])
    }

    @Test func `NOT-199 NOT-159 freezing, thawing and nearly used limits are told to those who run the org`() async throws {
        let acme = try acme()
        let frozen = try await OrgFrozenRule(facts: acme.facts).drafts(
            for: OrgFrozen(org: acme.org.id, name: "Acme", reason: "payment dispute", recipients: [acme.ada.id]), occurrence: "1")
        #expect((frozen.first?.context as? OrgFrozenContext)?.cause == "payment dispute")
        let thawed = try await OrgThawedRule(facts: acme.facts).drafts(
            for: OrgThawed(org: acme.org.id, name: "Acme", recipients: [acme.ada.id]), occurrence: "2")
        #expect(thawed.addresses == ["ada@example.com"])
        let limit = try await LimitWarningRule(facts: acme.facts).drafts(
            for: OrgLimitNearlyReached(org: acme.org.id, limit: "graphs", used: 9, maximum: 10, recipients: [acme.ada.id]), occurrence: "3")
        #expect((limit.first?.context as? LimitWarningContext)?.used == 9)
    }

    @Test func `NOT-119 an invitation is mailed with its link, a newer link again`() async throws {
        let org = Org.ID(high: 1, low: 2)
        func draft(_ link: String) async throws -> MailDraft {
            let invitation = Invitation(
                id: Invitation.ID(high: 1, low: 7), org: org, email: try #require(EmailAddress("eve@example.com")), role: .admin,
                state: .pending, invitedBy: User.ID(high: 1, low: 1), inviterName: "Ada", sendCount: 1, lastSentAt: Acme.now,
                expiresAt: until, acceptedBy: nil, createdAt: Acme.now)
            let sent = InvitationSent(invitation, orgName: "Acme")
            return try #require(try await OrgInvitationRule().drafts(for: sent, occurrence: link).first)
        }
        let first = try await draft("1")
        let context = try #require(first.context as? OrgInvitationContext)
        #expect(first.recipients.map(\.address.description) == ["eve@example.com"] && first.recipients.first?.user == nil)
        #expect(context.inviter == "Ada" && context.role == "admin" && context.link.kind == "org_invitation")
        #expect(try await draft("2").decision == first.decision)
    }
}
