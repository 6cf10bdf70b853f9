public import Core
internal import Synchronization

/// Hands mails to a relay by SMTP (RFC 5321), with libcurl on a thread of its own, over kept connections.
///
/// TLS is required, by STARTTLS with `smtp://` or from the first byte with `smtps://`; plain SMTP is accepted for loopback addresses only
/// (NOT-041). Certificates are verified.
public final class SMTPTransport: Sendable {
    /// What the transport allows.
    public struct Configuration: Sendable, Hashable {
        /// The name that the relay is greeted with.
        public var clientName = "localhost"
        /// How long a connection may take to stand.
        public var connectTimeout: Duration = .seconds(10)
        /// How long handing over one mail may take.
        public var totalTimeout: Duration = .seconds(60)
        /// How many mails are handed over at once, each on a connection.
        public var maximumConnections = 4
        /// How many mails go over one set of connections before new ones are made.
        public var maximumMails = 100
        /// How long a connection is kept without use.
        public var idleTime: Duration = .seconds(30)
        /// A file of trusted certificates instead of the system's.
        public var certificateBundlePath: String?

        /// Makes a configuration with the limits of NOT-042.
        public init() {}
    }

    private let relay: SMTPExchange.Relay
    private let configuration: Configuration
    private let pool: Mutex<Pool>

    /// The connections in use, and how many mails they were given.
    private struct Pool {
        var connections: Connections
        var mails = 0
        var isClosed = false
    }

    /// A set of connections; it is closed once the last mail that uses it is handed over.
    private final class Connections: Sendable {
        let engine: CurlEngine

        init(_ configuration: Configuration) {
            engine = CurlEngine(maximumTransfers: configuration.maximumConnections)
        }

        deinit {
            engine.close()
        }
    }

    /// Makes a transport to a relay.
    ///
    /// - Parameter url: `smtp://` or `smtps://`, with `user:password@` when the relay asks for it.
    /// - Parameter requiresTLS: whether TLS is required of a loopback address too; of others it always is.
    /// - Throws: ``SMTPError/invalid(_:)`` when the address is none of these.
    public init(
        url: SecretString, configuration: Configuration = Configuration(), requiresTLS: Bool = false
    ) throws(SMTPError) {
        relay = try SMTPExchange.Relay(url, configuration: configuration, requiresTLS: requiresTLS)
        self.configuration = configuration
        pool = Mutex(Pool(connections: Connections(configuration)))
    }

    /// The connections for the next mail: new ones after so many mails, so that no relay is kept from closing down or sharing its load.
    private func connections() -> Connections {
        pool.withLock { pool in
            if pool.mails >= configuration.maximumMails, !pool.isClosed {
                pool.connections = Connections(configuration)
                pool.mails = 0
            }
            pool.mails += 1
            return pool.connections
        }
    }

    /// Hands a mail to the relay for all its recipients, or for none.
    ///
    /// - Returns: the relay's answer to the whole message, which usually names its queue id.
    /// - Throws: ``SMTPError``, which says whether the relay may have taken the mail; `CancellationError` when the task was cancelled,
    ///   after which that is not known.
    @discardableResult
    public func send(_ message: SMTPMessage) async throws -> SMTPReply {
        try OpenTransaction.refuseCalls(to: "the mail relay")
        let exchange = SMTPExchange(message: try message.checked(), relay: relay, configuration: configuration)
        let connections = connections()
        do {
            try await connections.engine.run(exchange, timeout: configuration.totalTimeout)
        } catch let error as TransportError {
            throw exchange.judge(error)
        }
        return try exchange.reply()
    }

    /// Stops all deliveries and refuses new ones. Closing again changes nothing.
    public func close() {
        pool.withLock { pool in
            pool.isClosed = true
            return pool.connections
        }.engine.close()
    }
}

/// A mail as it travels: the envelope and the bytes of the message.
public struct SMTPMessage: Sendable, Hashable {
    /// The address that bounces go to.
    public let sender: String
    /// The addresses it is for.
    public let recipients: [String]
    /// The whole message, header and body. Lone line feeds become CRLF; lines that begin with a dot are escaped on the way.
    public let content: [UInt8]

