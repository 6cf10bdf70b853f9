import Audit
import AuditPostgres
import Billing
import BillingPostgres
import BillingStripe
import BillingTesting
import Core
import Cryptography
import EventLoops
import HTTPClient
import Identity
import IdentityPostgres
import Jobs
import JobsPostgres
import JobsTesting
import Observability
import Orgs
import PlatformTesting
import Postgres
import Synchronization
import Testing

/// Replies that are lost, processes that die between a call and its answer, keys that are forgotten.
@Suite struct LostRepliesTests {
    /// Sells a second graph on the card on file.
    private func sell(_ world: SimulatedWorld) async throws -> Subscription.ID {
        let plan = PlanKey.graph("ladybug-standard")
        let entitlement = try await world.services.subscriptions.entitlement(of: world.org, to: plan)
        let id = Subscription.ID.make(at: world.now)
        let sale = NewSubscription(
            id: id, org: world.org, entitlement: entitlement, plan: plan, requestedBy: world.owner.userID, configuration: [:],
            operation: nil)
        try await world.services.subscriptions.prepareSale(of: plan, interval: .monthly)
        _ = try await world.store.withTransaction(.system) { try await world.services.subscriptions.open(sale, in: $0) }
        return id
    }

    private func creations(_ world: SimulatedWorld) async throws -> [JSONValue] {
        try await world.simulator.transcript("POST", "/v1/subscriptions")
    }

    @Test(arguments: ["cut_after", "cut_body", "error_after"])
    func `STR-E30 a reply that is lost after execution is asked for again with the same key, and one thing was made`(_ kind: String)
        async throws
    {
        try await SimulatedWorld.with { world in
            _ = try await world.buyGraph()
            let id = try await sell(world)
            try await world.simulator.fault(#"{"kind":"\#(kind)","method":"POST","path":"/v1/subscriptions","count":1,"status":500}"#)
            _ = try? await world.services.subscriptions.confirmFirstPayment(of: id)
            try await world.settle()
            try await world.pass(.minutes(2))
            #expect(try await world.subscription(id).status == .provisioning)
            let calls = try await creations(world)
            #expect(Set(calls.compactMap { $0["idempotency_key"]?.stringValue }).count == 1)
            #expect(Set(calls.compactMap { $0["body"]?.stringValue }).count == 1)
            let running = try await world.simulator.call("GET", "/v1/subscriptions?limit=100")["data"]?.list.count
            // A 500 that was stored under the key is answered for as long as the key is known: the look tells what happened.
            #expect(running == 2)
            #expect(try await world.simulator.ledger().first?["charges"]?.int == 2)
        }
    }

    @Test func `STR-E31 a process that dies between the call and its answer sends the same bytes under the same key when it is back`()
        async throws
    {
        try await SimulatedWorld.with { world in
            _ = try await world.buyGraph()
            let id = try await sell(world)
            // The answer came, and its process died before it could write it down: the commit never was.
            try await world.database.adminClient.execute(
                "ALTER TABLE billing.intent ADD CONSTRAINT dead CHECK (kind <> 'create_subscription' OR state <> 'succeeded') NOT VALID")
            await #expect(throws: (any Error).self) { try await world.services.subscriptions.confirmFirstPayment(of: id) }
            try await world.database.adminClient.execute("ALTER TABLE billing.intent DROP CONSTRAINT dead")
            let left = try await world.database.adminClient.query(
                "SELECT state, request FROM billing.intent WHERE kind = 'create_subscription'")
            #expect(try left.first?.decode("state", as: String.self) == "in_flight")
            #expect(try left.first?.decode("request", as: JSONValue?.self) != nil)
            // Its right lapses, and another process takes over.
            try await world.database.adminClient.execute(
                "UPDATE billing.intent SET lease_until = now() - interval '1 second' WHERE state = 'in_flight'")
            try await world.settle()
            try await world.pass(.minutes(1))
            #expect(try await world.subscription(id).status == .provisioning)
            let calls = try await creations(world)
            #expect(calls.count == 2)
            #expect(Set(calls.compactMap { $0["idempotency_key"]?.stringValue }).count == 1)
            #expect(Set(calls.compactMap { $0["body"]?.stringValue }).count == 1)
            #expect(calls.last?["replayed"] == true)
            #expect(try await world.simulator.ledger().first?["charges"]?.int == 2)
            // That nobody knew what the provider had made of it is in the log, and so is what it was.
            for type in ["unknown", "resolved"] { #expect(try await world.entries("provider_outcome_\(type)") == 1, "\(type)") }
        }
    }

    @Test func `STR-010 twenty hours after the first send a look comes first: what did not happen is sent again with a new key`()
        async throws
    {
        try await SimulatedWorld.with { world in
            let sold = try await world.buyGraph()
            let path = "/v1/subscriptions/\(sold.provider.rawValue)"
            try await world.simulator.fault(#"{"kind":"cut_before","method":"POST","path":"\#(path)"}"#)
            try await world.cancel(sold.id, .periodEnd)
            try await world.worker.drain()
            let intent = try #require(
                try await world.database.adminClient.query(
                    "SELECT state, generation FROM billing.intent WHERE kind = 'cancel_at_period_end'"
                )
                .first)
            #expect(try intent.decode("state", as: String.self) == "unknown")
            // Nobody came to it for a day: the key is forgotten there.
            try await world.simulator.control("DELETE", "/faults")
            try await world.simulator.control("POST", "/clock", #"{"by_seconds":75600}"#)
            let reads = try await world.simulator.transcript("GET", path).count
            try await world.settle()
            #expect(try await world.simulator.transcript("GET", path).count > reads)
            #expect(try await world.subscription(sold.id).providerSync == .confirmed)
            #expect(try await world.remote(sold)["cancel_at_period_end"] == true)
            let generation = try await world.count("SELECT generation::bigint FROM billing.intent WHERE kind = 'cancel_at_period_end'")
            #expect(generation == 2)
            let done = try await world.simulator.transcript("POST", path).filter { $0["status"]?.int == 200 && $0["fault"] == .null }
            #expect(done.count == 1)
        }
    }
}
