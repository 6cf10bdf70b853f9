import Core
import Testing

@testable import BillingStripe

/// The right-hand sides are the bytes that Stripe's official Python library 16.1.0 writes for the same parameters.
@Suite struct FormEncodingTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let fields: [(String, FormValue)]
        let expected: String

        init(_ fields: [(String, FormValue)], _ expected: String) {
            self.fields = fields
            self.expected = expected
        }

        var testDescription: String { expected }
    }

    static let cases: [Case] = [
        Case([("a", .string("b"))], "a=b"),
        Case([("a", .string("b c"))], "a=b+c"),
        Case([("a", .string("b+c"))], "a=b%2Bc"),
        Case([("a", .string("b&c=d"))], "a=b%26c%3Dd"),
        Case([("a", .string("100%"))], "a=100%25"),
        Case([("a", .string("é"))], "a=%C3%A9"),
        Case([("a", .string("日本"))], "a=%E6%97%A5%E6%9C%AC"),
        Case([("a", .string("🦜"))], "a=%F0%9F%A6%9C"),
        Case([("a", .string("a/b?c#d"))], "a=a%2Fb%3Fc%23d"),
        Case([("a", .string("~-._"))], "a=~-._"),
        Case([("a", .string("!*'()"))], "a=%21%2A%27%28%29"),
        Case([("a", .string("\"q\""))], "a=%22q%22"),
        Case([("a", .string("<x>"))], "a=%3Cx%3E"),
        Case([("a", .string("a\nb"))], "a=a%0Ab"),
        Case([("a", .string("a\tb"))], "a=a%09b"),
        Case([("a", .string("[x]"))], "a=[x]"),
        Case([("a", .string("{x}"))], "a=%7Bx%7D"),
        Case([("a", .string("a,b;c"))], "a=a%2Cb%3Bc"),
        Case([("a", .string("@:$"))], "a=%40%3A%24"),
        Case([("a", .string("^`|\\"))], "a=%5E%60%7C%5C"),
        Case([("a", .clear)], "a="),
        Case([("a", .absent)], ""),
        Case([("a", .absent), ("b", .integer(1))], "b=1"),
        Case([("a", .integer(0))], "a=0"),
        Case([("a", .integer(-5))], "a=-5"),
        Case([("a", .integer(9007199254740993))], "a=9007199254740993"),
        Case([("a", true)], "a=true"),
        Case([("a", false)], "a=false"),
        Case([("a", .integer(1700000000))], "a=1700000000"),
        Case([("a", .string("true"))], "a=true"),
        Case([("metadata", .map([("k", .string("v"))]))], "metadata[k]=v"),
        Case([("metadata", .map([("k", .string("v")), ("l", .string("w"))]))], "metadata[k]=v&metadata[l]=w"),
        Case([("metadata", .map([("k", .clear)]))], "metadata[k]="),
        Case([("metadata", .map([("k k", .string("v"))]))], "metadata[k+k]=v"),
        Case([("metadata", .map([("é", .string("ü"))]))], "metadata[%C3%A9]=%C3%BC"),
        Case([("metadata", .map([]))], ""),
        Case([("l", .list([]))], ""),
        Case([("l", .list([.string("a")]))], "l[0]=a"),
        Case([("l", .list([.string("a"), .string("b")]))], "l[0]=a&l[1]=b"),
        Case([("l", .list([.integer(1), .integer(2), .integer(3)]))], "l[0]=1&l[1]=2&l[2]=3"),
        Case([("l", .list([.map([("p", .string("x"))])]))], "l[0][p]=x"),
        Case(
            [("l", .list([.map([("p", .string("x")), ("q", .integer(1))]), .map([("p", .string("y")), ("q", .integer(2))])]))],
            "l[0][p]=x&l[0][q]=1&l[1][p]=y&l[1][q]=2"),
        Case([("l", .list([.list([.string("a")]), .list([.string("b")])]))], "l[0][0]=a&l[1][0]=b"),
        Case(
            [("items", .list([.map([("price", .string("price_1")), ("quantity", .integer(1))])]))],
            "items[0][price]=price_1&items[0][quantity]=1"),
        Case(
            [
                ("line_items", .list([.map([("price", .string("price_1")), ("quantity", .integer(1))])])),
                ("mode", .string("subscription")),
            ], "line_items[0][price]=price_1&line_items[0][quantity]=1&mode=subscription"),
        Case([("created", .map([("gte", .integer(1700000000))]))], "created[gte]=1700000000"),
        Case([("created", .map([("gte", .integer(1)), ("lt", .integer(2))]))], "created[gte]=1&created[lt]=2"),
        Case([("expand", .list([.string("latest_invoice.payments")]))], "expand[0]=latest_invoice.payments"),
        Case(
            [("expand", .list([.string("data.customer"), .string("data.default_source")]))],
            "expand[0]=data.customer&expand[1]=data.default_source"),
        Case(
            [
                (
                    "subscription_data",
                    .map([("metadata", .map([("trellis_org", .string("org_1")), ("trellis_intent", .string("bint_1"))]))])
                )
            ], "subscription_data[metadata][trellis_org]=org_1&subscription_data[metadata][trellis_intent]=bint_1"),
        Case([("a", .map([("b", .map([("c", .map([("d", .string("e"))]))]))]))], "a[b][c][d]=e"),
        Case([("a", .map([("b", .list([.map([("c", .list([.string("d")]))])]))]))], "a[b][0][c][0]=d"),
        Case(
            [("recurring", .map([("interval", .string("month")), ("interval_count", .integer(1))]))],
            "recurring[interval]=month&recurring[interval_count]=1"),
        Case([("cancel_at", .clear), ("cancel_at_period_end", false)], "cancel_at=&cancel_at_period_end=false"),
        Case([("invoice_now", false), ("prorate", false)], "invoice_now=false&prorate=false"),
        Case([("name", .string("Jörg & Söhne – 50 %"))], "name=J%C3%B6rg+%26+S%C3%B6hne+%E2%80%93+50+%25"),
        Case([("email", .string("a+b@example.com"))], "email=a%2Bb%40example.com"),
        Case(
            [("success_url", .string("https://app.example.com/ok?session_id={CHECKOUT_SESSION_ID}"))],
            "success_url=https%3A%2F%2Fapp.example.com%2Fok%3Fsession_id%3D%7BCHECKOUT_SESSION_ID%7D"),
        Case([("z", .string("1")), ("a", .string("2"))], "z=1&a=2"),
        Case([("a", .map([("z", .integer(1)), ("b", .absent)]))], "a[z]=1"),
        Case([("pause_collection", .clear)], "pause_collection="),
        Case([("default_tax_rates", .list([.clear]))], "default_tax_rates[0]="),
    ]

    @Test(arguments: cases) func `STR-006 fields are encoded as Stripe's own library encodes them`(_ example: Case) {
        #expect(StripeForm.encode(example.fields) == example.expected)
    }

    @Test func `STR-006 instants are whole seconds`() {
        let instant = Instant(microsecondsSinceEpoch: 1_700_000_000_999_999)
        #expect(StripeForm.encode([("expires_at", .instant(instant))]) == "expires_at=1700000000")
    }

    @Test func `STR-006 what is absent is not sent and a clear is an empty value`() {
        #expect(StripeForm.encode([("a", .absent), ("b", .clear), ("c", .list([])), ("d", .map([]))]) == "b=")
    }
}
