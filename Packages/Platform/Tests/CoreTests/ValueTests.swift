import Core
import Testing

@Suite struct ValueTests {
    @Test(arguments: [("usd", 2), ("JPY", 0), ("kwd", 3)])
    func `a currency knows its decimals`(code: String, exponent: Int) throws {
        #expect(try #require(Currency(code)).exponent == exponent)
    }

    @Test(arguments: ["", "us", "usdx", "u1d", "üsd"])
    func `text that is no currency is refused`(code: String) {
        #expect(Currency(code) == nil)
    }

    @Test func `money of two currencies has no sum, nor has a sum that does not fit`() {
        #expect(Money(minorUnits: 1, currency: .usd).adding(Money(minorUnits: 2, currency: .usd))?.minorUnits == 3)
        #expect(Money(minorUnits: 1, currency: .usd).adding(Money(minorUnits: 2, currency: .eur)) == nil)
        #expect(Money(minorUnits: .max, currency: .usd).adding(Money(minorUnits: 1, currency: .usd)) == nil)
    }

    @Test func `SEC-079 a secret has no textual form`() {
        let secret = SecretString("hunter2")
        var dumped = ""
        dump(secret, to: &dumped)
        for text in ["\(secret)", String(describing: secret), String(reflecting: secret), dumped, "\(Optional(secret) as Any)"] {
            #expect(!text.contains("hunter2"))
        }
        #expect(secret.withValue { $0 } == "hunter2")
    }

    private struct Outer: WrappingError, CustomStringConvertible {
        let underlying: (any Error)?
        let description = "could not save"
    }
    private struct Inner: Error, CustomStringConvertible { let description = "disk full" }

    @Test func `a chain of errors reads once from the outside in`() {
        #expect(errorChain(Outer(underlying: Inner())) == "could not save: disk full")
    }

    @Test(arguments: ["", "a b", "a\r\nb", String(repeating: "a", count: 513)])
    func `a cursor that could not be ours is refused`(text: String) {
        #expect(Cursor(text) == nil)
    }
}
