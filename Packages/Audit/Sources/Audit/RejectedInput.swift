public import Core

/// A field of a request that was refused, as an entry may tell of it (AUD-056): its name and the rule always, its value only where it is a text, a
/// number or a truth value, and only beside the entry, where it can be erased.
public struct RejectedField: Sendable, Hashable {
    /// How many Unicode scalars of a value are told.
    public static let valueLimit = 50
    /// How many of a value that looks like an injection, so that whoever looks at it sees what was tried.
    public static let payloadLimit = 100
    /// How many of a field's name, which may be the caller's own words too.
    public static let nameLimit = 100

    /// Where it stands, such as `body.name`, without control characters.
    public let name: String
    /// The rule that it broke, in a fixed word such as `missing`.
    public let rule: String
    /// What it held, escaped and cut; `nil` where it was no plain value, was not there, or may be a secret.
    public let value: String?
    /// Whether it looks like an attempt to have data run as a program.
    public let isSuspicious: Bool

    /// Describes a refused field.
    ///
    /// - Parameters:
    ///   - location: where it stands: `body`, `query` or `path`, then the way into it.
    ///   - rule: the rule that it broke.
    ///   - value: what it held; `nil` when it was not there.
    ///   - withholdsValue: whether the value is not told whatever it is, because secrets were sent beside it.
    public init(location: [String], rule: String, value: JSONValue?, withholdsValue: Bool = false) {
        name = Self.escaped(location.joined(separator: "."), limit: Self.nameLimit)
        self.rule = rule
        let isSecret = location.contains { Self.isSecret($0) }
        let (text, isPlain) = Self.plain(value)
        isSuspicious = !isSecret && isPlain && InjectionShape.isFound(in: text)
        self.value =
            isSecret || withholdsValue || !isPlain
            ? nil
            : Self.escaped(AuditRedaction.shown(text, keepsAddresses: true), limit: isSuspicious ? Self.payloadLimit : Self.valueLimit)
    }

    private static func plain(_ value: JSONValue?) -> (text: String, isPlain: Bool) {
        switch value {
        // No more than is looked at, whatever was sent.
        case .string(let text): (String(text.unicodeScalars.prefix(InjectionShape.limit)), true)
        case .bool(let value): (value ? "true" : "false", true)
        case .integer(let number): (String(number), true)
        case .number(let number): ("\(number)", true)
        case .object, .array, .null, .none: ("", false)
        }
    }

    /// A text on one line: control, format and separating characters and the backslash as escapes, none of which is cut in two. What is left out shows as `…`.
    static func escaped(_ text: String, limit: Int) -> String {
        var result = ""
        var (length, cut) = (0, 0)
        for scalar in text.unicodeScalars {
            let part = escaped(scalar)
            let size = part.unicodeScalars.count
            guard length + size <= limit else { return String(result.unicodeScalars.prefix(cut)) + "…" }
            result += part
            length += size
            // The longest beginning that leaves room for the mark.
            if length < limit { cut = length }
        }
        return result
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\n": "\\n"
        case "\r": "\\r"
        case "\t": "\\t"
        case "\\": "\\\\"
        default:
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned:
                "\\u{" + String(scalar.value, radix: 16) + "}"
            default: String(scalar)
            }
        }
    }

    /// Whether a field of this name may hold what proves somebody to be somebody, or pays.
    public static func isSecret(_ name: String) -> Bool {
        let name = name.lowercased()
        return secretWords.contains { name.contains($0) }
    }

    private static let secretWords = [
        "password", "passwd", "passphrase", "secret", "token", "key", "code", "otp", "pin", "credential", "signature", "assertion",
        "authenticator", "cookie", "session", "card", "cvc", "captcha", "proof",
    ]
}

/// Shapes of text by which somebody tries to have data run as a program. It is only asked about input that was refused already, and knows a few plain
/// shapes that people do not write by chance: whoever is woken by it must find an attempt.
enum InjectionShape {
    /// How much of a text is looked at.
    static let limit = 4_096

