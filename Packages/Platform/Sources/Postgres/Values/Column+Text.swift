extension Column {
    /// A `numeric` in decimal notation: the wire has it as digits to the base 10,000 (PostgreSQL, `numeric_send`).
    func numericText() throws -> String {
        let groups = Int(try integer(Int16.self))
        let weight = Int(try integer(Int16.self, at: 2))
        let sign = try integer(UInt16.self, at: 4)
        let scale = Int(try integer(Int16.self, at: 6))
        guard sign == 0 || sign == 0x4000 else { throw failure("is not a finite number") }
        func group(_ index: Int) throws -> Int {
            index >= 0 && index < groups ? Int(try integer(Int16.self, at: 8 + 2 * index)) : 0
        }
        func padded(_ value: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: 4 - text.count) + text
        }
        var text = ""
        for index in stride(from: 0, through: max(weight, 0), by: 1) {
            let value = weight < 0 ? 0 : try group(index)
            text += text.isEmpty ? String(value) : padded(value)
        }
        if scale > 0 {
            var fraction = ""
            var index = weight + 1
            if weight < -1 { fraction = String(repeating: "0000", count: -1 - weight) }
            if weight < 0 { index = 0 }
            while fraction.count < scale {
                fraction += padded(try group(index))
                index += 1
            }
            text += "." + fraction.prefix(scale)
        }
        return (sign == 0x4000 ? "-" : "") + text
    }

    /// An `inet` or `cidr` as text; the number of bits is left out where it says no more than the address.
    func networkText() throws -> String {
        let family = try integer(UInt8.self)
        let bits = try integer(UInt8.self, at: 1)
        let isNetwork = try integer(UInt8.self, at: 2) != 0
        if family == 2 {
            let bytes = try (0..<4).map { String(try integer(UInt8.self, at: 4 + $0)) }
            return bytes.joined(separator: ".") + (bits < 32 || isNetwork ? "/\(bits)" : "")
        }
        let groups = try (0..<8).map { try integer(UInt16.self, at: 4 + 2 * $0) }
        return Self.compressed(groups) + (bits < 128 || isNetwork ? "/\(bits)" : "")
    }

    /// An IPv6 address with its longest run of zeros left out (RFC 5952 §4.2).
    private static func compressed(_ groups: [UInt16]) -> String {
        var best = 0..<0
        var index = 0
        while index < groups.count {
            var end = index
            while end < groups.count, groups[end] == 0 { end += 1 }
            if end - index > max(best.count, 1) { best = index..<end }
            index = max(end, index + 1)
        }
        func text(_ part: ArraySlice<UInt16>) -> String { part.map { String($0, radix: 16) }.joined(separator: ":") }
        guard !best.isEmpty else { return text(groups[...]) }
        return text(groups[..<best.lowerBound]) + "::" + text(groups[best.upperBound...])
    }
}