    /// Makes a mail.
    public init(sender: String, recipients: [String], content: [UInt8]) {
        self.sender = sender
        self.recipients = recipients
        self.content = content
    }

    /// The same mail with CRLF line ends.
    ///
    /// - Throws: ``SMTPError/invalid(_:)`` for an address that could be read as more than an address.
    func checked() throws(SMTPError) -> SMTPMessage {
        guard !recipients.isEmpty, recipients.count <= 100 else { throw .invalid("a mail needs 1 to 100 recipients") }
        for address in [sender] + recipients {
            guard Self.isSafe(address) else { throw .invalid("an address of the envelope is not a mail address") }
        }
        return SMTPMessage(sender: sender, recipients: recipients, content: Self.withLineEnds(content))
    }

    /// One `@`, no blank, control character, bracket, quote or backslash, at most 254 bytes of ASCII (RFC 5321, sections 4.1.2 and 4.5.3.1).
    static func isSafe(_ address: String) -> Bool {
        let bytes = Array(address.utf8)
        guard bytes.count <= 254, bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return false }
        guard !bytes.contains(where: { "<>\"\\(),;:[]".utf8.contains($0) }) else { return false }
        let parts = address.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && !parts[0].isEmpty && parts[0].utf8.count <= 64 && !parts[1].isEmpty
    }

    private static func withLineEnds(_ content: [UInt8]) -> [UInt8] {
        let (lineFeed, carriageReturn) = (UInt8(ascii: "\n"), UInt8(ascii: "\r"))
        var lines: [UInt8] = []
        lines.reserveCapacity(content.count + content.count / 32)
        var previous: UInt8 = 0
        for byte in content {
            if previous == carriageReturn, byte != lineFeed { lines.append(lineFeed) }
            if byte == lineFeed, previous != carriageReturn { lines.append(carriageReturn) }
            lines.append(byte)
            previous = byte
        }
        if previous == carriageReturn { lines.append(lineFeed) }
        return lines
    }
}

/// A relay's answer.
public struct SMTPReply: Sendable, Hashable, CustomStringConvertible {
    /// The three digits (RFC 5321, section 4.2).
    public let code: Int
    /// The enhanced status code, when the relay gave one: `5.1.1` (RFC 3463).
    public let enhancedCode: String?
    /// The last line's text, at most 200 characters, without control characters; it may name an address and is not for logs.
    public let text: String

    /// Makes a reply.
    public init(code: Int, enhancedCode: String? = nil, text: String = "") {
        self.code = code
        self.enhancedCode = enhancedCode
        self.text = text
    }

    /// Whether a refusal is about the recipient's address, so that the address should not be tried again (NOT-043, RFC 3463 section 3.2).
    public var concernsAddress: Bool {
        guard code >= 500 else { return false }
        guard let enhancedCode else { return code == 550 || code == 551 || code == 553 }
        return ["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"].contains(enhancedCode)
    }

    /// The codes, without the text.
    public var description: String {
        enhancedCode.map { "\(code) \($0)" } ?? "\(code)"
    }
}

/// Why a mail was not, or may not have been, taken by the relay.
public enum SMTPError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The mail or the relay's address breaks a rule; nothing was sent.
    case invalid(String)
    /// The relay refused for good (5xx); the mail was not taken.
    case permanent(SMTPReply)
    /// The relay refused for now (4xx), is not there, or the connection broke before the end of the message; the mail was not taken.
    case transient(SMTPReply?, reason: String)
    /// The relay's certificate is wrong, or it offers no TLS; nothing was sent.
    case insecure(reason: String)
    /// The connection broke after the end of the message and before the answer; the relay may have taken it (NOT-033).
    case unknown(reason: String)

    /// What went wrong, without an address.
    public var description: String {
        switch self {
        case .invalid(let reason): reason
        case .permanent(let reply): "the relay refused with \(reply)"
        case .transient(let reply, let reason): reply.map { "the relay put off with \($0)" } ?? reason
        case .insecure(let reason): "the relay is not secure: \(reason)"
        case .unknown(let reason): "it is not known whether the relay took the mail: \(reason)"
        }
    }
}
