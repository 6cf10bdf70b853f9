import Audit
import Billing
import BillingPostgres
import BillingTesting
import Core
import Identity
import IdentityPostgres
import Jobs
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

    @Test func `BIL-129 each consequence of a debt is a decision that cites its inputs, rule and catalogue, and can be replayed`()
        async throws
    {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            try await fail(world, graph.provider)
            for _ in 1...30 {
                world.clock.advance(by: .days(1))
                try await world.drain()
            }
            let decisions = try await world.store.withTransaction(.system) {
                try await $0.decisions(by: .dunning, since: world.now - .days(90), limit: 10)
            }
            #expect(decisions.map { $0.outcome["action"] } == ["read_only", "end"])
            #expect(decisions.allSatisfy { $0.subscription == graph.id && $0.version == 1 && $0.actor == "billing" })
            #expect(try DecisionReplay().differences(in: decisions).isEmpty)
            // Under the terms of the plan nothing changes; a longer grace would have spared both, a longer end only the last.
            #expect(try DecisionReplay(dunning: DunningTerms(graceDays: 14, finalDays: 28)).differences(in: decisions).isEmpty)
            #expect(try DecisionReplay(dunning: DunningTerms(graceDays: 30, finalDays: 60)).differences(in: decisions).count == 2)
            let longer = try DecisionReplay(dunning: DunningTerms(graceDays: 14, finalDays: 40)).differences(in: decisions)
            #expect(longer.last?.outcome == ["action": "wait"])
            let cited = try await world.count(
                "SELECT count(*) FROM billing.decision d JOIN billing.catalogue_version v ON v.hash = d.catalogue_hash AND v.is_active")
            #expect(cited == 2)
            for change: Statement in [
                "UPDATE billing.decision SET actor = 'nobody'", "DELETE FROM billing.decision", "TRUNCATE billing.decision",
            ] {
                await #expect(throws: PostgresError.self) { try await world.database.adminClient.execute(change) }
            }
        }
    }

    @Test
    func
        `BIL-132 OPS-099 AUD-112 a wrong rule that would end everything is held at the limit, told, and released in stages after a preview`()
        async throws
    {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            try await fail(world, graph.provider)
            world.clock.advance(by: .days(15))
            try await world.drain()
            #expect(try await world.subscription(graph.id).status == .unpaid)
            // As if a wrong catalogue had given everybody a deadline that is over: 31 debts, all of them due.
            let ids = (0..<30).map { _ in Subscription.ID.make(at: world.now) }
            let admin = world.database.adminClient
            for table: Statement in ["billing.subscription", "billing.invoice"] {
                try await admin.execute("ALTER TABLE \(fragment: table) DISABLE TRIGGER USER")
            }
            try await admin.execute(
                """
                INSERT INTO billing.subscription SELECT (jsonb_populate_record(s, jsonb_build_object('id', i.id, 'resource_id', 'kg' || i.n,
                    'provider_subscription_id', 'sub_' || i.n, 'backing_detail', 'sub_' || i.n))).*
                FROM billing.subscription s, unnest(\(ids)) WITH ORDINALITY AS i (id, n) WHERE s.id = \(graph.id)
                """)
            try await admin.execute(
                """
                INSERT INTO billing.invoice SELECT (jsonb_populate_record(v, jsonb_build_object('id', gen_random_uuid(),
                    'subscription_id', i.id, 'provider_invoice_id', 'in_' || i.n))).*
                FROM billing.invoice v, unnest(\(ids)) WITH ORDINALITY AS i (id, n) WHERE v.subscription_id = \(graph.id) AND v.status = 'open'
                """)
            try await admin.execute("UPDATE billing.subscription SET final_deadline = \(world.now)")
            for table: Statement in ["billing.subscription", "billing.invoice"] {
                try await admin.execute("ALTER TABLE \(fragment: table) ENABLE TRIGGER USER")
            }
            let all = [graph.id] + ids
            func enforce() async throws -> Int {
                for id in all { _ = try await world.run(EnforceDeadline.kind, JSON.encode(EnforceDeadline(subscription: id))) }
                return try await world.count("SELECT count(*) FROM billing.subscription WHERE status = 'canceled'")
            }
            // One of a hundred of 31 is none, and the floor is five.
            #expect(try await enforce() == 5)
            #expect(try await enforce() == 5)
            let held = try await world.run(EnforceDeadline.kind, JSON.encode(EnforceDeadline(subscription: try #require(ids.last))))
            #expect(held == .snoozed(until: world.now + .minutes(15)))
            #expect(try await world.entries("blast_guard_tripped") == 1)
            let guards = world.services.guards
            let preview = try await guards.preview(.dunningEnd)
            #expect(preview.state.isOpen && preview.state.reason == "daily" && preview.held.count == 26)
            // Time alone releases nothing.
            world.clock.advance(by: .days(2))
            #expect(try await enforce() == 5)
            let actor = AuditActor.system(component: "test")
            func release(_ stage: ReleaseStage) async throws -> [Int] {
                let done = try await guards.release(.dunningEnd, stage, because: "the rule was looked into", by: "Ada", as: actor)
                return [done.released, done.remaining]
            }
            await #expect(throws: ActionGuards<TestBillingStore>.Refusal.nobody) {
                _ = try await guards.release(.dunningEnd, .all, because: "the rule was looked into", by: "", as: actor)
            }
            #expect(try await release(.onePercent) == [1, 25])
            #expect(try await enforce() == 6)
            #expect(try await release(.tenPercent) == [3, 22])
            // What is settled meanwhile is judged afresh and not ended.
            try await admin.execute(
                "UPDATE billing.invoice SET status = 'paid', amount_paid = amount_due WHERE subscription_id = \(ids[29])")
            #expect(try await enforce() == 9)
            #expect(try await release(.all) == [22, 0])
            #expect(try await enforce() == 30)
            #expect(try await world.entries("blast_guard_released") == 3)
            #expect(try await guards.preview(.dunningEnd).state.isOpen == false)
            await #expect(throws: ActionGuards<TestBillingStore>.Refusal.closed) { _ = try await release(.all) }
            #expect(try await world.count("SELECT count(*) FROM billing.decision WHERE 'released' = ANY(effects)") == 25)
        }
    }
}
