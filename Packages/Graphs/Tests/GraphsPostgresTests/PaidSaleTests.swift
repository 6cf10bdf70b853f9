import Billing
import BillingPostgres
import Core
import Graphs
import GraphsPostgres
import Identity
import IdentityPostgres
import Jobs
import JobsTesting
import Operations
import OperationsPostgres
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Testing

@Suite struct PaidSaleTests {
    /// Sells a graph as a paid page does, and takes the news of it before anybody hears it.
    private func sell(_ deployment: Deployment, for user: User.ID?) async throws -> SubscriptionReadyToProvision {
        let plan = PlanKey.graph("ladybug-standard")
        let configuration: JSONValue = [
            "metadata": ["graph_name": "Ledger"], "instance_tier": "ladybug-standard",
            "initial_entity": ["name": "Acme", "uri": "https://acme.example"],
        ]
        let sale = NewSubscription(
            id: .make(at: deployment.clock.now), org: deployment.org,
            entitlement: try await deployment.subscriptions.entitlement(of: deployment.org, to: plan), plan: plan,
            requestedBy: deployment.owner, configuration: configuration, operation: nil)
        let row = try await deployment.store.withTransaction(.system) { try await deployment.subscriptions.open(sale, in: $0) }
        // Heard by nobody: the test tells it itself.
        try await deployment.database.adminClient.execute("DELETE FROM jobs.event")
        try await deployment.database.adminClient.execute(
            "UPDATE billing.subscription SET requested_by = \(user) WHERE id = \(row.id)")
        return SubscriptionReadyToProvision(
            facts: SubscriptionFacts(row), fence: try #require(row.lease).fence, configuration: configuration, requestedBy: user,
            operation: nil)
    }

    private func tell(_ deployment: Deployment, _ event: SubscriptionReadyToProvision) async throws -> JobOutcome {
        let context = JobContext(
            lease: JobLease(job: JobID(rawValue: 1), worker: 1, token: 1), attempt: 1, isLastAttempt: false, dateSource: deployment.clock,
            effects: NoEffects())
        return try await deployment.services.provisionPaidGraph.handle(event, context: context)
    }

    @Test func `BIL-016 a graph is sold where a host has said that there is room, and neither where all are full nor where none answers`()
        async throws
    {
        try await Deployment.with { deployment in
            let hosts = deployment.database.adminClient
            func expectRefusal(_ comment: Comment) async throws {
                let error = await #expect(throws: BillingError.self, comment) { _ = try await sell(deployment, for: nil) }
                #expect(error == .tierAtCapacity(.graph("ladybug-standard")), comment)
            }
            // Nobody knows: the hosts do not answer, or none of them is for the tier.
            for state in ["offline", "draining"] {
                try await hosts.execute("UPDATE graphs.graph_host SET state = \(state)")
                try await expectRefusal("\(state)")
            }
            try await hosts.execute("UPDATE graphs.graph_host SET state = 'ready', tiers = '{ladybug-large}'")
            try await expectRefusal("no host of the tier")
            try await hosts.execute("UPDATE graphs.graph_host SET tiers = '{ladybug-standard}'")
            // Full: every slot has somebody.
            try await hosts.execute(
                """
                UPDATE graphs.host_slot
                SET state = 'reserved', org_id = \(deployment.org), reserved_until = \(deployment.clock.now + .hours(1))
                """)
            try await expectRefusal("full")
            #expect(try await hosts.query("SELECT FROM billing.subscription").isEmpty)
            try await hosts.execute(
                """
                UPDATE graphs.host_slot SET state = 'free', org_id = NULL, reserved_until = NULL
                WHERE (host_id, number) = (SELECT host_id, number FROM graphs.host_slot ORDER BY host_id, number LIMIT 1)
                """)
            let sold = try await sell(deployment, for: nil).subscription
            let held = try await hosts.query("SELECT FROM graphs.host_slot WHERE subscription_id = \(sold)")
            #expect(held.count == 1)
            // It was the last one.
            try await expectRefusal("full again")
        }
    }

    @Test func `BIL-035 a graph is for who bought it, else for an owner of the org`() async throws {
        try await Deployment.with { deployment in
            let event = try await sell(deployment, for: nil)
            #expect(try await tell(deployment, event) == .completed)
            try await deployment.worker.drain()
            let graphs = try await deployment.database.adminClient.query("SELECT created_by, status FROM graphs.graph")
            #expect(graphs.count == 1)
            #expect(try graphs.first?.decode("created_by", as: User.ID.self) == deployment.owner)
            #expect(try graphs.first?.decode("status", as: String.self) == "active")
        }
    }

    @Test func `BIL-035 without anybody for whom it would be, nothing is made and the sale is undone at once`() async throws {
        try await Deployment.with { deployment in
            let event = try await sell(deployment, for: nil)
            // The database keeps an active owner for every org; only by going behind its back there is none.
            try await deployment.database.adminClient.withTransaction(scope: .none) { transaction in
                try await transaction.execute("SET LOCAL session_replication_role = 'replica'")
                try await transaction.execute("UPDATE identity.account SET status = 'deactivated' WHERE id = \(deployment.owner)")
            }
            #expect(try await tell(deployment, event) == .completed)
            let row = try await deployment.store.withTransaction(.system) { try await $0.subscription(event.subscription) }
            #expect(row?.status == .failed)
            #expect(row?.failure != nil)
            #expect(try await deployment.database.adminClient.query("SELECT 1 AS one FROM graphs.graph").isEmpty)
        }
    }

    @Test func `BIL-034 from the payment to the running graph nothing waits for a later time`() async throws {
        try await Deployment.with { deployment in
            let start = deployment.clock.now
            let operation = try await deployment.create().operation
            // What watches its deadline does nothing but that.
            let later = try await deployment.database.adminClient.query(
                "SELECT FROM jobs.job WHERE run_at > \(start) AND kind_id <> jobs.kind_id('operations.pass_deadline')")
            #expect(later.isEmpty)
            // The clock stands still: whatever waited would not be run.
            try await deployment.worker.drain()
            let done = try await deployment.operation(operation.id)
            #expect(done.status == .completed)
        }
    }
}

/// The handler has no effects of its own.
private struct NoEffects: EffectLedger {
    struct NotPartOfTheTest: Error {}

    func perform<Response: Codable & Sendable>(
        _ key: EffectKey, destination: String, requestHash: [UInt8], send: @Sendable (EffectKey) async throws -> EffectOutcome<Response>,
        readBack: @Sendable (EffectKey) async throws -> EffectOutcome<Response>
    ) async throws -> Response {
        throw NotPartOfTheTest()
    }
}
