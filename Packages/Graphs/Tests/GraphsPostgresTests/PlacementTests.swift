import Billing
import Core
import Graphs
import GraphsPostgres
import PlatformTesting
import Postgres
import Testing

@Suite struct PlacementTests {
    private func hold(
        in database: TestDatabase, for subscription: Subscription.ID = .make(at: start), tier: TierName = .standard, now: Instant = start
    ) async throws -> HostSlot? {
        try await database.transaction {
            try await $0.holdSlot(of: tier, for: subscription, org: someOrg, until: now + .hours(1), now: now)
        }
    }

    @Test func `GRA-098 a hundred who ask at once get exactly the thirty slots of three hosts`() async throws {
        try await TestDatabase.withGraphs { database in
            try await database.registered(slots: 10, hosts: 3)
            let slots = await withTaskGroup { group in
                for _ in 0..<100 { group.addTask { try? await hold(in: database) } }
                return await group.reduce(into: [HostSlot]()) { if let slot = $1 { $0.append(slot) } }
            }
            #expect(Set(slots).count == slots.count)
            // A claim skips rows that others are claiming, so that some come away empty-handed while there is room; then they ask again.
            var all = Set(slots)
            while let slot = try await hold(in: database) { all.insert(slot) }
            #expect(all.count == 30)
            #expect(try await database.store.capacity().first?.freeSlots == 0)
        }
    }

    @Test func `GRA-098 graphs go to the host with the lowest share, and only to hosts of their tier`() async throws {
        try await TestDatabase.withGraphs { database in
            try await database.store.register(
                [
                    NewGraphHost(name: "small", tiers: [.standard], slots: 2),
                    NewGraphHost(name: "big", tiers: [.standard, .large], slots: 4),
                ], at: start)
            var names: [String] = []
            for _ in 0..<6 { names.append(try await hold(in: database)?.hostName ?? "none") }
            #expect(names.count(where: { $0 == "small" }) == 2)
            #expect(names.count(where: { $0 == "big" }) == 4)
            #expect(try await hold(in: database) == nil)
            #expect(try await hold(in: database, tier: .xlarge) == nil)
        }
    }

    @Test func `GRA-099 a subscription has one slot, a hold lapses by its date, and a graph's own does not`() async throws {
        try await TestDatabase.withGraphs { database in
            try await database.registered(slots: 1)
            let subscription = Subscription.ID.make(at: start)
            let first = try await hold(in: database, for: subscription)
            #expect(try await hold(in: database, for: subscription) == first)
            #expect(try await hold(in: database) == nil)
            #expect(try await hold(in: database, now: start + .hours(2)) == first)
            let graph = Graph.fixture()
            try await database.adminClient.execute(
                "UPDATE graphs.host_slot SET state = 'free', org_id = NULL, subscription_id = NULL, reserved_until = NULL")
            let owner = try #require(graph.subscription)
            _ = try await hold(in: database, for: owner)
            try await database.transaction { transaction in
                try await transaction.insert(graph)
                #expect(try await transaction.giveSlot(of: owner, to: graph.id) == first)
            }
            #expect(try await hold(in: database, now: start + .days(365)) == nil)
            #expect(try await database.transaction { try await $0.slot(of: graph.id) } == first)
            try await database.transaction { try await $0.freeSlot(of: graph.id, or: nil) }
            #expect(try await hold(in: database) == first)
        }
    }

    @Test func `hosts named again grow and never shrink`() async throws {
        try await TestDatabase.withGraphs { database in
            try await database.registered(slots: 2)
            try await database.registered(slots: 5)
            try await database.registered(slots: 1)
            #expect(try await database.store.capacity().first?.freeSlots == 5)
            let slot = try #require(try await hold(in: database))
            #expect(try await database.store.host(slot.host)?.slots == 5)
        }
    }
}
