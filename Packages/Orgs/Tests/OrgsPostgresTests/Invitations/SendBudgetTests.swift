import Core
import Identity
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Testing

@Suite struct SendBudgetTests {
    private static func isBudget(_ ending: Ending) -> Bool {
        if case .refused(.sendBudgetExceeded) = ending { true } else { false }
    }

    @Test func `ORG-049 a resend kills the old link, and the seven days begin anew`() async throws {
        try await House.with { house in
            let (scope, _, _) = try await house.owner()
            let first = try await house.invitations().invite(try address("new@example.com"), as: .member, in: scope)
            house.clock.advance(by: .days(3))
            let second = try await house.invitations().resend(first.invitation.id, in: scope)
            #expect(second.invitation.expiresAt == house.clock.now + .days(7))
            #expect(second.invitation.id == first.invitation.id)
            await #expect(throws: OrgsError.notFound) { try await house.invitations().preview(try first.secret()) }
            #expect(try await house.invitations().preview(try second.secret()).email.description == "new@example.com")
            await #expect(throws: OrgsError.notFound) { try await house.invitations().resend(.make(at: house.clock.now), in: scope) }
            try await house.invitations().revoke(first.invitation.id, in: scope)
            await #expect(throws: OrgsError.invitationNotPending) {
                try await house.invitations().resend(first.invitation.id, in: scope)
            }
        }
    }

    @Test func `ORG-049 of five resends at once one sends a mail`() async throws {
        try await House.with { house in
            let (scope, _, org) = try await house.owner()
            let id = try await house.invitations().invite(try address("new@example.com"), as: .member, in: scope).invitation.id
            house.clock.advance(by: .seconds(60))
            let endings = try await house.atOnce(
                (0..<5).map { _ in { _ = try await house.invitations().resend(id, in: scope) } })
            #expect(endings.count(of: .done) == 1)
            #expect(endings.count { Self.isBudget($0) } == 4)
            #expect(try await house.events("orgs.invitation_sent") == 2)
            #expect(try await house.entries("send_budget_exceeded", of: org) == 4)
        }
    }

    @Test func `ORG-050 two mails of an invitation are sixty seconds apart, and the answer says how long that is`() async throws {
        try await House.with { house in
            let (scope, _, _) = try await house.owner()
            let id = try await house.invitations().invite(try address("new@example.com"), as: .member, in: scope).invitation.id
            house.clock.advance(by: .milliseconds(59_001))
            await #expect(throws: OrgsError.sendBudgetExceeded(seconds: 1)) {
                try await house.invitations().resend(id, in: scope)
            }
            house.clock.advance(by: .milliseconds(999))
            _ = try await house.invitations().resend(id, in: scope)
        }
    }

    @Test func `ORG-050 an invitation has five mails, and revoking and inviting again does not give it more`() async throws {
        try await House.with { house in
            let (scope, _, _) = try await house.owner()
            let new = try address("new@example.com")
            var id = try await house.invitations().invite(new, as: .member, in: scope).invitation.id
            for _ in 0..<2 {
                house.clock.advance(by: .hours(25))
                _ = try await house.invitations().resend(id, in: scope)
            }
            try await house.invitations().revoke(id, in: scope)
            house.clock.advance(by: .hours(25))
            id = try await house.invitations().invite(new, as: .member, in: scope).invitation.id
            house.clock.advance(by: .hours(25))
            _ = try await house.invitations().resend(id, in: scope)
            house.clock.advance(by: .hours(25))
            // The first of the five went out five times 25 hours ago; in two days it is a week.
            await #expect(throws: OrgsError.sendBudgetExceeded(seconds: (7 * 24 - 5 * 25) * 3_600)) {
                try await house.invitations().resend(id, in: scope)
            }
            #expect(try await house.events("orgs.invitation_sent") == 5)
        }
    }

    @Test func `ORG-050 one and the same invitation never gets a sixth mail`() async throws {
        try await House.with { house in
            let (scope, _, _) = try await house.owner()
            let id = try await house.invitations().invite(try address("new@example.com"), as: .member, in: scope).invitation.id
            for _ in 0..<4 {
                house.clock.advance(by: .days(6))
                _ = try await house.invitations().resend(id, in: scope)
            }
            house.clock.advance(by: .days(6))
            await #expect(throws: OrgsError.sendBudgetExceeded(seconds: 86_400)) { try await house.invitations().resend(id, in: scope) }
        }
    }

    @Test func `ORG-050 SEC-016 one address gets five mails in 24 hours from all orgs together, however many ask at once`() async throws {
        try await House.with { house in
            var scopes: [AdminScope] = []
            for number in 0..<10 { scopes.append(try await house.owner("Owner\(number)").scope) }
            let new = try address("victim@example.com")
            let callers = scopes
            let endings = try await house.atOnce(
                (0..<50).map { number in
                    { _ = try await house.invitations().invite(new, as: .member, in: callers[number % callers.count]) }
                })
            #expect(endings.count(of: .done) == 5)
            #expect(try await house.events("orgs.invitation_sent") == 5)
            #expect(try await house.count("orgs.invitation") == 5)
            #expect(endings.count { Self.isBudget($0) } + endings.count(of: .refused(.invitationPending)) == 45)
            house.clock.advance(by: .hours(24))
            let late = try #require(
                try await house.count("orgs.invitation WHERE org_id = '\(scopes[9].org.uuid)'") == 0 ? scopes[9] : scopes[0])
            _ = try? await house.invitations().revoke(
                try await house.invitations().invitations(for: late).first?.id ?? .make(at: house.clock.now), in: late)
            _ = try await house.invitations().invite(new, as: .member, in: late)
        }
    }

    @Test func `ORG-050 an org that is new and has not paid sends twenty mails in 24 hours, an older one a hundred`() async throws {
        try await House.with { house in
            let (user, org) = try await house.person("Nora")
            let scope = try await house.adminScope(user, org)
            for number in 0..<20 {
                _ = try await house.invitations().invite(try address("p\(number)@example.com"), as: .member, in: scope)
            }
            await #expect(throws: OrgsError.sendBudgetExceeded(seconds: 86_400)) {
                try await house.invitations().invite(try address("more@example.com"), as: .member, in: scope)
            }
            // 24 hours are 24 hours, also over midnight.
            house.clock.advance(by: .hours(24) - .seconds(1))
            await #expect(throws: OrgsError.sendBudgetExceeded(seconds: 1)) {
                try await house.invitations().invite(try address("more@example.com"), as: .member, in: scope)
            }
            try await house.database.adminClient.execute("UPDATE orgs.org SET created_at = \(house.clock.now - .days(7)) WHERE id = \(org)")
            for number in 20..<100 {
                _ = try await house.invitations().invite(try address("p\(number)@example.com"), as: .member, in: scope)
            }
            await #expect(throws: OrgsError.limitReached("pending invitations", 100)) {
                try await house.invitations().invite(try address("q@example.com"), as: .member, in: scope)
            }
            let any = try #require(try await house.invitations().invitations(for: scope).first)
            try await house.invitations().revoke(any.id, in: scope)
            await #expect(throws: OrgsError.sendBudgetExceeded(seconds: 1)) {
                try await house.invitations().invite(try address("q@example.com"), as: .member, in: scope)
            }
        }
    }

    @Test func `ORG-050 the row of a budget names nobody`() async throws {
        try await House.with { house in
            let (scope, _, _) = try await house.owner()
            _ = try await house.invitations().invite(try address("new@example.com"), as: .member, in: scope)
            let rows = try await house.database.adminClient.query("SELECT b::text AS row, octet_length(key) AS n FROM orgs.send_budget b")
            #expect(rows.count == 3)
            for row in rows {
                #expect(try !row.decode("row", as: String.self).contains("example"))
                #expect(try row.decode("n", as: Int32.self) == 32)
            }
        }
    }
}
