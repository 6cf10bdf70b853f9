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
