import Audit
import BillingPostgres
import BillingTesting
import Core
@_spi(Authentication) import Identity
import IdentityPostgres
import Jobs
import Orgs
import PlatformTesting
import Postgres
import Testing

@testable import Billing

extension BillingWorld {
    /// The entries of a family in the order in which they were written: type, risk, and what they refer to.
    fileprivate func trail(_ prefix: String) async throws -> [Trace] {
        try await database.adminClient.query(
            """
            SELECT type, risk, data, ref_org IS NOT NULL AS org, ref_subscription IS NOT NULL AS subscription,
                ref_invoice IS NOT NULL AS invoice, ref_account_credit IS NOT NULL AS credit, ref_provider_event IS NOT NULL AS event
            FROM audit.entry WHERE type LIKE \(prefix + "%") ORDER BY recorded_at, id
            """
        ).map { row in
            let kinds = ["org", "subscription", "invoice", "credit", "event"]
            return Trace(
                type: try row.decode("type"), risk: try row.decode("risk"), data: try row.decode("data", as: JSONValue.self),
                refersTo: Set(try kinds.filter { try row.decode($0, as: Bool.self) }))
        }
    }
}

/// What a test looks at in an entry.
private struct Trace {
    let type: String
    let risk: String
    let data: JSONValue
    let refersTo: Set<String>

    var line: String { "\(type) \(risk)" }
    func fact(_ name: String) -> String? { data[name]?.stringValue }
}

/// The families of entries that Billing writes, each in the life that the catalogue names for it.
@Suite struct AuditTrailTests {
    private func news(_ world: BillingWorld, _ graph: ProviderID, _ type: String = "customer.subscription.updated") async throws {
        // Whatever the provider says twice is one move.
        for _ in 1...2 { try await world.deliver(type, graph) }
        try await world.drain()
    }

