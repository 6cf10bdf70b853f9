/// Looks at a ZIP archive as it goes by: whether it begins as one, ends as one, and what lies first in it. Nothing of it is kept but its ends.
struct ZIPOutline {
    /// The longest end there is: its record, and a comment of 65,535 bytes.
    private static let longestEnd = 65_557

    private var head: [UInt8] = []
    private var tail: [UInt8] = []
    private(set) var bytes: Int64 = 0

    mutating func take(_ piece: [UInt8]) {
        bytes += Int64(piece.count)
        if head.count < 512 { head += piece.prefix(512 - head.count) }
        tail = Array((tail + piece.suffix(Self.longestEnd)).suffix(Self.longestEnd))
    }

    /// The name of its first file; `nil` when it is no whole archive.
    var firstFile: String? {
        guard head.starts(with: [0x50, 0x4B, 0x03, 0x04]), head.count >= 30, isClosed else { return nil }
        let length = Int(head[26]) | Int(head[27]) << 8
        guard length > 0, head.count >= 30 + length else { return nil }
        return String(decoding: head[30..<30 + length], as: UTF8.self)
    }

    /// Whether the record of its end is there, and says that nothing comes after it.
    private var isClosed: Bool {
        guard tail.count >= 22 else { return false }
        for start in stride(from: tail.count - 22, through: 0, by: -1) where tail[start...].starts(with: [0x50, 0x4B, 0x05, 0x06]) {
            let comment = Int(tail[start + 20]) | Int(tail[start + 21]) << 8
            let files = Int(tail[start + 10]) | Int(tail[start + 11]) << 8
            if start + 22 + comment == tail.count, files > 0 { return true }
        }
        return false
    }
}
