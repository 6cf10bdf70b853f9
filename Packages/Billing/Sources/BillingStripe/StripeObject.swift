internal import Billing
internal import Core

/// A JSON object of Stripe, read with care: unknown keys are passed over, a missing required key names its path (STR-021).
struct StripeObject: Sendable {
    let path: String
    private let members: [String: JSONValue]

    init(_ value: JSONValue, path: String = "") throws(StripeShapeError) {
        guard let members = value.objectValue else { throw StripeShapeError(path: path, reason: "is no object") }
        self.members = members
        self.path = path
    }

    init(body: [UInt8]) throws(StripeShapeError) {
        guard let value = try? JSON.decode(JSONValue.self, from: body) else {
            throw StripeShapeError(path: "", reason: "is not valid JSON")
        }
        try self.init(value)
    }

    func value(_ name: String) -> JSONValue? {
        members[name] == .null ? nil : members[name]
    }

    func string(_ name: String) throws(StripeShapeError) -> String {
        guard let text = optionalString(name) else { throw missing(name) }
        return text
    }

    func optionalString(_ name: String) -> String? {
        value(name)?.stringValue
    }

    func bool(_ name: String) -> Bool {
        value(name)?.boolValue ?? false
    }

    func optionalInteger(_ name: String) -> Int64? {
        switch value(name) {
        case .integer(let number): number
        case .string(let text): Int64(text)
        default: nil
        }
    }

    func integer(_ name: String) throws(StripeShapeError) -> Int64 {
        guard let number = optionalInteger(name) else { throw missing(name) }
        return number
    }

    /// Whole seconds since 1970.
    func optionalInstant(_ name: String) -> Instant? {
        optionalInteger(name).map(Instant.init(secondsSinceEpoch:))
    }

    func currency(_ name: String) throws(StripeShapeError) -> Currency {
        guard let currency = Currency(try string(name)) else {
            throw StripeShapeError(path: path + "/" + name, reason: "is no currency")
        }
        return currency
    }

    /// The id of another object, whether it came as id or expanded.
    func optionalID(_ name: String) -> ProviderID? {
        switch value(name) {
        case .string(let text) where !text.isEmpty: ProviderID(text)
        case .object(let members): members["id"]?.stringValue.map(ProviderID.init)
        default: nil
        }
    }

    func id(_ name: String) throws(StripeShapeError) -> ProviderID {
        guard let id = optionalID(name) else { throw missing(name) }
        return id
    }

    /// Another object, when it came expanded.
    func optionalObject(_ name: String) -> StripeObject? {
        value(name).flatMap { try? StripeObject($0, path: path + "/" + name) }
    }

    /// The elements of a list object or of a plain list; anything that is no object is passed over.
    func list(_ name: String) -> [StripeObject] {
        let elements = value(name)?.arrayValue ?? value(name)?["data"]?.arrayValue ?? []
        return elements.enumerated().compactMap { index, element in
            try? StripeObject(element, path: "\(path)/\(name)/\(index)")
        }
    }

    /// The whole object.
    var json: JSONValue { .object(members) }

    var isDeleted: Bool { bool("deleted") }

    private func missing(_ name: String) -> StripeShapeError {
        StripeShapeError(path: path + "/" + name, reason: "is missing")
    }
}

/// An object of Stripe that lacks what is required.
struct StripeShapeError: Error, Hashable, CustomStringConvertible {
    let path: String
    let reason: String

    var description: String { (path.isEmpty ? "the object" : path) + " " + reason }

    /// The failure that the adapter tells.
    var failure: ProviderFailure { ProviderFailure(kind: .unreadable, detail: description) }
}
