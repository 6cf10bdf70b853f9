import Billing
import BillingPostgres
import BillingTesting
import Core
import Identity
import IdentityPostgres
import PlatformTesting
import Postgres
import Testing

@Suite struct DunningTests {
    private func fail(_ world: BillingWorld, _ provider: ProviderID) async throws {
        world.clock.advance(by: .days(31))
        world.provider.renew(provider, paid: false)
        try await world.deliver("customer.subscription.updated", provider)
        try await world.drain()
    }

    private func stages(_ world: BillingWorld) async throws -> [String] {
        try await world.database.adminClient.query(
            "SELECT payload ->> 'stage' AS stage FROM jobs.event WHERE topic = 'billing.dunning_stage_reached' ORDER BY id"
        ).map { try $0.decode("stage") }
    }

    @Test func `BIL-090 a debt has one case and one deadline, however often charging fails`() async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            try await fail(world, graph.provider)
            let deadline = try #require(try await world.subscription(graph.id).graceDeadline)
            for _ in 1...3 {
                world.clock.advance(by: .days(1))
                world.provider.failAgain(graph.provider)
                try await world.deliver("invoice.payment_failed", try #require(world.provider.lastInvoice(of: graph.provider)))
                try await world.drain()
            }
            #expect(try await world.subscription(graph.id).graceDeadline == deadline)
            #expect(try await world.count("SELECT count(*) FROM billing.dunning_case") == 1)
            #expect(try await world.count("SELECT attempts::bigint FROM billing.dunning_case") == 4)
        }
    }

    @Test func `BIL-091 BIL-093 each stage is told once, with the date of the next consequence, until it is over`() async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            try await fail(world, graph.provider)
            for _ in 1...30 {
                world.clock.advance(by: .days(1))
                try await world.drain()
            }
            #expect(try await stages(world) == ["day_0", "day_3", "day_7", "day_13", "read_only", "last_day"])
            #expect(try await world.subscription(graph.id).status == .canceled)
            #expect(try await world.events("subscription_ended") == 1)
            #expect(try await world.count("SELECT count(*) FROM billing.dunning_case WHERE outcome = 'ended'") == 1)
            let dated = try await world.count(
                """
                SELECT count(*) FROM jobs.event
                WHERE topic = 'billing.dunning_stage_reached' AND payload ->> 'deadline' IS NOT NULL AND payload ->> 'amount' IS NOT NULL
                    AND payload ->> 'payURL' IS NOT NULL
                """)
            #expect(dated == 6)
        }
    }

    @Test func `BIL-091 payment stops the reminders that have not gone out`() async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            try await fail(world, graph.provider)
            world.clock.advance(by: .days(4))
            try await world.drain()
            world.provider.settleDebt(of: graph.provider)
            try await world.deliver("customer.subscription.updated", graph.provider)
            try await world.drain()
            for _ in 1...30 {
                world.clock.advance(by: .days(1))
                try await world.drain()
            }
            #expect(try await stages(world) == ["day_0", "day_3"])
            #expect(try await world.count("SELECT count(*) FROM billing.dunning_case WHERE outcome = 'paid'") == 1)
        }
    }

    @Test func `BIL-094 a first payment that fails has no case and no reminders`() async throws {
        try await BillingWorld.with { world in
            let (session, id) = try await world.checkout()
            world.provider.payLater(session)
            world.provider.settleLater(session, paid: false)
            try await world.deliver("checkout.session.async_payment_failed", session)
            try await world.drain()
            #expect(try await world.subscription(id).status == .unpaid)
            #expect(try await world.count("SELECT count(*) FROM billing.dunning_case") == 0)
            world.clock.advance(by: .days(40))
            try await world.drain()
            #expect(try await stages(world).isEmpty)
        }
    }

    @Test func `BIL-092 nothing but the owner's wish tries the card again`() async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            try await fail(world, graph.provider)
            for _ in 1...12 {
                world.clock.advance(by: .days(1))
                try await world.drain()
            }
            #expect(world.provider.effects(of: "pay_invoice") == 0)
            let method = try #require(try await world.services.billing.lifecycle.methods(of: world.org, as: world.owner).first).id
            try await world.services.billing.lifecycle.makeDefault(
                method, of: world.org, retryingOpenInvoices: true, as: world.owner)
            try await world.drain()
            #expect(world.provider.effects(of: "pay_invoice") == 1)
            #expect(try await world.subscription(graph.id).status == .active)
        }
    }
}
