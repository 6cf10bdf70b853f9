import Audit
import Core
import Identity
import Notifications
import Orgs
import Testing

@Suite struct AccountRuleTests {
    private let now = Acme.now
    private let email = "ada@example.com"

    @Test func `ID-019 ID-020 the mails to an address that was never proven carry the link that disowns the account`() async throws {
        let ada = try Acme().ada
        let disown = LinkToken.ID(high: 1, low: 3)
        let secret = MailSecretLink(kind: LinkToken.Kind.disown.rawValue, id: disown.description)
        let request = EmailVerificationRequested(
            user: ada.id, email: email, name: "Ada", link: LinkToken.ID(high: 1, low: 2), disownLink: disown, expiresAt: now)
        let verification = try await EmailVerificationRule().drafts(for: request, occurrence: "1")
        #expect(verification.first?.context.values["disown"] == .link(.page(.disownEmail(secret))))

        let ending = UnverifiedAccountEnding(ada, disownLink: disown, at: now)
        let warning = try await UnverifiedRemovalWarningRule().drafts(for: ending, occurrence: "1")
        #expect(warning.addresses == [email])
        #expect(
            warning.first?.context as? UnverifiedRemovalWarningContext
                == UnverifiedRemovalWarningContext(name: "Ada", removedAt: now, disownLink: secret))
        #expect(try await UnverifiedRemovalWarningRule().drafts(for: ending, occurrence: "2").map(\.decision) == warning.map(\.decision))
    }

    @Test func `NOT-115 whoever is signed out everywhere hears why, each time`() async throws {
        let ada = try Acme().ada.id
        func draft(_ cause: AllSessionsEnded.Cause, _ occurrence: String) async throws -> MailDraft {
            let event = AllSessionsEnded(user: ada, email: email, name: "Ada", cause: cause, at: now)
            return try #require(try await SessionsEndedRule().drafts(for: event, occurrence: occurrence).first)
        }
        let first = try await draft(.logoutAll, "1")
        let second = try await draft(.tokenReuse, "2")
        #expect(first.context as? SessionsEndedContext == SessionsEndedContext(name: "Ada", endedAt: now, wasReuse: false))
        #expect((second.context as? SessionsEndedContext)?.wasReuse == true)
        #expect(first.decision != second.decision && first.recipients.map(\.address.description) == [email])
    }

    @Test func `NOT-107 a new program is told once for its session`() async throws {
        let ada = try Acme().ada.id
        let session = Session.ID(high: 1, low: 9)
        let event = SignedInFromNewClient(
            user: ada, email: email, name: "Ada", session: session, clientFamily: "Firefox", network: "203.0.113.0/24", at: now)
        let drafts = try await NewSignInRule().drafts(for: event, occurrence: "1")
        #expect(drafts.addresses == [email])
        #expect(drafts.first?.about == [AuditReference(ada), AuditReference(session)])
        #expect(try await NewSignInRule().drafts(for: event, occurrence: "2").map(\.decision) == drafts.map(\.decision))
    }

    @Test func `NOT-108 the owner of an address hears that somebody tried to register it`() async throws {
        let event = RegistrationAttempted(user: try Acme().ada.id, email: email, name: "Ada", at: now)
        let drafts = try await RegistrationAttemptedRule().drafts(for: event, occurrence: "1")
        #expect(drafts.addresses == [email])
        #expect(drafts.first?.context as? RegistrationAttemptedContext == RegistrationAttemptedContext(name: "Ada", attemptedAt: now))
    }

    @Test func `NOT-106 a change that can be taken back has the link, and taking it back is told to both addresses`() async throws {
        let ada = try Acme().ada.id
        let link = LinkToken.ID(high: 1, low: 4)
        let change = EmailChanged(
            user: ada, name: "Ada", oldEmail: "old@example.com", newEmail: "new@example.com", at: now, revertLink: link,
            revertUntil: now + .hours(72))
        let changed = try await EmailChangedRule().drafts(for: change, occurrence: "1")
        let context = try #require(changed.first?.context as? EmailChangedContext)
        #expect(context.revertLink == MailSecretLink(kind: "email_revert", id: link.description))
        #expect(context.revertUntil == now + .hours(72))
        let reverted = try await EmailChangeRevertedRule().drafts(
            for: EmailChangeReverted(
                user: ada, name: "Ada", restoredEmail: "old@example.com", abandonedEmail: "new@example.com", at: now), occurrence: "2")
        #expect(reverted.addresses == ["old@example.com", "new@example.com"])
        #expect((reverted.first?.context as? EmailChangeRevertedContext)?.address == "o…@example.com")
    }

    @Test func `NOT-104 a changed password is told with the program, the sessions and the keys that still work`() async throws {
        let event = PasswordChanged(
            user: try Acme().ada.id, email: email, name: "Ada", at: now, isReset: true, clientFamily: "Firefox", endedSessions: 2,
            liveKeys: [])
        let context = try #require(
            try await PasswordChangedRule().drafts(for: event, occurrence: "1").first?.context as? PasswordChangedContext)
        #expect(context.client == "Firefox" && context.endedSessions == 2)
        #expect(context.values["keys"] == .absent)
    }
}

@Suite struct MembershipRuleTests {
    private func acme() throws -> Acme {
        var acme = try Acme()
        acme.facts.allAdmins = acme.facts.allOwners
        return acme
    }

    @Test func `NOT-122 NOT-123 who is removed hears it alone, who leaves is told to the admins`() async throws {
        let acme = try acme()
        let rule = MemberEndedRule(facts: acme.facts, dateSource: SteppedDateSource(startingAt: Acme.now))
        func drafts(hasLeft: Bool) async throws -> [MailDraft] {
            try await rule.drafts(for: OrgMemberEnded(org: acme.org.id, user: acme.ada.id, hasLeft: hasLeft), occurrence: "1")
        }
        let removed = try await drafts(hasLeft: false)
        #expect(removed.addresses == ["ada@example.com"])
        #expect(removed.first?.context as? MemberRemovedContext == MemberRemovedContext(name: "Ada", org: "Acme", removedAt: Acme.now))
        let left = try await drafts(hasLeft: true)
        #expect(left.addresses == ["ada@example.com", "bob@example.com"])
        #expect((left.first?.context as? MemberLeftContext)?.person == "Ada")
    }

    @Test func `NOT-124 a new role is told to the person, a higher one to the owners as well`() async throws {
        let acme = try acme()
        let rule = RoleChangedRule(facts: acme.facts)
        func drafts(_ old: OrgRole, _ new: OrgRole) async throws -> [MailDraft] {
            try await rule.drafts(
                for: OrgMemberRoleChanged(org: acme.org.id, user: acme.ada.id, oldRole: old, newRole: new), occurrence: "1")
        }
        let promoted = try await drafts(.member, .admin)
        #expect(promoted.map { $0.recipients.map(\.address.description) } == [["ada@example.com"], ["bob@example.com"]])
        #expect(promoted.compactMap { ($0.context as? RoleChangedContext)?.isOwn } == [true, false])
        let demoted = try await drafts(.admin, .member)
        #expect(demoted.addresses == ["ada@example.com"])
    }
}
