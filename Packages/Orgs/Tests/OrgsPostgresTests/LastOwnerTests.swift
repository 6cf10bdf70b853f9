import Core
import Identity
import IdentityPostgres
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Testing

/// At least one owner, at every commit, whoever writes and however many at once.
@Suite struct LastOwnerTests {
    @Test func `ORG-030 the database refuses every commit that would leave an org without an owner`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            let statements: [Statement] = [
                "UPDATE orgs.membership SET role = 'admin' WHERE user_id = \(ada.user)",
                "UPDATE orgs.membership SET ended_at = joined_at, end_reason = 'left' WHERE user_id = \(ada.user)",
                "UPDATE identity.account SET status = 'deactivated' WHERE id = \(ada.user)",
                "UPDATE orgs.org SET owner_count = 0 WHERE id = \(ada.org)",
            ]
            for client in [house.database.client, house.database.systemClient, house.database.ownerClient] {
                for statement in statements {
                    await #expect(throws: (any Error).self) {
                        try await client.withTransaction(scope: .system) { _ = try await $0.execute(statement) }
                    }
                }
            }
            await #expect(throws: (any Error).self) {
                try await house.database.adminClient.execute("DELETE FROM orgs.membership WHERE user_id = \(ada.user)")
            }
            let error = await #expect(throws: (any Error).self) {
                try await house.database.client.withTransaction(scope: .system) { _ = try await $0.execute(statements[0]) }
            }
            #expect(error.flatMap { PostgresError.found(in: $0) }?.violates("org_has_an_owner") == true)
            #expect(try await house.role(of: ada.user, in: ada.org) == .owner)
            // A frozen org may be without one, until it is thawed.
            try await house.database.systemClient.withTransaction(scope: .system) { transaction in
                _ = try await transaction.execute("UPDATE orgs.org SET state = 'frozen', frozen_reason = 'security' WHERE id = \(ada.org)")
                _ = try await transaction.execute("UPDATE identity.account SET status = 'deactivated' WHERE id = \(ada.user)")
            }
            await #expect(throws: (any Error).self) {
                try await house.database.systemClient.withTransaction(scope: .system) {
                    _ = try await $0.execute("UPDATE orgs.org SET state = 'active', frozen_reason = NULL WHERE id = \(ada.org)")
                }
            }
            try await house.expectOwners()
        }
    }

    @Test func `ORG-030 within a transaction the owners may change places`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            let ben = try await house.member("Ben", of: ada.org, as: .member)
            try await house.database.client.withTransaction(scope: .system) { transaction in
                _ = try await transaction.execute(
                    "UPDATE orgs.membership SET role = 'member' WHERE user_id = \(ada.user) AND org_id = \(ada.org)")
                _ = try await transaction.execute(
                    "UPDATE orgs.membership SET role = 'owner' WHERE user_id = \(ben) AND org_id = \(ada.org)")
            }
            #expect(try await house.role(of: ben, in: ada.org) == .owner)
            try await house.expectOwners()
        }
    }

    enum Pair: String, CaseIterable, Sendable { case remove, stepDown, leave }

    @Test(arguments: Pair.allCases)
    func `ORG-031 SEC-209 of two owners who would both be gone at once exactly one stays`(pair: Pair) async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            let ben = try await house.person("Ben").user
            try await house.join(ben, ada.org, as: .owner)
            for _ in 1...decisiveRounds {
                let one = try await house.adminScope(ada.user, ada.org)
                let other = try await house.adminScope(ben, ada.org)
                func act(_ scope: AdminScope, against target: User.ID) async throws {
                    switch pair {
                    case .remove: try await house.memberships.remove(target, in: scope.member)
                    case .stepDown: _ = try await house.memberships.setRole(.admin, of: scope.user, in: scope)
                    case .leave: try await house.memberships.remove(scope.user, in: scope.member)
                    }
                }
                async let left = Ending { try await act(one, against: ben) }
                async let right = Ending { try await act(other, against: ada.user) }
                let endings = try await [left, right]
                #expect(endings.count { $0 == .done } == 1)
                #expect(
                    endings.contains { $0 != .done && [.refused(.lastOwner), .refused(.notMember), .refused(.ownerRequired)].contains($0) })
                try await house.expectOwners()
                try await restore(ada.user, ben, in: ada.org, house)
            }
        }
    }

    @Test func `ORG-031 leaving against the deactivation of the other owner leaves one active owner`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            let ben = try await house.person("Ben").user
            // The personal org of the deactivated one would stand in the way.
            let bens = try #require(try await house.store.overviews(of: ben, includingDeleted: false).first).org.id
            try await house.join(ada.user, bens, as: .owner)
            try await house.join(ben, ada.org, as: .owner)
            for _ in 1...raceRounds {
                let scope = try await house.memberScope(ada.user, ada.org)
                async let left = Ending { try await house.memberships.remove(ada.user, in: scope) }
                async let right: Bool = {
                    do {
                        try await house.store.withTransaction(.system) { transaction in
                            guard var user = try await transaction.lockedUser(ben) else { return }
                            user.status = .deactivated
                            try await transaction.save(user)
                        }
                        return true
                    } catch let error where PostgresError.found(in: error)?.violates("org_has_an_owner") == true {
                        return false
                    }
                }()
                let endings = try await (left, right)
                #expect((endings.0 == .done) != endings.1)
                try await house.expectOwners()
                try await house.database.adminClient.execute("UPDATE identity.account SET status = 'active' WHERE id = \(ben)")
                try await restore(ada.user, ben, in: ada.org, house)
            }
        }
    }

    /// Both are owners again.
    private func restore(_ one: User.ID, _ other: User.ID, in org: Org.ID, _ house: House) async throws {
        for user in [one, other] {
            if try await house.role(of: user, in: org) == nil {
                try await house.join(user, org, as: .owner)
            } else {
                try await house.database.adminClient.execute(
                    "UPDATE orgs.membership SET role = 'owner' WHERE user_id = \(user) AND org_id = \(org) AND ended_at IS NULL")
            }
        }
    }

    @Test
    func `ORG-032 ORG-033 a storm of all commands by twenty callers on five orgs leaves no org without an owner and meets no deadlock`()
        async throws
    {
        try await House.with { house in
            let seed = UInt64(raceRounds) &* 0x9E37_79B9_7F4A_7C15
            var people: [User.ID] = []
            var orgs: [Org.ID] = []
            for number in 1...20 {
                let person = try await house.person("Person\(number)")
                people.append(person.user)
                if number <= 5 { orgs.append(person.org) }
            }
            let (all, five) = (people, orgs)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (number, caller) in all.enumerated() {
                    group.addTask {
                        var random = SplitMix(state: seed &+ UInt64(number))
                        for _ in 1...raceRounds {
                            let org = five[Int(random.next() % 5)]
                            let target = all[Int(random.next() % 20)]
                            let role = OrgRole.allCases[Int(random.next() % 3)]
                            let choice = random.next() % 4
                            _ = try await Ending {
                                guard let scope = try? await house.memberScope(caller, org) else {
                                    try await house.join(caller, org, as: role)
                                    return
                                }
                                switch choice {
                                case 0: try await house.memberships.remove(target, in: scope)
                                case 1: try await house.memberships.remove(caller, in: scope)
                                case 2: try await house.join(target, org, as: role)
                                default:
                                    _ = try await house.memberships.setRole(role, of: target, in: house.adminScope(caller, org))
                                }
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            try await house.expectOwners()
            let deadlocks = try await house.database.adminClient.query(
                "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")[0].decode(Int64.self)
            #expect(deadlocks == 0, "seed \(seed)")
            #expect(
                try await house.count(
                    "(SELECT FROM orgs.membership WHERE ended_at IS NULL GROUP BY user_id, org_id HAVING count(*) > 1) AS twin") == 0)
        }
    }
}

/// A small generator whose sequence a seed gives.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
