import Audit
import BillingPostgres
import BillingTesting
import Core
@_spi(Authentication) import Identity
import IdentityPostgres
import Orgs
import PlatformTesting
import Postgres
import Testing

@testable import Billing

@Suite struct CarryTests {
    private func customer(_ world: BillingWorld) async throws -> ProviderID {
        try #require(try await world.store.customer(of: world.org)?.customer.providerCustomer)
    }

    @Test func `BIL-116 credit of who pays by card is carried once and moves in the ledger only when the provider has confirmed`()
        async throws
    {
        try await BillingWorld.with { world in
            _ = try await world.activeGraph()
            let customer = try await customer(world)
            let credit = try await world.credit(500)
            world.provider.fail("move_balance", with: .unknown(ProviderFailure(kind: .timeout, detail: "no answer")))
            _ = try await world.run(CarryAccountCredits.kind, JSON.encode(CarryAccountCredits(org: world.org)))
            // Asked for and not confirmed: the ledger has it here, and an own invoice leaves it alone.
            #expect(try await world.balance().local == 500)
            #expect(try await world.invoice(100).appliedCredit == 0)
            #expect(try await world.count("SELECT count(*) FROM billing.intent WHERE object = \("account_credit:\(credit.id)")") == 1)
            try await world.drain()
            world.clock.advance(by: .minutes(5))
            try await world.drain()
            #expect(try await world.balance() == AccountCreditBalance(currency: .usd, local: 0, provider: 500))
            #expect(world.provider.credit(of: customer) == 500)
            #expect(try await world.entries("account_credit_moved") == 1)
            #expect(try await world.count("SELECT count(*) FROM billing.intent WHERE object = \("account_credit:\(credit.id)")") == 1)
            #expect(try await world.events("account_credit_drifted") == 0)
        }
    }

