internal import Core
internal import EventLoops
internal import Foundation
internal import Lifecycle
internal import MailCatcher
internal import Observability
internal import StripeSandbox

/// Puts the simulator and the mail catcher together into one process with one clock.
struct SandboxComposition {
    private let configuration: SandboxConfiguration
    private let loops: EventLoopGroup
    private let stripe: StripeSandboxServer
    private let mail: MailCatcherServer
    private let log: Log

    init(_ configuration: SandboxConfiguration, log: Log) throws {
        self.configuration = configuration
        self.log = log
        loops = try EventLoopGroup(count: 1, name: "sandbox")
        let clock = SteppedDateSource()
        var stripe = StripeSandboxConfiguration(secretKey: configuration.secretKey, controlToken: configuration.controlToken)
        stripe.host = configuration.host
        stripe.port = configuration.httpPort
        stripe.publicURL = configuration.publicURL
        stripe.webhookURL = configuration.webhookURL
        stripe.webhookSecret = configuration.webhookSecret
        stripe.seed = configuration.seed
        stripe.journalPath = configuration.journal
        stripe.tls = configuration.tlsFolder.map { .init(folder: $0, port: configuration.tlsPort) }
        self.stripe = StripeSandboxServer(configuration: stripe, clock: clock, loops: loops, log: log.labelled("stripe"))
        var mail = MailCatcherConfiguration()
        mail.smtpPort = configuration.smtpPort
        mail.httpPort = configuration.mailPort
        self.mail = MailCatcherServer(configuration: mail, dateSource: clock, loops: loops, log: log.labelled("mail"))
    }

    /// Listens, tells that it does, and serves until it is asked to end.
    func run() async throws {
        let port = try await stripe.start()
        let ports = try await mail.start()
        var ready: [String: JSONValue] = [
            "http_port": .integer(Int64(port)), "smtp_port": .integer(Int64(ports.smtp)), "mail_port": .integer(Int64(ports.http)),
        ]
        if let port = stripe.tlsPort { ready["tls_port"] = .integer(Int64(port)) }
        if let file = configuration.readyFile {
            // Written whole or not at all: whoever waits for the file must not read half of it.
            try Data(JSON.encode(ready)).write(to: URL(fileURLWithPath: file), options: .atomic)
        }
        log.info("the sandbox is ready", ready)
        try await ServiceGroup(services: [stripe, mail], gracePeriod: .seconds(20)).run()
        loops.shutdown()
    }
}
