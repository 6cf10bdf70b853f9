import Core
import HTTPServer
import Identity
import IdentityPostgres
import Observability
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Testing

/// How many statements whole requests cost, the authenticating one included, by the server's own count.
@Suite struct RequestStatementTests {
    @Test func `ORG-119 the list of orgs is two statements in all, the authenticating one and one more, for one and for two hundred`()
        async throws
    {
        try await Front.with { front in
            let ada = try await front.register("Ada")
            try await found(199, for: ada, front)
            let eve = try await front.register("Eve")
            for (caller, wanted) in [(eve, 1), (ada, 200)] {
                let (answer, count) = try await front.counted(.get, "/v1/orgs", as: caller)
                #expect(answer.status == 200 && answer.body["total"] == .integer(Int64(wanted)))
                #expect(count == 2, "\(wanted) orgs")
            }
        }
    }

    @Test func `ORG-120 with the authenticating statement, detail takes at most four, members, limits and graphs two, usage three`()
        async throws
    {
        try await Front.with { front in
            let ada = try await front.register("Ada")
            for number in 1...10 { _ = try await front.member("Person\(number)", of: ada.org, as: .member) }
            for (path, most) in [("", 4), ("/members", 2), ("/limits", 2), ("/graphs", 2), ("/invitations", 2), ("/usage", 3)] {
                let (answer, count) = try await front.counted(.get, "/v1/orgs/\(ada.org)" + path, as: ada)
                #expect(answer.status == 200 && count <= most, "\(path): \(count)")
            }
        }
    }

    /// Makes a person the owner of further orgs, as an import would.
    private func found(_ count: Int, for caller: Front.Caller, _ front: Front) async throws {
        let user = try #require(User.ID(caller.user))
        for number in 1...count {
            let org = Org(
                id: .make(at: front.clock.now), name: try #require(OrgName("Team \(number)")), type: .team, personalOwner: nil,
                state: .active, createdAt: front.clock.now, updatedAt: front.clock.now, version: 1)
            try await front.store.withTransaction(.system) { transaction in
                try await transaction.insert(org, maxGraphs: .unlimited)
                try await transaction.insert(
                    Membership(
                        id: .make(at: front.clock.now), org: org.id, user: user, role: .owner, joinedAt: front.clock.now,
                        joinedThrough: .founding))
            }
        }
    }
}

extension Front {
    /// Calls a table of routes that has connections of its own, and says how many statements they executed meanwhile.
    fileprivate func counted(_ method: HTTPServer.Method, _ target: String, as caller: Caller) async throws -> (Answer, Int) {
        var configuration = database.configuration()
        configuration.poolSizePerLoop = 1
        let client = PostgresClient(configuration: configuration, loops: database.loops)
        let counted = Front(
            database: database,
            router: try Self.router(PostgresOrgStore(client: client, dateSource: clock), clock: clock, metrics: Metrics()), clock: clock,
            store: store, metrics: metrics)
        // One loop and one connection: what it prepared is what was asked.
        func executed() async throws -> Int {
            let rows = try await client.query(
                """
                SELECT coalesce(sum(generic_plans + custom_plans), 0)::bigint FROM pg_prepared_statements
                WHERE statement NOT LIKE '%pg_prepared_statements%' AND statement NOT LIKE '%set_config%'
                """)
            return Int(try rows[0].decode(Int64.self))
        }
        let before = try await executed()
        let answer = try await counted.call(method, target, as: caller)
        let count = try await executed() - before
        await client.close()
        return (answer, count)
    }
}
