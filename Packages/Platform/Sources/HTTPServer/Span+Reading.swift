/// Reading of raw bytes through windows on them, which are neither copied nor counted, unlike slices of arrays.
extension Span where Element == UInt8 {
    /// The first place of a byte within a range.
    func firstIndex(of byte: UInt8, in range: Range<Int>) -> Int? {
        for index in range where self[index] == byte { return index }
        return nil
    }

    /// Whether the bytes of a range are exactly these.
    func matches(_ text: StaticString, in range: Range<Int>) -> Bool {
        range.count == text.utf8CodeUnitCount && starts(with: text, in: range)
    }

    /// Whether the bytes of a range begin with these.
    func starts(with text: StaticString, in range: Range<Int>) -> Bool {
        guard range.count >= text.utf8CodeUnitCount else { return false }
        for offset in 0..<text.utf8CodeUnitCount where unsafe self[range.lowerBound + offset] != text.utf8Start[offset] { return false }
        return true
    }

    /// The text of a range, or `nil` when it is not UTF-8.
    func text(in range: Range<Int>) -> String? {
        guard let text = try? UTF8Span(validating: extracting(range)) else { return nil }
        return String(copying: text)
    }
}
