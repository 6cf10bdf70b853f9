/// Bytes in the URL-safe alphabet without padding (RFC 4648, section 5).
public enum Base64URL {
    private static let coder = Base64Coder(last: "-_", padded: false)

    /// Writes bytes as text.
    public static func encode(_ bytes: some Collection<UInt8>) -> String {
        coder.encode(bytes)
    }

    /// Reads text; padding, foreign characters and left-over bits that are not zero give `nil`, so that each value has one text only.
    public static func decode(_ text: some StringProtocol) -> [UInt8]? {
        coder.decode(text.utf8)
    }

    /// Reads text that is there as bytes, by the same rules.
    public static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        coder.decode(text)
    }
}

/// Bytes in the standard alphabet with padding (RFC 4648, section 4).
public enum Base64 {
    private static let coder = Base64Coder(last: "+/", padded: true)
    /// The form of salts and tags in PHC strings: standard alphabet, no padding.
    static let unpadded = Base64Coder(last: "+/", padded: false)

    /// Writes bytes as text.
    public static func encode(_ bytes: some Collection<UInt8>) -> String {
        coder.encode(bytes)
    }

    /// Reads text; missing padding, foreign characters and left-over bits that are not zero give `nil`.
    public static func decode(_ text: some StringProtocol) -> [UInt8]? {
        coder.decode(text.utf8)
    }
}

struct Base64Coder: Sendable {
    private let alphabet: [UInt8]
    private let values: [UInt8]
    private let padded: Bool
    private static let invalid: UInt8 = 0xFF

    init(last: String, padded: Bool) {
        let alphabet = Array(("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" + last).utf8)
        var values = [UInt8](repeating: Self.invalid, count: 256)
        for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
        self.alphabet = alphabet
        self.values = values
        self.padded = padded
    }

    func encode(_ bytes: some Collection<UInt8>) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var bits: UInt32 = 0
        var count = 0
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 6 {
                count -= 6
                text.append(alphabet[Int(bits >> UInt32(count) & 63)])
            }
        }
        if count > 0 { text.append(alphabet[Int(bits << UInt32(6 - count) & 63)]) }
        if padded { while text.count % 4 != 0 { text.append(UInt8(ascii: "=")) } }
        return String(decoding: text, as: UTF8.self)
    }

    func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        var characters = Array(text)
        if padded {
            guard characters.count % 4 == 0 else { return nil }
            for _ in 0..<2 where characters.last == UInt8(ascii: "=") { characters.removeLast() }
        }
        guard characters.count % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(characters.count * 3 / 4)
        var bits: UInt32 = 0
        var count = 0
        for character in characters {
            let value = values[Int(character)]
            guard value != Self.invalid else { return nil }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        guard bits & (1 << UInt32(count) - 1) == 0 else { return nil }
        return bytes
    }
}
