/// The target of a request, validated and decoded once (RFC 9112 §3.2).
struct RequestTarget: Sendable {
    let path: String
    let segments: [String]
    let query: QueryItems

    /// Reads a target.
    ///
    /// - Returns: `nil` when it is none: it has a blank or control character, a fragment, bad percent-encoding, no UTF-8, a backslash, or a segment that is
    ///   `.` or `..`, encoded or not.
    init?(_ bytes: ArraySlice<UInt8>) {
        var target = bytes
        // A server must accept the absolute form; whose authority is meant was said by Host (RFC 9112 §3.2.2).
        if target.first != UInt8(ascii: "/") {
            guard let scheme = ["http://", "https://"].first(where: { bytes.starts(with: $0.utf8) }) else { return nil }
            target = target.dropFirst(scheme.utf8.count).drop { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
        }
        var mark: Int?
        for index in target.indices {
            let byte = target[index]
            guard byte > 32, byte != 127, byte != UInt8(ascii: "#") else { return nil }
            if byte == UInt8(ascii: "?"), mark == nil { mark = index }
        }
        let encoded = target[..<(mark ?? target.endIndex)]
        guard let segments = Self.segments(encoded), let path = encoded.isEmpty ? "/" : String(validating: encoded, as: UTF8.self),
            let query = mark.map({ QueryItems(target[($0 + 1)...]) }) ?? QueryItems()
        else { return nil }
        self.path = path
        self.segments = segments
        self.query = query
    }

    private static func segments(_ path: ArraySlice<UInt8>) -> [String]? {
        var segments: [String] = []
        var start = path.startIndex + 1
        guard start < path.endIndex else { return [] }
        while true {
            var end = start
            while end < path.endIndex, path[end] != UInt8(ascii: "/") { end += 1 }
            guard let segment = PercentEncoding.decode(path[start..<end]), segment != ".", segment != ".." else { return nil }
            for byte in segment.utf8 where byte < 32 || byte == 127 || byte == UInt8(ascii: "\\") { return nil }
            segments.append(segment)
            if end == path.endIndex { return segments }
            start = end + 1
        }
    }
}