    @Test func `BIL-116 BIL-118 what the provider's invoices consume and give back is noted once`() async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            let customer = try await customer(world)
            try await world.credit(300, expires: world.now + .days(90))
            try await world.credit(400)
            try await world.drain()
            #expect(try await world.balance().provider == 700)
            world.clock.advance(by: .days(31))
            let invoice = try #require(world.provider.renew(graph.provider, paid: true))
            world.provider.useCredit(450, of: customer, for: invoice)
            try await world.deliver("invoice.paid", invoice)
            for _ in 1...2 {
                try await world.drain()
                world.clock.advance(by: .minutes(1))
            }
            #expect(try await world.balance().provider == 250)
            #expect(try await world.entries("account_credit_applied") == 2)
            world.provider.useCredit(-100, of: customer, for: invoice)
            // A credit note has reduced it, and tells of it twice.
            for _ in 1...2 {
                try await world.deliver("credit_note.created", ProviderID("cn_1"), customer: customer)
                try await world.drain()
                world.clock.advance(by: .minutes(1))
            }
            #expect(try await world.balance().provider == 350)
            #expect(world.provider.credit(of: customer) == 350)
            #expect(try await world.entries("account_credit_restored") == 1)
            #expect(try await world.events("account_credit_drifted") == 0)
        }
    }

    @Test func `BIL-116 what a bill took from the balance before a credit came there is not taken from the credit`() async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            let customer = try await customer(world)
            let invoice = try #require(world.provider.lastInvoice(of: graph.provider))
            // The provider's own: a change of plan left it there, and the next bill took it.
            world.provider.adjustBalance(of: customer, by: -30)
            world.provider.useCredit(30, of: customer, for: invoice)
            try await world.credit(50)
            for _ in 1...4 {
                try await world.drain()
                world.clock.advance(by: .minutes(1))
                _ = try await world.run(CarryAccountCredits.kind, JSON.encode(CarryAccountCredits(org: world.org)))
            }
            #expect(try await world.balance().provider == 50)
            #expect(world.provider.credit(of: customer) == 50)
            #expect(try await world.entries("account_credit_applied") == 0)
            #expect(try await world.events("account_credit_drifted") == 0)
        }
    }

    @Test func `BIL-118 BIL-119 what comes back after its time has come is forfeited all the same`() async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            let customer = try await customer(world)
            try await world.credit(300, expires: world.now + .days(40))
            try await world.drain()
            world.clock.advance(by: .days(31))
            let invoice = try #require(world.provider.renew(graph.provider, paid: true))
            world.provider.useCredit(300, of: customer, for: invoice)
            try await world.deliver("invoice.paid", invoice)
            try await world.drain()
            #expect(try await world.balance().total == 0)
            world.clock.advance(by: .days(10))
            try await world.drain()
            world.provider.useCredit(-300, of: customer, for: invoice)
            try await world.deliver("credit_note.created", ProviderID("cn_1"), customer: customer)
            for _ in 1...5 {
                try await world.drain()
                world.clock.advance(by: .minutes(1))
            }
            #expect(try await world.entries("account_credit_restored") == 1)
            #expect(try await world.entries("account_credit_expired") == 1)
            #expect(try await world.balance().total == 0)
            #expect(world.provider.credit(of: customer) == 0)
        }
    }

    @Test func `BIL-116 each cause has its own look, one after the other, and the same cause one`() async throws {
        try await BillingWorld.with { world in
            _ = try await world.activeGraph()
            try await world.credit(500)
            try await world.drain()
            for cause in ["first", "second", "first"] {
                try await world.store.withTransaction(.system) {
                    try await world.consequences.carry(world.org, because: cause, in: $0)
                }
            }
            let jobs =
                "FROM jobs.job j JOIN jobs.kind k ON k.id = j.kind_id WHERE k.name = 'billing.carry_account_credits' AND j.run_at <= \(world.now)"
                as Statement
            #expect(try await world.count("SELECT count(*) \(fragment: jobs)") == 2)
            #expect(try await world.count("SELECT count(DISTINCT serial_key) \(fragment: jobs)") == 1)
            // Nobody looks for who was never owed anything.
            let other = try await world.anotherOrg()
            try await world.store.withTransaction(.system) { try await world.consequences.carry(other, because: "first", in: $0) }
            #expect(try await world.count("SELECT count(*) \(fragment: jobs)") == 2)
        }
    }

    private func endNow(_ id: Subscription.ID, _ world: BillingWorld) async throws {
        let command = CancelSubscription(subscription: id, mode: .immediate, origin: .user, user: world.owner.userID, via: "test")
        _ = try await world.store.withTransaction(.system) { try await world.services.subscriptions.cancel(command, in: $0) }
    }

    private func pass(_ minutes: Int, _ world: BillingWorld) async throws {
        for _ in 1...minutes {
            world.clock.advance(by: .minutes(1))
            try await world.drain()
        }
    }

    @Test
    func
        `STR-033 BIL-116 unused time goes to a credit note as far as the bill has room, the rest to the balance, and neither counts twice`()
        async throws
    {
        try await BillingWorld.with { world in
            let ended = try await world.activeGraph()
            _ = try await world.sellAnother("kg2222222222222222222b")
            let customer = try await customer(world)
            let bill = try #require(world.provider.lastInvoice(of: ended.provider))
            try await world.database.adminClient.execute(
                "UPDATE billing.invoice SET amount_credited = 4000 WHERE provider_invoice_id = \(bill.rawValue)")
            world.provider.fail("issue_credit_note", with: .unknown(ProviderFailure(kind: .timeout)))
            try await endNow(ended.id, world)
            try await world.drain()
            // The note is there, and its news overtakes its answer: it is not taken up as a credit of somebody else.
            #expect(world.provider.credit(of: customer) == 5_900)
            try await world.deliver("credit_note.created", ProviderID("cn_1"), customer: customer)
            try await world.drain()
            #expect(try await world.balance() == AccountCreditBalance(currency: .usd, local: 9_900, provider: 0))
            #expect(try await world.count("SELECT count(*) FROM billing.account_credit") == 1)
            try await pass(6, world)
            #expect(try await world.balance() == AccountCreditBalance(currency: .usd, local: 0, provider: 9_900))
            #expect(world.provider.credit(of: customer) == 9_900)
            #expect(try await world.count("SELECT count(*) FROM billing.account_credit") == 1)
            #expect(world.provider.effects(of: "issue_credit_note") == 1)
            #expect(world.provider.effects(of: "move_balance") == 1)
            #expect(try await world.entries("account_credit_moved") == 2)
            #expect(try await world.events("account_credit_drifted") == 0)
        }
    }

    @Test func `STR-033 what is refused as a credit note, or came back from one, goes to the balance, and no second note is asked for`()
        async throws
    {
        try await BillingWorld.with { world in
            let first = try await world.activeGraph()
            let second = try await world.sellAnother("kg2222222222222222222b")
            _ = try await world.sellAnother("kg3333333333333333333c")
            world.provider.fail("issue_credit_note", with: .refused(ProviderRefusal(kind: .badRequest, code: "amount_too_large")))
            try await endNow(first.id, world)
            try await world.drain()
            try await pass(4, world)
            #expect(world.provider.effects(of: "issue_credit_note") == 0)
            #expect(world.provider.effects(of: "move_balance") == 1)
            try await endNow(second.id, world)
            try await world.drain()
            try await pass(4, world)
            #expect(world.provider.effects(of: "issue_credit_note") == 1)
            let whole = try await world.balance().provider
            #expect(try await world.balance().local == 0)
            let invoices = world.money.invoices
            for isEnabled in [true, false] {
                try await invoices.setInvoiceBilling(
                    of: world.org, enabled: isEnabled, terms: isEnabled ? .net60 : nil, by: world.operatorActor)
                try await world.drain()
                try await pass(4, world)
                #expect(try await world.balance().provider == (isEnabled ? 0 : whole))
            }
            #expect(world.provider.effects(of: "issue_credit_note") == 1)
            #expect(world.provider.effects(of: "move_balance") == 5)
            #expect(try await world.events("account_credit_drifted") == 0)
        }
    }

    @Test func `BIL-117 a balance that was changed at the provider is told as drift and not overwritten`() async throws {
        try await BillingWorld.with { world in
            _ = try await world.activeGraph()
            let customer = try await customer(world)
            try await world.credit(500)
            try await world.drain()
            world.provider.adjustBalance(of: customer, by: -70)
            _ = try await world.run(CarryAccountCredits.kind, JSON.encode(CarryAccountCredits(org: world.org)))
            _ = try await world.run(CarryAccountCredits.kind, JSON.encode(CarryAccountCredits(org: world.org)))
            #expect(try await world.events("account_credit_drifted") == 1)
            #expect(try await world.balance().provider == 500)
            #expect(world.provider.credit(of: customer) == 570)
        }
    }

    @Test func `BIL-119 a credit at the provider is brought back before it is forfeited or withdrawn`() async throws {
        try await BillingWorld.with { world in
            _ = try await world.activeGraph()
            let customer = try await customer(world)
            let expiry = world.now + .days(20)
            try await world.credit(300, expires: expiry)
            let kept = try await world.credit(200)
            try await world.drain()
            #expect(world.provider.credit(of: customer) == 500)
            world.clock.advance(to: expiry)
            for _ in 1...4 {
                try await world.drain()
                world.clock.advance(by: .minutes(1))
            }
            #expect(world.provider.credit(of: customer) == 200)
            #expect(try await world.balance().total == 200)
            #expect(try await world.entries("account_credit_expired") == 1)
            try await world.money.credits.revoke(kept.id, because: "granted by mistake", by: world.operatorActor)
            for _ in 1...4 {
                try await world.drain()
                world.clock.advance(by: .minutes(1))
            }
            #expect(world.provider.credit(of: customer) == 0)
            #expect(try await world.balance().total == 0)
            #expect(try await world.entries("account_credit_revoked") == 1)
        }
    }

    @Test func `BIL-121 a change to net terms brings the whole remainder here, a change back carries it again`() async throws {
        try await BillingWorld.with { world in
            _ = try await world.activeGraph()
            let customer = try await customer(world)
            try await world.credit(500)
            try await world.drain()
            #expect(try await world.balance().provider == 500)
            let invoices = world.money.invoices
            try await invoices.setInvoiceBilling(of: world.org, enabled: true, terms: .net60, by: world.operatorActor)
            for _ in 1...3 {
                try await world.drain()
                world.clock.advance(by: .minutes(1))
            }
            #expect(try await world.balance() == AccountCreditBalance(currency: .usd, local: 500, provider: 0))
            #expect(world.provider.credit(of: customer) == 0)
            try await invoices.setInvoiceBilling(of: world.org, enabled: false, terms: nil, by: world.operatorActor)
            for _ in 1...3 {
                try await world.drain()
                world.clock.advance(by: .minutes(1))
            }
            #expect(try await world.balance() == AccountCreditBalance(currency: .usd, local: 0, provider: 500))
            #expect(try await world.entries("invoice_billing_enabled") == 1)
            #expect(try await world.entries("invoice_billing_disabled") == 1)
            // An org that has bought nothing keeps what it is owed here.
            let other = try await world.anotherOrg()
            try await world.credit(40, to: other)
            try await world.drain()
            #expect(try await world.balance(other) == AccountCreditBalance(currency: .usd, local: 40, provider: 0))
        }
    }
}
