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

/// How news comes: as it was sent, or in another order and a fifth of it twice.
enum NewsOrder: Sendable {
    case asSent
    case shuffled(UInt64)
}

/// The life of a payer from a seed: what it does, and what happens to it, is decided by the seed and by how it stands.
final class PayersLife {
    private enum Act: CaseIterable {
        case nothing, decline, declineTwice, upgrade, cancelLater, uncancel, cancelNow, refund, buy, newCard, credit
    }

    let world: SimulatedWorld
    private var script: SeededNumbers
    private var post: SeededNumbers?
    private var sold: [SimulatedWorld.Sold] = []
    private var step = 0
    /// What was done, for a test that fails.
    private(set) var diary: [String] = []

    init(_ world: SimulatedWorld, seed: UInt64, news: NewsOrder) {
        self.world = world
        script = SeededNumbers(seed)
        if case .shuffled(let seed) = news { post = SeededNumbers(seed) }
    }

    /// Lives for a number of days, in steps of five.
    func live(days: Int) async throws {
        world.mailbag.hold()
        // As sent, so that a seed is one course of things.
        try await world.simulator.control("POST", "/deliveries", #"{"action":"policy","order":"strict"}"#)
        try await buyFirst()
        for _ in 0..<(days / 5) {
            step += 1
            try await act()
            try await settle()
            try await world.simulator.control("POST", "/clock", #"{"by_seconds":432000}"#)
            try await settle()
        }
        // Long enough for every retry, deadline and end that was begun.
        for _ in 1...16 {
            try await world.simulator.control("POST", "/clock", #"{"by_seconds":432000}"#)
            try await settle()
        }
    }

    /// Hands in what was delivered and does what is due, until nothing is left of either.
    func settle() async throws {
        for _ in 1...12 {
            try await world.simulator.control("POST", "/quiesce")
            var letters = world.mailbag.empty()
            let isQuiet = letters.isEmpty
            if var numbers = post {
                for letter in letters where Int.random(in: 0..<5, using: &numbers) == 0 { letters.append(letter) }
                letters.shuffle(using: &numbers)
                let pauses = Set(letters.indices.filter { _ in Int.random(in: 0..<6, using: &numbers) == 0 })
                post = numbers
                for (index, letter) in letters.enumerated() {
                    try await world.mailbag.handIn([world.signed(letter.body)])
                    // Now and then one is worked on before the next has come.
                    if pauses.contains(index) { try await world.worker.drain() }
                }
            } else {
                for letter in letters { try await world.mailbag.handIn([world.signed(letter.body)]) }
            }
            let runs = try await world.worker.drain()
            if isQuiet, runs.isEmpty { return }
        }
    }

    private func buyFirst() async throws {
        let (url, _, id) = try await world.page()
        #expect(try await world.simulator.pay(url) == 303)
        try await settle()
        try await provision(id)
    }

    private func provision(_ id: Subscription.ID) async throws {
        guard let fence = try await world.subscription(id).lease?.fence else { return }
        let world = world
        let name = "kg" + String(repeating: "0", count: 20 - String(sold.count).count) + String(sold.count)
        try await world.store.withTransaction(.system) { transaction in
            let graph = try #require(ResourceID(name))
            try await world.services.subscriptions.link(graph, to: id, fence: fence, in: transaction)
            try await world.services.subscriptions.activate(id, fence: fence, in: transaction)
        }
        try await settle()
        let row = try await world.subscription(id)
        let customer = try #require(try await world.services.store(world.store, customerOf: world.org))
        guard let provider = row.providerLink?.subscription else { return }
        sold.append(SimulatedWorld.Sold(id: id, provider: provider, customer: customer))
    }

    // MARK: What is done

    private func act() async throws {
        let index = Int.random(in: 0..<Act.allCases.count, using: &script)
        let chance = Int.random(in: 0..<3, using: &script)
        let act = Act.allCases[index]
        guard let latest = sold.last else { return }
        let row = try await world.subscription(latest.id)
        diary.append("\(step): \(act) at \(row.status.rawValue)")
        do {
            switch act {
            case .nothing: break
            case .decline: try await world.program(latest, "insufficient_funds")
            case .declineTwice: try await world.program(latest, "insufficient_funds", "insufficient_funds", "insufficient_funds")
            case .upgrade where row.plan.key == .graph("ladybug-standard"): _ = try await world.change(row.id, to: "ladybug-large")
            case .cancelLater where row.status == .active: try await world.cancel(row.id, .periodEnd)
            case .uncancel where row.status == .canceled: try await world.uncancel(row.id)
            case .cancelNow where chance == 0 && row.closedAt == nil && row.status != .upgrading:
                try await world.cancel(row.id, .immediate, bringingForward: row.status == .canceled)
            case .refund: try await refund()
            case .buy where row.isTerminal: try await buyAnother()
            case .newCard: try await replaceCard(latest, row)
            case .credit where chance == 0: try await giveCredit()
            default: break
            }
        } catch let refusal as BillingError {
            diary.append("   refused: \(refusal)")
        } catch let refusal as SubscriptionRefusal {
            diary.append("   refused: \(refusal)")
        }
    }

    private func refund() async throws {
        let found = try await world.database.adminClient.query(
            "SELECT provider_payment_id FROM billing.collected_payment ORDER BY seen_at DESC, amount LIMIT 1")
        guard let payment = try found.first?.decode("provider_payment_id", as: String.self) else { return }
        _ = try await world.services.refunds.refund(
            RefundRequest(
                org: world.org, payment: ProviderID(payment), amount: 500, reason: "asked for", key: "refund \(step)",
                actor: .system(component: "test")))
    }

    private func giveCredit() async throws {
        let wish = IssueAccountCredit(
            org: world.org, amount: Money(minorUnits: 1_300, currency: .usd), source: .goodwill, reason: "an apology", key: "credit \(step)"
        )
        _ = try await world.services.money.credits.issue(wish, by: .system(component: "test"))
    }

    private func buyAnother() async throws {
        let world = world
        let plan = PlanKey.graph("ladybug-standard")
        let sale = NewSubscription(
            id: .make(at: world.now), org: world.org,
            entitlement: try await world.services.subscriptions.entitlement(of: world.org, to: plan),
            plan: plan, requestedBy: world.owner.userID, configuration: [:], operation: nil)
        try await world.services.subscriptions.prepareSale(of: plan, interval: .monthly)
        _ = try await world.store.withTransaction(.system) { try await world.services.subscriptions.open(sale, in: $0) }
        _ = try await world.services.subscriptions.confirmFirstPayment(of: sale.id)
        try await settle()
        try await provision(sale.id)
    }

    private func replaceCard(_ latest: SimulatedWorld.Sold, _ row: Subscription) async throws {
        let simulator = world.simulator
        let card = try await simulator.call("POST", "/v1/payment_methods/pm_card_mastercard/attach", "customer=\(latest.customer.rawValue)")
        let method = card["id"]?.stringValue ?? ""
        try await simulator.call(
            "POST", "/v1/customers/\(latest.customer.rawValue)", "invoice_settings[default_payment_method]=\(method)")
        guard row.closedAt == nil, try await world.remote(latest)["status"] != "canceled" else { return }
        try await simulator.call("POST", "/v1/subscriptions/\(latest.provider.rawValue)", "default_payment_method=\(method)")
        let bill = try await world.newestInvoice(latest)
        guard bill["status"] == "open", let id = bill["id"]?.stringValue else { return }
        try await simulator.call("POST", "/v1/invoices/\(id)/pay")
    }
}

extension PayersLife {
    /// What a life left behind, without ids.
    struct Footprint: Equatable {
        var rows: [String]
        var bills: [String]
        var money: [String]
        var told: [String]
    }

    private func texts(_ statement: Statement) async throws -> [String] {
        try await world.database.adminClient.query(statement).map { try $0.decode("line") }
    }

    func footprint() async throws -> Footprint {
        let rows = try await texts(
            """
            SELECT concat_ws(' ', resource_id, status, plan_key, ends_at, closed_at, cancellation_type, cancellation_origin, period_start,
                period_end, provider_sync) AS line FROM billing.subscription ORDER BY created_at, id
            """)
        let bills = try await texts(
            """
            SELECT concat_ws(' ', number, status, subtotal, total, amount_due, amount_paid, period_start, period_end) AS line
            FROM billing.invoice ORDER BY 1
            """)
        var money = try await texts(
            """
            SELECT concat_ws(' ', kind, home, count(*), sum(amount)) AS line FROM billing.account_credit_entry GROUP BY kind, home
            UNION ALL SELECT concat_ws(' ', 'refund', status, count(*), sum(amount)) FROM billing.refund GROUP BY status
            UNION ALL SELECT concat_ws(' ', 'collected', count(*), sum(amount)) FROM billing.collected_payment ORDER BY 1
            """)
        for entry in try await world.simulator.ledger() {
            money.append(
                "there \(entry["charged"]?.int ?? 0) in \(entry["charges"]?.int ?? 0), \(entry["refunded"]?.int ?? 0), \(entry["balance"]?.int ?? 0)"
            )
        }
        let told = try await texts(
            """
            SELECT concat_ws(' ', topic, count(*)) AS line FROM jobs.event WHERE topic IN ('billing.invoice_paid', 'billing.refund_processed',
                'billing.subscription_renewed', 'billing.subscription_activated', 'billing.subscription_ended',
                'billing.account_credit_issued', 'billing.account_credit_drifted', 'billing.subscription_plan_changed')
            GROUP BY topic ORDER BY topic
            """)
        return Footprint(rows: rows, bills: bills, money: money, told: told)
    }

    /// What holds at the end of every life.
    func checkInvariants() async throws {
        let ledger = try #require(try await world.simulator.ledger().first)
        // Everything that was charged is a paid bill here, and everything that was given back a refund.
        #expect(
            try await world.count("SELECT coalesce(sum(amount_paid), 0)::bigint FROM billing.invoice") == Int(ledger["charged"]?.int ?? -1))
        let refunded = try await world.count("SELECT coalesce(sum(amount), 0)::bigint FROM billing.refund WHERE status = 'succeeded'")
        #expect(refunded == Int(ledger["refunded"]?.int ?? -1))
        // No period of a subscription was charged twice.
        let twice = try await world.count(
            """
            SELECT count(*) FROM (SELECT FROM billing.invoice WHERE status = 'paid' AND amount_paid > 0
                GROUP BY subscription_id, period_start HAVING count(*) > 1) AS twice
            """)
        #expect(twice == 0)
        // The numbers of the bills have no gap.
        let numbers = try await texts("SELECT number AS line FROM billing.invoice WHERE number IS NOT NULL")
            .compactMap { $0.split(separator: "-").last.flatMap { Int($0) } }.sorted()
        #expect(numbers == Array(1...max(1, numbers.count)))
        // What is moved leaves one home and comes to the other, and what is left is what the provider shows.
        #expect(
            try await world.count(
                "SELECT coalesce(sum(amount), 0)::bigint FROM billing.account_credit_entry WHERE kind IN ('move_in', 'move_out')") == 0)
        let there = try await world.count(
            "SELECT coalesce(sum(amount), 0)::bigint FROM billing.account_credit_entry WHERE home = 'provider'")
        #expect(there == Int(-(ledger["balance"]?.int ?? 1)))
        #expect(try await world.events("account_credit_drifted") == 0)
        // Nothing waits, nothing was parked, no debt is open for what has ended.
        #expect(try await world.count("SELECT count(*) FROM billing.inbound_event WHERE state <> 'done'") == 0)
        #expect(try await world.count("SELECT count(*) FROM billing.intent WHERE state IN ('queued', 'in_flight', 'unknown')") == 0)
        #expect(try await world.count("SELECT count(*) FROM billing.plan_change WHERE ended_at IS NULL") == 0)
        // A night finds no difference between here and there.
        try await world.store.withTransaction(.system) { try await $0.enqueue(ReconcileProvider(), .standard) }
        try await settle()
        #expect(try await texts("SELECT concat_ws(' ', category, ours, theirs) AS line FROM billing.drift_item").isEmpty)
    }
}
