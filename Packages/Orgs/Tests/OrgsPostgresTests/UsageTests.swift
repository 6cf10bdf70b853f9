import Core
import Identity
import IdentityPostgres
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Testing

/// What an org used.
@Suite struct UsageTests {
    @Test func `ORG-080 ORG-081 days without use are there, ended graphs of the window are marked, and a graph without a pool has none`()
        async throws
    {
        try await House.with(also: [GraphViews.self]) { house in
            let ada = try await house.person("Ada")
            let ben = try await house.person("Ben")
            try await house.graph("kg1", of: ada.org, credits: (available: 5_000, allocated: 8_000), bytes: 3_000_000_000)
            try await house.graph("kg2", of: ada.org, bytes: 500_000_000)
            try await house.graph("kg3", of: ada.org, endedAt: house.clock.now - .days(2))
            try await house.graph("kg4", of: ada.org, endedAt: house.clock.now - .days(40))
            try await house.graph("kg9", of: ben.org)
            try await house.use("kg1", of: ada.org, daysAgo: 0, credits: 150, operations: 3)
            try await house.use("kg1", of: ada.org, daysAgo: 6, credits: 50, operations: 1)
            try await house.use("kg3", of: ada.org, daysAgo: 3, credits: 25)
            try await house.use("kg1", of: ada.org, daysAgo: 7, credits: 10_000)
            try await house.use("kg9", of: ben.org, daysAgo: 0, credits: 99_999)
            let usage = try await house.orgs.usage(over: 7, in: house.adminScope(ada.user, ada.org))
            #expect(usage.days.map(\.credits) == [50, 0, 0, 25, 0, 0, 150])
            #expect(usage.totalCredits == 225 && usage.totalAIOperations == 4 && usage.totalStorageBytes == 3_500_000_000)
            #expect(usage.graphs.map(\.graph.id) == ["kg1", "kg2", "kg3"])
            #expect(usage.graphs.map(\.graph.hasEnded) == [false, false, true])
            #expect(usage.graphs[0].graph.creditsAvailable == 5_000 && usage.graphs[1].graph.creditsAvailable == nil)
        }
    }

    @Test func `ORG-082 a member sees the graphs granted, an admin all, and neither those that are gone`() async throws {
        try await House.with(also: [GraphViews.self]) { house in
            let ada = try await house.person("Ada")
            let ben = try await house.member("Ben", of: ada.org, as: .member)
            try await house.graph("kg1", of: ada.org, credits: (available: 5_025, allocated: 8_000))
            try await house.graph("kg2", of: ada.org)
            try await house.graph("kg3", of: ada.org, endedAt: house.clock.now)
            try await house.database.adminClient.execute("INSERT INTO orgs.test_grant VALUES ('kg2', \(ben))")
            let all = try await house.orgs.graphs(for: house.memberScope(ada.user, ada.org))
            #expect(all.map(\.id) == ["kg1", "kg2"])
            #expect(all.map(\.creditsAvailable) == [50.25, nil] && all.map(\.creditsUsed) == [29.75, nil])
            #expect(try await house.orgs.graphs(for: house.memberScope(ben, ada.org)).map(\.id) == ["kg2"])
            #expect(try await house.store.overviews(of: ben, includingDeleted: false).map(\.graphCount).sorted() == [0, 1])
            #expect(try await house.orgs.detail(for: house.memberScope(ben, ada.org)).graphs.map(\.id) == ["kg2"])
        }
    }

    @Test func `ORG-109 the last activity of an org never goes down when somebody leaves`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            let ben = try await house.member("Ben", of: ada.org, as: .member)
            #expect(try await house.store.lastActivity(of: ada.org) == nil)
            var random = SplitMix(state: 7)
            var greatest = Instant(secondsSinceEpoch: 0)
            for round in 1...10 {
                let at = house.clock.now - .seconds(Int64(random.next() % 1_000_000))
                let user = round.isMultiple(of: 2) ? ben : ada.user
                try await house.database.adminClient.execute(
                    "UPDATE identity.account SET last_active_floor = greatest(last_active_floor, \(at)) WHERE id = \(user)")
                greatest = max(greatest, at)
                #expect(try await house.store.lastActivity(of: ada.org) == greatest)
            }
            try await house.memberships.remove(ben, in: house.memberScope(ada.user, ada.org))
            #expect(try await house.store.lastActivity(of: ada.org) == greatest)
            // What the person does afterwards elsewhere is not the org's.
            try await house.database.adminClient.execute(
                "UPDATE identity.account SET last_active_floor = \(house.clock.now) WHERE id = \(ben)")
            #expect(try await house.store.lastActivity(of: ada.org) == greatest)
        }
    }

    @Test func `ORG-110 an org whose people were never seen has no last activity, which is not an early one`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            #expect(try await house.store.lastActivity(of: ada.org) == nil)
        }
    }
}
