import Audit
import AuditPostgres
import Billing
import BillingPostgres
import Core
import Cryptography
import Identity
import IdentityPostgres
import IdleCancellation
import IdleCancellationPostgres
import Jobs
import JobsPostgres
import JobsTesting
import Observability
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Testing

@Suite struct AttentionTests {
    private func eligibleAfter(_ graph: IdleHouse.Graph, _ house: IdleHouse) async throws -> Instant {
        try await house.store.withTransaction(.system) { try await $0.eligibleAfter(of: graph.id) }
    }

    /// What happened at the provider is heard of here.
    private func hear(_ house: IdleHouse) async throws {
        try await house.simulator.control("POST", "/quiesce")
        try await house.worker.drain()
    }

    private func goesOn(_ graph: IdleHouse.Graph, _ house: IdleHouse) async throws {
        try await house.advance("2027-04-24T10:00:00Z")
        #expect(try await house.outcomes(graph).last == "grandfathered")
        #expect(try await house.store.newestCase(of: graph.id) == nil)
    }

    @Test func `IDL-018 IDL-T38 another plan restarts the clock at the instant of the change`() async throws {
        try await IdleHouse.with { house in
            let graph = try await house.idleGraph()
            try await house.advance("2027-04-10T10:00:00Z")
            let before = try await eligibleAfter(graph, house)
            #expect(before < house.now)
            let row = try await house.billing.subscriptions.changePlan(
                PlanChangeRequest(subscription: graph.id, plan: .graph("ladybug-large"), user: house.owner, operation: nil))
            #expect(row.plan.key == .graph("ladybug-large"))
            #expect(try await eligibleAfter(graph, house) == house.now)
            try await goesOn(graph, house)
        }
    }

    @Test func `IDL-018 IDL-T38 a card that somebody adds restarts the clock; one that its bank renews does not`() async throws {
        try await IdleHouse.with { house in
            let graph = try await house.idleGraph()
            try await house.advance("2027-04-10T10:00:00Z")
            let before = try await eligibleAfter(graph, house)
            let customer = try #require(try await house.remote(graph)["customer"]?.stringValue)
            let methods = try await house.simulator.call("GET", "/v1/payment_methods?customer=\(customer)&type=card")
            guard case .array(let list) = methods["data"], let card = list.first?["id"]?.stringValue else { throw NotPartOfTheTest() }
            try await house.simulator.call("POST", "/v1/payment_methods/\(card)", "card[exp_year]=2041")
            try await hear(house)
            let years = try await house.database.adminClient.query("SELECT expiry_year FROM billing.payment_method")
            #expect(try years.map { try $0.decode(Int32.self) } == [2041])
            #expect(try await eligibleAfter(graph, house) == before)

            let added = try await house.simulator.call("POST", "/v1/payment_methods", "type=card&card[token]=tok_mastercard")
            let id = try #require(added["id"]?.stringValue)
            try await house.simulator.call("POST", "/v1/payment_methods/\(id)/attach", "customer=\(customer)")
            try await hear(house)
            #expect(try await eligibleAfter(graph, house) == house.now)
            try await goesOn(graph, house)
        }
    }

    @Test func `IDL-018 IDL-T38 an end that its owner takes back restarts the clock`() async throws {
        try await IdleHouse.with { house in
            let graph = try await house.idleGraph()
            try await house.cancel(graph, origin: .user, mode: .periodEnd)
            try await house.worker.drain()
            try await house.advance("2027-04-10T10:00:00Z")
            _ = try await house.billing.billing.lifecycle.uncancel(graph.id, of: house.org, as: try house.principal)
            try await house.worker.drain()
            #expect(try await house.subscription(graph.id).status == .active)
            #expect(try await eligibleAfter(graph, house) == house.now)
            try await goesOn(graph, house)
        }
    }

    @Test func `IDL-018 IDL-T38 a pause that ends on the provider's pages restarts the clock`() async throws {
        try await IdleHouse.with { house in
            let graph = try await house.idleGraph()
            let path = "/v1/subscriptions/\(graph.provider.rawValue)"
            try await house.simulator.call("POST", path, "pause_collection[behavior]=void")
            try await hear(house)
            try await house.advance("2027-04-10T10:00:00Z")
            let paused = try await house.subscription(graph.id).status
            try await house.simulator.call("POST", path, "pause_collection=")
            try await hear(house)
            #expect(try await house.subscription(graph.id).status == .active)
            // Where the provider's pause of collection does not pause the row, nothing was resumed.
            #expect(try await eligibleAfter(graph, house) == house.now || paused == .active)
        }
    }

    @Test func `IDL-003 IDL-018 IDL-T32 an operator moves the instant with a reason, a year ahead at most, and the log tells both values`()
        async throws
    {
        try await IdleHouse.with { house in
            let graph = try await house.idleGraph()
            let operations = house.idle.operations
            let before = try await eligibleAfter(graph, house)
            let latest = house.now.addingMonths(12, anchoredOnDay: house.now.calendarDate.day)
            for refused in [house.now - .seconds(1), latest + .seconds(1)] {
                await #expect(throws: IdleOperationRefused.instantOutOfRange(latest: latest)) {
                    try await operations.moveEligibility(
                        of: graph.id, to: refused, because: "a question of support", by: .commandLine("ops"))
                }
            }
            await #expect(throws: IdleOperationRefused.reasonMissing) {
                try await operations.moveEligibility(of: graph.id, to: latest, because: "because", by: .commandLine("ops"))
            }
            let unknown = Subscription.ID.make(at: house.now)
            await #expect(throws: IdleOperationRefused.unknownSubscription(unknown)) {
                try await operations.moveEligibility(
                    of: unknown, to: latest, because: "a question of support", by: .commandLine("ops"))
            }
            #expect(try await eligibleAfter(graph, house) == before)
            #expect(try await house.entries("idle_eligibility_moved") == 0)
            for instant in [latest, house.now] {
                _ = try await operations.moveEligibility(
                    of: graph.id, to: instant, because: "a question of support", by: .commandLine("ops"))
                #expect(try await eligibleAfter(graph, house) == instant)
            }
            let entries = try await house.database.adminClient.query(
                "SELECT data, changes FROM audit.entry WHERE type = 'idle_eligibility_moved' AND ref_subscription = \(graph.id)")
            #expect(entries.count == 2)
            for entry in entries {
                let data = try entry.decode("data", as: JSONValue.self)
                #expect(data["reason"] == "a question of support" && data["operator"] == "ops")
            }
            try await goesOn(graph, house)
        }
    }
}
