import Core
import Identity
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Testing

@Suite struct InvitationSendingTests {
    @Test func `ORG-042 ORG-054 an invitation is an offer for seven days, and nothing else is made`() async throws {
        try await House.with { house in
            let (scope, user, org) = try await house.owner()
            let accounts = try await house.count("identity.account")
            let invitation = try await house.invitations().invite(try address("New@Example.com"), as: .admin, in: scope).invitation
            #expect(invitation.org == org)
            #expect(invitation.email.description == "new@example.com")
            #expect(invitation.role == .admin)
            #expect(invitation.state == .pending)
            #expect(invitation.invitedBy == user)
            #expect(invitation.inviterName == "Olga")
            #expect(invitation.expiresAt == house.clock.now + .days(7))
            #expect(!invitation.isExpired(at: house.clock.now))
            #expect(try await house.count("identity.account") == accounts)
            #expect(try await house.count("orgs.membership") == 1)
            #expect(try await house.entries("org_invitation_created", of: org) == 1)
            #expect(try await house.events("orgs.invitation_sent") == 1)
        }
    }

    @Test func `ORG-042 whoever has not proven the own address does not invite`() async throws {
        try await House.with { house in
            let (user, org) = try await house.person("Una", verified: false)
            let scope = try await house.adminScope(user, org)
            await #expect(throws: OrgsError.emailNotVerified) {
                try await house.invitations().invite(try address("new@example.com"), as: .member, in: scope)
            }
            #expect(try await house.count("orgs.invitation") == 0)
        }
    }

    @Test func `ORG-044 an address with an account is invited like one without; only a member of this org is told`() async throws {
        try await House.with { house in
            let (scope, _, org) = try await house.owner()
            _ = try await house.person("Known")
            let known = try await house.invitations().invite(try address("known@example.com"), as: .member, in: scope).invitation
            let unknown = try await house.invitations().invite(try address("never@example.com"), as: .member, in: scope).invitation
            #expect(known.role == unknown.role)
            #expect(known.expiresAt == unknown.expiresAt)
            #expect(known.sendCount == unknown.sendCount)
            #expect(try await house.events("orgs.invitation_sent") == 2)
            _ = try await house.member("Inside", of: org, as: .member)
            await #expect(throws: OrgsError.alreadyMember) {
                try await house.invitations().invite(try address("INSIDE@example.com"), as: .member, in: scope)
            }
        }
    }

    @Test func `ORG-045 one pending invitation for an address; one whose time is over does not stand in the way`() async throws {
        try await House.with { house in
            let (scope, _, org) = try await house.owner()
            let first = try await house.invitations().invite(try address("new@example.com"), as: .member, in: scope).invitation
            house.clock.advance(by: .days(6))
            await #expect(throws: OrgsError.invitationPending) {
                try await house.invitations().invite(try address("new@example.com"), as: .admin, in: scope)
            }
            house.clock.advance(by: .days(1))
            let second = try await house.invitations().invite(try address("new@example.com"), as: .admin, in: scope).invitation
            #expect(try await house.state(of: first.id) == "expired")
            #expect(try await house.state(of: second.id) == "pending")
            #expect(try await house.entries("org_invitation_expired", of: org) == 1)
        }
    }

    @Test func `ORG-045 of ten simultaneous invitations of one address one is made`() async throws {
        try await House.with { house in
            let (scope, _, _) = try await house.owner()
            let new = try address("new@example.com")
            let endings = try await house.atOnce(
                (0..<10).map { _ in { _ = try await house.invitations().invite(new, as: .member, in: scope) } })
            #expect(endings.count(of: .done) == 1)
            #expect(endings.count(of: .refused(.invitationPending)) == 9)
            #expect(try await house.events("orgs.invitation_sent") == 1)
        }
    }

    @Test func `ORG-046 the secret of a link is nowhere in the database, its digest is in one place`() async throws {
        try await House.with { house in
            let (scope, _, _) = try await house.owner()
            let sent = try await house.invitations().invite(try address("new@example.com"), as: .member, in: scope)
            let secret = try #require(sent.token).withValue { $0 }
            let tables = try await house.database.adminClient.query(
                """
                SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) AS name FROM pg_tables
                WHERE schemaname IN ('orgs', 'jobs', 'audit', 'identity', 'operations')
                """
            ).map { try $0.decode("name", as: String.self) }
            #expect(tables.count > 10)
            for table in tables {
                let rows = try await house.database.adminClient.query(Statement("SELECT t::text AS row FROM " + table + " AS t"))
                for row in rows {
                    let text = try row.decode("row", as: String.self)
                    #expect(!text.contains(secret), "\(table)")
                }
            }
            let digest = TestSecrets().digest(of: try #require(sent.token)).bytes
            #expect(try await house.database.adminClient.query("SELECT FROM orgs.invitation WHERE token_hash = \(digest)").count == 1)
            let quiet = try await house.invitations(InvitationSettings()).invite(try address("two@example.com"), as: .member, in: scope)
            #expect(quiet.token == nil)
        }
    }

    @Test func `ORG-047 what the mail is made of stands in an event of the same transaction`() async throws {
        try await House.with { house in
            let (scope, _, _) = try await house.owner()
            let sent = try await house.invitations().invite(try address("new@example.com"), as: .admin, in: scope)
            let row = try #require(
                try await house.database.adminClient.query("SELECT payload FROM jobs.event WHERE topic = 'orgs.invitation_sent'").first)
            let event = try JSON.decode(InvitationSent.self, from: JSON.encode(try row.decode("payload", as: JSONValue.self)))
            #expect(event == InvitationSent(sent.invitation, orgName: "Personal Workspace"))
            #expect(TestSecrets().linkSecret(of: Invitation.linkKind, event.link).withValue { $0 } == sent.token?.withValue { $0 })
        }
    }

    @Test func `ORG-048 with domains set, another domain is refused`() async throws {
        try await House.with { house in
            let (scope, _, org) = try await house.owner()
            try await house.database.adminClient.execute("UPDATE orgs.org SET invitation_domains = '{example.org}' WHERE id = \(org)")
            await #expect(throws: OrgsError.domainNotAllowed) {
                try await house.invitations().invite(try address("new@example.com"), as: .member, in: scope)
            }
            _ = try await house.invitations().invite(try address("new@example.org"), as: .member, in: scope)
        }
    }

    @Test func `ORG-051 a revoked invitation is dead with the commit`() async throws {
        try await House.with { house in
            let (scope, _, org) = try await house.owner()
            let (other, _, _) = try await house.owner("Otto")
            let sent = try await house.invitations().invite(try address("new@example.com"), as: .member, in: scope)
            await #expect(throws: OrgsError.notFound) { try await house.invitations().revoke(sent.invitation.id, in: other) }
            try await house.invitations().revoke(sent.invitation.id, in: scope)
            await #expect(throws: OrgsError.notFound) { try await house.invitations().preview(try sent.secret()) }
            await #expect(throws: OrgsError.invitationNotPending) {
                try await house.invitations().revoke(sent.invitation.id, in: scope)
            }
            #expect(try await house.entries("org_invitation_revoked", of: org) == 1)
        }
    }

    @Test func `ORG-052 the list has what is pending, newest first, and what is over until it is closed`() async throws {
        try await House.with { house in
            let (scope, _, org) = try await house.owner()
            for name in ["one", "two", "three"] {
                _ = try await house.invitations().invite(try address("\(name)@example.com"), as: .member, in: scope)
                house.clock.advance(by: .seconds(1))
            }
            let list = try await house.invitations().invitations(for: scope)
            #expect(list.map { $0.email.localPart } == ["three", "two", "one"])
            try await house.invitations().revoke(list[1].id, in: scope)
            house.clock.advance(by: .days(8))
            let later = try await house.invitations().invitations(for: scope)
            #expect(later.map { $0.isExpired(at: house.clock.now) } == [true, true])
            let again = try await house.invitations().resend(later[0].id, in: scope).invitation
            #expect(!again.isExpired(at: house.clock.now))
            #expect(try await house.entries("org_invitation_resent", of: org) == 1)
        }
    }

    @Test func `ORG-053 switched off, nothing is sent, and what was sent before works`() async throws {
        try await House.with { house in
            let (scope, _, _) = try await house.owner()
            let sent = try await house.invitations().invite(try address("eve@example.com"), as: .member, in: scope)
            var settings = InvitationSettings()
            settings.isEnabled = false
            let off = house.invitations(settings)
            await #expect(throws: OrgsError.invitationsOff) { try await off.invite(try address("new@example.com"), as: .member, in: scope) }
            await #expect(throws: OrgsError.invitationsOff) { try await off.resend(sent.invitation.id, in: scope) }
            #expect(try await off.invitations(for: scope).count == 1)
            #expect(try await off.preview(try sent.secret()).role == .member)
            let eve = try await house.person("Eve").user
            _ = try await off.accept(try sent.secret(), makingDefault: false, by: try await house.principal(eve, in: nil))
            #expect(InvitationSettings().isEnabled)
        }
    }
}
