import Billing
import Core
import Testing

@testable import BillingStripe

@Suite struct ShapeTests {
    private func subscription(_ json: String) throws -> ProviderSubscription {
        try ProviderSubscription(StripeObject(body: Array(json.utf8)))
    }

    private func invoice(_ json: String) throws -> ProviderInvoice {
        try ProviderInvoice(StripeObject(body: Array(json.utf8)))
    }

    @Test func `STR-120 STR-E20 the period is read from the items, or from the top for old shapes`() throws {
        let items =
            #"{"id":"sub_1","customer":"cus_1","status":"active","items":{"data":["#
            + #"{"id":"si_1","price":{"id":"price_1"},"current_period_start":100,"current_period_end":200}]}}"#
        let old = #"{"id":"sub_1","customer":{"id":"cus_1"},"status":"active","current_period_start":100,"current_period_end":200}"#
        let expected = Period(start: Instant(secondsSinceEpoch: 100), end: Instant(secondsSinceEpoch: 200))
        #expect(try subscription(items).period == expected)
        #expect(try subscription(old).period == expected)
        #expect(try subscription(items).price?.rawValue == "price_1")
        #expect(try subscription(old).customer.rawValue == "cus_1")
    }

    @Test func `STR-E28 of items with different periods the earliest end renews and the latest bounds access`() throws {
        let text =
            #"{"id":"s","customer":"c","status":"active","cancel_at_period_end":true,"items":{"data":["#
            + #"{"id":"a","price":{"id":"p"},"current_period_start":100,"current_period_end":200},"#
            + #"{"id":"b","price":{"id":"q"},"current_period_start":90,"current_period_end":900}]}}"#
        let read = try subscription(text)
        #expect(read.period == Period(start: Instant(secondsSinceEpoch: 90), end: Instant(secondsSinceEpoch: 200)))
        #expect(read.endsAt == Instant(secondsSinceEpoch: 900))
        #expect(read.terms?.hasOnePeriod == false)
    }

    @Test func `STR-122 STR-E19 STR-E60 an end is the date, else the period end when the flag is set, never the time of the request`()
        throws
    {
        let base = #"{"id":"s","customer":"c","status":"active","canceled_at":50,"current_period_start":100,"current_period_end":200"#
        #expect(try subscription(base + "}").endsAt == nil)
        #expect(try subscription(base + #","cancel_at_period_end":true}"#).endsAt == Instant(secondsSinceEpoch: 200))
        #expect(try subscription(base + #","cancel_at":150}"#).endsAt == Instant(secondsSinceEpoch: 150))
        #expect(try subscription(base + #","cancel_at":150,"cancel_at_period_end":true}"#).endsAt == Instant(secondsSinceEpoch: 150))
    }

    @Test(arguments: [
        #"{"id":"in_1","currency":"usd","parent":{"subscription_details":{"subscription":"sub_1"}}}"#,
        #"{"id":"in_1","currency":"usd","parent":{"subscription_details":{"subscription":{"id":"sub_1"}}}}"#,
        #"{"id":"in_1","currency":"usd","subscription":"sub_1"}"#,
        #"{"id":"in_1","currency":"usd","lines":{"data":[{"parent":{"subscription_item_details":{"subscription":"sub_1"}}}]}}"#,
    ])
    func `STR-121 STR-E21 the subscription of an invoice is found in new and old places`(json: String) throws {
        #expect(try invoice(json).subscription?.rawValue == "sub_1")
    }

    @Test func `STR-E22 STR-E23 an invoice without subscription or id is read`() throws {
        #expect(try invoice(#"{"currency":"usd"}"#).subscription == nil)
        #expect(try invoice(#"{"currency":"usd"}"#).id.rawValue.isEmpty)
    }

    @Test func `STR-021 STR-E25 unknown words are kept apart from known ones and a missing key names its path`() throws {
        #expect(try subscription(#"{"id":"s","customer":"c","status":"brand_new","surprise":[1]}"#).status == nil)
        let error = #expect(throws: StripeShapeError.self) { try subscription(#"{"id":"s","status":"active"}"#) }
        #expect(error?.description == "/customer is missing")
        let nested = #expect(throws: StripeShapeError.self) {
            try subscription(#"{"id":"s","customer":"c","status":"active","latest_invoice":{"id":"in_1"}}"#)
        }
        #expect(nested?.description == "/latest_invoice/currency is missing")
    }

    @Test(
        arguments: [("9900", 9900), ("9900.00", 9900), ("9900.5", nil), ("x", nil), ("99999999999", 99_999_999_999)] as [(String, Int64?)])
    func `STR-022 STR-E29 decimal amounts are whole minor units or none`(text: String, expected: Int64?) {
        #expect(ProviderPrice.wholeUnits(text) == expected)
    }

    @Test func `BIL-144 STR-E40 provider ids never print whole`() {
        let id = ProviderID("sub_1234567890abcdef")
        #expect(String(describing: id) == "sub_1234***cdef")
        #expect(String(reflecting: id) == "sub_1234***cdef")
        #expect(String(describing: ProviderID("sub_1")) == "***")
        #expect(!"\(InboundEvent.References(customer: id))".contains("567890"))
    }
}
