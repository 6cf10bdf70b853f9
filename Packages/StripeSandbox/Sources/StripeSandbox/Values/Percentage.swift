internal import Core

/// A share in hundredths with up to four decimals, as `percent_off` of a coupon or `percentage` of a tax rate has it.
struct Percentage: Codable, Hashable, Sendable {
    /// In ten-thousandths of one per cent.
    let tenThousandths: Int64

    private static let whole: Int64 = 1_000_000

    /// Reads a decimal number from 0 to 100; `nil` for anything else.
    init?(_ text: String) {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let units = parts.first.flatMap({ Int64($0) }), (0...100).contains(units), text.first != "-", text.first != "+" else {
            return nil
        }
        var fraction: Int64 = 0
        if parts.count > 1 {
            let digits = parts[1]
            guard (1...4).contains(digits.utf8.count), digits.utf8.allSatisfy({ (48...57).contains($0) }), let value = Int64(digits) else {
                return nil
            }
            fraction = (digits.utf8.count..<4).reduce(value) { scaled, _ in scaled * 10 }
        }
        tenThousandths = units * 10_000 + fraction
        guard tenThousandths <= Self.whole else { return nil }
    }

    var json: JSONValue {
        tenThousandths % 10_000 == 0 ? .integer(tenThousandths / 10_000) : .number(Double(tenThousandths) / 10_000)
    }

    /// The share of an amount, rounded to the nearest unit.
    func part(of amount: Int64) -> Int64 {
        Self.divide(amount * tenThousandths, by: Self.whole)
    }

    /// What of an amount is the share when it is contained in it.
    func contained(in amount: Int64) -> Int64 {
        amount - Self.divide(amount * Self.whole, by: Self.whole + tenThousandths)
    }

    /// Rounds to the nearest whole number, halves away from zero.
    private static func divide(_ number: Int64, by divisor: Int64) -> Int64 {
        number < 0 ? -((-number * 2 + divisor) / (divisor * 2)) : (number * 2 + divisor) / (divisor * 2)
    }
}
