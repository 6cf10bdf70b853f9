public import Core

/// One request, complete with its content.
public struct Request: Sendable {
    /// The method.
    public var method: Method
    /// The path as it was sent, still encoded, without the query.
    public var path: String
    /// What stood in the places of a route's `{name}` segments, decoded once; a `%2F` in one is data.
    public var pathParameters: [String: String] = [:]
    /// The query.
    public var query: QueryItems
    /// The header fields.
    public var headers: Headers
    /// The content, at most as long as the route's limit.
    public var body: [UInt8]
    /// The numeric address of the peer.
    public var remoteAddress: String
    /// The id that the answer and every log line show.
    public var id: RequestID
    /// The route's path as it was registered, for metrics and logs; `nil` before routing and where no route matches.
    public var route: String?
    /// What middleware found out.
    public var context = RequestContext()

    let segments: [String]

    /// Makes a request; the server does it for what arrives, tests do it for themselves.
    ///
    /// - Returns: `nil` when the target is not one that a server accepts: it must begin with a slash, its segments must be well encoded UTF-8 without
    ///   control characters, and none may be `.` or `..`.
    public init?(
        method: Method, target: String, headers: Headers = [:], body: [UInt8] = [], remoteAddress: String = "127.0.0.1", id: RequestID
    ) {
        guard let target = RequestTarget(target) else { return nil }
        self.init(method: method, target: target, headers: headers, body: body, remoteAddress: remoteAddress, id: id)
    }

    init(method: Method, target: RequestTarget, headers: Headers, body: [UInt8], remoteAddress: String, id: RequestID) {
        self.method = method
        path = target.path
        segments = target.segments
        query = target.query
        self.headers = headers
        self.body = body
        self.remoteAddress = remoteAddress
        self.id = id
    }
}

/// The target of a request, validated and decoded once (RFC 9112 §3.2).
struct RequestTarget {
    let path: String
    let segments: [String]
    let query: QueryItems

    init?(_ text: String) {
        var target = text.utf8[...]
        // A server must accept the absolute form; whose authority is meant was said by Host (RFC 9112 §3.2.2).
        if !target.starts(with: "/".utf8) {
            guard let scheme = ["http://", "https://"].first(where: { target.starts(with: $0.utf8) }) else { return nil }
            target = target.dropFirst(scheme.utf8.count)
            target = target.drop { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
        }
        guard !target.contains(where: { $0 <= 32 || $0 == 127 || $0 == UInt8(ascii: "#") }) else { return nil }
        let parts = target.split(separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
        guard let path = parts.first else { return nil }
        guard let query = parts.count > 1 ? QueryItems(parts[1]) : QueryItems() else { return nil }
        var segments: [String] = []
        for encoded in path.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard let segment = PercentEncoding.decode(encoded), segment != ".", segment != "..",
                !segment.utf8.contains(where: { $0 < 32 || $0 == 127 || $0 == UInt8(ascii: "\\") })
            else { return nil }
            segments.append(segment)
        }
        self.path = path.isEmpty ? "/" : String(Substring(path))
        self.segments = segments == [""] ? [] : segments
        self.query = query
    }
}
