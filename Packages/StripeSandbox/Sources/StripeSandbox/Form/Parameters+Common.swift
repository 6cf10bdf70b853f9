internal import Core

/// A filter on a time, as `created=…` or `created[gte]=…`.
struct TimeFilter: Sendable {
    var lowest = Int64.min
    var highest = Int64.max

    func contains(_ time: Int64) -> Bool {
        lowest <= highest && (lowest...highest).contains(time)
    }
}

extension Parameters {
    /// Changes metadata as Stripe does: names are merged, an empty value removes a name, an empty text removes all.
    ///
    /// - Throws: when there are more than 50 names, a name is longer than 40 or a value longer than 500 characters (STR-142).
    func changeMetadata(_ metadata: inout [String: String], name: String = "metadata") throws {
        if isCleared(name) { metadata = [:] }
        guard let changes = try branch(name) else { return }
        var changed = metadata
        for (key, value) in try changes.allTexts() {
            guard key.count <= 40 else {
                throw StripeError.invalid(
                    "Metadata keys must be at most 40 characters long; \(changes.fullName(key)) is \(key.count).",
                    code: "metadata_key_too_long", param: changes.fullName(key))
            }
            guard value.count <= 500 else {
                throw StripeError.invalid(
                    "Metadata values can have up to 500 characters, but you passed in a value that is \(value.count) characters.",
                    code: "metadata_value_too_long", param: changes.fullName(key))
            }
            changed[key] = value.isEmpty ? nil : value
        }
        guard changed.count <= 50 else {
            throw StripeError.invalid("You can have up to 50 metadata keys; this would make \(changed.count).", param: fullName(name))
        }
        metadata = changed
    }

    func metadata(_ name: String = "metadata") throws -> [String: String] {
        var metadata: [String: String] = [:]
        try changeMetadata(&metadata, name: name)
        return metadata
    }

    func timeFilter(_ name: String) throws -> TimeFilter? {
        guard has(name) else { return nil }
        if let exact = try? integer(name) { return TimeFilter(lowest: exact, highest: exact) }
        guard let bounds = try branch(name) else { return nil }
        var filter = TimeFilter()
        if let value = try bounds.integer("gte") { filter.lowest = max(filter.lowest, value) }
        if let value = try bounds.integer("gt"), value < .max { filter.lowest = max(filter.lowest, value + 1) }
        if let value = try bounds.integer("lte") { filter.highest = min(filter.highest, value) }
        if let value = try bounds.integer("lt"), value > .min { filter.highest = min(filter.highest, value - 1) }
        return filter
    }

    /// A postal address with exactly Stripe's members.
    func address(_ name: String = "address") throws -> Change<JSONValue> {
        if isCleared(name) {
            _ = try branch(name)
            return .clear
        }
        guard let given = try branch(name) else { return .unchanged }
        var address: [String: JSONValue] = [:]
        for part in ["city", "country", "line1", "line2", "postal_code", "state"] {
            address[part] = JSONValue(try given.clearableText(part))
        }
        return .set(.object(address))
    }

    /// A text in which absent and empty mean the same.
    func clearableText(_ name: String) throws -> String? {
        if case .set(let text) = try clearable(name) { text } else { nil }
    }

    /// A decimal number from 0 to 100.
    func percentage(_ name: String) throws -> Percentage? {
        guard let text = try string(name) else { return nil }
        guard let value = Percentage(text) else {
            throw StripeError.invalid("Invalid decimal: \(text); must be from 0 to 100 with up to four decimals.", param: fullName(name))
        }
        return value
    }

    /// An ISO currency code in lower case.
    func currency(_ name: String = "currency") throws -> String? {
        guard let text = try string(name)?.lowercased() else { return nil }
        guard text.utf8.count == 3, text.utf8.allSatisfy({ (97...122).contains($0) }) else {
            throw StripeError.invalid("Invalid currency: \(text).", param: fullName(name))
        }
        return text
    }

    /// An absolute address of a web page.
    func url(_ name: String) throws -> String? {
        guard let text = try string(name) else { return nil }
        guard text.hasPrefix("https://") || text.hasPrefix("http://") else {
            throw StripeError.invalid(
                "Not a valid URL. URLs must begin with http or https.", code: "url_invalid", param: fullName(name))
        }
        return text
    }
}

extension JSONValue {
    /// A text, or `null`.
    init(_ text: String?) {
        self = text.map { .string($0) } ?? .null
    }

    /// A whole number, or `null`.
    init(_ number: Int64?) {
        self = number.map { .integer($0) } ?? .null
    }

    /// An object of texts.
    init(_ texts: [String: String]) {
        self = .object(texts.mapValues { .string($0) })
    }

    /// A list as Stripe shows it inside of an object.
    static func list(_ data: [JSONValue], url: String, hasMore: Bool = false) -> JSONValue {
        ["object": "list", "data": .array(data), "has_more": .bool(hasMore), "url": .string(url)]
    }

    /// What the older of two renderings held where they differ, as an event's `previous_attributes` shows it.
    static func difference(from old: JSONValue, to new: JSONValue) -> JSONValue? {
        guard case .object(let before) = old, case .object(let after) = new else { return old == new ? nil : old }
        var previous: [String: JSONValue] = [:]
        for (name, value) in before where after[name] != value {
            // Lists are shown whole, objects only where they differ.
            if let other = after[name], value["object"] != "list", case .object = value, case .object = other {
                previous[name] = difference(from: value, to: other)
            } else {
                previous[name] = value
            }
        }
        for name in after.keys where before[name] == nil { previous[name] = .null }
        return previous.isEmpty ? nil : .object(previous)
    }
}
