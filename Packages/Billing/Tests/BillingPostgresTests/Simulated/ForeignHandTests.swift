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

/// What somebody does by hand at the provider: discounts, taxes, plans, schedules.
@Suite struct ForeignHandTests {
    private func reconcile(_ world: SimulatedWorld) async throws -> [String] {
        try await world.store.withTransaction(.system) { try await $0.enqueue(ReconcileProvider(), .standard) }
        try await world.worker.drain()
        return try await world.database.adminClient.query(
            "SELECT category FROM billing.drift_item WHERE state = 'open' ORDER BY category"
        ).map { try $0.decode("category") }
    }

    @Test func `STR-E58 STR-E63 a coupon and a tax made at the provider are adopted with the bill, and unused time is worth what was paid`()
        async throws
    {
        try await SimulatedWorld.with { world in
            let sold = try await world.buyGraph()
            let end = try #require(try await world.subscription(sold.id).currentPeriod?.end)
            try await world.simulator.call("POST", "/v1/coupons", "id=quarter&percent_off=25&duration=forever")
            let rate = try await world.simulator.call("POST", "/v1/tax_rates", "display_name=VAT&percentage=19&inclusive=false")
            try await world.simulator.call(
                "POST", "/v1/subscriptions/\(sold.provider.rawValue)",
                "discounts[0][coupon]=quarter&default_tax_rates[]=\(rate["id"]?.stringValue ?? "")")
            try await world.pass(until: end + .hours(2))
            let row = try await world.subscription(sold.id)
            #expect(row.status == .active && row.currentPeriod?.start == end)
            // 9,900 less a quarter is 7,425; 19 % of it make 8,835.75.
            let paid = try await world.count(
                "SELECT sum(amount_paid)::bigint FROM billing.invoice WHERE status = 'paid' AND period_start = \(end)")
            #expect(paid == 8_836)
            #expect(try await world.events("invoice_paid") == 2)
            #expect(try await reconcile(world) == [])
            try await world.pass(.days(10))
            let next = try #require(row.currentPeriod?.end)
            let (left, all) = (next.secondsSinceEpoch - world.now.secondsSinceEpoch, next.secondsSinceEpoch - end.secondsSinceEpoch)
            try await world.cancel(sold.id, .immediate)
            try await world.settle()
            let credit = try await world.count("SELECT sum(amount)::bigint FROM billing.account_credit WHERE source = 'unused_time'")
            #expect(credit == Int(8_836 * left / all))
        }
    }

    @Test(arguments: [Subscription.Cancellation.Mode.immediate, .periodEnd])
    func `STR-030 STR-E69 a subscription that a schedule owns is released first, then ended, once`(
        _ mode: Subscription.Cancellation.Mode
    ) async throws {
        try await SimulatedWorld.with { world in
            let sold = try await world.buyGraph()
            let schedule = try await world.simulator.call(
                "POST", "/v1/subscription_schedules", "from_subscription=\(sold.provider.rawValue)")
            let id = try #require(schedule["id"]?.stringValue)
            try await world.settle()
            try await world.cancel(sold.id, mode)
            try await world.settle()
            let remote = try await world.remote(sold)
            #expect(remote["schedule"] == .null)
            #expect(mode == .immediate ? remote["status"] == "canceled" : remote["cancel_at_period_end"] == true)
            #expect(try await world.simulator.call("GET", "/v1/subscription_schedules/\(id)")["status"] == "released")
            #expect(try await world.subscription(sold.id).providerSync == .confirmed)
            #expect(try await world.simulator.transcript("POST", "/v1/subscription_schedules/\(id)/release").count == 1)
            let path = "/v1/subscriptions/\(sold.provider.rawValue)"
            let ends = try await world.simulator.transcript(mode == .immediate ? "DELETE" : "POST", path)
            #expect(ends.map { $0["status"] } == [400, 200])
            #expect(Set(ends.compactMap { $0["idempotency_key"]?.stringValue }).count == (mode == .immediate ? 0 : 2))
            #expect(try await world.entries("provider_cancel_confirmed") == 1)
        }
    }

    @Test func `STR-E69 a process that dies between the release and the end finds the end refused once more, and ends it all the same`()
        async throws
    {
        try await SimulatedWorld.with { world in
            let sold = try await world.buyGraph()
            let schedule = try await world.simulator.call(
                "POST", "/v1/subscription_schedules", "from_subscription=\(sold.provider.rawValue)")
            let id = try #require(schedule["id"]?.stringValue)
            // The release takes effect, and its answer is lost with whoever waited for it.
            try await world.simulator.fault(
                #"{"kind":"error_after","status":500,"should_retry":false,"method":"POST","path":"/v1/subscription_schedules/\#(id)/release"}"#
            )
            try await world.cancel(sold.id, .periodEnd)
            try await world.worker.drain()
            #expect(try await world.remote(sold)["cancel_at_period_end"] == false)
            try await world.simulator.control("DELETE", "/faults")
            try await world.pass(.minutes(5))
            #expect(try await world.remote(sold)["cancel_at_period_end"] == true)
            #expect(try await world.subscription(sold.id).providerSync == .confirmed)
        }
    }

    @Test func `STR-015 no request leaves while a transaction is open, whatever is sold, changed, given back and ended`() async throws {
        try await SimulatedWorld.with { world in
            // Every test of this world is watched so; this one goes through what Billing asks of the provider.
            let sold = try await world.buyGraph()
            _ = try await world.change(sold.id, to: "ladybug-large")
            try await world.settle()
            try await world.cancel(sold.id, .periodEnd)
            try await world.settle()
            try await world.uncancel(sold.id)
            try await world.cancel(sold.id, .immediate)
            try await world.settle()
            #expect(try await reconcile(world) == [])
            // The watch sees what is wrong.
            let provider = StripePaymentProvider(
                configuration: try StripeConfiguration(
                    apiBase: world.simulator.baseURL, secretKey: SecretString("sk_test_fixture"), isSandboxMode: true),
                transport: GuardedTransport(transport: world.simulator.transport), log: .silent)
            await withKnownIssue {
                _ = try await world.store.withTransaction(.system) { _ in
                    try await provider.subscription(sold.provider, budget: .interactive).object != nil
                }
            }
        }
    }
}
