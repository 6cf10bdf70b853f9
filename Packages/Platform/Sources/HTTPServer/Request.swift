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
    /// Whether the peer's network had as many connections as one may have before this one came (SEC-013).
    public internal(set) var isOfCrowdedNetwork = false
    /// The id that the answer and every log line show.
    public var id: RequestID
    /// The route's path as it was registered, for metrics and logs; `nil` where no route matches.
    public var route: String?
    /// The group the route is counted with; `nil` where no route matches, or where nothing is counted.
    public var category: RouteCategory?
    /// Is told who calls as soon as that is known, and may refuse; `nil` where nothing is counted.
    public var gate: (any CallerGate)?
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
        let bytes = Array(target.utf8)
        guard let target = RequestTarget(bytes.span) else { return nil }
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
