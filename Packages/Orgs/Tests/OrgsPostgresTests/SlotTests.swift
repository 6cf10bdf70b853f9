import Core
import Identity
import IdentityPostgres
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Testing

/// Places under the graph limit.
@Suite struct SlotTests {
    private func reserve(_ holder: String, _ org: Org.ID, until expiry: Instant? = nil, _ house: House) async throws -> GraphSlot {
        let now = house.clock.now
        return try await house.store.withTransaction(.org(org)) {
            try await $0.reserveGraphSlot(for: .checkout(holder), in: org, until: expiry, at: now)
        }
    }

    @Test func `ORG-073 fifty who ask at once for one of ten places get ten`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            try await house.database.adminClient.execute("UPDATE orgs.org_limits SET max_graphs = 10 WHERE org_id = \(ada.org)")
            let endings = try await withThrowingTaskGroup(of: Ending.self) { group in
                for number in 1...50 { group.addTask { try await Ending { _ = try await reserve("c\(number)", ada.org, house) } } }
                return try await group.reduce(into: [Ending]()) { $0.append($1) }
            }
            #expect(endings.count { $0 == .done } == 10)
            #expect(endings.count { $0 == .refused(.graphLimitReached(10)) } == 40)
            let limits = try #require(try await house.store.limits(of: ada.org))
            #expect(limits.graphsReserved == 10 && limits.graphsHeld == 0 && !limits.canCreateGraph)
        }
    }

    @Test func `ORG-073 a reservation ends at its time, is held by its graph, and is given back once`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            try await house.database.adminClient.execute("UPDATE orgs.org_limits SET max_graphs = 1 WHERE org_id = \(ada.org)")
            let first = try await reserve("a", ada.org, until: house.clock.now + .seconds(60), house)
            let again = try await reserve("a", ada.org, until: house.clock.now + .seconds(60), house)
            #expect(again.id == first.id)
            house.clock.advance(by: .seconds(59))
            await #expect(throws: OrgsError.graphLimitReached(1)) { try await reserve("b", ada.org, house) }
            house.clock.advance(by: .seconds(1))
            let second = try await reserve("b", ada.org, house)
            for _ in 1...2 {
                try await house.store.withTransaction(.org(ada.org)) { try await $0.holdGraphSlot(second.id, for: "kg1") }
            }
            var limits = try #require(try await house.store.limits(of: ada.org))
            #expect(limits.graphsHeld == 1 && limits.graphsReserved == 0)
            for _ in 1...2 {
                try await house.store.withTransaction(.org(ada.org)) { try await $0.releaseGraphSlot(ofGraph: "kg1") }
            }
            limits = try #require(try await house.store.limits(of: ada.org))
            #expect(limits.graphsHeld == 0 && limits.graphsReserved == 0 && limits.canCreateGraph)
        }
    }

    @Test func `ORG-072 suspended graphs count, ended ones, subgraphs, grants and other orgs do not`() async throws {
        try await House.with(also: [GraphViews.self]) { house in
            let ada = try await house.person("Ada")
            let ben = try await house.person("Ben")
            let slot = try await reserve("a", ada.org, house)
            try await house.store.withTransaction(.org(ada.org)) { try await $0.holdGraphSlot(slot.id, for: "kg1") }
            _ = try await reserve("b", ben.org, house)
            try await house.graph("kg1", of: ada.org)
            try await house.graph("kg2", of: ada.org, endedAt: house.clock.now)
            for user in [ada.user, ben.user] {
                try await house.database.adminClient.execute("INSERT INTO orgs.test_grant VALUES ('kg1', \(user))")
            }
            let limits = try #require(try await house.store.limits(of: ada.org))
            #expect(limits.graphsHeld == 1 && limits.graphsReserved == 0)
            #expect(try await house.store.graphs(of: ada.org, grantedTo: nil).map(\.id) == ["kg1"])
            #expect(try await house.store.overviews(of: ada.user, includingDeleted: false).map(\.graphCount) == [1])
        }
    }

    @Test func `ORG-074 a limit below what is used deletes nothing and blocks what is new`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            for number in 1...3 { _ = try await reserve("c\(number)", ada.org, house) }
            try await house.database.adminClient.execute("UPDATE orgs.org_limits SET max_graphs = 2 WHERE org_id = \(ada.org)")
            let limits = try #require(try await house.store.limits(of: ada.org))
            #expect(limits.maxGraphs.remaining(beside: limits.graphsReserved) == 0 && limits.graphsReserved == 3)
            await #expect(throws: OrgsError.graphLimitReached(2)) { try await reserve("c4", ada.org, house) }
        }
    }
}
