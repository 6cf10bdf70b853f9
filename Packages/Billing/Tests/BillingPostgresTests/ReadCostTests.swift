import Audit
import BillingPostgres
import Core
import EventLoops
@_spi(Authentication) import Identity
import IdentityPostgres
import Orgs
import PlatformTesting
import Postgres
import Testing

@testable import Billing

@Suite struct ReadCostTests {
    /// The statements that reach the server while a closure uses a store on a connection of its own, by the server's own count.
    private func statements(_ world: BillingWorld, _ body: (TestBillingStore) async throws -> Void) async throws -> Int {
        let loops = try EventLoopGroup(count: 1, name: "counted")
        defer { loops.shutdown() }
        var configuration = world.database.configuration()
        configuration.poolSizePerLoop = 1
        let client = PostgresClient(configuration: configuration, loops: loops)
        func executed() async throws -> Int64 {
            try await client.query(
                """
                SELECT coalesce(sum(generic_plans + custom_plans), 0)::bigint AS statements FROM pg_prepared_statements
                WHERE statement NOT IN ('BEGIN', 'COMMIT') AND statement NOT LIKE '%pg_prepared_statements%'
                    AND statement NOT LIKE '%set_config%'
                """)[0].decode("statements")
        }
        let before = try await executed()
        try await body(TestBillingStore(client: client, dateSource: world.clock))
        let after = try await executed()
        await client.close()
        return Int(after - before)
    }

    @Test func `BIL-153 lists of invoices, credits and pools take at most two statements whatever the number of rows`() async throws {
        try await BillingWorld.with { world in
            try await world.payByInvoice()
            for number in 0..<30 {
                _ = try await world.invoicedGraph("kg\(number)")
                try await world.credit(10_000)
            }
            let pool = try #require(try await world.money.pools.pools(of: world.org, as: world.owner).first).pool
            let org = world.org
            let invoice = try #require(try await world.store.invoices(of: org, limit: 1).invoices.first)
            for limit in [1, 30] {
                let reads: [(String, (TestBillingStore) async throws -> Int)] = [
                    ("subscriptions", { try await $0.subscriptions(of: org, visibleTo: nil, includingUnprovisioned: true).count }),
                    ("invoices", { try await $0.invoices(of: org, limit: limit).invoices.count }),
                    ("credits", { try await $0.accountCredits(of: org, .usd, from: nil, limit: limit).credits.count }),
                    ("entries", { try await $0.accountCreditEntries(of: org, .usd, from: nil, limit: limit).elements.count }),
                    ("invoice", { try await $0.invoice(invoice.id, of: org)?.document == nil ? 0 : limit }),
                    ("pools", { try await $0.creditPools(of: org).count }),
                    (
                        "transactions",
                        { try await $0.creditTransactions(of: pool.id, org: org, CreditQuery(limit: limit)).transactions.count }
                    ),
                ]
                for (name, read) in reads {
                    var found = 0
                    let cost = try await statements(world) { found = try await read($0) }
                    #expect((1...2).contains(cost), "\(name) took \(cost)")
                    #expect(found == (name == "transactions" ? 1 : ["subscriptions", "pools"].contains(name) ? 30 : limit), "\(name)")
                }
            }
        }
    }
}
