import Billing
import BillingPostgres
import Core
import Identity
import IdentityPostgres
import PlatformTesting
import Postgres
import Testing

/// Somebody pauses the collection at the provider; the clock is the world's.
@Suite struct PausedCollectionTests {
    @Test(arguments: ["keep_as_draft", "mark_uncollectible", "void"])
    func `STR-E57 STR-086 a paused collection of each kind leaves status and access as they are, and is shown until it goes on`(
        _ behavior: String
    ) async throws {
        try await SimulatedWorld.with { world in
            let sold = try await world.buyGraph()
            let graph = try #require(ResourceID("kg0123456789abcdef0123"))
            func expectService(isPaused: Bool) async throws {
                let view = try await world.services.billing.subscription(sold.id, of: world.org, as: world.owner)
                #expect(view.subscription.status == .active && view.subscription.isCollectionPaused == isPaused)
                let access = try await world.services.subscriptions.access(to: .graph, graph, subscriber: nil, state: .active)
                #expect(access.level == .readWrite)
            }
            try await expectService(isPaused: false)
            let path = "/v1/subscriptions/\(sold.provider.rawValue)"
            try await world.simulator.call("POST", path, "pause_collection[behavior]=\(behavior)")
            try await world.settle()
            try await expectService(isPaused: true)
            // A renewal that nobody is asked to pay is no debt.
            try await world.pass(.days(32))
            let word = ["keep_as_draft": "draft", "mark_uncollectible": "uncollectible", "void": "void"][behavior]
            #expect(try await world.newestInvoice(sold)["status"]?.stringValue == word)
            try await expectService(isPaused: true)
            #expect(try await world.simulator.ledger().first?["charged"]?.int == 9_900)
            #expect(try await world.count("SELECT count(*) FROM billing.dunning_case") == 0)
            try await world.simulator.call("POST", path, "pause_collection=")
            try await world.settle()
            try await expectService(isPaused: false)
        }
    }
}
