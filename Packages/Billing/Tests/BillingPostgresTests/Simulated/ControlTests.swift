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

/// What operators hold queues and waits; let go again, everything stands as if it had never been held (BIL-131).
@Suite struct ControlTests {
    private func flip(_ control: BillingControl, _ isOn: Bool, _ world: SimulatedWorld) async throws {
        try await world.services.controls.set(control, isOn: isOn, because: "a fault is looked into", by: "Ada")
    }

    /// Where a few days with a failing renewal, a refund, a change of plan and an end lead, whatever was held meanwhile.
    private func fewDays(holding control: BillingControl?) async throws -> [String] {
        let result = Mutex<[String]>([])
        try await SimulatedWorld.with { world in
            let sold = try await world.buyGraph()
            let other = try await world.sellAnother("kg2222222222222222222b")
            let third = try await world.sellAnother("kg3333333333333333333c")
            let end = try #require(try await world.subscription(sold.id).currentPeriod?.end)
            try await world.pass(.days(10))
            try await twoDays(holding: control, world) {
                let payment = try #require(
                    try await world.database.adminClient.query(
                        "SELECT provider_payment_id FROM billing.collected_payment ORDER BY seen_at LIMIT 1"
                    ).first)
                _ = try await world.services.refunds.refund(
                    RefundRequest(
                        org: world.org, payment: ProviderID(try payment.decode("provider_payment_id")), amount: 500, reason: "asked for",
                        key: "one", actor: .system(component: "test")))
                try await world.cancel(other.id, .periodEnd)
                try await world.cancel(third.id, .immediate)
                try await world.pass(.days(1))
                // Decided twice while it was held: the last word counts.
                do { try await world.uncancel(other.id) } catch BillingError.providerUnavailable {}
            }
            try await world.pass(until: end + .hours(-1))
            try await world.program(sold, "insufficient_funds")
            try await twoDays(holding: control, world) {
                try await world.pass(.hours(3))
                try await world.store.withTransaction(.system) { transaction in
                    try await transaction.enqueue(RefillCreditPools(), .standard)
                    try await transaction.enqueue(ReconcileProvider(), .standard)
                }
            }
            try await world.pass(.days(6))
            let rows = try await world.database.adminClient.query(
                """
                SELECT concat_ws(' ', resource_id, status, plan_key, closed_at IS NULL, cancellation_type, provider_sync, period_end) AS line
                FROM billing.subscription
                UNION ALL SELECT concat_ws(' ', 'bill', status, total, amount_paid) FROM billing.invoice
                UNION ALL SELECT concat_ws(' ', 'refund', status, amount) FROM billing.refund
                UNION ALL SELECT concat_ws(' ', 'pool', resource_id, balance, window_end) FROM billing.credit_pool
                UNION ALL SELECT concat_ws(' ', 'debts', count(*)) FROM billing.dunning_case WHERE closed_at IS NULL
                UNION ALL SELECT concat_ws(' ', 'waiting', count(*)) FROM billing.inbound_event WHERE state <> 'done'
                UNION ALL SELECT concat_ws(' ', 'paid', count(*)) FROM jobs.event WHERE topic = 'billing.invoice_paid'
                ORDER BY 1
                """)
            let lines = try rows.map { try $0.decode("line", as: String.self) }
            let ledger = try #require(try await world.simulator.ledger().first)
            let there = "there \(ledger["charged"]?.int ?? 0) \(ledger["refunded"]?.int ?? 0) \(ledger["balance"]?.int ?? 0)"
            result.withLock { $0 = lines + [there] }
        }
        return result.withLock { $0 }
    }

    private func twoDays(holding control: BillingControl?, _ world: SimulatedWorld, _ body: () async throws -> Void) async throws {
        let end = world.now + .days(2)
        if let control { try await flip(control, false, world) }
        try await body()
        try await world.pass(until: end)
        if let control { try await flip(control, true, world) }
        for _ in 1...4 { try await world.pass(.minutes(2)) }
    }

    @Test(arguments: [
        BillingControl.providerWrites, .processEvents, .dunning, .refunds, .creditAllocation, .autoRepair,
    ])
    func `BIL-131 two days without it end where two days with it end`(_ control: BillingControl) async throws {
        let held = try await fewDays(holding: control)
        let free = try await fewDays(holding: nil)
        #expect(held == free)
    }

    @Test func `BIL-131 while writes are held nothing leaves, events are taken in, and the orders go out in their order afterwards`()
        async throws
    {
        try await SimulatedWorld.with { world in
            let sold = try await world.buyGraph()
            try await flip(.providerWrites, false, world)
            let path = "/v1/subscriptions/\(sold.provider.rawValue)"
            try await world.cancel(sold.id, .periodEnd)
            let received = try await world.count("SELECT count(*) FROM billing.inbound_event")
            try await world.simulator.call("POST", path, "description=changed")
            try await world.pass(.hours(5))
            #expect(try await world.simulator.transcript("POST", path).filter { $0["idempotency_key"]?.stringValue != nil }.isEmpty)
            #expect(try await world.count("SELECT count(*) FROM billing.inbound_event") > received)
            #expect(try await world.entries("provider_cancel_failed") == 0)
            #expect(try await world.entries("operation_failed") == 0)
            #expect(try await world.subscription(sold.id).providerSync == .pending)
            try await flip(.providerWrites, true, world)
            try await world.pass(.minutes(2))
            #expect(try await world.remote(sold)["cancel_at_period_end"] == true)
            #expect(try await world.subscription(sold.id).providerSync == .confirmed)
        }
    }

    @Test func `BIL-131 sales that are held are refused for the moment at both doors, and go on afterwards`() async throws {
        try await SimulatedWorld.with { world in
            try await flip(.sell, false, world)
            await #expect(throws: BillingError.salesPaused) { _ = try await world.page() }
            #expect(try await world.count("SELECT count(*) FROM billing.subscription") == 0)
            try await flip(.sell, true, world)
            _ = try await world.buyGraph()
            try await flip(.directCreate, false, world)
            await #expect(throws: BillingError.salesPaused) { _ = try await world.sellAnother("kg2222222222222222222b") }
            try await flip(.directCreate, true, world)
            _ = try await world.sellAnother("kg2222222222222222222b")
        }
    }

    @Test func `BIL-131 periods of those who pay by invoice wait, and are billed once each afterwards`() async throws {
        try await SimulatedWorld.with { world in
            try await world.services.money.invoices.setInvoiceBilling(
                of: world.org, enabled: true, terms: .net30, by: .system(component: "test"))
            let id = Subscription.ID.make(at: world.now)
            let sale = NewSubscription(
                id: id, org: world.org, entitlement: .netTerms, plan: .graph("ladybug-standard"), requestedBy: world.owner.userID,
                configuration: [:], operation: nil)
            try await world.store.withTransaction(.system) { transaction in
                let row = try await world.services.subscriptions.open(sale, in: transaction)
                let fence = try #require(row.lease).fence
                try await world.services.subscriptions.link(
                    try #require(ResourceID("kg0123456789abcdef0123")), to: id, fence: fence, in: transaction)
                try await world.services.subscriptions.activate(id, fence: fence, in: transaction)
            }
            try await world.pass(.days(30))
            try await flip(.netTermsRenewal, false, world)
            try await world.pass(.days(2))
            #expect(try await world.count("SELECT count(*) FROM billing.invoice WHERE kind = 'own'") == 1)
            try await flip(.netTermsRenewal, true, world)
            try await world.pass(.minutes(2))
            #expect(try await world.count("SELECT count(*) FROM billing.invoice WHERE kind = 'own'") == 2)
            #expect(try await world.subscription(id).currentPeriod?.start == SimulatedWorld.start + .days(31))
        }
    }

    @Test func `BIL-131 a flip needs a name and a reason, is written down once, and can be read`() async throws {
        try await SimulatedWorld.with { world in
            typealias Refusal = BillingControls<TestBillingStore>.Refusal
            await #expect(throws: Refusal.reason) {
                try await world.services.controls.set(.dunning, isOn: false, because: "no", by: "Ada")
            }
            await #expect(throws: Refusal.nobody) {
                try await world.services.controls.set(.dunning, isOn: false, because: "a fault is looked into", by: "")
            }
            #expect(try await world.services.controls.states().allSatisfy { $0.isOn })
            for _ in 1...2 { try await flip(.dunning, false, world) }
            let state = try #require(try await world.services.controls.states().first { !$0.isOn })
            #expect(state.control == .dunning && state.changedBy == "Ada" && state.reason == "a fault is looked into")
            for _ in 1...2 { try await flip(.dunning, true, world) }
            #expect(try await world.entries("kill_switch_engaged") == 1, "AUD-112")
            #expect(try await world.entries("kill_switch_released") == 1, "AUD-112")
            #expect(try await world.services.controls.states().count == BillingControl.allCases.count)
        }
    }
}
