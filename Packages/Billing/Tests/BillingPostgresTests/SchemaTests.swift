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

@Suite struct SchemaTests {
    @Test func `BIL-005 a changed amount without a new version is refused at start and by the database`() async throws {
        try await BillingWorld.with { world in
            var document = try #require(try JSON.decode(JSONValue.self, from: BuiltInCatalogue.bytes()).objectValue)
            guard case .array(var plans) = document["plans"], case .object(var plan) = plans[0] else { return #expect(Bool(false)) }
            plan["prices"] = [["interval": "monthly", "amount_cents": 1]]
            plans[0] = .object(plan)
            document["plans"] = .array(plans)
            let changed = try Catalogue(reading: JSON.encode(JSONValue.object(document)))
            await #expect(throws: CatalogueRefused.self) { try await world.store.establish(changed, at: world.now) }
            await #expect(throws: PostgresError.self) {
                try await world.database.adminClient.execute(
                    "UPDATE billing.plan_price SET amount = 1 WHERE plan_key = 'graph:ladybug-standard'")
            }
            #expect(try await world.count("SELECT count(*) FROM billing.catalogue_version") == 1)
        }
    }

    @Test func `the database refuses moves that the domain refuses`() async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            for status in ["pending", "pending_payment", "provisioning", "failed"] {
                await #expect(throws: PostgresError.self, "\(status)") {
                    try await world.database.adminClient.execute(
                        "UPDATE billing.subscription SET status = \(status), ends_at = now() WHERE id = \(graph.id)")
                }
            }
            // BIL-051: no end without its instant, whoever writes.
            await #expect(throws: PostgresError.self) {
                try await world.database.adminClient.execute(
                    """
                    UPDATE billing.subscription SET status = 'canceled', cancellation_type = 'period_end', cancellation_origin = 'user'
                    WHERE id = \(graph.id)
                    """)
            }
        }
    }

    @Test func `BIL-031 there is one live subscription for a resource`() async throws {
        try await BillingWorld.with { world in
            _ = try await world.activeGraph("kgsame")
            let other = try await world.admit(as: .owner)
            let entitlement = Entitlement.billingDisabled
            let id = Subscription.ID.make(at: world.now)
            let sale = NewSubscription(
                id: id, org: world.org, entitlement: entitlement, plan: .graph("ladybug-standard"), requestedBy: other.userID,
                configuration: [:], operation: nil)
            let row = try await world.store.withTransaction(.system) { try await world.services.subscriptions.open(sale, in: $0) }
            #expect(row.status == .provisioning)
            await #expect(throws: BillingError.alreadySubscribed) {
                try await world.store.withTransaction(.system) { transaction in
                    let graph = try #require(ResourceID("kgsame"))
                    try await world.services.subscriptions.link(graph, to: id, fence: 1, in: transaction)
                }
            }
        }
    }

    @Test func `an org sees its own rows only, whatever it asks for`() async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            let foreign = Org.ID.make(at: world.now)
            for table in ["customer", "payment_method", "subscription", "checkout", "invoice", "invoice_line", "intent"] {
                let all: Statement = "SELECT 1 AS one FROM billing.\(identifier: table)"
                #expect(try await world.database.client.query(all, scope: .org(foreign.uuid)).isEmpty, "\(table)")
                #expect(try await world.database.client.query(all, scope: .none).isEmpty, "\(table)")
                #expect(try await world.database.client.query(all, scope: .org(world.org.uuid)).count > 0, "\(table)")
            }
            #expect(try await world.database.client.query("SELECT 1 FROM billing.inbound_event", scope: .org(world.org.uuid)).isEmpty)
            #expect(try await world.store.subscription(graph.id, of: foreign, visibleTo: nil) == nil)
            let moved = try await world.database.client.execute(
                "UPDATE billing.subscription SET updated_at = now() WHERE id = \(graph.id)", scope: .org(foreign.uuid))
            #expect(moved == 0)
        }
    }

    @Test func `BIL-042 BIL-043 BIL-077 owners see all, members their own seats, and what never began is left out`() async throws {
        try await BillingWorld.with { world in
            let (session, _) = try await world.checkout()
            world.provider.expire(session)
            try await world.deliver("checkout.session.expired", session)
            try await world.drain()
            let graph = try await world.activeGraph()
            let member = try await world.admit(as: .member)
            let billing = world.services.billing
            #expect(
                try await billing.subscriptions(of: world.org, includingUnprovisioned: false, as: world.owner).map(\.subscription.id) == [
                    graph.id
                ])
            #expect(try await billing.subscriptions(of: world.org, includingUnprovisioned: true, as: world.owner).count == 2)
            #expect(try await billing.subscriptions(of: world.org, includingUnprovisioned: true, as: member).isEmpty)
            await #expect(throws: BillingError.notFound) { try await billing.subscription(graph.id, of: world.org, as: member) }
            #expect(try await billing.subscription(graph.id, of: world.org, as: world.owner).price.minorUnits == 9_900)
            let (invoices, total) = try await billing.invoices(of: world.org, limit: 10, as: world.owner)
            #expect(total == 1)
            #expect(invoices.first?.lines.count == 1)
            #expect(try await billing.upcomingInvoice(of: world.org, as: world.owner)?.amountDue == 9_900)
            let customer = try await billing.customer(of: world.org, as: member)
            #expect(customer.hasPaymentMethod)
            #expect(customer.methods.isEmpty)
        }
    }

    @Test func `BIL-071 BIL-017 fifty first reads make one customer`() async throws {
        try await BillingWorld.with { world in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 1...50 { group.addTask { _ = try await world.services.billing.customer(of: world.org, as: world.owner) } }
                try await group.waitForAll()
            }
            #expect(try await world.count("SELECT count(*) FROM billing.customer") == 1)
            #expect(try await world.entries("customer_created") == 1)
        }
    }
}
