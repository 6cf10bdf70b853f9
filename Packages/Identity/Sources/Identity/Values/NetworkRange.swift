/// A range of addresses from which a key may be used: IPv4, or IPv6 of at most 64 bits, because IPv6 callers are known by their /64 (ID-007).
public struct NetworkRange: Sendable, Hashable, LosslessStringConvertible {
    /// The address, 4 or 16 bytes; what is behind the prefix is zero.
    private let bytes: [UInt8]
    /// How many bits count.
    public let prefixLength: Int

    /// Reads `203.0.113.0/24` or `2001:db8::/32`; an address alone is itself, in IPv6 its /64. Bits behind the prefix are left out.
    ///
    /// - Returns: `nil` for what is no range, and for one that is smaller than an IPv6 /64.
    public init?(_ description: String) {
        let parts = description.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), description.utf8.count <= 64 else { return nil }
        let bytes: [UInt8]
        if parts[0].contains(":") {
            guard let found = Self.version6(parts[0]) else { return nil }
            bytes = found
        } else {
            guard let found = Self.version4(parts[0]) else { return nil }
            bytes = found
        }
        let longest = bytes.count == 4 ? 32 : 64
        var length = longest
        if parts.count == 2 {
            guard let given = Self.number(parts[1], atMost: 3), given <= longest else { return nil }
            length = given
        }
        self.init(bytes: bytes, prefixLength: length)
    }

    private init(bytes: [UInt8], prefixLength: Int) {
        self.prefixLength = prefixLength
        self.bytes = bytes.enumerated().map { index, byte in
            let kept = min(max(prefixLength - index * 8, 0), 8)
            return byte & UInt8(truncatingIfNeeded: 0xFF00 >> kept)
        }
    }

    /// The range in the form that it is kept in.
    public var description: String {
        if bytes.count == 4 { return bytes.map(String.init).joined(separator: ".") + "/\(prefixLength)" }
        let groups = stride(from: 0, to: 16, by: 2).map { String(Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]), radix: 16) }
        return groups.joined(separator: ":") + "/\(prefixLength)"
    }

    /// Whether every address of another range is in this one.
    public func contains(_ other: NetworkRange) -> Bool {
        bytes.count == other.bytes.count && prefixLength <= other.prefixLength
            && NetworkRange(bytes: other.bytes, prefixLength: prefixLength) == self
    }

    private static func number(_ text: Substring, atMost digits: Int) -> Int? {
        guard (1...digits).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int(text)
    }

    private static func version4(_ text: Substring) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        let numbers = parts.compactMap { part in
            // A leading zero is octal to some readers and decimal to others: it is neither here.
            part.utf8.count > 1 && part.utf8.first == 48 ? nil : number(part, atMost: 3).flatMap(UInt8.init(exactly:))
        }
        return numbers.count == 4 ? numbers : nil
    }

    private static func version6(_ text: Substring) -> [UInt8]? {
        let halves = text.split(separator: "::", omittingEmptySubsequences: false)
        guard halves.count <= 2 else { return nil }
        func groups(_ half: Substring) -> [UInt16]? {
            guard !half.isEmpty else { return [] }
            let parts = half.split(separator: ":", omittingEmptySubsequences: false)
            let found = parts.compactMap { part in
                (1...4).contains(part.utf8.count) && !part.hasPrefix("+") ? UInt16(part, radix: 16) : nil
            }
            return found.count == parts.count ? found : nil
        }
        guard let head = groups(halves[0]), let tail = halves.count == 2 ? groups(halves[1]) : [] else { return nil }
        let missing = 8 - head.count - tail.count
        guard halves.count == 2 ? missing >= 1 : missing == 0 else { return nil }
        return (head + Array(repeating: 0, count: missing) + tail).flatMap { [UInt8($0 >> 8), UInt8(truncatingIfNeeded: $0)] }
    }
}

extension [NetworkRange] {
    /// What is in both lists of ranges: the smaller of each two of which one contains the other.
    func intersecting(_ others: [NetworkRange]) -> [NetworkRange] {
        var found: [NetworkRange] = []
        for range in self {
            for other in others {
                let common: NetworkRange? = other.contains(range) ? range : range.contains(other) ? other : nil
                if let common, !found.contains(common) { found.append(common) }
            }
        }
        return found
    }
}
