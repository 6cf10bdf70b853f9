public import Core

/// A body of the payment provider as operators may see it: its shape, its ids, amounts, times and the protocol's own words. Whatever a person
/// may have written, or what pays or opens something, is hidden (ADM-033, STR-069).
public enum RedactedBody {
    /// What stands in the place of a hidden text.
    public static let hidden = JSONValue.string("[hidden]")
    /// Fields whose texts are words of the protocol.
    private static let words: Set<String> = [
        "object", "type", "status", "currency", "api_version", "billing_reason", "collection_method", "payment_status", "mode", "reason",
        "interval", "proration_behavior", "behavior", "brand", "funding", "network_status", "decline_code", "code",
    ]
    /// Fields that are hidden whatever they hold.
    private static let secrets: Set<String> = ["client_secret", "secret", "exp_month", "exp_year", "fingerprint", "last4"]

    /// Hides what is not to be seen.
    public static func of(_ body: [UInt8]) -> JSONValue {
        guard let value = try? JSON.decode(JSONValue.self, from: body) else { return hidden }
        return redact(value, named: "")
    }

    private static func redact(_ value: JSONValue, named name: String) -> JSONValue {
        switch value {
        case .null, .bool: return value
        case .integer, .number: return secrets.contains(name) ? hidden : value
        case .object(let members):
            return .object(members.reduce(into: [:]) { $0[$1.key] = redact($1.value, named: $1.key) })
        case .array(let elements): return .array(elements.map { redact($0, named: name) })
        case .string(let text):
            guard !secrets.contains(name), text.isEmpty || isID(text) || words.contains(name) && isWord(text) else { return hidden }
            return value
        }
    }

    /// `in_1NabcDEF`, `bsub_01…`, `whsec` never: a short lower-case prefix and at least eight letters or digits, one of them a digit.
    private static func isID(_ text: String) -> Bool {
        let parts = text.split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count >= 2, let last = parts.last, parts[0] != "whsec", last.utf8.count >= 8 else { return false }
        return parts.dropLast().allSatisfy { part in
            (2...10).contains(part.utf8.count) && part.utf8.allSatisfy { (97...122).contains($0) }
        } && last.utf8.allSatisfy(isAlphanumeric) && last.utf8.contains { (48...57).contains($0) }
    }

    private static func isWord(_ text: String) -> Bool {
        text.utf8.count <= 60 && text.utf8.allSatisfy { isAlphanumeric($0) || [45, 46, 95].contains($0) }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }
}
