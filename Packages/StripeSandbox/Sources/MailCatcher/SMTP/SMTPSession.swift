/// The conversation with one client, without its socket (RFC 5321, with pipelining of RFC 2920, SIZE of RFC 1870 and 8BITMIME).
struct SMTPSession {
    /// What the socket is to do after some input.
    struct Reaction: Equatable {
        var output: [UInt8] = []
        var closes = false
        /// How long the output waits before it is sent.
        var delay = Duration.zero
    }

    static let maximumSize = 16 * 1_024 * 1_024
    static let maximumRecipients = 100
    /// The longest line of a command (RFC 5321 §4.5.3.1.4), doubled for extensions.
    private static let maximumLine = 1_024
    private static let maximumBadCommands = 20

    private enum Phase {
        case command
        case data([UInt8])
        /// Too much data came: the rest is read and forgotten.
        case overflow
    }

    private let mailbox: Mailbox
    private let name: String
    private var phase = Phase.command
    private var buffer: [UInt8] = []
    private var hasGreeted = false
    private var sender: String?
    private var recipients: [String] = []
    private var badCommands = 0

    init(mailbox: Mailbox, name: String = "mail.localhost") {
        self.mailbox = mailbox
        self.name = name
    }

    var greeting: [UInt8] { Array("220 \(name) ESMTP\r\n".utf8) }

    /// Takes bytes as they come; several commands may come at once.
    mutating func receive(_ bytes: [UInt8]) -> Reaction {
        buffer += bytes
        var reaction = Reaction()
        var start = 0
        while !reaction.closes, let end = buffer[start...].firstIndex(of: 10) {
            var line = buffer[start..<end]
            if line.last == 13 { line = line.dropLast() }
            start = end + 1
            take(line, &reaction)
        }
        buffer.removeFirst(start)
        if case .command = phase, buffer.count > Self.maximumLine {
            reply(500, "Line too long", &reaction)
            reaction.closes = true
        }
        return reaction
    }

    private mutating func take(_ line: ArraySlice<UInt8>, _ reaction: inout Reaction) {
        switch phase {
        case .command:
            guard line.count <= Self.maximumLine else { return reply(500, "Line too long", &reaction) }
            guard let text = String(validating: line, as: UTF8.self) else { return reply(500, "Not UTF-8", &reaction) }
            obey(text, &reaction)
        case .data(var content):
            phase = .command
            if line.elementsEqual([46]) { return finishData(content, &reaction) }
            // A leading dot was doubled by the client (RFC 5321 §4.5.2).
            content += line.first == 46 ? line.dropFirst() : line
            content += [13, 10]
            phase = content.count > Self.maximumSize ? .overflow : .data(content)
        case .overflow:
            guard line.elementsEqual([46]) else { return }
            phase = .command
            reset()
            reply(552, "Message too large", &reaction)
        }
    }

    private mutating func obey(_ line: String, _ reaction: inout Reaction) {
        let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
        let argument = parts.count > 1 ? String(parts[1]) : ""
        switch parts.first?.uppercased() ?? "" {
        case "EHLO":
            hasGreeted = true
            reset()
            for extensionName in [name, "PIPELINING", "SIZE \(Self.maximumSize)", "8BITMIME", "SMTPUTF8"] {
                reaction.output += Array("250-\(extensionName)\r\n".utf8)
            }
            reply(250, "ENHANCEDSTATUSCODES", &reaction)
        case "HELO":
            hasGreeted = true
            reset()
            reply(250, name, &reaction)
        case "MAIL": mail(argument, &reaction)
        case "RCPT": recipient(argument, &reaction)
        case "DATA":
            guard sender != nil, !recipients.isEmpty else { return reply(503, "5.5.1 Recipients first", &reaction) }
            // A connection that ends here has brought nothing.
            guard mailbox.takeFault([.dropBeforeData], of: recipients) == nil else {
                reaction.closes = true
                return
            }
            phase = .data([])
            reply(354, "End data with <CR><LF>.<CR><LF>", &reaction)
        case "RSET":
            reset()
            reply(250, "2.0.0 OK", &reaction)
        case "NOOP": reply(250, "2.0.0 OK", &reaction)
        case "VRFY": reply(252, "2.5.0 Cannot verify", &reaction)
        case "QUIT":
            reply(221, "2.0.0 Bye", &reaction)
            reaction.closes = true
        default:
            badCommands += 1
            reply(500, "5.5.2 Command not recognized", &reaction)
            reaction.closes = badCommands >= Self.maximumBadCommands
        }
    }

