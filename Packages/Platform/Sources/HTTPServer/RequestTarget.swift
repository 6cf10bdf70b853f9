/// The target of a request, validated and decoded once (RFC 9112 §3.2).
struct RequestTarget: Sendable {
    let path: String
    let segments: [String]
    let query: QueryItems

    /// Reads a target.
    ///
    /// - Returns: `nil` when it is none: it has a blank or control character, a fragment, bad percent-encoding, no UTF-8, a backslash, or a segment that is
    ///   `.` or `..`, encoded or not.
    init?(_ bytes: Span<UInt8>) {
        guard let start = Self.startOfPath(bytes) else { return nil }
        var end = bytes.count
        for index in start..<bytes.count {
            let byte = bytes[index]
            guard byte > 32, byte != 127, byte != UInt8(ascii: "#") else { return nil }
            if byte == UInt8(ascii: "?"), end == bytes.count { end = index }
        }
        guard let segments = Self.segments(bytes, start..<end), let path = start == end ? "/" : bytes.text(in: start..<end) else {
            return nil
        }
        self.path = path
        self.segments = segments
        guard end < bytes.count else {
            query = QueryItems()
            return
        }
        guard let query = QueryItems(bytes.extracting((end + 1)...)) else { return nil }
        self.query = query
    }

    /// A server must accept the absolute form; whose authority is meant was said by Host (RFC 9112 §3.2.2).
    private static func startOfPath(_ bytes: Span<UInt8>) -> Int? {
        let all = bytes.indices
        if bytes.starts(with: "/", in: all) { return 0 }
        let authority: Int
        if bytes.starts(with: "http://", in: all) {
            authority = 7
        } else if bytes.starts(with: "https://", in: all) {
            authority = 8
        } else {
            return nil
        }
        for index in authority..<bytes.count where bytes[index] == UInt8(ascii: "/") || bytes[index] == UInt8(ascii: "?") { return index }
        return bytes.count
    }

    private static func segments(_ bytes: Span<UInt8>, _ path: Range<Int>) -> [String]? {
        var segments: [String] = []
        var start = path.lowerBound + 1
        guard start < path.upperBound else { return [] }
        while true {
            let end = bytes.firstIndex(of: UInt8(ascii: "/"), in: start..<path.upperBound) ?? path.upperBound
            guard let segment = PercentEncoding.decode(bytes.extracting(start..<end)), segment != ".", segment != ".." else { return nil }
            for byte in segment.utf8 where byte < 32 || byte == 127 || byte == UInt8(ascii: "\\") { return nil }
            segments.append(segment)
            if end == path.upperBound { return segments }
            start = end + 1
        }
    }
}
