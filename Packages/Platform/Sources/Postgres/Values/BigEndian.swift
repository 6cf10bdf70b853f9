extension FixedWidthInteger {
    /// Appends the integer as the wire has it, the most significant byte first.
    func appendBigEndian(to buffer: inout [UInt8]) {
        var shift = Self.bitWidth - 8
        while shift >= 0 {
            buffer.append(UInt8(truncatingIfNeeded: self >> Self(shift)))
            shift -= 8
        }
    }
}

extension [UInt8] {
    /// Replaces four bytes by a length that was not known when they were written.
    mutating func setBigEndian(_ value: Int32, at position: Int) {
        for index in 0..<4 { self[position + index] = UInt8(truncatingIfNeeded: value >> Int32(24 - 8 * index)) }
    }
}
