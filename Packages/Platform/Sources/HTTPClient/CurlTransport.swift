internal import Core
internal import Observability

/// Sends requests with libcurl on a thread of its own, over kept connections.
///
/// Certificates and host names are verified, TLS is 1.2 or later, redirects and proxies of the environment are not followed.
/// No call blocks a thread of Swift's pool. The thread ends when the last reference is dropped or after ``close()``.
public final class CurlTransport: StreamingTransport, Sendable {
    /// What the transport allows.
    public struct Configuration: Sendable, Hashable {
        /// How long a connection may take to stand, the TLS handshake included.
        public var connectTimeout: Duration = .seconds(10)
        /// How long a whole exchange may take, waiting for a free place included.
        public var totalTimeout: Duration = .seconds(80)
        /// How long no byte may move.
        public var idleTimeout: Duration = .seconds(30)
        /// The largest body taken, after decompression.
        public var maximumBodyBytes = 16 * 1_024 * 1_024
        /// The largest header taken, all fields together.
        public var maximumHeaderBytes = 64 * 1_024
        /// How many exchanges run at once; the others wait for their turn.
        public var maximumTransfers = 64
        /// Whether `http://` is allowed to loopback addresses; to others it never is.
        public var allowsPlainLoopback = false
        /// Whether connections to addresses that are not public are refused, whatever name led there (NOT-188).
        public var connectsToPublicAddressesOnly = false
        /// Whether a body beyond the limit is cut instead of refused; the rest is not read.
        public var cutsLongBodies = false
        /// Numbers of names that are not asked for, as `host:port:number`.
        public var knownHosts: [String] = []
        /// A file of trusted certificates instead of the system's.
        public var certificateBundlePath: String?
        /// The value of `User-Agent` unless a request sets its own.
        public var userAgent = "Trellis"

        /// Makes a configuration with the limits of STR-003 and STR-004.
        public init() {}
    }

    private let configuration: Configuration
    private let engine: CurlEngine

    /// Starts the transport.
    public init(configuration: Configuration = Configuration()) {
        self.configuration = configuration
        engine = CurlEngine(maximumTransfers: configuration.maximumTransfers)
    }

    deinit {
        engine.close()
    }

    /// Sends a request; see ``HTTPTransport/send(_:)``.
    public func send(_ request: ClientRequest) async throws -> ClientResponse {
        try OpenTransaction.refuseCalls(to: request.url)
        let prepared = try HTTPExchange.Setup(Self.traced(request), configuration: configuration)
        let timeout = min(request.timeout ?? configuration.totalTimeout, configuration.totalTimeout)
        let exchange = HTTPExchange(setup: prepared)
        try await engine.run(exchange, timeout: timeout)
        return try exchange.response()
    }

    /// Sends a request and gives the body as it comes; see ``StreamingTransport/send(_:giving:)``. The limit of bodies does not hold for it.
    public func send(_ request: ClientRequest, giving take: @escaping @Sendable ([UInt8]) throws -> Void) async throws -> ClientResponse {
        try OpenTransaction.refuseCalls(to: request.url)
        let prepared = try HTTPExchange.Setup(Self.traced(request), configuration: configuration)
        let timeout = min(request.timeout ?? configuration.totalTimeout, configuration.totalTimeout)
        let exchange = HTTPExchange(setup: prepared, taking: take)
        do {
            try await engine.run(exchange, timeout: timeout)
        } catch let error as TransportError {
            throw exchange.refusal ?? error
        }
        return try exchange.response()
    }

    /// The request with its place in the trace of the work that makes it, unless it says its own (ADM-064).
    private static func traced(_ request: ClientRequest) -> ClientRequest {
        guard let trace = LogContext.current.trace, request.headers["traceparent"] == nil else { return request }
        var generator = SystemRandomNumberGenerator()
        var request = request
        request.headers.add("traceparent", trace.child(using: &generator).description)
        return request
    }

    /// Stops all exchanges with ``TransportError/Kind/closed`` and refuses new ones. Closing again changes nothing.
    public func close() {
        engine.close()
    }
}