    private static let shapes = [
        // SQL
        "union select", "union all select", "' or '1'='1", "' or 1=1", "\" or 1=1", "'; drop ", "; drop table", "; drop database",
        "pg_sleep(", "xp_cmdshell", "information_schema.", "pg_catalog.", "' and sleep(", "waitfor delay '",
        // Cypher
        "detach delete ", "'}) match", "'}) return", "'}) delete", "call dbms.", "call apoc.",
        // Pages
        "<script", "</script", "javascript:alert", "onerror=", "onload=", "<iframe",
        // Templates, lookups and shells
        "${jndi:", "{{7*7}}", "${7*7}", "<%=", "$(curl", "`curl", "; cat /etc/passwd", "| cat /etc/passwd",
        // XML
        "<!entity", "<!doctype",
    ]

    /// Whether one of the shapes occurs, however it is written and spaced.
    static func isFound(in text: String) -> Bool {
        guard text.utf8.count >= 5 else { return false }
        var plain = ""
        var wasBlank = false
        for scalar in text.unicodeScalars {
            let isBlank = scalar.properties.isWhitespace || scalar.value < 0x20
            defer { wasBlank = isBlank }
            if isBlank {
                if !wasBlank { plain.append(" ") }
            } else {
                plain += scalar.properties.lowercaseMapping
            }
        }
        return shapes.contains { plain.contains($0) }
    }
}

/// A request was refused for what its fields hold (AUD-056, AUD-127).
public struct InputValidationFailure: ClientDenial {
    /// The row of the catalogue.
    public static let type = AuditEventType(
        "input_validation_failure", risk: .medium, class: .security, component: "platform", requires: [.networkClient])
    /// Where the caller came from.
    public let client: NetworkClient
    /// The template of the route that was called.
    public let route: String
    private let input: RejectedInput

    /// Tells of a refusal.
    ///
    /// - Parameter fields: what was refused; of more than 20 the first.
    public init(client: NetworkClient, route: String, fields: [RejectedField]) {
        self.client = client
        self.route = route
        input = RejectedInput(fields)
    }

    /// One line.
    public var summary: String { "input refused on \(route): \(input.count) fields" }
    /// Where, and which fields by which rule.
    public var data: [String: JSONValue] { input.data(on: route) }
    /// What they held.
    public var personal: [String: JSONValue] { input.values }
}

/// The same, of input that looks like an attempt to have data run as a program (AUD-056, AUD-127).
public struct InjectionAttempt: ClientDenial {
    /// The row of the catalogue.
    public static let type = AuditEventType(
        "injection_attempt", risk: .critical, class: .security, component: "platform", requires: [.networkClient])
    /// Where the caller came from.
    public let client: NetworkClient
    /// The template of the route that was called.
    public let route: String
    private let input: RejectedInput

    /// Tells of an attempt. It was refused like any other bad input.
    ///
    /// - Parameter fields: what was refused; of more than 20 the first, those that are suspicious before others.
    public init(client: NetworkClient, route: String, fields: [RejectedField]) {
        self.client = client
        self.route = route
        input = RejectedInput(fields.filter(\.isSuspicious) + fields.filter { !$0.isSuspicious })
    }

    /// One line.
    public var summary: String { "input that looks like an injection refused on \(route): \(input.count) fields" }
    /// Where, and which fields by which rule.
    public var data: [String: JSONValue] { input.data(on: route) }
    /// What they held.
    public var personal: [String: JSONValue] { input.values }
}

/// What both kinds of entries hold.
private struct RejectedInput: Sendable {
    private let fields: [RejectedField]
    let count: Int

    init(_ fields: [RejectedField]) {
        self.fields = Array(fields.prefix(20))
        count = fields.count
    }

    func data(on route: String) -> [String: JSONValue] {
        let told = fields.map { field -> JSONValue in
            field.isSuspicious
                ? ["field": .string(field.name), "rule": .string(field.rule), "suspicious": true]
                : ["field": .string(field.name), "rule": .string(field.rule)]
        }
        return ["route": .string(route), "fields": .array(told)]
    }

    var values: [String: JSONValue] {
        let held = fields.compactMap { field in field.value.map { (field.name, JSONValue.string($0)) } }
        return held.isEmpty ? [:] : ["rejected_input": .object(Dictionary(held) { first, _ in first })]
    }
}
