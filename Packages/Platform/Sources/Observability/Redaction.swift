internal import Core

/// Keeps secrets out of log lines by the names of fields (SEC-079 asks that no secret reaches a log).
enum Redaction {
    private static let words = [
        "password", "secret", "token", "authorization", "cookie", "api_key", "apikey", "private_key", "signature", "credential", "card",
    ]

    static func redacted(_ fields: [String: JSONValue]) -> [String: JSONValue] {
        var result = fields
        for (name, value) in fields {
            result[name] = isSecret(name) ? .string("<redacted>") : redacted(value)
        }
        return result
    }

    private static func redacted(_ value: JSONValue) -> JSONValue {
        switch value {
        case .object(let members): .object(redacted(members))
        case .array(let elements): .array(elements.map(redacted))
        default: value
        }
    }

    private static func isSecret(_ name: String) -> Bool {
        let lower = name.lowercased()
        return words.contains { lower.contains($0) } && !lower.hasSuffix("_id") && !lower.hasSuffix("_count")
    }
}
