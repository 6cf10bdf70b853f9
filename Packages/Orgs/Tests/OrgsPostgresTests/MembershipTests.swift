import Core
import Identity
import IdentityPostgres
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Synchronization
import Testing

/// Who is in an org, with which role, and how that ends.
@Suite struct MembershipTests {
    @Test func `ORG-018 roles between member and admin are set, the owner's role and the own one are not`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            let ben = try await house.member("Ben", of: ada.org, as: .admin)
            let cleo = try await house.member("Cleo", of: ada.org, as: .member)
            let stranger = try await house.person("Dan").user
            let admin = try await house.adminScope(ben, ada.org)
            let promoted = try await house.memberships.setRole(.admin, of: cleo, in: admin)
            #expect(promoted.role == .admin && promoted.user == cleo)
            let refusals: [(OrgRole, User.ID, OrgsError)] = [
                (.member, ada.user, .ownerRoleProtected), (.owner, cleo, .ownerRoleProtected), (.member, ben, .ownRole),
                (.admin, stranger, .notFound),
            ]
            for (role, user, error) in refusals {
                await #expect(throws: error) { try await house.memberships.setRole(role, of: user, in: admin) }
            }
            // The same role again changes nothing and writes nothing.
            _ = try await house.memberships.setRole(.admin, of: cleo, in: admin)
            #expect(try await house.entries("org_member_role_changed", of: ada.org) == 1)
            #expect(try await house.events("orgs.member_role_changed") == 1)
        }
    }

    @Test func `ORG-019 an owner steps down while another remains, and the last one does not`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            let ben = try await house.member("Ben", of: ada.org, as: .owner)
            let scope = try await house.adminScope(ada.user, ada.org)
            #expect(try await house.memberships.setRole(.member, of: ada.user, in: scope).role == .member)
            let last = try await house.adminScope(ben, ada.org)
            await #expect(throws: OrgsError.lastOwner) { try await house.memberships.setRole(.admin, of: ben, in: last) }
            #expect(try await house.role(of: ben, in: ada.org) == .owner)
            try await house.expectOwners()
        }
    }

    @Test func `ORG-022 ORG-023 who removes whom, and everybody leaves but the last owner`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            let org = ada.org
            let ben = try await house.member("Ben", of: org, as: .admin)
            let cleo = try await house.member("Cleo", of: org, as: .admin)
            let dan = try await house.member("Dan", of: org, as: .member)
            let fay = try await house.member("Fay", of: org, as: .owner)
            let member = try await house.memberScope(dan, org)
            let admin = try await house.memberScope(ben, org)
            let owner = try await house.memberScope(ada.user, org)
            await #expect(throws: OrgsError.adminRequired) { try await house.memberships.remove(cleo, in: member) }
            await #expect(throws: OrgsError.ownerRequired) { try await house.memberships.remove(fay, in: admin) }
            try await house.memberships.remove(cleo, in: admin)
            await #expect(throws: OrgsError.notFound) { try await house.memberships.remove(cleo, in: admin) }
            try await house.memberships.remove(fay, in: owner)
            await #expect(throws: OrgsError.lastOwner) { try await house.memberships.remove(ada.user, in: owner) }
            try await house.memberships.remove(dan, in: member)
            try await house.memberships.remove(ben, in: admin)
            #expect(try await house.memberships.members(for: owner).map(\.user) == [ada.user])
            #expect(try await house.entries("org_member_removed", of: org) == 2)
            #expect(try await house.entries("org_member_left", of: org) == 2)
        }
    }

    @Test func `ORG-024 ORG-027 ending a membership moves sessions out, ends bound keys, and a return is a new row`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            let ben = try await house.person("Ben").user
            let first = try await house.join(ben, ada.org, as: .member)
            let now = house.clock.now
            try await house.database.adminClient.execute(
                """
                INSERT INTO identity.session (id, user_id, epoch, generation, confirmed_generation, rotated_at, active_org_id, methods,
                    authenticated_at, network, client_family, last_active_at, token_expires_at, absolute_expires_at, created_at)
                VALUES (\(Session.ID.make(at: now)), \(ben), 1, 1, 0, \(now), \(ada.org), '{pwd}', \(now), 'n', 'c', \(now), \(now), \(now), \(now))
                """)
            for org in [ada.org, nil] as [Org.ID?] {
                try await house.database.adminClient.execute(
                    """
                    INSERT INTO identity.api_key (id, user_id, epoch, name, prefix, key_hash, org_id, created_at, updated_at)
                    VALUES (\(APIKey.ID.make(at: now)), \(ben), 1, 'k', 'rfs00000', decode(repeat(\(org == nil ? "00" : "ff"), 32), 'hex'),
                        \(org), \(now), \(now))
                    """)
            }
            try await house.database.adminClient.execute("UPDATE identity.account SET default_org_id = \(ada.org) WHERE id = \(ben)")
            let seen = Seen()
            let memberships = Memberships(store: house.store, observers: [seen], dateSource: house.clock)
            try await memberships.remove(ben, in: house.memberScope(ada.user, ada.org))
            #expect(seen.words.withLock { $0 } == ["ended member"])
            #expect(try await house.count("identity.session WHERE active_org_id IS NOT NULL") == 0)
            #expect(try await house.count("identity.account WHERE default_org_id IS NOT NULL") == 0)
            #expect(try await house.count("identity.api_key WHERE revoked_at IS NOT NULL AND org_id IS NOT NULL") == 1)
            #expect(try await house.count("identity.api_key WHERE revoked_at IS NULL AND org_id IS NULL") == 1)
            let data = try await house.database.adminClient.query("SELECT data FROM audit.entry WHERE type = 'org_member_removed'")[0]
            #expect(try data.decode("data", as: JSONValue.self)["revoked_keys"] == 1)
            let second = try await house.join(ben, ada.org, as: .admin)
            #expect(second != first)
            #expect(try await house.count("orgs.membership WHERE ended_at IS NOT NULL AND end_reason = 'removed'") == 1)
            await #expect(throws: OrgsError.alreadyMember) { try await house.join(ben, ada.org, as: .member) }
        }
    }

    @Test func `ORG-024 ORG-025 what an observer refuses takes the whole removal back`() async throws {
        struct Refusal: Error {}
        struct Refusing: MembershipObserver {
            func membershipBegan(_ membership: Membership, in transaction: OrgOnlyTransaction) async throws {}
            func roleChanged(of membership: Membership, from old: OrgRole, in transaction: OrgOnlyTransaction) async throws {}
            func membershipEnded(_ membership: Membership, in transaction: OrgOnlyTransaction) async throws { throw Refusal() }
        }
        try await House.with { house in
            let ada = try await house.person("Ada")
            let ben = try await house.member("Ben", of: ada.org, as: .member)
            let memberships = Memberships(store: house.store, observers: [Refusing()], dateSource: house.clock)
            let scope = try await house.memberScope(ada.user, ada.org)
            await #expect(throws: Refusal.self) { try await memberships.remove(ben, in: scope) }
            #expect(try await house.role(of: ben, in: ada.org) == .member)
            #expect(try await house.entries("org_member_removed") == 0)
        }
    }

    @Test func `ORG-020 a role change is told to the packages above in its transaction`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            let ben = try await house.member("Ben", of: ada.org, as: .admin)
            let seen = Seen()
            let memberships = Memberships(store: house.store, observers: [seen], dateSource: house.clock)
            _ = try await memberships.setRole(.member, of: ben, in: house.adminScope(ada.user, ada.org))
            #expect(seen.words.withLock { $0 } == ["admin to member"])
        }
    }

    @Test func `ORG-021 the next authentication has the new role, or none`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            let ben = try await house.member("Ben", of: ada.org, as: .member)
            _ = try await house.memberships.setRole(.admin, of: ben, in: house.adminScope(ada.user, ada.org))
            #expect(try await house.principal(ben, in: ada.org).orgScope?.role == .admin)
            try await house.memberships.remove(ben, in: house.memberScope(ada.user, ada.org))
            #expect(try await house.principal(ben, in: ada.org).orgScope == nil)
        }
    }

    @Test func `ORG-026 removing twice at once gives one removal and one not found`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            let ben = try await house.person("Ben").user
            let scope = try await house.memberScope(ada.user, ada.org)
            for _ in 1...raceRounds {
                try await house.join(ben, ada.org, as: .member)
                async let left = Ending { try await house.memberships.remove(ben, in: scope) }
                async let right = Ending { try await house.memberships.remove(ben, in: scope) }
                let endings = try await [left, right]
                #expect(Set(endings) == [.done, .refused(.notFound)])
            }
            #expect(try await house.entries("org_member_removed", of: ada.org) == raceRounds)
        }
    }

    @Test func `ORG-026 removing and promoting at once ends with the removal, and never with a live row beside an ended one`() async throws
    {
        try await House.with { house in
            let ada = try await house.person("Ada")
            let ben = try await house.person("Ben").user
            let scope = try await house.adminScope(ada.user, ada.org)
            for _ in 1...raceRounds {
                try await house.join(ben, ada.org, as: .member)
                async let removed = Ending { try await house.memberships.remove(ben, in: scope.member) }
                async let promoted = Ending { _ = try await house.memberships.setRole(.admin, of: ben, in: scope) }
                let endings = try await (removed, promoted)
                #expect(endings.0 == .done)
                #expect(endings.1 == .done || endings.1 == .refused(.notFound))
                #expect(try await house.role(of: ben, in: ada.org) == nil)
            }
            #expect(try await house.count("orgs.membership WHERE ended_at IS NULL AND joined_through = 'operator'") == 0)
        }
    }

    @Test func `ORG-015 the list has every live member with an account, and pages of it follow one another`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            for name in ["Ben", "Cleo", "Dan"] {
                house.clock.advance(by: .seconds(1))
                _ = try await house.member(name, of: ada.org, as: .member)
            }
            // Accounts that end leave no org behind that works; theirs is frozen.
            try await house.database.adminClient.execute("UPDATE orgs.org SET state = 'frozen' WHERE id <> \(ada.org)")
            try await house.database.adminClient.execute(
                "UPDATE identity.account SET status = 'deactivated' WHERE email = 'cleo@example.com'")
            try await house.database.adminClient.execute(
                "UPDATE identity.account SET status = 'purged', email = NULL, name = NULL, password_hash = NULL WHERE email = 'dan@example.com'"
            )
            let members = try await house.memberships.members(for: house.memberScope(ada.user, ada.org))
            #expect(members.map(\.name) == ["Ada", "Ben", "Cleo"])
            #expect(members.map(\.isActive) == [true, true, false])
            #expect(members.map(\.email) == ["ada@example.com", "ben@example.com", "cleo@example.com"])
        }
    }
}

/// Notes what it is told.
final class Seen: MembershipObserver {
    let words = Mutex<[String]>([])

    func membershipBegan(_ membership: Membership, in transaction: OrgOnlyTransaction) async throws {
        words.withLock { $0.append("began \(membership.role)") }
    }
    func roleChanged(of membership: Membership, from old: OrgRole, in transaction: OrgOnlyTransaction) async throws {
        words.withLock { $0.append("\(old) to \(membership.role)") }
    }
    func membershipEnded(_ membership: Membership, in transaction: OrgOnlyTransaction) async throws {
        words.withLock { $0.append("ended \(membership.role)") }
    }
}
