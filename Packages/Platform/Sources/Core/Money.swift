/// An amount of money: whole minor units (cents) of a currency. It never holds a fraction.
public struct Money: Hashable, Codable, Sendable {
    /// The amount in the smallest unit of the currency; negative for what is owed the other way.
    public let minorUnits: Int64
    /// The currency the amount is in.
    public let currency: Currency

    /// Makes an amount.
    public init(minorUnits: Int64, currency: Currency) {
        self.minorUnits = minorUnits
        self.currency = currency
    }

    /// The sum, or `nil` when the currencies differ or the sum does not fit 64 bits.
    public func adding(_ other: Money) -> Money? {
        guard currency == other.currency else { return nil }
        let (sum, overflow) = minorUnits.addingReportingOverflow(other.minorUnits)
        return overflow ? nil : Money(minorUnits: sum, currency: currency)
    }
}

/// A currency by its ISO 4217 code, in lower case as Stripe spells it.
public struct Currency: Hashable, Sendable, LosslessStringConvertible {
    /// Three lower-case letters.
    public let code: String

    /// Reads an ISO 4217 code of three letters, of either case; anything else is `nil`.
    public init?(_ description: String) {
        let lower = description.lowercased()
        guard lower.utf8.count == 3, lower.utf8.allSatisfy({ (97...122).contains($0) }) else { return nil }
        code = lower
    }

    private init(known code: String) {
        self.code = code
    }

    /// The code.
    public var description: String { code }

    /// How many decimals the currency has at the provider: 0, 2 or 3 (Stripe, "Zero-decimal currencies").
    public var exponent: Int {
        if Self.withoutDecimals.contains(code) { return 0 }
        return Self.withThreeDecimals.contains(code) ? 3 : 2
    }

    /// The dollar of the United States.
    public static let usd = Currency(known: "usd")
    /// The euro.
    public static let eur = Currency(known: "eur")

    private static let withoutDecimals: Set<String> = [
        "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "ugx", "vnd", "vuv", "xaf", "xof", "xpf",
    ]
    private static let withThreeDecimals: Set<String> = ["bhd", "jod", "kwd", "omr", "tnd"]
}

extension Currency: Codable {
    /// Decodes the three letters.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let value = Currency(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "must be an ISO 4217 code of three letters")
        }
        self = value
    }

    /// Encodes the three letters.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(code)
    }
}
