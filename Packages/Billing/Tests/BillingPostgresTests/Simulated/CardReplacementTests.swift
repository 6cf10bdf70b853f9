import Billing
import BillingPostgres
import Core
import Identity
import IdentityPostgres
import PlatformTesting
import Postgres
import Testing

/// Cards that end before they are charged again, and what banks and customers do about it; the clock is the world's, which starts on
/// 15 January 2027.
@Suite struct CardReplacementTests {
    private func announced(_ world: SimulatedWorld) async throws -> [Instant] {
        try await world.database.adminClient.query(
            "SELECT (payload ->> 'renewsAt')::timestamptz AS at FROM jobs.event WHERE topic = 'billing.renewal_ahead' ORDER BY id"
        ).map { try $0.decode("at") }
    }

    @Test
    func
        `STR-E49 BIL-076 a card that ends before its renewal is announced with it, once, and has its new expiry once the bank replaced it`()
        async throws
    {
        try await SimulatedWorld.with { world in
            let sold = try await world.buyGraph()
            let lifecycle = world.services.billing.lifecycle
            let card = try #require(try await lifecycle.methods(of: world.org, as: world.owner).first)
            // Good until the end of January; the renewal is on 15 February.
            try await world.simulator.call("POST", "/v1/payment_methods/\(card.id.rawValue)", "card[exp_month]=1&card[exp_year]=2027")
            try await world.settle()
            let old = try #require(try await lifecycle.methods(of: world.org, as: world.owner).first)
            #expect(old.id == card.id && old.expiryMonth == 1 && old.expiryYear == 2027)
            let renewal = try #require(try await world.subscription(sold.id).currentPeriod?.end)
            try await world.pass(until: renewal - .days(6))
            #expect(try await announced(world) == [renewal])
            let act = #"{"act":"replace_card","payment_method":"\#(card.id.rawValue)","exp_month":1,"exp_year":2032}"#
            try await world.simulator.control("POST", "/acts", act)
            try await world.settle()
            let new = try #require(try await lifecycle.methods(of: world.org, as: world.owner).first)
            #expect(new.id == card.id && new.expiryYear == 2032 && new.isDefault && new.isUsable(at: renewal))
            #expect(try await world.count("SELECT count(*) FROM billing.payment_method") == 1)
            #expect(try await announced(world) == [renewal])
            try await world.pass(until: renewal + .hours(2))
            #expect(try await world.subscription(sold.id).currentPeriod?.start == renewal)
        }
    }
}
