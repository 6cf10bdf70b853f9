import Core
import Identity
import IdentityPostgres
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Testing

@Suite struct InvitationAnsweringTests {
    @Test func `ORG-055 a preview shows what a link leads to, changes nothing, and every other link leads to one refusal`() async throws {
        try await House.with { house in
            let (scope, _, org) = try await house.owner()
            let sent = try await house.invitations().invite(try address("new@example.com"), as: .admin, in: scope)
            let preview = try await house.invitations().preview(try sent.secret())
            #expect(
                preview
                    == InvitationPreview(
                        orgName: "Personal Workspace", email: sent.invitation.email, role: .admin, expiresAt: sent.invitation.expiresAt))
            #expect(try await house.state(of: sent.invitation.id) == "pending")
            await #expect(throws: OrgsError.notFound) { try await house.invitations().preview(InvitationSecret("")) }
            try await house.database.adminClient.execute("UPDATE orgs.org SET state = 'frozen' WHERE id = \(org)")
            await #expect(throws: OrgsError.notFound) { try await house.invitations().preview(try sent.secret()) }
            try await house.database.adminClient.execute("UPDATE orgs.org SET state = 'active' WHERE id = \(org)")
            house.clock.advance(by: .days(7))
            await #expect(throws: OrgsError.notFound) { try await house.invitations().preview(try sent.secret()) }
        }
    }

    @Test func `ORG-057 ORG-060 ORG-064 accepting gives exactly the invited role, with its entries, beside the own org`() async throws {
        try await House.with { house in
            let (scope, owner, org) = try await house.owner()
            let eve = try await house.person("Eve")
            let sent = try await house.invitations().invite(try address("eve@example.com"), as: .admin, in: scope)
            let seen = SeenMemberships()
            let joined = try await house.invitations(observers: [seen]).accept(
                try sent.secret(), makingDefault: true, by: try await house.principal(eve.user, in: nil))
            #expect(joined == org)
            #expect(try await house.role(of: eve.user, in: org) == .admin)
            #expect(try await house.role(of: eve.user, in: eve.org) == .owner)
            #expect(try await house.store.profile(of: eve.user)?.defaultOrg == org)
            #expect(seen.began.map(\.user) == [eve.user])
            #expect(try await house.entries("org_invitation_accepted", of: org) == 1)
            let entry = try #require(
                try await house.database.adminClient.query(
                    "SELECT data ->> 'invited_by' AS by FROM audit.entry WHERE type = 'org_member_added' AND ref_user = \(eve.user)"
                ).first)
            #expect(try entry.decode("by", as: String.self) == owner.description)
            #expect(try await house.events("orgs.invitation_accepted") == 1)
            #expect(try await house.events("orgs.member_added") == 1)
        }
    }

    @Test func `ORG-058 the account's address must be the invited one, whatever the spelling; nothing is used up otherwise`() async throws {
        try await House.with { house in
            let (scope, _, org) = try await house.owner()
            let eve = try await house.person("Eve").user
            let mallory = try await house.person("Mallory").user
            let sent = try await house.invitations().invite(try address(" EVE@Example.COM "), as: .member, in: scope)
            await #expect(throws: OrgsError.invitationEmailMismatch) { try await house.accept(try sent.secret(), as: mallory) }
            #expect(try await house.entries("org_invitation_refused", of: org) == 1)
            #expect(try await !house.isLive(mallory, in: org))
            _ = try await house.accept(try sent.secret(), as: eve)
            #expect(try await house.isLive(eve, in: org))
        }
    }

    @Test func `ORG-058 the link proves the mailbox of an account that had not proven it`() async throws {
        try await House.with { house in
            let (scope, _, _) = try await house.owner()
            let eve = try await house.person("Eve", verified: false).user
            let sent = try await house.invitations().invite(try address("eve@example.com"), as: .member, in: scope)
            _ = try await house.accept(try sent.secret(), as: eve)
            #expect(try await house.store.profile(of: eve)?.isEmailVerified == true)
            #expect(try await house.events("identity.email_verified") == 1)
        }
    }

    @Test func `ORG-059 the invited person sees what is pending and gets the link by mail, which is all`() async throws {
        try await House.with { house in
            let (scope, _, org) = try await house.owner()
            let eve = try await house.person("Eve").user
            let una = try await house.person("Una", verified: false).user
            let sent = try await house.invitations().invite(try address("eve@example.com"), as: .member, in: scope)
            let principal = try await house.principal(eve, in: nil)
            let offers = try await house.invitations().offers(for: principal)
            #expect(offers.map(\.invitation.id) == [sent.invitation.id])
            #expect(offers.first?.orgName == "Personal Workspace")
            await #expect(throws: OrgsError.emailNotVerified) {
                try await house.invitations().offers(for: try await house.principal(una, in: nil))
            }
            await #expect(throws: OrgsError.sendBudgetExceeded(seconds: 60)) {
                try await house.invitations().sendOffer(sent.invitation.id, to: principal)
            }
            house.clock.advance(by: .seconds(60))
            try await house.invitations().sendOffer(sent.invitation.id, to: principal)
            #expect(try await house.events("orgs.invitation_sent") == 2)
            await #expect(throws: OrgsError.notFound) { try await house.invitations().preview(try sent.secret()) }
            let olga = try await house.principal(scope.user, in: org)
            await #expect(throws: OrgsError.notFound) { try await house.invitations().sendOffer(sent.invitation.id, to: olga) }
            #expect(try await !house.isLive(eve, in: org))
        }
    }

    @Test func `ORG-061 repeating the acceptance gives the same membership, to the one who accepted and to nobody else`() async throws {
        try await House.with { house in
            let (scope, _, org) = try await house.owner()
            let eve = try await house.person("Eve").user
            let mallory = try await house.person("Mallory").user
            let sent = try await house.invitations().invite(try address("eve@example.com"), as: .member, in: scope)
            for _ in 0..<3 { #expect(try await house.accept(try sent.secret(), as: eve) == org) }
            #expect(try await house.count("orgs.membership WHERE org_id = '\(org.uuid)'") == 2)
            #expect(try await house.entries("org_invitation_accepted", of: org) == 1)
            await #expect(throws: OrgsError.notFound) { try await house.accept(try sent.secret(), as: mallory) }
            try await house.memberships.remove(eve, in: scope.member)
            await #expect(throws: OrgsError.notFound) { try await house.accept(try sent.secret(), as: eve) }
        }
    }

    @Test func `ORG-062 who is in already stays what it is, and the invitation is closed`() async throws {
        try await House.with { house in
            let (scope, _, org) = try await house.owner()
            let eve = try await house.person("Eve").user
            let sent = try await house.invitations().invite(try address("eve@example.com"), as: .admin, in: scope)
            try await house.join(eve, org, as: .member)
            await #expect(throws: OrgsError.alreadyMember) { try await house.accept(try sent.secret(), as: eve) }
            #expect(try await house.state(of: sent.invitation.id) == "accepted")
            #expect(try await house.role(of: eve, in: org) == .member)
        }
    }

    @Test func `ORG-063 the link alone declines`() async throws {
        try await House.with { house in
            let (scope, _, org) = try await house.owner()
            let sent = try await house.invitations().invite(try address("new@example.com"), as: .member, in: scope)
            try await house.invitations().decline(try sent.secret())
            #expect(try await house.state(of: sent.invitation.id) == "declined")
            #expect(try await house.entries("org_invitation_declined", of: org) == 1)
            await #expect(throws: OrgsError.notFound) { try await house.invitations().decline(try sent.secret()) }
            let row = try #require(
                try await house.database.adminClient.query("SELECT payload FROM jobs.event WHERE topic = 'orgs.invitation_closed'").first)
            let event = try JSON.decode(InvitationClosed.self, from: JSON.encode(try row.decode("payload", as: JSONValue.self)))
            #expect(event == InvitationClosed(sent.invitation, because: .declined))
        }
    }

    @Test func `ORG-048 the domain is checked again when somebody accepts`() async throws {
        try await House.with { house in
            let (scope, _, org) = try await house.owner()
            let eve = try await house.person("Eve").user
            let sent = try await house.invitations().invite(try address("eve@example.com"), as: .member, in: scope)
            try await house.database.adminClient.execute("UPDATE orgs.org SET invitation_domains = '{example.org}' WHERE id = \(org)")
            await #expect(throws: OrgsError.domainNotAllowed) { try await house.accept(try sent.secret(), as: eve) }
            #expect(try await house.state(of: sent.invitation.id) == "pending")
        }
    }

    @Test func `ORG-024 ORG-028 whoever may not invite any more leaves no invitation behind, and nobody is mailed`() async throws {
        try await House.with { house in
            let (scope, _, org) = try await house.owner()
            for (name, ending) in [("Demoted", "demotion"), ("Removed", "removal")] {
                let person = try await house.member(name, of: org, as: .admin)
                let sent = try await house.invitations().invite(
                    try address("by-\(name.lowercased())@example.com"), as: .member, in: try await house.adminScope(person, org))
                let mine = try await house.invitations().invite(try address("by-owner-\(ending)@example.com"), as: .member, in: scope)
                let mails = try await house.events("orgs.invitation_sent")
                if ending == "demotion" {
                    _ = try await house.memberships.setRole(.member, of: person, in: scope)
                } else {
                    try await house.memberships.remove(person, in: scope.member)
                }
                #expect(try await house.state(of: sent.invitation.id) == "revoked")
                #expect(try await house.state(of: mine.invitation.id) == "pending")
                #expect(try await house.events("orgs.invitation_sent") == mails)
                await #expect(throws: OrgsError.notFound) { try await house.invitations().preview(try sent.secret()) }
            }
            #expect(try await house.entries("org_invitation_revoked", of: org) == 2)
        }
    }
}
