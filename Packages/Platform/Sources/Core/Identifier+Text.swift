extension Identifier: LosslessStringConvertible, Codable {
    /// The id as text: the prefix of its kind, an underscore and 26 characters of Crockford's base 32.
    public var description: String {
        let prefix = Entity.idPrefix
        var text: [UInt8] = []
        text.reserveCapacity(prefix.utf8.count + 27)
        text.append(contentsOf: prefix.utf8)
        text.append(UInt8(ascii: "_"))
        Crockford.append(high: high, low: low, to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads an id of exactly this kind: its own prefix and 26 upper-case characters that fit 128 bits; anything else is `nil`.
    public init?(_ description: String) {
        let text = description.utf8
        let prefix = Entity.idPrefix.utf8
        guard text.count == prefix.count + 27, text.starts(with: prefix),
            text.dropFirst(prefix.count).first == UInt8(ascii: "_"),
            let bits = Crockford.decode(text.dropFirst(prefix.count + 1))
        else { return nil }
        self.init(high: bits.high, low: bits.low)
    }

    /// Decodes the text form.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = Self(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "must be an id that begins with \(Entity.idPrefix)_")
        }
        self = value
    }

    /// Encodes the text form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// Crockford's base 32 as the ULID specification uses it: 26 characters for 128 bits, the first at most `7`.
enum Crockford {
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
    private static let values: [UInt8] = {
        var table = [UInt8](repeating: 0xFF, count: 256)
        for (value, character) in alphabet.enumerated() { table[Int(character)] = UInt8(value) }
        return table
    }()

    static func append(high: UInt64, low: UInt64, to text: inout [UInt8]) {
        let alphabet = alphabet
        text.append(alphabet[Int(high >> 61)])
        for shift in stride(from: 56, through: 1, by: -5) { text.append(alphabet[Int(high >> UInt64(shift) & 31)]) }
        text.append(alphabet[Int((high << 4 | low >> 60) & 31)])
        for shift in stride(from: 55, through: 0, by: -5) { text.append(alphabet[Int(low >> UInt64(shift) & 31)]) }
    }

    static func decode(_ text: some Collection<UInt8>) -> (high: UInt64, low: UInt64)? {
        guard text.count == 26, let first = text.first, values[Int(first)] < 8 else { return nil }
        var (high, low): (UInt64, UInt64) = (0, 0)
        for character in text {
            let value = values[Int(character)]
            guard value != 0xFF else { return nil }
            high = high << 5 | low >> 59
            low = low << 5 | UInt64(value)
        }
        return (high, low)
    }
}
