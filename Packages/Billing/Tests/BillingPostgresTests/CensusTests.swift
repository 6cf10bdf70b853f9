import Billing
import BillingPostgres
import BillingTesting
import Core
import Identity
import IdentityPostgres
import Jobs
import Observability
import PlatformTesting
import Postgres
import Testing

@Suite struct CensusTests {
    private func figures(_ world: BillingWorld, _ metrics: Metrics) async throws -> [String] {
        // As the worker, which alone sees what concerns all orgs.
        let store = TestBillingStore(client: world.database.systemClient, dateSource: world.clock)
        let handler = TakeBillingCensusHandler(store: store, metrics: BillingMetrics(metrics))
        let context = JobContext(
            lease: JobLease(job: JobID(rawValue: 1), worker: 1, token: 1), attempt: 1, isLastAttempt: false, dateSource: world.clock,
            effects: NoEffects())
        #expect(try await handler.run(TakeBillingCensus(), context: context) == .completed)
        return metrics.render().split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") }
    }

    @Test func `BIL-147 what waits, what failed and what is owed can be scraped, and goes when it is over`() async throws {
        try await BillingWorld.with { world in
            let metrics = Metrics()
            // A sale that nobody has heard of yet, and an order that has not been sent.
            let (session, _) = try await world.checkout(as: try await world.admit(as: .owner))
            let graph = try await world.activeGraph()
            world.provider.pay(session)
            try await world.deliver("checkout.session.completed", session)
            try await world.database.adminClient.execute(
                "UPDATE billing.inbound_event SET received_at = \(world.now - .seconds(90)) WHERE state = 'received'")
            try await world.store.withTransaction(.system) { transaction in
                let command = CancelSubscription(
                    subscription: graph.id, mode: .periodEnd, origin: .user, user: world.owner.userID, via: "test", bringingForward: false)
                _ = try await world.services.subscriptions.cancel(command, in: transaction)
            }
            world.clock.advance(by: .seconds(7))
            let before = try await figures(world, metrics)
            for line in [
                #"billing_events{state="received"} 1"#, #"billing_events_oldest_seconds{state="received"} 97"#,
                "billing_event_lag_seconds 97",
                #"billing_intents{kind="cancel_at_period_end",state="queued"} 1"#,
                #"billing_intents_oldest_seconds{kind="cancel_at_period_end",state="queued"} 7"#,
                #"billing_subscriptions{status="canceled"} 1"#,
                #"billing_subscriptions{status="pending_payment"} 1"#, "billing_provisioning 0", "billing_compensations 0",
            ] { #expect(before.contains(line), "\(line) is not in \(before)") }
            try await world.drain()
            let after = try await figures(world, metrics)
            #expect(!after.contains { $0.hasPrefix("billing_intents") || $0.hasPrefix("billing_events{") })
            #expect(after.contains("billing_event_lag_seconds 0"))
            #expect(after.contains("billing_provisioning 1"))
        }
    }
}