    private mutating func mail(_ argument: String, _ reaction: inout Reaction) {
        guard hasGreeted else { return reply(503, "5.5.1 EHLO first", &reaction) }
        guard sender == nil else { return reply(503, "5.5.1 Sender already given", &reaction) }
        guard let (address, parameters) = Self.path(argument, after: "FROM:") else { return reply(501, "5.1.7 Bad sender", &reaction) }
        for parameter in parameters {
            let pair = parameter.split(separator: "=", maxSplits: 1)
            switch pair[0].uppercased() {
            case "SIZE":
                guard pair.count == 2, let size = Int(pair[1]) else { return reply(501, "5.5.4 Bad SIZE", &reaction) }
                guard size <= Self.maximumSize else { return reply(552, "5.3.4 Message too large", &reaction) }
            case "BODY", "SMTPUTF8": break
            default: return reply(555, "5.5.4 Parameter not recognized", &reaction)
            }
        }
        sender = address
        reply(250, "2.1.0 OK", &reaction)
    }

    private mutating func recipient(_ argument: String, _ reaction: inout Reaction) {
        guard sender != nil else { return reply(503, "5.5.1 Sender first", &reaction) }
        guard let (address, _) = Self.path(argument, after: "TO:"), !address.isEmpty else {
            return reply(501, "5.1.3 Bad recipient", &reaction)
        }
        guard recipients.count < Self.maximumRecipients else { return reply(452, "4.5.3 Too many recipients", &reaction) }
        if let code = mailbox.takeFault([.refuse], of: [address])?.fault.code {
            return reply(code, code < 500 ? "4.2.0 Try again later" : "5.1.1 No such mailbox", &reaction)
        }
        recipients.append(address)
        reply(250, "2.1.5 OK", &reaction)
    }

    private mutating func finishData(_ content: [UInt8], _ reaction: inout Reaction) {
        let (from, to) = (sender ?? "", recipients)
        let id = mailbox.add(from: from, to: to, content)
        reset()
        let had = mailbox.takeFault([.slow, .dropAfterData, .bounce, .complaint], of: to)
        if let had, let report = DeliveryReport(kind: had.fault.kind, recipient: had.recipient, message: content).bytes, !from.isEmpty {
            _ = mailbox.add(from: "", to: [from], report)
        }
        guard had?.fault.kind != .dropAfterData else {
            reaction.closes = true
            return
        }
        if had?.fault.kind == .slow { reaction.delay = .seconds(had?.fault.seconds ?? 0) }
        reply(250, "2.0.0 OK: message \(id)", &reaction)
    }

    private mutating func reset() {
        sender = nil
        recipients = []
    }

    private func reply(_ code: Int, _ text: String, _ reaction: inout Reaction) {
        reaction.output += Array("\(code) \(text)\r\n".utf8)
    }

    /// The address in angle brackets, and the parameters behind it.
    private static func path(_ argument: String, after keyword: String) -> (String, [String])? {
        guard argument.uppercased().hasPrefix(keyword) else { return nil }
        let rest = argument.dropFirst(keyword.count).drop { $0 == " " }
        guard rest.first == "<", let end = rest.firstIndex(of: ">") else { return nil }
        let address = rest[rest.index(after: rest.startIndex)..<end]
        guard !address.contains(where: { $0.isWhitespace || $0 == "<" }) else { return nil }
        return (String(address), rest[rest.index(after: end)...].split(separator: " ").map(String.init))
    }
}
