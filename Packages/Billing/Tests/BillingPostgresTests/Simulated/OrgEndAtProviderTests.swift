import Billing
import BillingPostgres
import Core
import Identity
import IdentityPostgres
import Orgs
import PlatformTesting
import Postgres
import Testing

/// The end of an org that pays by card, with the provider there; the clock is the world's.
@Suite struct OrgEndAtProviderTests {
    private func figures(_ world: SimulatedWorld) async throws -> [String] {
        try await world.database.adminClient.query(
            """
            SELECT id::text || ' ' || status || ' ' || amount_paid AS line FROM billing.invoice
            UNION ALL SELECT id::text || ' ' || amount FROM billing.account_credit
            UNION ALL SELECT id::text || ' ' || status || ' ' || coalesce(ends_at::text, '') || ' ' || coalesce(closed_at::text, '')
            FROM billing.subscription ORDER BY line
            """
        ).map { try $0.decode("line") }
    }

    @Test(arguments: [true, false])
    func
        `BIL-150 STR-E74 what an org pays for is ended and given back before its data go, its figures stay, and late news change nothing`(
            _ isSettledAtOnce: Bool
        ) async throws
    {
        try await SimulatedWorld.with { world in
            let first = try await world.buyGraph()
            let second = try await world.sellAnother("kg2222222222222222222b")
            try await world.pass(.days(15) + .hours(12))
            try await world.cancel(second.id, .periodEnd)
            try await world.settle()
            if !isSettledAtOnce { world.mailbag.hold() }
            // All that is paid for, ended by the org's own order: half of the month is given back, but for what was to end by itself (T21).
            let obligations = world.services.billing.obligations
            let found = try await world.store.withTransaction(.system) { try await obligations.obligations(of: world.org, in: $0) }
            #expect(found.count == 2)
            for obligation in found {
                #expect(try await obligations.end(obligation.id, of: world.org, for: world.owner.userID) == .ended)
            }
            try await world.settle()
            for sold in [first, second] {
                #expect(try await world.remote(sold)["status"] == "canceled")
                #expect(try await world.subscription(sold.id).closedAt != nil)
            }
            let credits = try await world.count("SELECT sum(amount)::bigint FROM billing.account_credit WHERE source = 'unused_time'")
            #expect(credits == 4_950)
            // Nothing stands in the way any more; who the payer was is erased, here and at the provider.
            let observer = world.services.orgObserver
            let blockers = try await world.store.withTransaction(.system) {
                try await observer.deletionBlockers(of: world.org, forfeitingBalance: true, in: $0)
            }
            #expect(blockers.isEmpty)
            try await world.database.adminClient.execute(
                "UPDATE billing.customer SET billing_email = 'ada@example.com', contact_name = 'Ada', address = '1 Main Street'")
            #expect(try await observer.purge(.billingContact, of: world.org, at: world.now) == .done)
            try await world.settle()
            let named = try await world.count(
                """
                SELECT count(*) FROM billing.customer
                WHERE num_nonnulls(billing_email, contact_name, address, tax_id) > 0
                """)
            #expect(named == 0)
            let customer = try await world.simulator.call("GET", "/v1/customers/\(first.customer.rawValue)")
            #expect(customer["email"]?.stringValue?.isEmpty != false && customer["address"] == .null)
            try await world.database.adminClient.execute("DELETE FROM people.person")
            let before = try await figures(world)
            #expect(before.count { $0.contains(" paid ") } == 2)
            // What the provider still has to say, and what a person does there by mistake, is kept and moves nothing.
            let told = try await world.count("SELECT count(*) FROM jobs.event")
            try await world.mailbag.handIn(world.mailbag.empty())
            for sold in [first, second] {
                for type in ["customer.subscription.updated", "customer.subscription.deleted"] {
                    let body = """
                        {"id":"evt_late_\(type)_\(sold.provider.rawValue)","object":"event","type":"\(type)","created":1,"livemode":false,\
                        "data":{"object":{"id":"\(sold.provider.rawValue)","object":"subscription"}}}
                        """
                    try await world.mailbag.handIn([world.signed(Array(body.utf8))])
                }
            }
            try await world.settle()
            #expect(try await figures(world) == before)
            #expect(try await world.count("SELECT count(*) FROM billing.inbound_event WHERE state <> 'done'") == 0)
            #expect(try await world.count("SELECT count(*) FROM jobs.event") == told)
        }
    }
}
