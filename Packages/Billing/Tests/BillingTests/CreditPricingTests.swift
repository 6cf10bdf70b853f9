import Core
import Testing

@testable import Billing

@Suite struct CreditPricingTests {
    private func price(_ uses: TokenUse...) throws -> (price: AICredits, unknownModels: [String]) {
        try BuiltInCatalogue.load().tokenPrices.price(of: uses)
    }

    @Test func `BIL-102 tokens cost by the thousand, rounded half up, at least one credit, and cached ones nothing`() throws {
        #expect(try price(TokenUse(model: "claude-sonnet-4", input: 1_000, output: 1_000)).price == AICredits(18))
        #expect(try price(TokenUse(model: "claude-opus-4", input: 2_000, output: 500)).price == AICredits(hundredths: 3_000 + 3_750))
        #expect(try price(TokenUse(model: "gpt-3.5-turbo", input: 10_000, output: 10_000)).price == AICredits(20))
        #expect(try price(TokenUse(model: "gpt-4-turbo", input: 1_000, output: 0)).price == AICredits(30))
        #expect(try price(TokenUse(model: "sonnet", input: 1, output: 1)).price == AICredits(1))
        #expect(try price(TokenUse(model: "sonnet", input: 5_000, cached: 5_000, output: 0)).price == AICredits(1))
        // 335 × 3.00 / 1,000 = 1.005, which is half of a hundredth above 1.00.
        #expect(try price(TokenUse(model: "sonnet", input: 335, output: 0)).price == AICredits(hundredths: 101))
        #expect(try price(TokenUse(model: "sonnet", input: 334, output: 0)).price == AICredits(hundredths: 100))
        let unknown = try price(TokenUse(model: "brand-new", input: 1_000, output: 0))
        #expect(unknown.price == AICredits(3))
        #expect(unknown.unknownModels == ["brand-new"])
        for use in [
            TokenUse(model: "sonnet", input: -1, output: 0), TokenUse(model: "sonnet", input: 1, cached: 2, output: 0),
            TokenUse(model: "sonnet", input: .max, output: 1),
        ] {
            #expect(throws: MoneyRefusal.amountOutOfRange) { try price(use) }
        }
    }

    @Test func `BIL-102 a price of several uses is never less than that of a part, and off by at most the rounding`() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 1...200 {
            let uses = (1...3).map { _ in
                TokenUse(
                    model: ["sonnet", "opus", "gpt-4", "gpt-3.5"].randomElement(using: &generator) ?? "opus",
                    input: .random(in: 0...50_000, using: &generator), output: .random(in: 0...50_000, using: &generator))
            }
            let prices = try BuiltInCatalogue.load().tokenPrices
            let all = try prices.price(of: uses).price.hundredths
            let parts = try uses.map { try prices.price(of: [$0]).price.hundredths }
            #expect(parts.allSatisfy { $0 <= all }, "\(uses)")
            #expect(all <= parts.reduce(0, +) + 1, "\(uses)")
        }
    }

    @Test func `BIL-107 windows are months of the anchor's day, clamped to shorter months`() throws {
        let anchor = try #require(Instant("2026-01-31T10:00:00Z"))
        let cases = [
            ("2026-01-31T10:00:00Z", "2026-01-31T10:00:00Z"), ("2026-02-28T09:59:59Z", "2026-01-31T10:00:00Z"),
            ("2026-02-28T10:00:00Z", "2026-02-28T10:00:00Z"), ("2026-03-31T09:00:00Z", "2026-02-28T10:00:00Z"),
            ("2026-03-31T10:00:00Z", "2026-03-31T10:00:00Z"), ("2028-02-29T10:00:00Z", "2028-02-29T10:00:00Z"),
        ]
        for (now, start) in cases {
            let window = CreditPool.window(containing: try #require(Instant(now)), anchor: anchor)
            #expect(window.start == Instant(start), "\(now)")
        }
    }
}
