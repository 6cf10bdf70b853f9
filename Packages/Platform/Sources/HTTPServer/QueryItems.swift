/// The query of a request's target, decoded once (`+` is a blank, as forms write it).
public struct QueryItems: Sendable, Hashable {
    /// Names and values in their order.
    public let items: [(name: String, value: String)]

    /// Decodes a query.
    ///
    /// - Returns: `nil` when a part is badly encoded, is not UTF-8, or holds a NUL, or when there are more than 50 parts (SEC-050).
    public init?(_ query: some Collection<UInt8>) {
        let bytes = Array(query)
        self.init(bytes.span)
    }

    init?(_ bytes: Span<UInt8>) {
        var items: [(name: String, value: String)] = []
        var start = 0
        while start < bytes.count {
            let end = bytes.firstIndex(of: UInt8(ascii: "&"), in: start..<bytes.count) ?? bytes.count
            defer { start = end + 1 }
            guard start < end else { continue }
            let mark = bytes.firstIndex(of: UInt8(ascii: "="), in: start..<end)
            // A name without a value has an empty one: the place behind its end is no more than empty.
            let value = mark.map { ($0 + 1)..<end } ?? end..<end
            guard let name = PercentEncoding.decode(bytes.extracting(start..<(mark ?? end)), plusIsBlank: true),
                let value = PercentEncoding.decode(bytes.extracting(value), plusIsBlank: true)
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
    static func decode(_ bytes: Span<UInt8>, plusIsBlank: Bool = false) -> String? {
        var isPlain = true
        for index in bytes.indices {
            let byte = bytes[index]
            if byte == UInt8(ascii: "%") || byte == 0 || plusIsBlank && byte == UInt8(ascii: "+") { isPlain = false }
        }
        if isPlain { return bytes.text(in: bytes.indices) }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "%"):
                guard index + 2 < bytes.count, let high = value(bytes[index + 1]), let low = value(bytes[index + 2]) else { return nil }
                result.append(high << 4 | low)
                index += 2
            case UInt8(ascii: "+") where plusIsBlank: result.append(32)
            case let byte: result.append(byte)
            }
            index += 1
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
