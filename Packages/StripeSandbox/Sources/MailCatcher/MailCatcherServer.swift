public import Core
public import EventLoops
internal import HTTPServer
public import Lifecycle
public import Observability
internal import Synchronization

/// Where a mail catcher listens.
public struct MailCatcherConfiguration: Sendable {
    /// The numeric address; loopback, because it takes mail from anybody.
    public var host = "127.0.0.1"
    /// The port for mail; 0 takes a free one.
    public var smtpPort = 0
    /// The port of the pages and of the JSON interface; 0 takes a free one.
    public var httpPort = 0

    /// Makes a configuration with the defaults.
    public init() {}
}

/// A real SMTP server that keeps what it receives in memory and shows it over HTTP: for development, demonstrations and tests.
public final class MailCatcherServer: Service {
    /// The ports that are listened on.
    public struct Ports: Hashable, Sendable {
        /// The port for mail.
        public let smtp: Int
        /// The port of the pages and of the JSON interface.
        public let http: Int
    }

    private let configuration: MailCatcherConfiguration
    private let smtp: SMTPServer
    private let http: Server
    private let isStarted = Mutex(false)

    /// Makes a mail catcher; nothing is bound yet.
    public init(configuration: MailCatcherConfiguration, dateSource: any DateSource, loops: EventLoopGroup, log: Log = .silent) {
        self.configuration = configuration
        let mailbox = Mailbox(dateSource: dateSource)
        smtp = SMTPServer(loop: loops.next(), mailbox: mailbox)
        var router = Router(dateSource: dateSource, log: log)
        MailRoutes(mailbox: mailbox).register(on: &router)
        http = Server(
            configuration: ServerConfiguration(host: configuration.host, port: configuration.httpPort), router: router, loops: loops,
            log: log)
    }

    /// Binds and begins to receive.
    ///
    /// - Throws: `EventLoopError` when an address cannot be bound.
    @discardableResult
    public func start() async throws -> Ports {
        isStarted.withLock { $0 = true }
        let smtpPort = try await smtp.start(host: configuration.host, port: configuration.smtpPort)
        return Ports(smtp: smtpPort, http: try await http.start())
    }

    /// Closes everything. Twice changes nothing.
    public func stop() async {
        await smtp.stop()
        await http.drain()
    }

    /// Receives until a graceful shutdown is asked for; starts first when ``start()`` was not called.
    public func run() async throws {
        if !isStarted.withLock({ $0 }) { try await start() }
        await GracefulShutdown.current.wait()
        await stop()
    }
}
