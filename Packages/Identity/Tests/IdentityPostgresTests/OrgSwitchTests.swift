import Core
import Identity
import IdentityPostgres
import PlatformTesting
import Postgres
import Testing

@Suite struct OrgSwitchTests {
    /// A person in so many orgs.
    private func member(_ house: House, of count: Int) async throws -> (SignInOutcome, [OrgReference]) {
        let outcome = try await house.register()
        var orgs: [OrgReference] = []
        for n in 0..<count {
            let org = try await house.database.makeOrg("Org \(n)", at: house.clock.now)
            try await house.database.join(org, outcome.user.id, as: n == 0 ? .owner : .member, at: house.clock.now + .seconds(Int64(n)))
            orgs.append(org)
        }
        return (outcome, orgs)
    }

    private func signIn(_ house: House, preferring org: OrgReference? = nil) async throws -> OrgReference? {
        try await PasswordSignIn(house.environment).signIn(
            with: PasswordCredentials(email: "ada@example.com", password: Password(House.password)), preferring: org, from: house.client
        ).session.activeOrg
    }

    @Test(arguments: [0, 1, 3])
    func `ID-033 a sign-in acts for the org asked for, the default one, or the only one, and never picks`(_ count: Int) async throws {
        try await House.with(withOrgs: true) { house in
            let (outcome, orgs) = try await member(house, of: count)
            let principal = try await house.authenticate(outcome.token)
            let foreign = try await house.database.makeOrg("Foreign", at: house.clock.now)
            await #expect(throws: IdentityError.notOrgMember) { try await signIn(house, preferring: foreign) }
            for org in orgs { #expect(try await signIn(house, preferring: org) == org) }
            let unset = try await signIn(house)
            #expect(unset == (count == 1 ? orgs[0] : nil))
            guard let last = orgs.last else { return }
            try await Profiles(house.environment).setDefaultOrg(last, by: principal)
            #expect(try await signIn(house) == last)
            try await house.database.adminClient.execute("DELETE FROM test_orgs.membership WHERE org_id = \(last)")
            #expect(try await signIn(house) == nil)
        }
    }

    @Test func `ID-074 switching sets the org, advances the generation and gives a token for it, with an entry`() async throws {
        try await House.with(withOrgs: true) { house in
            let (outcome, orgs) = try await member(house, of: 2)
            let sessions = Sessions(house.environment)
            let principal = try await house.authenticate(outcome.token)
            #expect(principal.orgScope == nil)
            let moved = try await sessions.move(to: orgs[1], by: principal)
            #expect(moved.session.activeOrg == orgs[1])
            #expect(moved.session.generation == outcome.session.generation + 1)
            #expect(moved.org?.role == .member)
            #expect(try await house.authenticate(moved.token).orgScope?.org == orgs[1])
            house.clock.advance(by: .seconds(6))
            await #expect(throws: IdentityError.tokenInvalid) { try await house.authenticate(outcome.token) }
            #expect(try await house.count("audit.entry WHERE type = 'session_org_switched' AND ref_org IS NOT NULL") == 1)
            let foreign = try await house.database.makeOrg("Foreign", at: house.clock.now)
            let current = try await house.authenticate(moved.token)
            await #expect(throws: IdentityError.notOrgMember) { try await sessions.move(to: foreign, by: current) }
            #expect(try await house.entries("session_org_switched") == 1)
        }
    }

    @Test func `ID-057 the row decides: a changed role holds at the next request`() async throws {
        try await House.with(withOrgs: true) { house in
            let (outcome, orgs) = try await member(house, of: 1)
            #expect(try await house.authenticate(outcome.token).orgScope?.role == .owner)
            try await house.database.adminClient.execute("UPDATE test_orgs.membership SET role = 'member' WHERE org_id = \(orgs[0])")
            #expect(try await house.authenticate(outcome.token).orgScope?.role == .member)
        }
    }

    @Test func `ID-075 the end of a membership takes sessions and the default out of the org, and they live on`() async throws {
        try await House.with(withOrgs: true) { house in
            let (outcome, orgs) = try await member(house, of: 3)
            let principal = try await house.authenticate(outcome.token)
            let moved = try await Sessions(house.environment).move(to: orgs[0], by: principal)
            try await Profiles(house.environment).setDefaultOrg(orgs[0], by: principal)
            try await house.leave(orgs[0], outcome.user.id)
            let after = try await house.authenticate(moved.token)
            #expect(after.orgScope == nil)
            #expect(throws: IdentityError.orgRequired) { try after.requireOrg() }
            #expect(try await house.count("identity.session WHERE active_org_id IS NOT NULL") == 0)
            #expect(try await house.count("identity.account WHERE default_org_id IS NOT NULL") == 0)
            try await house.leave(orgs[1], outcome.user.id)
            #expect(try await house.authenticate(moved.token).orgScope?.org == orgs[2])
        }
    }

    @Test func `ID-076 switching while the membership ends leaves the session outside in every interleaving`() async throws {
        try await House.with(withOrgs: true) { house in
            let (outcome, orgs) = try await member(house, of: 2)
            var token = outcome.token
            var switched = 0
            for round in 0..<100 {
                house.clock.advance(by: .seconds(1))
                let principal = try await house.authenticate(token)
                async let move = Result { [principal] in try await Sessions(house.environment).move(to: orgs[1], by: principal) }
                async let leave: Void = house.leave(orgs[1], outcome.user.id, first: round.isMultiple(of: 2))
                try await leave
                if case .success(let moved) = await move {
                    token = moved.token
                    switched += 1
                }
                let inside = try await house.count("identity.session WHERE active_org_id IS NOT NULL")
                #expect(inside == 0)
                try await house.database.join(orgs[1], outcome.user.id, at: house.clock.now)
            }
            // Some of them were first, or the test would show nothing.
            #expect(switched > 0)
        }
    }
}

extension Result where Failure == any Error {
    /// The outcome of an asynchronous closure.
    init(catching body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}

extension House {
    /// What the package above does when a membership ends.
    func leave(_ org: OrgReference, _ user: User.ID, first: Bool = true) async throws {
        try await store.withTransaction(.system) { transaction in
            if first { try await transaction.leaveOrg(org, user: user, at: clock.now) }
            try await transaction.postgres.execute("DELETE FROM test_orgs.membership WHERE org_id = \(org) AND user_id = \(user)")
            if !first { try await transaction.leaveOrg(org, user: user, at: clock.now) }
        }
    }
}
