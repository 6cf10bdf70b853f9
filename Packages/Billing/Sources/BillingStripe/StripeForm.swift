internal import Core

/// A value of a form-encoded request (STR-006).
///
/// What is absent is not sent; an explicit clear is a case of its own, so that neither can be written for the other.
enum FormValue: Sendable, Hashable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
    case string(String)
    case integer(Int64)
    case bool(Bool)
    case instant(Instant)
    case list([FormValue])
    case map([(String, FormValue)])
    /// Sent as an empty value: the provider forgets the field.
    case clear
    /// Not sent.
    case absent

    init(stringLiteral value: String) { self = .string(value) }
    init(integerLiteral value: Int64) { self = .integer(value) }
    init(booleanLiteral value: Bool) { self = .bool(value) }

    /// The text, or nothing when there is none.
    static func optional(_ text: String?) -> FormValue {
        text.map(FormValue.string) ?? .absent
    }

    static func == (left: FormValue, right: FormValue) -> Bool {
        StripeForm.encode([("v", left)]) == StripeForm.encode([("v", right)])
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(StripeForm.encode([("v", self)]))
    }
}

/// Stripe's form encoding: brackets for nesting, lists numbered from 0, spaces as plus signs, UTF-8 percent-encoded.
enum StripeForm {
    /// Encodes fields in the order given.
    static func encode(_ fields: [(String, FormValue)]) -> String {
        var pairs: [String] = []
        for (name, value) in fields { append(value, as: escape(name), to: &pairs) }
        return pairs.joined(separator: "&")
    }

    private static func append(_ value: FormValue, as key: String, to pairs: inout [String]) {
        switch value {
        case .string(let text): pairs.append(key + "=" + escape(text))
        case .integer(let number): pairs.append(key + "=" + String(number))
        case .bool(let truth): pairs.append(key + "=" + (truth ? "true" : "false"))
        case .instant(let instant): pairs.append(key + "=" + String(instant.secondsSinceEpoch))
        case .list(let values):
            for (index, value) in values.enumerated() { append(value, as: "\(key)[\(index)]", to: &pairs) }
        case .map(let members):
            for (name, value) in members { append(value, as: "\(key)[\(escape(name))]", to: &pairs) }
        case .clear: pairs.append(key + "=")
        case .absent: break
        }
    }

    /// Leaves letters, digits and `-._~`; brackets stay readable, as Stripe's own library writes them.
    static func escape(_ text: String) -> String {
        var encoded: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                encoded.append(byte)
            case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "["), UInt8(ascii: "]"):
                encoded.append(byte)
            case UInt8(ascii: " "): encoded.append(UInt8(ascii: "+"))
            default: encoded += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    /// Escapes one part of a path, where a slash or a plus sign would mean something else.
    static func escapePath(_ text: String) -> String {
        escape(text).split(separator: "+", omittingEmptySubsequences: false).joined(separator: "%20")
    }

    private static let digits = Array("0123456789ABCDEF".utf8)
}
