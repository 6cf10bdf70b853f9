public import Core
@_spi(_Unicode) import Swift

/// The one form in which a fact is hashed: JSON as RFC 8785 has it, limited to objects, arrays, strings, booleans, null and whole numbers within
/// ±(2^53−1) (AUD-033).
public enum CanonicalJSON {
    /// The largest whole number that every reader of JSON takes exactly.
    public static let largestInteger: Int64 = 9_007_199_254_740_991

    /// The value with what the form does not have taken out of it: strings in Unicode NFC without control characters, each of which becomes a
    /// space; fractions and numbers out of range become strings. Doing it twice changes nothing more.
    public static func normalised(_ value: JSONValue) -> JSONValue {
        switch value {
        case .null, .bool: value
        case .integer(let number): number.magnitude <= UInt64(largestInteger) ? value : .string(String(number))
        case .number(let number):
            // A whole number is one, however it was written.
            if let whole = Int64(exactly: number), whole.magnitude <= UInt64(largestInteger) {
                .integer(whole)
            } else {
                .string(String(number))
            }
        case .string(let text): .string(normalised(text))
        case .array(let elements): .array(elements.map(normalised))
        case .object(let members):
            .object(Dictionary(members.map { (normalised($0.key), normalised($0.value)) }) { first, _ in first })
        }
    }

    /// The text in Unicode NFC, with a space for each control character.
    public static func normalised(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 < 0x20 || $0 >= 0x7F }) else { return text }
        var scalars = String.UnicodeScalarView()
        for scalar in text._nfc {
            let isControl = scalar.properties.generalCategory == .control
            scalars.append(isControl ? " " : scalar)
        }
        return String(scalars)
    }

    /// The bytes of a value in the form, which is made to fit it first.
    public static func bytes(of value: JSONValue) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(512)
        write(value, to: &bytes)
        return bytes
    }

    private static func write(_ value: JSONValue, to bytes: inout [UInt8]) {
        switch value {
        case .null: bytes += "null".utf8
        case .bool(let flag): bytes += (flag ? "true" : "false").utf8
        case .integer(let number) where number.magnitude <= UInt64(largestInteger): bytes += String(number).utf8
        case .integer, .number: write(scalar: normalised(value), to: &bytes)
        case .string(let text): write(normalised(text), to: &bytes)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                write(element, to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in sorted(members).enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                write(member.key, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                write(member.value, to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    /// A number that was made to fit.
    private static func write(scalar value: JSONValue, to bytes: inout [UInt8]) {
        switch value {
        case .integer(let number): bytes += String(number).utf8
        case .string(let text): write(text, to: &bytes)
        case .null, .bool, .number, .array, .object: preconditionFailure("a number becomes a whole one or a text")
        }
    }

    /// Members with normalised names by their UTF-16 code units (RFC 8785, section 3.2.3), which for names in ASCII are their bytes.
    private static func sorted(_ members: [String: JSONValue]) -> [(key: String, value: JSONValue)] {
        if members.keys.allSatisfy({ $0.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F } }) {
            return members.sorted { $0.key < $1.key }
        }
        return Dictionary(members.map { (normalised($0.key), $0.value) }) { first, _ in first }
            .sorted { $0.key.utf16.lexicographicallyPrecedes($1.key.utf16) }
    }

    /// Without control characters only two need an escape.
    private static func write(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { bytes.append(UInt8(ascii: "\\")) }
            bytes.append(byte)
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
