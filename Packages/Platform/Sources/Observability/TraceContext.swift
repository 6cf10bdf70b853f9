/// The place of a piece of work in a distributed trace (W3C Trace Context, level 1).
public struct TraceContext: Hashable, Sendable, LosslessStringConvertible {
    /// The trace: 32 lower-case hexadecimal digits, not all zero.
    public let traceID: String
    /// The span within it: 16 lower-case hexadecimal digits, not all zero.
    public let spanID: String
    /// Whether the caller records the trace.
    public let isSampled: Bool

    /// Begins a new trace.
    public static func make(using generator: inout some RandomNumberGenerator) -> TraceContext {
        TraceContext(
            traceID: hex(generator.next()) + hex(generator.next() | 1), spanID: hex(generator.next() | 1), isSampled: false)
    }

    /// Begins a new trace that is named by a number which is random already, such as the id of a request.
    public static func make(from number: (high: UInt64, low: UInt64)) -> TraceContext {
        TraceContext(traceID: hex(number.high) + hex(number.low | 1), spanID: hex(number.low | 1), isSampled: false)
    }

    /// The next span of the same trace.
    public func child(using generator: inout some RandomNumberGenerator) -> TraceContext {
        TraceContext(traceID: traceID, spanID: Self.hex(generator.next() | 1), isSampled: isSampled)
    }

    private init(traceID: String, spanID: String, isSampled: Bool) {
        self.traceID = traceID
        self.spanID = spanID
        self.isSampled = isSampled
    }

    /// Reads a `traceparent` header; anything that does not follow section 3.2 of the recommendation is `nil`.
    public init?(_ description: String) {
        let parts = description.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 4, Self.isHex(parts[0], 2), parts[0] != "ff", parts[0] != "00" || parts.count == 4,
            Self.isHex(parts[1], 32), parts[1].contains(where: { $0 != "0" }),
            Self.isHex(parts[2], 16), parts[2].contains(where: { $0 != "0" }),
            Self.isHex(parts[3], 2), let flags = UInt8(parts[3], radix: 16)
        else { return nil }
        self.init(traceID: String(parts[1]), spanID: String(parts[2]), isSampled: flags & 1 == 1)
    }

    /// The value of a `traceparent` header.
    public var description: String {
        "00-\(traceID)-\(spanID)-\(isSampled ? "01" : "00")"
    }

    private static func isHex(_ text: Substring, _ count: Int) -> Bool {
        text.utf8.count == count && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }

    private static func hex(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
