import Core
import Identity
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Testing

/// Two things at once, `TRELLIS_RACE_ROUNDS` times: one of them wins, and the other gets its ordinary refusal.
@Suite struct InvitationRaceTests {
    @Test func `ORG-061 of ten acceptances of one link one makes the membership`() async throws {
        try await House.with { house in
            let (scope, _, org) = try await house.owner()
            for round in 0..<raceRounds {
                let user = try await house.person("P\(round)").user
                let secret = try await house.invite("p\(round)", in: scope)
                let endings = try await house.atOnce((0..<10).map { _ in { _ = try await house.accept(secret, as: user) } })
                #expect(endings.count(of: .done) == 10)
                #expect(try await house.isLive(user, in: org))
            }
            #expect(try await house.entries("org_invitation_accepted", of: org) == raceRounds)
            #expect(try await house.entries("org_member_added", of: org) == raceRounds)
            #expect(try await house.events("orgs.member_added") == raceRounds)
        }
    }

    @Test func `ORG-061 an invitation that is accepted twice at once makes one membership, two hundred times`() async throws {
        try await House.with { house in
            let (scope, _, org) = try await house.owner()
            for round in 0..<decisiveRounds {
                let user = try await house.person("P\(round)").user
                let secret = try await house.invite("p\(round)", in: scope)
                let endings = try await house.atOnce((0..<2).map { _ in { _ = try await house.accept(secret, as: user) } })
                #expect(endings.count(of: .done) == 2)
            }
            #expect(
                try await house.count("orgs.membership WHERE org_id = '\(org.uuid)' AND joined_through = 'invitation'") == decisiveRounds)
            #expect(try await house.entries("org_invitation_accepted", of: org) == decisiveRounds)
            #expect(try await house.events("orgs.member_added") == decisiveRounds)
        }
    }

    @Test func `ORG-061 acceptance against revocation: one wins`() async throws {
        try await House.with { house in
            let (scope, _, org) = try await house.owner()
            for round in 0..<raceRounds {
                let user = try await house.person("P\(round)").user
                let sent = try await house.invitations(.unlimited).invite(try address("p\(round)@example.com"), as: .member, in: scope)
                let secret = try sent.secret()
                let endings = try await house.atOnce([
                    { _ = try await house.accept(secret, as: user) },
                    { try await house.invitations().revoke(sent.invitation.id, in: scope) },
                ])
                let isIn = try await house.isLive(user, in: org)
                #expect(endings.count(of: .done) == 1)
                #expect(endings.count(of: .refused(isIn ? .invitationNotPending : .notFound)) == 1)
                #expect(try await house.state(of: sent.invitation.id) == (isIn ? "accepted" : "revoked"))
            }
        }
    }

    @Test func `ORG-061 acceptance against a resend: the old link joins, or is dead`() async throws {
        try await House.with { house in
            let (scope, _, org) = try await house.owner()
            for round in 0..<raceRounds {
                let user = try await house.person("P\(round)").user
                let sent = try await house.invitations(.unlimited).invite(try address("p\(round)@example.com"), as: .member, in: scope)
                let secret = try sent.secret()
                let endings = try await house.atOnce([
                    { _ = try await house.accept(secret, as: user) },
                    { _ = try await house.invitations(.unlimited).resend(sent.invitation.id, in: scope) },
                ])
                let isIn = try await house.isLive(user, in: org)
                #expect(endings.count(of: .done) == 1)
                #expect(endings.count(of: .refused(isIn ? .invitationNotPending : .notFound)) == 1)
                #expect(try await house.state(of: sent.invitation.id) == (isIn ? "accepted" : "pending"))
            }
        }
    }

    @Test func `ORG-061 acceptance against the end of the org: nobody joins an org that is switched off`() async throws {
        try await House.with { house in
            let (scope, _, org) = try await house.owner()
            for round in 0..<raceRounds {
                let user = try await house.person("P\(round)").user
                let secret = try await house.invite("p\(round)", in: scope)
                let now = house.clock.now
                let endings = try await house.atOnce([
                    { _ = try await house.accept(secret, as: user) },
                    {
                        try await house.database.client.withTransaction(scope: .system) { transaction in
                            _ = try await transaction.execute(
                                "UPDATE orgs.org SET state = 'deleted', deleted_at = \(now), purge_at = \(now + .days(30)) WHERE id = \(org)"
                            )
                        }
                    },
                ])
                let joined = try await house.count(
                    "orgs.membership WHERE org_id = '\(org.uuid)' AND user_id = '\(user.uuid)' AND ended_at IS NULL")
                #expect(endings.count(of: .done) == 1 + joined)
                #expect(endings.count(of: .refused(.notFound)) == 1 - joined)
                try await house.database.adminClient.execute(
                    "UPDATE orgs.org SET state = 'active', deleted_at = NULL, purge_at = NULL WHERE id = \(org)")
            }
        }
    }

    @Test func `ORG-028 inviting against losing the right to: no invitation outlives it`() async throws {
        try await House.with { house in
            let (scope, _, org) = try await house.owner()
            for round in 0..<raceRounds {
                let admin = try await house.member("Admin\(round)", of: org, as: .admin)
                let theirs = try await house.adminScope(admin, org)
                let new = try address("n\(round)@example.com")
                _ = try await house.atOnce([
                    { _ = try await house.invitations(.unlimited).invite(new, as: .member, in: theirs) },
                    { try await house.memberships.remove(admin, in: scope.member) },
                ])
                #expect(try await house.count("orgs.invitation WHERE invited_by = '\(admin.uuid)' AND state = 'pending'") == 0)
            }
        }
    }

    @Test func `ORG-029 fifty invitations at once fill the places that are left, and not one more`() async throws {
        try await House.with { house in
            let (scope, _, org) = try await house.owner()
            try await house.database.adminClient.execute("UPDATE orgs.org_limits SET max_members = 8 WHERE org_id = \(org)")
            let addresses = try (0..<50).map { try address("n\($0)@example.com") }
            let endings = try await house.atOnce(
                addresses.map { new in { _ = try await house.invitations().invite(new, as: .member, in: scope) } })
            #expect(endings.count(of: .done) == 7)
            #expect(endings.count(of: .refused(.limitReached("members and pending invitations", 8))) == 43)
            #expect(try await house.count("orgs.invitation WHERE state = 'pending'") == 7)
        }
    }

    @Test func `ORG-029 invitations and acceptances at once stay within the limit together`() async throws {
        try await House.with { house in
            let (scope, _, org) = try await house.owner()
            try await house.database.adminClient.execute("UPDATE orgs.org_limits SET max_members = 11 WHERE org_id = \(org)")
            var bodies: [@Sendable () async throws -> Void] = []
            for number in 0..<8 {
                let user = try await house.person("P\(number)").user
                let secret = try await house.invite("p\(number)", in: scope)
                bodies.append { _ = try await house.accept(secret, as: user) }
            }
            for number in 0..<42 {
                let new = try address("n\(number)@example.com")
                bodies.append { _ = try await house.invitations().invite(new, as: .member, in: scope) }
            }
            let endings = try await house.atOnce(bodies.shuffled())
            #expect(endings.count(of: .done) == 10)
            #expect(try await house.count("orgs.membership WHERE ended_at IS NULL AND org_id = '\(org.uuid)'") == 9)
            #expect(try await house.count("orgs.invitation WHERE state = 'pending'") == 2)
            // A limit that was lowered since is checked when somebody accepts.
            let last = try await house.person("Last").user
            try await house.database.adminClient.execute("UPDATE orgs.org_limits SET max_members = 12 WHERE org_id = \(org)")
            let secret = try await house.invite("last", in: scope)
            try await house.database.adminClient.execute("UPDATE orgs.org_limits SET max_members = 9 WHERE org_id = \(org)")
            await #expect(throws: OrgsError.limitReached("members", 9)) { try await house.accept(secret, as: last) }
        }
    }
}

extension InvitationSettings {
    /// Without budgets, for tests that are about something else.
    static var unlimited: InvitationSettings {
        var settings = shown
        settings.sendInterval = .zero
        settings.mailsPerOrg = 1_000_000
        settings.maxPending = 1_000_000
        return settings
    }
}

extension House {
    func invite(_ name: String, in scope: AdminScope) async throws -> InvitationSecret {
        try await invitations(.unlimited).invite(try address("\(name)@example.com"), as: .member, in: scope).secret()
    }
}
