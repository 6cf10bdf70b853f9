import Core
import Markup
import Testing

@Suite struct FormatTests {
    @Test(
        arguments: [
            (1_900, "usd", "19.00 USD"), (5, "eur", "0.05 EUR"), (0, "usd", "0.00 USD"), (-123_456_789, "usd", "-1,234,567.89 USD"),
            (1_000, "jpy", "1,000 JPY"), (-1, "jpy", "-1 JPY"), (1_234_567, "kwd", "1,234.567 KWD"),
            (Int64.min, "usd", "-92,233,720,368,547,758.08 USD"),
        ] as [(Int64, String, String)])
    func `NOT-019 money is printed with its currency and as many decimals as that has`(minor: Int64, code: String, text: String) throws {
        #expect(MarkupFormat.money(Money(minorUnits: minor, currency: try #require(Currency(code)))) == text)
    }

    @Test func `NOT-019 times are in UTC and name it`() {
        let instant = Instant(secondsSinceEpoch: 1_772_323_199)
        #expect(MarkupFormat.dateAndTime(instant) == "28 February 2026, 23:59 UTC")
        #expect(MarkupFormat.date(instant + .seconds(1)) == "1 March 2026")
        #expect(MarkupFormat.dateAndTime(Instant(secondsSinceEpoch: 0)) == "1 January 1970, 00:00 UTC")
    }

    @Test func `NOT-019 credits come from hundredths and sizes are in decimal units`() {
        #expect([0, 5, 100, 123_450, -250].map { MarkupFormat.credits(hundredths: $0) } == ["0", "0.05", "1", "1,234.50", "-2.50"])
        #expect(
            [0, 999, 1_000, 1_500, 999_999, 20_000_000_000, -1_200].map { MarkupFormat.bytes($0) }
                == ["0 bytes", "999 bytes", "1 kB", "1.5 kB", "999.9 kB", "20 GB", "-1.2 kB"])
        #expect(MarkupFormat.bytes(Int64.max) == "9.2 EB")
    }

    @Test func `NOT-018 a link begins with a configured base and encodes what is put into it`() throws {
        let base = try #require(MarkupLink.Base("https://app.example.com/console/"))
        #expect(base.link(["graphs", "a/../b?c#d"]).url == "https://app.example.com/console/graphs/a%2F..%2Fb%3Fc%23d")
        #expect(
            base.link(["verify"], query: ["token": "a+b&c=d ä\r\n"]).url
                == "https://app.example.com/console/verify?token=a%2Bb%26c%3Dd%20%C3%A4%0D%0A")
        #expect(try #require(MarkupLink.Base("http://127.0.0.1:8080")).link([]).url == "http://127.0.0.1:8080/")
    }

    @Test(arguments: [
        "http://app.example.com", "javascript:alert(1)", "", "https://", "https:// x", "https://user@host", "https://a.example?x=1",
        "https://a.example#x", "https://a.example:99999", "http://localhost.example.com", "https://a.example\r\nX: y", "//a.example",
    ])
    func `NOT-018 other addresses are no base`(url: String) {
        #expect(MarkupLink.Base(url) == nil)
    }

    @Test func `NOT-018 a provider's page is https on one of its hosts`() {
        let hosts: Set = ["checkout.stripe.com"]
        #expect(MarkupLink(providerPage: "https://checkout.stripe.com/c/pay/cs_1#fid", hosts: hosts) != nil)
        for url in [
            "http://checkout.stripe.com/x", "https://checkout.stripe.com.evil.example/x", "https://checkout.stripe.com@evil.example/",
            "https://evil.example/checkout.stripe.com", "javascript:x", "https://checkout.stripe.com\"><script>",
        ] {
            #expect(MarkupLink(providerPage: url, hosts: hosts) == nil)
        }
    }
}
