extension Caller {
    /// The network of a numeric address: the address itself for IPv4, also where it is written in IPv6, and the first 64 bits for IPv6.
    ///
    /// Text that is no address is a network of its own, so that nothing goes uncounted.
    public init(network address: String) {
        if let number = Self.version4(address.utf8[...]) {
            self.init(.network, high: 4, low: UInt64(number))
        } else if let mapped = Self.mapped(address), let number = Self.version4(mapped) {
            self.init(.network, high: 4, low: UInt64(number))
        } else if let number = Self.version6(address) {
            self.init(.network, high: 6, low: number)
        } else {
            self.init(.network, high: 0, low: address.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 })
        }
    }

    private static func version4(_ text: Substring.UTF8View) -> UInt32? {
        var number: UInt32 = 0
        var part: UInt32 = 0
        var digits = 0
        var dots = 0
        for byte in text {
            if byte == UInt8(ascii: ".") {
                guard digits > 0, dots < 3 else { return nil }
                (number, part, digits, dots) = (number << 8 | part, 0, 0, dots + 1)
            } else {
                guard (48...57).contains(byte), digits < 3 else { return nil }
                (part, digits) = (part * 10 + UInt32(byte - 48), digits + 1)
                guard part <= 255 else { return nil }
            }
        }
        return dots == 3 && digits > 0 ? number << 8 | part : nil
    }

    /// `::ffff:192.0.2.1` (RFC 4291 §2.5.5.2).
    private static func mapped(_ text: String) -> Substring.UTF8View? {
        let prefix = "::ffff:"
        guard text.utf8.count > prefix.utf8.count, text.lowercased().hasPrefix(prefix) else { return nil }
        return text.utf8.dropFirst(prefix.utf8.count)
    }

    private static func version6(_ text: String) -> UInt64? {
        guard text.contains(":") else { return nil }
        let bare = text.prefix { $0 != "%" }
        var head = bare
        var hasGap = false
        if let gap = bare.firstRange(of: "::") {
            hasGap = true
            head = bare[..<gap.lowerBound]
        }
        var groups: [UInt64] = []
        for group in head.split(separator: ":", omittingEmptySubsequences: !head.isEmpty) where !group.isEmpty {
            guard group.utf8.count <= 4, let number = UInt64(group, radix: 16) else { return nil }
            groups.append(number)
        }
        guard hasGap || groups.count == 8 else { return nil }
        // Within the first 64 bits a gap stands for zeros, unless what follows it reaches into them.
        if hasGap, let gap = bare.firstRange(of: "::") {
            let tail = bare[gap.upperBound...].split(separator: ":")
            guard groups.count + tail.count <= 7 else { return nil }
            groups += Array(repeating: 0, count: 8 - groups.count - tail.count)
            for group in tail {
                guard let number = UInt64(group, radix: 16), group.utf8.count <= 4 else { return nil }
                groups.append(number)
            }
        }
        return groups.prefix(4).reduce(0) { $0 << 16 | $1 }
    }
}
