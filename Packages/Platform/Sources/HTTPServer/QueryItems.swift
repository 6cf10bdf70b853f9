/// The query of a request's target, decoded once (`+` is a blank, as forms write it).
public struct QueryItems: Sendable, Hashable {
    /// Names and values in their order.
    public let items: [(name: String, value: String)]

    /// Decodes a query.
    ///
    /// - Returns: `nil` when a part is badly encoded, is not UTF-8, or holds a NUL, or when there are more than 50 parts (SEC-050).
    public init?(_ query: some Collection<UInt8>) {
        var items: [(name: String, value: String)] = []
        for part in query.split(separator: UInt8(ascii: "&")) {
            let pair = part.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentEncoding.decode(pair[0], plusIsBlank: true),
                let value = pair.count > 1 ? PercentEncoding.decode(pair[1], plusIsBlank: true) : ""
            else { return nil }
            guard items.count < 50 else { return nil }
            items.append((name, value))
        }
        self.items = items
    }

    /// An empty query.
    public init() {
        items = []
    }

    /// The first value of a name.
    public subscript(_ name: String) -> String? {
        items.first { $0.name == name }?.value
    }

    /// Every value of a name.
    public func all(_ name: String) -> [String] {
        items.filter { $0.name == name }.map(\.value)
    }

    /// Whether two queries have the same names and values in the same order.
    public static func == (left: QueryItems, right: QueryItems) -> Bool {
        left.items.elementsEqual(right.items) { $0 == $1 }
    }

    /// Mixes names and values.
    public func hash(into hasher: inout Hasher) {
        for item in items {
            hasher.combine(item.name)
            hasher.combine(item.value)
        }
    }
}

/// Percent-encoding (RFC 3986 §2.1), decoded exactly once.
enum PercentEncoding {
    static func decode(_ bytes: some Collection<UInt8>, plusIsBlank: Bool = false) -> String? {
        var isPlain = true
        for byte in bytes where byte == UInt8(ascii: "%") || byte == 0 || plusIsBlank && byte == UInt8(ascii: "+") { isPlain = false }
        if isPlain { return String(validating: bytes, as: UTF8.self) }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var iterator = bytes.makeIterator()
        while let byte = iterator.next() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = iterator.next().flatMap(value), let low = iterator.next().flatMap(value) else { return nil }
                result.append(high << 4 | low)
            case UInt8(ascii: "+") where plusIsBlank: result.append(32)
            default: result.append(byte)
            }
        }
        guard !result.contains(0) else { return nil }
        return String(validating: result, as: UTF8.self)
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 48...57: digit - 48
        case 65...70: digit - 55
        case 97...102: digit - 87
        default: nil
        }
    }
}
