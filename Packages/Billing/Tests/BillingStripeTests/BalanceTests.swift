import Billing
import Core
import HTTPClient
import Orgs
import Testing

@testable import BillingStripe

@Suite struct BalanceTests {
    private func move(_ direction: BalanceMove.Direction) throws -> ProviderIntent {
        let now = Instant(secondsSinceEpoch: 1_700_000_000)
        return .fixture(
            .moveBalance(
                BalanceMove(
                    org: .make(at: now), credit: .make(at: now), customer: ProviderID("cus_1"),
                    amount: Money(minorUnits: 500, currency: .usd),
                    direction: direction)))
    }

    @Test func `BIL-116 credit goes to the customer's balance as a negative amount and comes back as a positive one, tagged`() throws {
        let provider = try StripePaymentProvider.stubbed(StubTransport([]))
        let out = try move(.out)
        guard case .moveBalance(let spec) = out.command else { return }
        let request = provider.request(for: out)
        #expect(request.path == "/v1/customers/cus_1/balance_transactions")
        #expect(request.body.hasPrefix("amount=-500&currency=usd&"))
        #expect(request.body.contains("metadata[trellis_credit]=\(spec.credit)"))
        #expect(request.body.contains("metadata[trellis_intent]=\(out.id)"))
        #expect(provider.request(for: try move(.back)).body.hasPrefix("amount=500&"))
    }

    @Test func `BIL-116 whether an unanswered move took effect is read back by its tag`() async throws {
        let intent = try move(.out)
        func page(_ tag: String) -> StubTransport.Answer {
            .status(
                200,
                #"""
                {"object":"list","has_more":false,"data":[{"id":"cbtxn_1","object":"customer_balance_transaction","amount":-500,
                "currency":"usd","ending_balance":-500,"type":"adjustment","invoice":null,"metadata":{"trellis_intent":"\#(tag)"}}]}
                """#)
        }
        let provider = try StripePaymentProvider.stubbed(StubTransport([page("another"), page(intent.id.description)]))
        #expect(try await provider.readBack(intent, budget: .job) == .notDone)
        #expect(try await provider.readBack(intent, budget: .job) == .done(.balanceTransaction(ProviderID("cbtxn_1"))))
    }

    @Test
    func `STR-033 STR-012 unused time is a credit note that gives to the balance, tagged, and is read back by its tag among the bill's`()
        async throws
    {
        guard case .moveBalance(let move) = try move(.out).command else { return }
        let intent = ProviderIntent.fixture(.issueCreditNote(move, invoice: ProviderID("in_1")))
        func note(_ tag: String) -> String {
            #"""
            {"id":"cn_1","object":"credit_note","amount":500,"invoice":"in_1","customer_balance_transaction":"cbtxn_1",
            "metadata":{"trellis_intent":"\#(tag)"}}
            """#
        }
        func page(_ tag: String) -> StubTransport.Answer {
            .status(200, #"{"object":"list","has_more":false,"data":[\#(note(tag))]}"#)
        }
        let transport = StubTransport([page("another"), page(intent.id.description), .status(200, note(intent.id.description))])
        let provider = try StripePaymentProvider.stubbed(transport)
        let request = provider.request(for: intent)
        #expect(request.method == "POST" && request.path == "/v1/credit_notes")
        #expect(request.body.hasPrefix("invoice=in_1&amount=500&credit_amount=500&"))
        #expect(request.body.contains("metadata[trellis_credit]=\(move.credit)"))
        #expect(request.body.contains("metadata[trellis_intent]=\(intent.id)"))
        #expect(try await provider.readBack(intent, budget: .job) == .notDone)
        let result = ProviderResult.balanceTransaction(ProviderID("cbtxn_1"))
        #expect(try await provider.readBack(intent, budget: .job) == .done(result))
        #expect(await provider.send(request, for: intent, budget: .job) == .succeeded(result))
    }

    @Test func `BIL-116 what invoices consumed is read from the customer's balance`() async throws {
        let transport = StubTransport([
            .status(
                200,
                #"""
                {"object":"list","has_more":false,"data":[{"id":"cbtxn_2","object":"customer_balance_transaction","amount":300,
                "currency":"usd","ending_balance":-200,"type":"applied_to_invoice","invoice":"in_1","metadata":{}}]}
                """#)
        ])
        let news = try await StripePaymentProvider.stubbed(transport).balanceTransactions(of: ProviderID("cus_1"), budget: .job)
        #expect(news.map(\.type) == ["applied_to_invoice"])
        #expect(news.map(\.invoice) == [ProviderID("in_1")])
        #expect(news.map(\.amount) == [300])
        #expect(news.map(\.endingBalance) == [-200])
    }
}
