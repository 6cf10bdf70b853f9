import Billing
import BillingPostgres
import Core
import Identity
import IdentityPostgres
import Jobs
import JobsPostgres
import JobsTesting
import PlatformTesting
import Postgres
import Testing

/// Banks that want to see who pays; the clock is the world's, which starts on 15 January 2027.
@Suite struct ConfirmationTests {
    private func pay(_ world: SimulatedWorld, _ session: ProviderID) async throws {
        let act = #"{"act":"pay_checkout","session":"\#(session.rawValue)","card":"4000002760003184"}"#
        try await world.simulator.control("POST", "/acts", act)
        try await world.settle()
    }

    /// A graph that is paid by a card whose bank always asks.
    private func buy(_ world: SimulatedWorld) async throws -> SimulatedWorld.Sold {
        let (_, session, id) = try await world.page()
        try await pay(world, session)
        return try await world.provision(id, as: "kg0123456789abcdef0123")
    }

    @Test func `STR-E51 who is there gets the link in the answer, and no mail: on the page, after a sale, and for another one of it`()
        async throws
    {
        try await SimulatedWorld.with { world in
            _ = try await buy(world)
            #expect(try await world.events("payment_action_required") == 0)
            let checkout = {
                try await world.services.billing.startCheckout(
                    CheckoutRequest(
                        principal: world.owner, namedOrg: nil, planName: "ladybug-standard", resourceType: .graph,
                        configuration: ["name": "another"]))
            }
            await #expect(throws: BillingError.paymentMethodOnFile) { try await checkout() }
            // Sold on the card on file the bank asks, and the seat's answer has the page where it is told.
            let sec = try #require(ResourceID("sec"))
            let wish = SeatRequest(principal: world.owner, repository: sec, planName: "starter", subscriber: nil)
            let refusal = await #expect(throws: BillingError.self) { try await world.services.billing.seats.subscribe(wish) }
            guard case .paymentActionRequired(let url?) = refusal else {
                Issue.record("\(String(describing: refusal))")
                return
            }
            let page = try #require(
                try await world.database.adminClient.query("SELECT provider_session_id FROM billing.checkout WHERE url = \(url)").first)
            try await pay(world, ProviderID(try page.decode("provider_session_id", as: String.self)))
            let paid = try await world.count(
                "SELECT count(*) FROM billing.subscription WHERE resource_type = 'repository' AND status IN ('provisioning', 'active')")
            #expect(paid == 1)
            // Who was refused for it may go to the page although a card is on file; later the card is charged first again.
            guard case .open = try await checkout() else { throw NotPartOfTheTest() }
            #expect(try await world.events("payment_action_required") == 0)
            try await world.pass(.days(2))
            await #expect(throws: BillingError.paymentMethodOnFile) { try await checkout() }
        }
    }

    @Test(arguments: ["invoice.payment_action_required", "payment_intent.requires_action"])
    func `STR-095 a renewal that the bank wants confirmed is told of by mail with its link, once, whichever event comes first`(
        _ first: String
    ) async throws {
        try await SimulatedWorld.with { world in
            let sold = try await buy(world)
            world.mailbag.hold()
            try await world.pass(.days(31) + .hours(2))
            let letters = world.mailbag.empty()
            func handIn(_ wanted: (String?) -> Bool) async throws {
                let chosen = try letters.filter { wanted(try JSON.decode(JSONValue.self, from: $0.body)["type"]?.stringValue) }
                #expect(!chosen.isEmpty)
                try await world.mailbag.handIn(chosen.map { world.signed($0.body) })
                try await world.worker.drain()
            }
            try await handIn { $0 == first }
            let told = try await world.database.adminClient.query(
                "SELECT payload ->> 'hostedURL' AS url FROM jobs.event WHERE topic = 'billing.payment_action_required'")
            let link = try await world.newestInvoice(sold)["hosted_invoice_url"]?.stringValue
            #expect(try told.map { try $0.decode("url", as: String?.self) } == [link] && link != nil)
            try await handIn { $0 != first }
            #expect(try await world.events("payment_action_required") == 1)
            // What comes late is about something that was paid meanwhile.
            let id = try #require(try await world.newestInvoice(sold)["id"]?.stringValue)
            try await world.simulator.call("POST", "/v1/invoices/\(id)/pay", "paid_out_of_band=true")
            try await world.database.adminClient.execute("DELETE FROM billing.notice")
            try await handIn { $0 == first }
            #expect(try await world.events("payment_action_required") == 1)
        }
    }
}