    @Test func `AUD-103 a subscription that walks its machine leaves one entry for each move and none for what changes nothing`()
        async throws
    {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            world.clock.advance(by: .days(31))
            let invoice = try #require(world.provider.renew(graph.provider, paid: true))
            try await news(world, invoice, "invoice.paid")
            try await news(world, graph.provider)
            world.clock.advance(by: .days(31))
            world.provider.renew(graph.provider, paid: false)
            try await news(world, graph.provider)
            world.provider.settleDebt(of: graph.provider)
            try await news(world, graph.provider)
            world.provider.pause(graph.provider, isPaused: true)
            try await news(world, graph.provider, "customer.subscription.paused")
            world.provider.pause(graph.provider, isPaused: false)
            try await news(world, graph.provider, "customer.subscription.resumed")
            world.provider.planEnd(graph.provider, isPlanned: true)
            try await news(world, graph.provider)
            world.provider.planEnd(graph.provider, isPlanned: false)
            try await news(world, graph.provider)
            world.provider.end(graph.provider, reason: nil)
            try await news(world, graph.provider, "customer.subscription.deleted")

            let trail = try await world.trail("subscription_")
            #expect(
                trail.map(\.line) == [
                    "subscription_created low", "subscription_provisioning_started low", "subscription_activated low",
                    "subscription_renewed low", "subscription_past_due medium", "subscription_recovered low",
                    "subscription_paused medium", "subscription_resumed medium", "subscription_canceled medium",
                    "subscription_resumed medium", "subscription_canceled medium",
                ])
            #expect(trail.allSatisfy { $0.refersTo.isSuperset(of: ["org", "subscription"]) })
            #expect(trail.allSatisfy { $0.fact("plan") != nil && $0.fact("status") != nil })
            let moves = trail.filter { $0.fact("previous_status") != nil }
            #expect(moves.count == trail.count - 1, "all but the first tell where they come from")
        }
    }

    @Test func `AUD-103 what was never paid for expires or fails, and says so`() async throws {
        try await BillingWorld.with { world in
            let (session, _) = try await world.checkout()
            world.provider.expire(session)
            try await world.deliver("checkout.session.expired", session)
            try await world.drain()
            let (second, id) = try await world.checkout()
            world.provider.pay(second)
            try await world.deliver("checkout.session.completed", second)
            try await world.drain()
            let fence = try #require(try await world.subscription(id).lease).fence
            try await world.store.withTransaction(.system) { transaction in
                let failure = ProvisioningFailure(code: "NO_ROOM", message: "There is no room.", at: world.now)
                _ = try await world.services.subscriptions.failProvisioning(of: id, fence: fence, failure, in: transaction)
            }
            let ends = try await world.trail("subscription_").filter {
                $0.line.hasSuffix("_expired medium") || $0.line.hasSuffix("_failed high")
            }
            #expect(ends.map(\.type) == ["subscription_expired", "subscription_failed"])
            #expect(ends.last?.fact("failure") == "NO_ROOM")
        }
    }

    @Test func `AUD-106 an invoice on net terms over 120 days: each fact once, and marking it paid twice is refused`() async throws {
        try await BillingWorld.with { world in
            try await world.payByInvoice(.net15)
            let id = try await world.invoicedGraph()
            let start = world.now
            func pay(_ invoice: Invoice.ID, _ amount: Int64, _ reference: String) async throws {
                _ = try await world.money.invoices.recordPayment(
                    of: Money(minorUnits: amount, currency: .usd), for: invoice, method: "bank_transfer", reference: reference,
                    receivedAt: world.now, by: world.operatorActor)
            }
            func unsettled() async throws -> [OwnInvoice] {
                try await world.store.withTransaction(.system) { try await $0.lockedUnsettledInvoices(of: id, org: world.org) }
            }
            // The first is paid after it was due, the later ones when they come, the last one is wrong, and one is never paid.
            var paid = 0
            for day in 1...120 {
                world.clock.advance(to: start + .days(day))
                try await world.drain()
                guard day % 20 == 0 else { continue }
                for invoice in try await unsettled() {
                    paid += 1
                    try await pay(invoice.id, invoice.amountOpen, "T-\(invoice.id)")
                    await #expect(throws: MoneyRefusal.invoiceNotAllowed(.paid)) { try await pay(invoice.id, 1, "again") }
                }
            }
            let wrong = try await world.invoice(700)
            _ = try await world.money.invoices.void(wrong.id, because: "wrong", by: world.operatorActor)
            let lost = try await world.invoice(900)
            _ = try await world.money.invoices.giveUp(lost.id, by: world.operatorActor)

            let trail = try await world.trail("invoice_").filter { !$0.type.hasPrefix("invoice_billing") }
            #expect(trail.allSatisfy { $0.refersTo.isSuperset(of: ["org", "invoice"]) })
            let counts = trail.reduce(into: [String: Int]()) { $0[$1.line, default: 0] += 1 }
            #expect(paid >= 3)
            #expect(counts["invoice_generated low"] == paid + 2)
            #expect(counts["invoice_marked_paid high"] == paid)
            #expect(counts["invoice_paid low"] == paid)
            #expect((1...paid).contains(counts["invoice_overdue medium"] ?? 0))
            #expect(counts["invoice_voided medium"] == 1)
            #expect(counts["invoice_uncollectible high"] == 1)
            #expect(trail.first { $0.type == "invoice_voided" }?.fact("reason") == "wrong")
        }
    }

    @Test func `AUD-107 a full dunning run tells its beginning, each stage once and its end, all of one case`() async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            world.clock.advance(by: .days(31))
            world.provider.renew(graph.provider, paid: false)
            try await news(world, graph.provider)
            for _ in 1...30 {
                world.clock.advance(by: .days(1))
                try await world.drain()
            }
            let trail = try await world.trail("dunning_")
            let counts = trail.reduce(into: [String: Int]()) { $0[$1.line, default: 0] += 1 }
            #expect(counts == ["dunning_started medium": 1, "dunning_stage_entered low": 6, "dunning_closed low": 1])
            #expect(
                Set(trail.compactMap { $0.fact("stage") }) == ["day_0", "day_3", "day_7", "day_13", "read_only", "last_day"])
            #expect(trail.first { $0.type == "dunning_closed" }?.fact("outcome") == "ended")
            #expect(trail.allSatisfy { $0.refersTo.isSuperset(of: ["org", "subscription"]) })
            let cases = try await world.count(
                "SELECT count(DISTINCT ref_dunning_case) FROM audit.entry WHERE type LIKE 'dunning_%' AND ref_dunning_case IS NOT NULL")
            #expect(cases == 1)
            // What was charged before came in; what was never paid did not.
            let money = try await world.trail("financial_transaction")
            #expect(money.map(\.line) == ["financial_transaction medium"])
            #expect(money.first?.fact("direction") == "in" && money.first?.refersTo.contains("invoice") == true)
        }
    }

    @Test func `AUD-107 money of 999.99 is a movement, of 1,000.00 an alarm, and what is taken off a bill is told`() async throws {
        try await BillingWorld.with { world in
            for (cents, risk) in [(Int64(99_999), "medium"), (100_000, "high")] {
                let invoice = try await world.invoice(cents)
                _ = try await world.money.invoices.recordPayment(
                    of: Money(minorUnits: cents, currency: .usd), for: invoice.id, method: "wire", reference: "T-\(cents)",
                    receivedAt: world.now, by: world.operatorActor)
                let entries = try await world.trail("financial_transaction").filter { $0.data["amount"] == .integer(cents) }
                #expect(entries.map(\.risk) == [risk])
                #expect(entries.first?.refersTo == ["org", "invoice"])
            }
            // The boundary is a thousand of the currency, whatever decimals it has.
            #expect(FinancialTransactionEntry.alarm(in: try #require(Currency("jpy"))) == 1_000)
            #expect(FinancialTransactionEntry.alarm(in: try #require(Currency("kwd"))) == 1_000_000)
            let credit = try await world.credit(2_000)
            _ = try await world.money.credits.payOut(credit.id, reference: "T-3", by: world.operatorActor)
            let out = try await world.trail("financial_transaction").filter { $0.fact("direction") == "out" }
            #expect(out.map { $0.fact("kind") } == ["payout"] && out.first?.refersTo == ["org", "credit"])
            _ = try await world.money.invoices.issue(
                [try world.line(1_000), try world.line(-250, .discount, "For a good start")], for: nil, to: world.org, period: nil,
                by: world.operatorActor)
            let discounts = try await world.trail("discount_applied")
            #expect(discounts.map(\.line) == ["discount_applied low"] && discounts.first?.data["amount"] == 250)
            #expect(discounts.first?.refersTo == ["org", "invoice"])
        }
    }

    @Test func `AUD-108 a credit that two invoices use, of which one is voided, and whose rest is revoked, leaves one entry a posting`()
        async throws
    {
        try await BillingWorld.with { world in
            let credit = try await world.credit(1_000)
            try await world.invoice(300)
            let open = try await world.invoice(900)
            _ = try await world.money.invoices.void(open.id, because: "wrong", by: world.operatorActor)
            _ = try await world.money.credits.revoke(credit.id, because: "granted by mistake", by: world.operatorActor)
            let large = try await world.credit(100_000)
            _ = try await world.money.credits.payOut(large.id, reference: "T-1", by: world.operatorActor)
            try await world.credit(99_999, expires: world.now + .days(1))
            world.clock.advance(by: .days(1))
            try await world.drain()

            let trail = try await world.trail("account_credit_")
            #expect(
                trail.map(\.line) == [
                    "account_credit_issued medium", "account_credit_applied low", "account_credit_applied low",
                    "account_credit_restored low", "account_credit_revoked medium", "account_credit_issued high",
                    "account_credit_paid_out high", "account_credit_issued medium", "account_credit_expired low",
                ])
            #expect(trail.allSatisfy { $0.refersTo.isSuperset(of: ["org", "credit"]) })
            for entry in trail where entry.type.hasSuffix("_applied") || entry.type.hasSuffix("_restored") {
                #expect(entry.refersTo.contains("invoice"))
            }
            #expect(try await world.count("SELECT count(*) FROM billing.account_credit_entry") == trail.count)
        }
    }

    @Test func `AUD-111 a time-out whose call had succeeded is told as unknown, then as resolved, and it was one cancel`() async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            let before = world.provider.sentKeys.count
            world.provider.fail("cancel_at_period_end", with: .unknown(ProviderFailure(kind: .timeout)))
            let command = CancelSubscription(subscription: graph.id, mode: .periodEnd, origin: .user, user: world.owner.userID, via: "test")
            _ = try await world.store.withTransaction(.system) { try await world.services.subscriptions.cancel(command, in: $0) }
            try await world.drain()
            // The provider has acted, and nobody here can know it.
            #expect(world.provider.effects(of: "cancel_at_period_end") == 1)
            let doubt = try await world.trail("provider_")
            #expect(doubt.map(\.line).sorted() == ["provider_cancel_requested low", "provider_outcome_unknown medium"])
            #expect(doubt.first { $0.type == "provider_outcome_unknown" }?.fact("detail") == "timeout")
            for _ in 1...3 {
                world.clock.advance(by: .minutes(10))
                try await world.drain()
            }
            let trail = try await world.trail("provider_")
            #expect(
                trail.dropFirst(2).map(\.line).sorted() == ["provider_cancel_confirmed low", "provider_outcome_resolved low"])
            #expect(trail.allSatisfy { $0.refersTo.isSuperset(of: ["org", "subscription"]) })
            #expect(trail.allSatisfy { $0.fact("command") == "cancel_at_period_end" })
            let keys = world.provider.sentKeys.dropFirst(before)
            #expect(keys.count == 2 && Set(keys).count == 1)
            #expect(world.provider.effects(of: "cancel_at_period_end") == 1)
            #expect(try await world.subscription(graph.id).providerSync == .confirmed)
        }
    }

    @Test func `AUD-110 a burst leaves stored events only, and each has one received entry once it is processed`() async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            let before = try await world.entries("webhook_received")
            let entries = try await world.count("SELECT count(*) FROM audit.entry")
            for number in 1...30 { try await world.deliver("customer.subscription.updated", graph.provider, id: "evt_\(number % 10)") }
            try await world.deliver("customer.subscription.updated", ProviderID("sub_foreign"))
            #expect(try await world.count("SELECT count(*) FROM audit.entry") == entries, "the intake writes no entry")
            try await world.drain()
            world.clock.advance(by: .minutes(16))
            try await world.drain()
            let trail = try await world.trail("webhook_")
            #expect(trail.allSatisfy { $0.refersTo.contains("event") })
            #expect(trail.filter { $0.type == "webhook_received" }.count == before + 11)
            let events = try await world.count(
                "SELECT count(DISTINCT ref_provider_event) FROM audit.entry WHERE type = 'webhook_received'")
            #expect(events == before + 11)
            let parked = trail.filter { $0.type == "webhook_parked" }
            #expect(parked.map(\.line) == ["webhook_parked medium"])
            #expect(parked.first?.refersTo == ["event"])
        }
    }
}
