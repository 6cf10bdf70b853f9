import Audit
import Core
import Identity
import IdentityPostgres
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Testing

/// What those who run the product do with an org.
@Suite struct AdministrationTests {
    private let actor = AuditActor.system(component: "orgs")

    private func administration(_ house: House) -> StoredOrgAdministration<PostgresOrgStore> {
        StoredOrgAdministration(store: house.store, dateSource: house.clock)
    }

    @Test func `ORG-076 limits are set with a reason, and unlimited is the absence of a number`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            let administration = administration(house)
            let lowered = try await administration.setLimits(
                LimitChanges(maxGraphs: .limited(5)), of: ada.org, because: "contract", by: actor)
            #expect(lowered.maxGraphs == .limited(5) && lowered.maxMembers == .unlimited)
            let raised = try await administration.setLimits(
                LimitChanges(maxGraphs: .unlimited, maxMembers: .limited(3)), of: ada.org, because: "trial", by: actor)
            #expect(raised.maxGraphs == .unlimited && raised.maxMembers == .limited(3))
            #expect(try await house.store.limits(of: ada.org) == raised)
            await #expect(throws: OrgsError.nothingToChange) {
                try await administration.setLimits(LimitChanges(maxGraphs: .unlimited), of: ada.org, because: "again", by: actor)
            }
            await #expect(throws: OrgsError.notFound) {
                try await administration.setLimits(
                    LimitChanges(maxGraphs: .unlimited), of: .make(at: house.clock.now), because: "x", by: actor)
            }
            let rows = try await house.database.adminClient.query(
                "SELECT data, changes FROM audit.entry WHERE type = 'org_limits_changed' ORDER BY recorded_at")
            #expect(rows.count == 2)
            let changes = try rows[1].decode("changes", as: JSONValue.self).arrayValue ?? []
            #expect(changes.first?["old"] == 5 && (changes.first?["new"] ?? .null) == .null)
            #expect(try rows[1].decode("data", as: JSONValue.self) == [:])
            let words = try await house.database.adminClient.query(
                "SELECT p.body FROM audit.private_part AS p JOIN audit.entry AS e ON e.id = p.entry_id WHERE e.type = 'org_limits_changed' ORDER BY e.recorded_at"
            )
            #expect(
                try words.map { try JSON.decode(JSONValue.self, from: $0.decode("body", as: [UInt8].self))["reason"] } == [
                    "contract", "trial",
                ])
        }
    }

    @Test func `ORG-013 a frozen org is read, left and nothing else, and says so to its owners`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            let ben = try await house.member("Ben", of: ada.org, as: .admin)
            let administration = administration(house)
            for _ in 1...2 { try await administration.freeze(ada.org, as: .abuse, because: "report 7", by: actor) }
            let scope = try await house.adminScope(ada.user, ada.org)
            #expect(try await house.orgs.detail(for: scope.member).org.state == .frozen)
            #expect(try await house.memberships.members(for: scope.member).count == 2)
            await #expect(throws: OrgsError.frozen) {
                try await house.orgs.update(OrgChanges(name: OrgName("x")), ifVersion: nil, in: scope)
            }
            await #expect(throws: OrgsError.frozen) { try await house.memberships.setRole(.member, of: ben, in: scope) }
            await #expect(throws: OrgsError.frozen) { try await house.memberships.remove(ben, in: scope.member) }
            let ending = try await house.endingScope(ada.user, ada.org)
            await #expect(throws: OrgsError.frozen) {
                try await house.deletions().delete(house.request(), in: ending, validatingOnly: false)
            }
            try await house.memberships.remove(ben, in: house.memberScope(ben, ada.org))
            for _ in 1...2 { try await administration.thaw(ada.org, because: "cleared", by: actor) }
            let thawed = try await house.adminScope(ada.user, ada.org)
            #expect(try await house.orgs.update(OrgChanges(name: OrgName("x")), ifVersion: nil, in: thawed).org.state == .active)
            // A request that was let in before the freeze does not write after it.
            try await administration.freeze(ada.org, as: .legal, because: "order", by: actor)
            await #expect(throws: OrgsError.frozen) {
                try await house.orgs.update(OrgChanges(name: OrgName("y")), ifVersion: nil, in: thawed)
            }
            await #expect(throws: OrgsError.frozen) { try await house.memberships.setRole(.member, of: ben, in: thawed) }
            for (type, topic, times) in [("org_frozen", "orgs.org_frozen", 2), ("org_thawed", "orgs.org_thawed", 1)] {
                #expect(try await house.entries(type, of: ada.org) == times, "\(type)")
                #expect(try await house.events(topic) == times, "\(topic)")
            }
        }
    }

    @Test func `ORG-034 the account of a sole owner is not deactivated, unless its org is frozen with it`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            func deactivate() async throws {
                try await house.store.withTransaction(.system) { transaction in
                    var user = try #require(try await transaction.lockedUser(ada.user))
                    user.status = .deactivated
                    try await transaction.save(user)
                }
            }
            let refusal = await #expect(throws: (any Error).self) { try await deactivate() }
            #expect(refusal.flatMap { PostgresError.found(in: $0) }?.violates("org_has_an_owner") == true)
            let sole = try await house.store.withTransaction(.system) { try await $0.orgsOwnedAlone(by: ada.user) }
            #expect(sole == [ada.org])
            let administration = administration(house)
            try await administration.freeze(ada.org, as: .noOwner, because: "left", by: actor)
            try await deactivate()
            await #expect(throws: OrgsError.lastOwner) { try await administration.thaw(ada.org, because: "x", by: actor) }
        }
    }

    @Test func `ORG-075 admins and owners are warned once in thirty days of a limit that is nearly used up`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            _ = try await house.member("Ben", of: ada.org, as: .admin)
            _ = try await house.member("Cleo", of: ada.org, as: .member)
            try await house.database.adminClient.execute("UPDATE orgs.org_limits SET max_graphs = 10")
            let watch = LimitWatch<OrgOnlyTransaction>(settings: house.settings)
            func take(_ number: Int) async throws {
                let now = house.clock.now
                try await house.store.withTransaction(.org(ada.org)) { transaction in
                    _ = try await transaction.reserveGraphSlot(for: .checkout("c\(number)"), in: ada.org, until: nil, at: now)
                    try await watch.placeTaken(in: ada.org, at: now, transaction)
                }
            }
            for number in 1...8 { try await take(number) }
            #expect(try await house.events("orgs.limit_nearly_reached") == 0)
            try await take(9)
            try await take(10)
            #expect(try await house.events("orgs.limit_nearly_reached") == 1)
            house.clock.advance(by: .days(30))
            try await take(10)
            #expect(try await house.events("orgs.limit_nearly_reached") == 2)
            let payload = try await house.database.adminClient.query(
                "SELECT payload FROM jobs.event WHERE topic = 'orgs.limit_nearly_reached' LIMIT 1")[0].decode("payload", as: JSONValue.self)
            #expect(payload["used"] == 9 && payload["maximum"] == 10 && payload["recipients"]?.arrayValue?.count == 2)
        }
    }

    @Test func `ORG-077 counters that differ from the places are repaired once`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            _ = try await house.person("Ben")
            let now = house.clock.now
            _ = try await house.store.withTransaction(.org(ada.org)) {
                try await $0.reserveGraphSlot(for: .checkout("a"), in: ada.org, until: nil, at: now)
            }
            try await house.database.adminClient.execute(
                "UPDATE orgs.org_limits SET graphs_held = 7, graphs_reserved = 0 WHERE org_id = \(ada.org)")
            #expect(try await administration(house).reconcileSlots() == [ada.org])
            let limits = try #require(try await house.store.limits(of: ada.org))
            #expect(limits.graphsHeld == 0 && limits.graphsReserved == 1)
            #expect(try await administration(house).reconcileSlots().isEmpty)
            #expect(try await house.entries("org_slots_repaired", of: ada.org) == 1)
        }
    }
}
