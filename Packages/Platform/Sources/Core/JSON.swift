internal import FoundationEssentials

/// The one place where JSON is read and written.
public enum JSON {
    /// How deeply arrays and objects may be nested in what is read (SEC-051).
    public static let maximumDepth = 32

    /// Encodes a value as JSON (UTF-8, object members in order of their names, slashes not escaped).
    public static func encode(_ value: some Encodable) throws -> [UInt8] {
        if let value = value as? JSONValue {
            var bytes: [UInt8] = []
            bytes.reserveCapacity(256)
            try value.write(to: &bytes)
            return bytes
        }
        return try encodeByEncoder(value)
    }

    /// The same for any type.
    static func encodeByEncoder(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }

    /// Decodes a value from JSON.
    ///
    /// - Throws: ``JSONDecodingFailure``, which names the offending field, when the text is no JSON, is nested deeper than
    ///   ``maximumDepth``, holds invalid UTF-8, or does not have the shape of `Value`.
    public static func decode<Value: Decodable>(_ type: Value.Type, from bytes: some Collection<UInt8>) throws -> Value {
        let bytes = Array(bytes)
        // What is wrong with a text is found out below, in the decoder's words.
        if type == JSONValue.self, let value = JSONValue(reading: bytes) as? Value { return value }
        return try decodeByDecoder(type, from: bytes)
    }

    /// The same for any type.
    static func decodeByDecoder<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
        guard !exceedsMaximumDepth(bytes) else {
            throw JSONDecodingFailure(path: [], kind: .malformed, reason: "is nested deeper than \(maximumDepth) levels")
        }
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw JSONDecodingFailure(path: [], kind: .malformed, reason: "is not valid UTF-8")
        }
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch let error as DecodingError {
            throw JSONDecodingFailure(error)
        }
    }

    /// Counts brackets outside of strings, before any recursion takes place.
    private static func exceedsMaximumDepth(_ bytes: [UInt8]) -> Bool {
        var depth = 0
        var inString = false
        var escaped = false
        for byte in bytes {
            if inString {
                if escaped {
                    escaped = false
                } else if byte == UInt8(ascii: "\\") {
                    escaped = true
                } else if byte == UInt8(ascii: "\"") {
                    inString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): inString = true
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                depth += 1
                if depth > maximumDepth { return true }
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
            default: break
            }
        }
        return false
    }
}

/// Why a JSON text could not be read, in words that a caller may see.
public struct JSONDecodingFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// What went wrong, in the coarse.
    public enum Kind: Hashable, Sendable {
        /// The text is not JSON at all.
        case malformed
        /// A required member is absent or null.
        case missing
        /// A member has another type than asked for.
        case wrongType
        /// A member has the right type and a value that is not allowed.
        case invalidValue
    }

    /// The members and positions that lead to the offending field, from the outside in.
    public let path: [String]
    /// What went wrong.
    public let kind: Kind
    /// What is wrong with the field, as the end of a sentence that begins with its name.
    public let reason: String

    /// Makes a failure.
    public init(path: [String], kind: Kind, reason: String) {
        self.path = path
        self.kind = kind
        self.reason = reason
    }

    /// The offending field as a JSON pointer (RFC 6901); empty for the whole document.
    public var pointer: String {
        path.map {
            "/"
                + $0.split(separator: "~", omittingEmptySubsequences: false).joined(separator: "~0")
                .split(separator: "/", omittingEmptySubsequences: false).joined(separator: "~1")
        }.joined()
    }

    /// The pointer and the reason.
    public var description: String {
        (path.isEmpty ? "the document" : pointer) + " " + reason
    }

    package init(_ error: DecodingError) {
        switch error {
        case .keyNotFound(let key, let context):
            self.init(path: Self.path(context.codingPath + [key]), kind: .missing, reason: "is required")
        case .valueNotFound(_, let context):
            self.init(path: Self.path(context.codingPath), kind: .missing, reason: "must not be null")
        case .typeMismatch(let type, let context):
            self.init(path: Self.path(context.codingPath), kind: .wrongType, reason: "must be \(Self.name(of: type))")
        case .dataCorrupted(let context) where context.codingPath.isEmpty && !context.debugDescription.hasPrefix("must "):
            self.init(path: [], kind: .malformed, reason: "is not valid JSON")
        case .dataCorrupted(let context):
            self.init(path: Self.path(context.codingPath), kind: .invalidValue, reason: Self.plain(context.debugDescription))
        @unknown default:
            self.init(path: [], kind: .malformed, reason: "is not valid JSON")
        }
    }

    private static func path(_ keys: [any CodingKey]) -> [String] {
        keys.map { $0.intValue.map(String.init) ?? $0.stringValue }
    }

    private static func name(of type: any Any.Type) -> String {
        switch type {
        case is String.Type: "a string"
        case is Bool.Type: "true or false"
        case is any BinaryInteger.Type: "a whole number"
        case is any BinaryFloatingPoint.Type: "a number"
        case is any ExpressibleByDictionaryLiteral.Type: "an object"
        case is any Collection.Type: "an array"
        default: "an object"
        }
    }

    /// Foundation's own sentences name Swift types; ours begin with "must" and may be shown.
    private static func plain(_ description: String) -> String {
        description.hasPrefix("must ") ? description : "has a value that is not allowed"
    }
}
