import Audit
import Billing
import BillingPostgres
import Core
import GraphsPostgres
import Orgs
import PlatformTesting
import Postgres
import Testing

@testable import AdminHTTP

extension Office {
    /// Writes rows as they would be after sales that this test is not about.
    func rows(_ statements: Statement...) async throws {
        try await database.adminClient.withTransaction(scope: .system) { transaction in
            try await transaction.execute("SET LOCAL session_replication_role = 'replica'")
            for statement in statements { try await transaction.execute(statement) }
        }
    }

    /// A running subscription that is billed at the provider, with a payment of 100.00 for its invoice.
    func sale(to org: Org.ID, of graph: String, payment: String) async throws -> (subscription: Subscription.ID, invoice: Invoice.ID) {
        let (now, id, invoice) = (clock.now, Subscription.ID.make(at: clock.now), Invoice.ID.make(at: clock.now))
        let store = packages
        try await store.establish(try BuiltInCatalogue.load(), at: now)
        let price = try #require(
            try await database.adminClient.query(
                "SELECT plan_key, plan_version, interval FROM billing.plan_price WHERE plan_key LIKE '%ladybug-standard' AND interval = 'monthly' LIMIT 1"
            ).first)
        try await rows(
            """
            INSERT INTO billing.customer (org_id, provider_customer_id, billing_email, currency, created_at)
            VALUES (\(org), \("cus_" + payment), 'pay@example.com', 'usd', \(now)) ON CONFLICT DO NOTHING
            """,
            """
            INSERT INTO billing.subscription (id, org_id, resource_type, resource_id, plan_key, plan_version, interval, currency, configuration,
                backing_kind, backing_detail, provider_subscription_id, status, provider_sync, started_at, period_start, period_end, created_at, updated_at)
            VALUES (\(id), \(org), 'graph', \(graph), \(try price.decode("plan_key", as: String.self)), \(try price.decode("plan_version", as: Int32.self)),
                \(try price.decode("interval", as: String.self)), 'usd', '{}', 'provider_subscription', \("sub_" + payment), \("sub_" + payment), 'active',
                'confirmed', \(now), \(now), \(now + .days(30)), \(now), \(now))
            """,
            """
            INSERT INTO billing.invoice (id, org_id, kind, subscription_id, provider_invoice_id, currency, subtotal, total, amount_due, amount_paid,
                status, paid_at, created_at)
            VALUES (\(invoice), \(org), 'provider', \(id), \("in_" + payment), 'usd', 10000, 10000, 10000, 10000, 'paid', \(now), \(now))
            """,
            """
            INSERT INTO billing.collected_payment (provider_payment_id, org_id, invoice_id, amount, currency, seen_at)
            VALUES (\(payment), \(org), \(invoice), 10000, 'usd', \(now))
            """)
        return (id, invoice)
    }

    /// An own invoice over an amount, issued.
    func ownInvoice(of cents: Int64, to org: Org.ID) async throws -> Invoice.ID {
        let store = packages
        let line = try OwnInvoiceLine(
            .charge, "Consulting", subscription: nil, plan: nil, quantity: 1, unitPrice: cents, period: nil)
        return try await Self.billing(store, clock).money.invoices.issue(
            [line], for: nil, to: org, period: nil, by: .system(component: "billing")
        ).id
    }

    /// What was written since a mark, by kind: entries but those of calls, events, jobs and orders to the provider.
    func written(since mark: [String]) async throws -> [String] {
        let all = try await everything()
        var left = mark
        return all.filter { word in
            guard let place = left.firstIndex(of: word) else { return true }
            left.remove(at: place)
            return false
        }.sorted()
    }

    func everything() async throws -> [String] {
        try await database.adminClient.query(
            """
            SELECT 'entry ' || type AS word FROM audit.entry WHERE type <> 'admin_action' UNION ALL SELECT 'event ' || topic FROM jobs.event
            UNION ALL SELECT 'job ' || k.name FROM jobs.job AS j JOIN jobs.kind AS k ON k.id = j.kind_id
            UNION ALL SELECT 'order ' || kind FROM billing.intent
            """
        ).map { try $0.decode(String.self) }
    }

    /// The same words of a rehearsal.
    static func words(of rehearsal: JSONValue) -> [String] {
        func part(_ name: String, _ key: String, _ word: String) -> [String] {
            (rehearsal[name]?.arrayValue ?? []).map { "\(word) \($0[key]?.stringValue ?? "?")" }
        }
        return
            (part("entries", "type", "entry") + part("events", "topic", "event") + part("jobs", "kind", "job")
            + part("orders", "kind", "order")).sorted()
    }
}
