internal import CLibCurl
internal import Core

/// One mail on its way to the relay.
///
/// Its state belongs to the engine's thread until the engine answers the caller; the caller reads it after that.
final class SMTPExchange: CurlExchange, @unchecked Sendable {
    /// Where mails are handed over.
    struct Relay: Sendable {
        let url: String
        let user: SecretString?
        let password: SecretString?
        let requiresTLS: Bool

        init(_ url: SecretString, configuration: SMTPTransport.Configuration, requiresTLS: Bool) throws(SMTPError) {
            guard let address = try? url.withValue({ try CurlAddress($0) }), ["smtp", "smtps"].contains(address.scheme),
                address.path == "/"
            else { throw .invalid("the relay must be given as smtp://host:port or smtps://host:port") }
            let name = configuration.clientName
            guard !name.isEmpty, name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") }) else {
                throw .invalid("the name that greets the relay is not a host name")
            }
            // The path of the address is what libcurl says in EHLO.
            self.url = "\(address.scheme)://\(address.host)\(address.port.map { ":\($0)" } ?? "")/\(name)"
            user = address.user.map { SecretString($0) }
            password = address.password.map { SecretString($0) }
            self.requiresTLS = requiresTLS || address.scheme == "smtps" || !address.isLoopback
        }
    }

    private let message: SMTPMessage
    private let relay: Relay
    private let configuration: SMTPTransport.Configuration
    private var position = 0
    private var isWholeMessageSent = false
    private var replies = SMTPReplyReader()

    init(message: SMTPMessage, relay: Relay, configuration: SMTPTransport.Configuration) {
        self.message = message
        self.relay = relay
        self.configuration = configuration
    }

    /// The answer to the message, once the engine is done.
    func reply() throws(SMTPError) -> SMTPReply {
        guard let accepted = replies.answerToMessage, accepted.code / 100 == 2 else {
            throw .unknown(reason: "the relay did not answer the message")
        }
        return accepted
    }

    /// What a broken transfer means for the mail.
    func judge(_ error: TransportError) -> SMTPError {
        if let refusal = replies.last, (400...599).contains(refusal.code) {
            return refusal.code >= 500 ? .permanent(refusal) : .transient(refusal, reason: error.reason)
        }
        if let answer = replies.answerToMessage, answer.code / 100 == 2 { return .unknown(reason: error.reason) }
        switch error.kind {
        case .certificate: return .insecure(reason: error.reason)
        case .invalidRequest: return .invalid(error.reason)
        default: return isWholeMessageSent ? .unknown(reason: error.reason) : .transient(nil, reason: error.reason)
        }
    }

    func configure(_ handle: EasyHandle) throws(TransportError) {
        try handle.set(CURLOPT_URL, relay.url)
        try handle.set(CURLOPT_PROTOCOLS_STR, "smtp,smtps")
        try handle.set(CURLOPT_PROXY, "")
        try handle.set(CURLOPT_USE_SSL, Int((relay.requiresTLS ? CURLUSESSL_ALL : CURLUSESSL_NONE).rawValue))
        try handle.set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        try handle.set(CURLOPT_SSL_VERIFYPEER, 1)
        try handle.set(CURLOPT_SSL_VERIFYHOST, 2)
        if let path = configuration.certificateBundlePath { try handle.set(CURLOPT_CAINFO, path) }
        if let user = relay.user, let password = relay.password {
            try user.withValue { (text: String) throws(TransportError) in try handle.set(CURLOPT_USERNAME, text) }
            try password.withValue { (text: String) throws(TransportError) in try handle.set(CURLOPT_PASSWORD, text) }
        }
        try handle.set(CURLOPT_CONNECTTIMEOUT_MS, Int(configuration.connectTimeout.wholeMilliseconds))
        try handle.set(CURLOPT_SERVER_RESPONSE_TIMEOUT, max(1, Int(configuration.totalTimeout.components.seconds)))
        try handle.set(CURLOPT_MAXAGE_CONN, max(1, Int(configuration.idleTime.components.seconds)))
        try handle.set(CURLOPT_MAIL_FROM, "<\(message.sender)>")
        try handle.set(CURLOPT_MAIL_RCPT, lines: message.recipients.map { "<\($0)>" })
        try handle.set(CURLOPT_UPLOAD, true)
    }

    func take(body bytes: UnsafeRawBufferPointer) -> Bool { true }

    func take(header bytes: UnsafeRawBufferPointer) -> Bool {
        replies.take(line: unsafe String(decoding: bytes, as: UTF8.self), afterMessage: isWholeMessageSent)
        return true
    }

    func give(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, message.content.count - position)
        if count > 0 {
            unsafe buffer.copyBytes(from: message.content[position..<position + count])
            position += count
        } else {
            // libcurl writes the final dot after this.
            isWholeMessageSent = true
        }
        return count
    }

    func finish(_ code: CURLcode, _ handle: EasyHandle) throws(TransportError) {
        switch code {
        case CURLE_OK:
            return
        case CURLE_USE_SSL_FAILED, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR,
            CURLE_SSL_CONNECT_ERROR:
            throw TransportError(.certificate, .nothingSent, reason: CurlLibrary.text(of: code))
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT:
            throw TransportError(.connection, .nothingSent, reason: CurlLibrary.text(of: code))
        case CURLE_OPERATION_TIMEDOUT:
            throw TransportError(.timeout, .maybeSent, reason: CurlLibrary.text(of: code))
        default:
            throw TransportError(.interrupted, .maybeSent, reason: CurlLibrary.text(of: code))
        }
    }
}

/// Reads a relay's replies from their lines.
struct SMTPReplyReader {
    /// The last whole reply.
    private(set) var last: SMTPReply?
    /// The reply to the whole message.
    private(set) var answerToMessage: SMTPReply?

    mutating func take(line: String, afterMessage: Bool) {
        let text = String(String.UnicodeScalarView(line.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }))
        // A line of several has a minus after the code; the last has a blank or nothing.
        guard text.utf8.count >= 3, let code = Int(text.prefix(3)), (200...599).contains(code), text.dropFirst(3).first != "-" else {
            return
        }
        // libcurl says QUIT after a refusal; the farewell is not the outcome.
        guard code != 221 else { return }
        let rest = text.dropFirst(4)
        let reply = SMTPReply(code: code, enhancedCode: Self.enhancedCode(rest, of: code), text: String(rest.prefix(200)))
        last = reply
        if afterMessage, answerToMessage == nil { answerToMessage = reply }
    }

    private static func enhancedCode(_ text: Substring, of code: Int) -> String? {
        guard let word = text.split(separator: " ", maxSplits: 1).first else { return nil }
        let numbers = word.split(separator: ".", omittingEmptySubsequences: false)
        guard numbers.count == 3, numbers.allSatisfy({ (1...3).contains($0.utf8.count) && $0.utf8.allSatisfy { (48...57).contains($0) } }),
            numbers[0] == String(code / 100)
        else { return nil }
        return String(word)
    }
}
