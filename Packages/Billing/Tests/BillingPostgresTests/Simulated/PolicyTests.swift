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

/// What a catalogue may decide otherwise, and what is said of refusals.
@Suite struct PolicyTests {
    @Test func `BIL-059 BIL-060 a plan that refunds unused time gives money back on the payment, once`() async throws {
        try await SimulatedWorld.with(policies: ["unused_time": "refund"]) { world in
            let sold = try await world.buyGraph()
            try await world.pass(.days(15) + .hours(12))
            try await world.cancel(sold.id, .immediate)
            for _ in 1...3 { try await world.pass(.minutes(2)) }
            let ledger = try #require(try await world.simulator.ledger().first)
            #expect(ledger["refunded"]?.int == 4_950)
            #expect(ledger["balance"]?.int == 0)
            #expect(try await world.simulator.transcript("POST", "/v1/refunds").count == 1)
            #expect(try await world.count("SELECT count(*) FROM billing.account_credit") == 0)
        }
    }

    @Test func `BIL-059 BIL-097 unused time whose refund is refused is given as credit, and operators are told`() async throws {
        try await SimulatedWorld.with(policies: ["unused_time": "refund"]) { world in
            let sold = try await world.buyGraph()
            try await world.pass(.days(15) + .hours(12))
            try await world.simulator.fault(
                #"{"kind":"error","method":"POST","path":"/v1/refunds","count":1,"status":402,"code":"charge_already_refunded"}"#)
            try await world.cancel(sold.id, .immediate)
            for _ in 1...3 { try await world.pass(.minutes(2)) }
            #expect(try await world.simulator.ledger().first?["refunded"]?.int == 0)
            #expect(
                try await world.count("SELECT sum(amount)::bigint FROM billing.account_credit WHERE source = 'unused_time'") == 4_950)
            #expect(try await world.events("refund_refused") == 1)
            #expect(try await world.count("SELECT count(*) FROM jobs.event WHERE payload ->> 'isCredited' = 'true'") == 1)
        }
    }

