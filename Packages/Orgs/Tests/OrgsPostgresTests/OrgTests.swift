import Core
import Identity
import IdentityPostgres
import Orgs
import OrgsPostgres
import PlatformTesting
import Testing

/// Making and changing orgs.
@Suite struct OrgTests {
    @Test func `ORG-001 a personal org comes with its owner and its limits, or the person does not come at all`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            let detail = try await house.orgs.detail(for: house.memberScope(ada.user, ada.org))
            #expect(detail.org.name.description == "Personal Workspace" && detail.org.type == .personal && detail.role == .owner)
            #expect(detail.org.personalOwner == ada.user && detail.limits.maxGraphs == .limited(100))
            #expect(try await house.entries("org_created", of: ada.org) == 1)
            #expect(try await house.events("orgs.org_created") == 1)
            var named = house
            named.settings = OrgsSettings(personalOrgName: "My Workspace")
            let ben = try await named.person("Ben")
            #expect(try await house.store.org(ben.org)?.name.description == "My Workspace")
            // What fails after the founding takes the person back with everything else.
            struct Crash: Error {}
            let now = house.clock.now
            let eve = User(
                id: .make(at: now), email: try #require(EmailAddress("eve@example.com")), name: try #require(PersonName("Eve")),
                emailVerifiedAt: nil, status: .active, sessionEpoch: 1, keyEpoch: 1, defaultOrg: nil, createdAt: now, updatedAt: now)
            await #expect(throws: Crash.self) {
                try await house.store.withTransaction(.system) { transaction in
                    try await transaction.insert(eve, password: nil)
                    _ = try await house.accountObserver().accountRegistered(eve, through: nil, in: transaction)
                    throw Crash()
                }
            }
            #expect(try await house.count("orgs.org") == 2)
            #expect(
                try await house.count("identity.account a WHERE NOT EXISTS (SELECT FROM orgs.membership m WHERE m.user_id = a.id)") == 0)
        }
    }

    @Test func `ORG-003 twenty orgs asked for at once by one person end at ten owned ones`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            let principal = try await house.principal(ada.user, in: ada.org)
            let endings = try await withThrowingTaskGroup(of: Ending.self) { group in
                for number in 1...20 {
                    group.addTask {
                        try await Ending {
                            _ = try await house.orgs.create(
                                try #require(OrgName("Team \(number)")), .team, makingDefault: false, by: principal)
                        }
                    }
                }
                return try await group.reduce(into: [Ending]()) { $0.append($1) }
            }
            #expect(endings.count { $0 == .done } == 9)
            #expect(endings.count { $0 == .refused(.limitReached("owned orgs", 10)) } == 11)
            #expect(try await house.store.overviews(of: ada.user, includingDeleted: false).count == 10)
        }
    }

    @Test func `ORG-003 a person whose address is not verified makes no second org`() async throws {
        try await House.with { house in
            let eve = try await house.person("Eve", verified: false)
            let principal = try await house.principal(eve.user, in: eve.org)
            let name = try #require(OrgName("Team"))
            await #expect(throws: OrgsError.emailNotVerified) {
                try await house.orgs.create(name, .team, makingDefault: false, by: principal)
            }
            let ada = try await house.person("Ada")
            house.clock.advance(by: .seconds(1))
            let made = try await house.orgs.create(name, .team, makingDefault: true, by: house.principal(ada.user, in: ada.org))
            #expect(made.role == .owner && made.org.type == .team && made.members.map(\.user) == [ada.user])
            let list = try await house.store.overviews(of: ada.user, includingDeleted: false)
            #expect(list.map(\.isDefault) == [false, true])
        }
    }

    @Test func `ORG-004 ten personal orgs asked for at once by a person who has one are all refused`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            let principal = try await house.principal(ada.user, in: ada.org)
            let endings = try await withThrowingTaskGroup(of: Ending.self) { group in
                for _ in 1...10 {
                    group.addTask {
                        try await Ending {
                            _ = try await house.orgs.create(try #require(OrgName("Mine")), .personal, makingDefault: false, by: principal)
                        }
                    }
                }
                return try await group.reduce(into: [Ending]()) { $0.append($1) }
            }
            #expect(endings.allSatisfy { $0 == .refused(.alreadyExists) })
            #expect(try await house.count("orgs.org WHERE org_type = 'personal'") == 1)
        }
    }

    @Test func `ORG-009 admins rename and owners change the kind, and an admin who asks for another kind changes nothing`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            let ben = try await house.member("Ben", of: ada.org, as: .admin)
            let owner = try await house.adminScope(ada.user, ada.org)
            let admin = try await house.adminScope(ben, ada.org)
            let renamed = try await house.orgs.update(OrgChanges(name: OrgName("Acme"), type: .personal), ifVersion: nil, in: admin)
            #expect(renamed.org.name.description == "Acme" && renamed.org.version == 2)
            await #expect(throws: OrgsError.ownerRequired) {
                try await house.orgs.update(OrgChanges(name: OrgName("Other"), type: .team), ifVersion: nil, in: admin)
            }
            #expect(try await house.store.org(ada.org)?.name.description == "Acme")
            await #expect(throws: OrgsError.nothingToChange) {
                try await house.orgs.update(OrgChanges(name: OrgName("Acme")), ifVersion: nil, in: owner)
            }
            await #expect(throws: OrgsError.nothingToChange) { try await house.orgs.update(OrgChanges(), ifVersion: nil, in: owner) }
            #expect(try await house.orgs.update(OrgChanges(type: .team), ifVersion: nil, in: owner).org.type == .team)
            #expect(try await house.entries("org_updated", of: ada.org) == 1)
            #expect(try await house.entries("org_type_changed", of: ada.org) == 1)
        }
    }

    @Test func `ORG-010 an org becomes personal only with one member whose only personal org it is`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            let scope = try await house.adminScope(ada.user, ada.org)
            for type in [OrgType.team, .enterprise, .personal, .enterprise] {
                let changed = try await house.orgs.update(OrgChanges(type: type), ifVersion: nil, in: scope)
                #expect(changed.org.type == type)
                #expect(changed.limits.maxGraphs == .limited(100))
            }
            let ben = try await house.member("Ben", of: ada.org, as: .member)
            await #expect(throws: OrgsError.typeNotAllowed) {
                try await house.orgs.update(OrgChanges(type: .personal), ifVersion: nil, in: scope)
            }
            try await house.memberships.remove(ben, in: scope.member)
            let second = try await house.orgs.create(
                try #require(OrgName("Mine")), .personal, makingDefault: false, by: house.principal(ada.user, in: ada.org))
            #expect(second.org.type == .personal)
            await #expect(throws: OrgsError.typeNotAllowed) {
                try await house.orgs.update(OrgChanges(type: .personal), ifVersion: nil, in: scope)
            }
        }
    }

    @Test func `ORG-011 a stale version is refused, and of two renames at once without one both are kept in the log`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            let scope = try await house.adminScope(ada.user, ada.org)
            let first = try await house.orgs.update(OrgChanges(name: OrgName("One")), ifVersion: 1, in: scope)
            #expect(first.org.version == 2)
            await #expect(throws: OrgsError.preconditionFailed) {
                try await house.orgs.update(OrgChanges(name: OrgName("Two")), ifVersion: 1, in: scope)
            }
            for round in 1...raceRounds {
                async let left = house.orgs.update(OrgChanges(name: OrgName("Left \(round)")), ifVersion: nil, in: scope)
                async let right = house.orgs.update(OrgChanges(name: OrgName("Right \(round)")), ifVersion: nil, in: scope)
                _ = try await (left, right)
                let name = try await house.store.org(ada.org)?.name.description
                #expect(name == "Left \(round)" || name == "Right \(round)")
            }
            #expect(try await house.entries("org_updated", of: ada.org) == 1 + 2 * raceRounds)
        }
    }

    @Test func `ORG-006 the list has both counts, marks the default, and shows deleted orgs to owners on request`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            house.clock.advance(by: .seconds(60))
            let ben = try await house.person("Ben")
            try await house.join(ada.user, ben.org, as: .member)
            let list = try await house.store.overviews(of: ada.user, includingDeleted: true)
            #expect(list.map(\.org.id) == [ada.org, ben.org])
            #expect(list.map(\.role) == [.owner, .member])
            #expect(list.map(\.memberCount) == [1, 2])
            try await house.memberships.remove(ada.user, in: house.memberScope(ada.user, ben.org))
            #expect(try await house.store.overviews(of: ada.user, includingDeleted: true).map(\.org.id) == [ada.org])
            #expect(try await house.store.overviews(of: ben.user, includingDeleted: false).map(\.memberCount) == [1])
        }
    }
}
