public import Core
public import EventLoops
internal import HTTPClient
internal import HTTPServer
public import Lifecycle
public import Observability
internal import Synchronization
internal import TLSFront

/// How a sandbox is set up.
public struct StripeSandboxConfiguration: Sendable {
    /// The numeric address to listen on; loopback unless told otherwise (STR-171).
    public var host = "127.0.0.1"
    /// The port; 0 takes a free one.
    public var port = 0
    /// The address that links in objects begin with; by default host and port.
    public var publicURL: String?
    /// The secret key of the first account, `sk_test_…`; every other test key makes an account of its own.
    public var secretKey: SecretString
    /// The token of the control interface; an empty one closes it.
    public var controlToken: SecretString
    /// The first account's first webhook endpoint, which takes every event.
    public var webhookURL: String?
    /// Its signing secret, `whsec_…`.
    public var webhookSecret: SecretString?
    /// What ids follow from: the same seed, clock and requests give the same ids (STR-170).
    public var seed: UInt64 = 1
    /// The file that a restart reads the state back from; without one, the state ends with the process (STR-171).
    public var journalPath: String?
    /// Where it listens by TLS as well, if anywhere (STR-171).
    public var tls: TLS?

    /// A second address, which speaks TLS, with a certificate of an authority that is the sandbox's own.
    public struct TLS: Sendable {
        /// The folder of the authority. Clients trust its `authority.pem`; both that and its key are made when they are not there.
        public var folder: String
        /// The port; 0 takes a free one.
        public var port: Int

        /// Names a folder, which is made when it is not there, and a port.
        public init(folder: String, port: Int = 0) {
            self.folder = folder
            self.port = port
        }
    }

    /// Makes a configuration with the defaults.
    public init(secretKey: SecretString, controlToken: SecretString) {
        self.secretKey = secretKey
        self.controlToken = controlToken
    }
}

/// The stateful, time-aware simulator of Stripe's API: the API under `/v1`, hosted pages, webhooks, and the control interface under `/_sandbox`.
public final class StripeSandboxServer: Service {
    private let configuration: StripeSandboxConfiguration
    private let simulator: StripeSimulator
    private let transport: CurlTransport
    private let loops: EventLoopGroup
    private let log: Log
    private let shutdown = GracefulShutdown()
    private let server = Mutex<Server?>(nil)
    private let engine = Mutex<Task<Void, any Error>?>(nil)
    private let front = Mutex<TLSFront?>(nil)

    /// Makes a sandbox; nothing is bound yet.
    ///
    /// - Parameters:
    ///   - configuration: how it is set up.
    ///   - clock: the time it lives in; its control interface moves it.
    ///   - loops: the loops that serve it.
    ///   - log: takes what an operator must know.
    public init(configuration: StripeSandboxConfiguration, clock: SteppedDateSource, loops: EventLoopGroup, log: Log = .silent) {
        self.configuration = configuration
        self.loops = loops
        self.log = log
        simulator = StripeSimulator(seed: configuration.seed, clock: clock)
        var client = CurlTransport.Configuration()
        client.allowsPlainLoopback = true
        client.userAgent = "Stripe/1.0 (+https://stripe.com/docs/webhooks)"
        transport = CurlTransport(configuration: client)
    }

    /// The port that is listened on by TLS, while it is.
    public var tlsPort: Int? {
        front.withLock { $0?.port }
    }

    /// Binds and begins to answer and to deliver.
    ///
    /// - Returns: the port that is listened on.
    /// - Throws: `EventLoopError` when the address cannot be bound, and an error in words when the first key is no test key, or the journal
    ///   or the folder of the TLS authority cannot be used.
    @discardableResult
    public func start() async throws -> Int {
        if let path = configuration.journalPath { try simulator.resume(from: StateJournal(path: path)) }
        let loop = loops.next()
        var router = Router(dateSource: simulator.clock, log: log)
        router.use(APIMiddleware(simulator: simulator, loop: loop))
        CheckoutRoutes(simulator: simulator).register(on: &router)
        PortalRoutes(simulator: simulator).register(on: &router)
        router.add(.get, "/livez") { _ in .text("ok") }
        let key = configuration.secretKey.withValue { $0 }
        let control = ClockControl(simulator: simulator, transport: transport, loop: loop)
        ControlRoutes(simulator: simulator, clock: control, token: configuration.controlToken, defaultKey: key).register(on: &router)
        let server = Server(
            configuration: ServerConfiguration(host: configuration.host, port: configuration.port), router: router, loops: loops, log: log)
        let port = try await server.start()
        simulator.baseURL = configuration.publicURL ?? "http://\(configuration.host):\(port)"
        try prepareFirstAccount(key)
        let engine = DeliveryEngine(simulator: simulator, transport: transport, loop: loop, log: log)
        let shutdown = shutdown
        // The engine lives as long as the server, beyond the call that starts it: stop() ends it.
        let task = Task { try await GracefulShutdown.$current.withValue(shutdown) { try await engine.run() } }
        self.server.withLock { $0 = server }
        if let tls = configuration.tls {
            let front = try TLSFront(folder: tls.folder, host: configuration.host, port: tls.port, target: port)
            self.front.withLock { $0 = front }
        }
        self.engine.withLock { $0 = task }
        return port
    }

    /// Ends deliveries under way, stops accepting and answers what is under way. Twice changes nothing.
    public func stop() async {
        shutdown.request()
        simulator.changes.notify()
        transport.close()
        let engine = engine.withLock { engine in
            defer { engine = nil }
            return engine
        }
        _ = await engine?.result
        let front = front.withLock { front in
            defer { front = nil }
            return front
        }
        front?.stop()
        let server = server.withLock { server in
            defer { server = nil }
            return server
        }
        await server?.drain()
    }

    /// Serves until a graceful shutdown is asked for; starts first when ``start()`` was not called.
    public func run() async throws {
        if server.withLock({ $0 == nil }) { try await start() }
        await GracefulShutdown.current.wait()
        await stop()
    }

    private func prepareFirstAccount(_ key: String) throws {
        guard key.hasPrefix("sk_test_") else { throw StripeSandboxError.notATestKey }
        try simulator.withAccount(key) { account in
            guard let url = configuration.webhookURL else { return }
            let secret = configuration.webhookSecret?.withValue { $0 }
            guard let first = account.endpoints.newestFirst.last else {
                account.addEndpoint(url: url, types: ["*"], secret: secret, version: StripeVersion.pinned)
                return
            }
            // It is there from before; where it is now and how it is signed is for this start to say.
            account.endpoints.modify(first.id) { endpoint in
                endpoint.url = url
                if let secret { endpoint.secrets = [secret] }
            }
        }
    }
}

/// Why a sandbox cannot be started.
public enum StripeSandboxError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The first key does not begin with `sk_test_`.
    case notATestKey

    /// The reason in words.
    public var description: String { "the secret key of the sandbox must begin with sk_test_" }
}