    @Test func `BIL-059 what cannot be refunded because no card paid it is given as credit`() async throws {
        try await SimulatedWorld.with(policies: ["unused_time": "refund"]) { world in
            let money = world.services.money.invoices
            let person = AuditActor.system(component: "test")
            try await money.setInvoiceBilling(of: world.org, enabled: true, terms: .net30, by: person)
            let id = Subscription.ID.make(at: world.now)
            let sale = NewSubscription(
                id: id, org: world.org, entitlement: .netTerms, plan: .graph("ladybug-standard"), requestedBy: world.owner.userID,
                configuration: [:], operation: nil)
            try await world.store.withTransaction(.system) { transaction in
                let row = try await world.services.subscriptions.open(sale, in: transaction)
                let fence = try #require(row.lease).fence
                let graph = try #require(ResourceID("kg0123456789abcdef0123"))
                try await world.services.subscriptions.link(graph, to: id, fence: fence, in: transaction)
                try await world.services.subscriptions.activate(id, fence: fence, in: transaction)
            }
            let bill = try #require(try await world.database.adminClient.query("SELECT id FROM billing.invoice WHERE kind = 'own'").first)
            _ = try await money.recordPayment(
                of: Money(minorUnits: 9_900, currency: .usd), for: try bill.decode("id"), method: "bank transfer", reference: "one",
                receivedAt: world.now, by: person)
            try await world.pass(.days(15) + .hours(12))
            try await world.cancel(id, .immediate)
            try await world.settle()
            #expect(
                try await world.count("SELECT sum(amount)::bigint FROM billing.account_credit WHERE source = 'unused_time'") == 4_950)
            #expect(try await world.simulator.transcript("POST", "/v1/refunds").isEmpty)
        }
    }

    @Test func `BIL-059 BIL-064 what a change down gave back at once is not given back again by an end`() async throws {
        try await SimulatedWorld.with(policies: ["proration": "charge_now"]) { world in
            let sold = try await world.buyGraph(plan: "ladybug-large")
            try await world.pass(.days(15) + .hours(12))
            _ = try await world.change(sold.id, to: "ladybug-standard")
            try await world.settle()
            #expect(try await world.simulator.ledger().first?["balance"]?.int == -10_000)
            try await world.pass(.days(7) + .hours(18))
            try await world.cancel(sold.id, .immediate)
            for _ in 1...2 { try await world.settle() }
            #expect(
                try await world.count("SELECT sum(amount)::bigint FROM billing.account_credit WHERE source = 'unused_time'")
                    == 7_475 - 5_000)
        }
    }

    @Test func `BIL-064 BIL-065 STR-E59 a change up that is charged at once and declined leaves the old plan, price and credits`()
        async throws
    {
        try await SimulatedWorld.with(policies: ["proration": "charge_now"]) { world in
            let sold = try await world.buyGraph()
            try await world.pass(.days(10))
            try await world.program(sold, "insufficient_funds", "ok")
            await #expect(throws: BillingError.self) { _ = try await world.change(sold.id, to: "ladybug-large") }
            try await world.settle()
            let row = try await world.subscription(sold.id)
            #expect(row.status == .active)
            #expect(row.plan.key == .graph("ladybug-standard"))
            #expect(try await world.count("SELECT allocation::bigint FROM billing.credit_pool") == 800_000)
            #expect(try await world.remote(sold)["items"]?["data"]?.list.first?["price"]?["unit_amount"]?.int == 9_900)
            #expect(try await world.simulator.ledger().first?["charged"]?.int == 9_900)
        }
    }

    @Test func `BIL-008 the plans of a repository that is coming soon are sold at no door`() async throws {
        let sec: JSONValue = ["slug": "sec", "name": "SEC", "description": "Filings.", "coming_soon": true]
        try await SimulatedWorld.with(policies: ["repositories": [sec]]) { world in
            _ = try await world.buyGraph()
            let plan = PlanKey.repository("sec", "starter")
            await #expect(throws: BillingError.planNotAvailable(plan)) {
                _ = try await world.services.subscriptions.entitlement(of: world.org, to: plan)
            }
            await #expect(throws: BillingError.planNotAvailable(plan)) {
                _ = try await world.services.billing.startCheckout(
                    CheckoutRequest(
                        principal: world.owner, namedOrg: nil, planName: "starter", resourceType: .repository,
                        configuration: ["repository_name": "sec"]))
            }
            let seat = SeatRequest(
                principal: world.owner, repository: try #require(ResourceID("sec")), planName: "starter", subscriber: nil)
            await #expect(throws: BillingError.planNotAvailable(plan)) { _ = try await world.services.billing.seats.subscribe(seat) }
        }
    }

    @Test func `STR-105 STR-E73 a plan that says read_only lets a disputed customer read, until the dispute is won`() async throws {
        try await SimulatedWorld.with(policies: ["dispute": "read_only"]) { world in
            let sold = try await world.buyGraph(card: "4000000000000259")
            func access() async throws -> String {
                let graph = try #require(ResourceID("kg0123456789abcdef0123"))
                let decision = try await world.services.subscriptions.access(to: .graph, graph, subscriber: nil, state: nil)
                return "\(decision.level) \(decision.reason.rawValue)"
            }
            let before = try await access()
            try await world.pass(.minutes(2))
            #expect(try await access() == "read DISPUTED")
            #expect(try await world.subscription(sold.id).status == .active)
            let dispute = try #require(try await world.simulator.call("GET", "/v1/disputes")["data"]?.list.first?["id"]?.stringValue)
            try await world.simulator.call("POST", "/v1/disputes/\(dispute)", "evidence[uncategorized_text]=winning_evidence")
            try await world.settle()
            #expect(try await access() == before)
        }
    }

    @Test func `STR-031 a change of plan replaces the single item, prorates as the catalogue says, and from a stored instant`() async throws
    {
        try await SimulatedWorld.with { world in
            let sold = try await world.buyGraph()
            try await world.pass(.days(10))
            let asked = world.now
            _ = try await world.change(sold.id, to: "ladybug-large")
            let path = "/v1/subscriptions/\(sold.provider.rawValue)"
            let sent = try #require(try await world.simulator.transcript("POST", path).last?["body"]?.stringValue)
            #expect(sent.contains("items%5B0%5D%5Bid%5D=") || sent.contains("items[0][id]="))
            #expect(!sent.contains("items%5B1%5D") && !sent.contains("items[1]"))
            #expect(sent.contains("proration_behavior=create_prorations"))
            #expect(sent.contains("proration_date=\(asked.secondsSinceEpoch)"))
            let items = try await world.remote(sold)["items"]?["data"]?.list ?? []
            #expect(items.count == 1)
            #expect(items.first?["price"]?["unit_amount"]?.int == 29_900)
            // What it costs for the rest of the month comes with the next invoice: a debit and a credit, to the second.
            try await world.pass(until: SimulatedWorld.start + .days(31) + .hours(2))
            let rest: Int64 = 21 * 86_400
            let month: Int64 = 31 * 86_400
            let due = 29_900 + 29_900 * rest / month - 9_900 * rest / month
            let total = try #require(try await world.newestInvoice(sold)["total"]?.int)
            #expect(abs(total - due) <= 1)
        }
    }
}
