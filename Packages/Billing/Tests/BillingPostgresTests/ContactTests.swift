import Audit
import Billing
import BillingPostgres
import BillingTesting
import Core
import Identity
import IdentityPostgres
import Orgs
import PlatformTesting
import Postgres
import Testing

/// What a payer says about itself.
@Suite struct ContactTests {
    private func change(_ world: BillingWorld, _ edit: @Sendable (inout OrgBillingSettings) -> Void) async throws -> OrgBillingSettings {
        let contacts = CustomerContacts<TestBillingStore.Transaction>(currency: .usd, dateSource: world.clock)
        return try await world.store.withTransaction(.org(world.org)) { transaction in
            let old = try await contacts.settings(of: world.org, in: transaction)
            var new = old
            edit(&new)
            return try await contacts.store(
                new, replacing: old, of: world.org, by: .user(AuditReference(world.owner.userID)), in: transaction)
        }
    }

    @Test func `AUD-101 ORG-085 row, entry and the order to tell the provider are one; nobody is told of a customer that is not there yet`()
        async throws
    {
        try await BillingWorld.with { world in
            let first = try await change(world) { $0.contactName = "Ada" }
            #expect(first.version == 2)
            #expect(try await world.count("SELECT count(*) FROM billing.intent") == 0)
            _ = try await world.checkout()
            let address = try #require(EmailAddress("money@example.com"))
            let second = try await change(world) {
                $0.billingEmail = address
                $0.address = "1 Main Street\nSpringfield"
                $0.taxID = "DE1"
            }
            #expect(second.contactName == "Ada" && second.taxID == "DE1" && second.billingEmail == address)
            try await world.drain()
            #expect(world.provider.effects(of: "update_customer") == 1)
            #expect(try await world.entries("billing_contact_changed") == 2)
            // Told of once the provider has it, and the first change had nobody to tell.
            #expect(try await world.entries("customer_updated") == 1)
            let hidden = try await world.count(
                // As a word of its own: ids are random letters and digits.
                #"SELECT count(*) FROM audit.entry e WHERE e::text ~ 'money@|Springfield|\mDE1\M'"#)
            #expect(hidden == 0)
            let customer = try #require(try await world.store.customer(of: world.org)?.customer)
            #expect(customer.billingEmail == "money@example.com" && customer.version == Int64(second.version))
        }
    }

    @Test func `AUD-101 net terms are switched on, changed and switched off, each in the log by the operator, and the same again is not`()
        async throws
    {
        try await BillingWorld.with { world in
            _ = try await world.activeGraph()
            func set(_ enabled: Bool, _ terms: BillingCustomer.PaymentTerms?) async throws {
                world.clock.advance(by: .seconds(1))
                try await world.money.invoices.setInvoiceBilling(of: world.org, enabled: enabled, terms: terms, by: world.operatorActor)
            }
            for _ in 1...2 { try await set(true, .net60) }
            for _ in 1...2 { try await set(true, .net30) }
            for _ in 1...2 { try await set(false, nil) }
            let told = try await world.database.adminClient.query(
                """
                SELECT type, data ->> 'terms' AS terms, actor_component, ref_org = \(world.org.uuid) AND ref_billing_customer IS NOT NULL AS whole
                FROM audit.entry WHERE type LIKE 'invoice\\_billing\\_%' OR type = 'payment_terms_changed' ORDER BY occurred_at
                """)
            #expect(
                try told.map { "\(try $0.decode("type", as: String.self)) \(try $0.decode("terms", as: String.self))" } == [
                    "invoice_billing_enabled net_60", "payment_terms_changed net_30", "invoice_billing_disabled net_30",
                ])
            #expect(
                try told.allSatisfy {
                    try $0.decode("actor_component", as: String.self) == "operators" && $0.decode("whole", as: Bool.self)
                })
        }
    }

    @Test func `ORG-096 the purge of an org erases its contact here and at the provider; twice is once`() async throws {
        try await BillingWorld.with { world in
            _ = try await world.checkout()
            _ = try await change(world) { $0.address = "1 Main Street" }
            try await world.drain()
            let store = TestBillingStore(client: world.database.systemClient, dateSource: world.clock)
            let observer = BillingOrgObserver(store: store, subscriptions: world.services.subscriptions)
            for _ in 1...2 { #expect(try await observer.purge(.billingContact, of: world.org, at: world.now) == .done) }
            try await world.drain()
            #expect(world.provider.effects(of: "update_customer") == 2)
            let left = try await world.count("SELECT count(*) FROM billing.customer WHERE address IS NOT NULL OR billing_email IS NOT NULL")
            #expect(left == 0)
            #expect(try await observer.purge(.billingContact, of: .make(at: world.now), at: world.now) == .done)
        }
    }
}
