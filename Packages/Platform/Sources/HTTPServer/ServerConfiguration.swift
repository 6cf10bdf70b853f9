internal import Core

/// How much a server takes, and for how long it waits.
public struct ServerLimits: Sendable {
    /// The most bytes of a request line.
    public var requestLine = 8_192
    /// The most bytes of a path.
    public var path = 2_048
    /// The most bytes of the header fields.
    public var headerBlock = 16_384
    /// The most header fields.
    public var headerCount = 100
    /// How long the head of a request may take from its first byte on.
    public var headerTimeout: Duration = .seconds(10)
    /// How long content may take.
    public var bodyTimeout: Duration = .seconds(30)
    /// The least bytes of content a second, counted after the first five seconds.
    public var bodyBytesPerSecond = 1_024
    /// How long a handler may take until its answer begins, where its route says nothing else (SEC-054).
    public var handlerTimeout: Duration = .seconds(30)
    /// How long a connection may stay without a request.
    public var idleTimeout: Duration = .seconds(60)
    /// How long a client may take nothing of what is sent to it.
    public var writeTimeout: Duration = .seconds(30)
    /// The same while a stream is sent, whose readers may be slow (OPS-043).
    public var streamWriteTimeout: Duration = .seconds(60)
    /// The most connections at a time.
    public var connections = 10_000
    /// The most connections at a time of one network that are served as they should be. Beyond them each is there for one request, whose head has to come
    /// within the time for heads, and the request knows it: see ``Request/isOfCrowdedNetwork``.
    public var connectionsPerNetwork = Int.max
    /// Whether a peer's connections are not counted for its network: those of a reverse proxy are everybody's.
    public var isUncounted: @Sendable (_ address: String) -> Bool = { _ in false }
    /// How many bytes a stream may be ahead of its client before its writer waits.
    public var streamBuffer = 65_536
    /// How long requests under way may take to end once a server is draining (OPS-084).
    public var drainTimeout: Duration = .seconds(30)
    /// How long streams of events that are open then may go on (OPS-047).
    public var streamDrainTimeout: Duration = .seconds(120)

    /// The defaults.
    public init() {}
}

/// Where a server listens, and within which limits.
public struct ServerConfiguration: Sendable {
    /// A numeric address.
    public var host: String
    /// The port; 0 takes a free one.
    public var port: Int
    /// The limits.
    public var limits: ServerLimits

    /// Makes a configuration.
    public init(host: String = "127.0.0.1", port: Int, limits: ServerLimits = ServerLimits()) {
        self.host = host
        self.port = port
        self.limits = limits
    }
}

/// The times of the limits in nanoseconds, worked out once.
struct ServerTimes: Sendable {
    let header: Int64
    let body: Int64
    let handler: Int64
    let idle: Int64
    let write: Int64
    let streamWrite: Int64

    init(_ limits: ServerLimits) {
        header = Self.nanoseconds(limits.headerTimeout)
        body = Self.nanoseconds(limits.bodyTimeout)
        handler = Self.nanoseconds(limits.handlerTimeout)
        idle = Self.nanoseconds(limits.idleTimeout)
        write = Self.nanoseconds(limits.writeTimeout)
        streamWrite = Self.nanoseconds(limits.streamWriteTimeout)
    }

    static func nanoseconds(_ duration: Duration) -> Int64 {
        let (product, overflow) = duration.wholeMicroseconds.multipliedReportingOverflow(by: 1_000)
        return overflow ? .max / 2 : min(product, .max / 2)
    }
}
