import Core
import HTTPClient
import Testing

@Suite struct SMTPTransportTests {
    struct Mail: Decodable {
        let from: String
        let to: [String]
        let connection: Int
        let tls: Bool
        let user: String?
        let data: String
    }

    static let content = Array("Subject: Hello\r\n\r\nGood day.\r\n".utf8)

    private func message(to recipients: String..., content: [UInt8] = content) -> SMTPMessage {
        SMTPMessage(sender: "sender@example.com", recipients: recipients, content: content)
    }

    private func mails(_ server: PythonServer, count: Int) async throws -> [Mail] {
        try await server.lines("MAIL", count: count).map { try JSON.decode(Mail.self, from: $0.dropFirst(5).utf8) }
    }

    /// Sends to one recipient of a plain relay and gives what was thrown.
    private func failure(to recipient: String, content: [UInt8] = content, timeout: Duration = .seconds(120)) async throws -> SMTPError {
        try await PythonServer.with(smtpServerScript, ["plain"]) { _, port in
            var configuration = SMTPTransport.Configuration()
            configuration.totalTimeout = timeout
            let transport = try SMTPTransport(url: SecretString("smtp://127.0.0.1:\(port)"), configuration: configuration)
            return try await #require(throws: SMTPError.self) { try await transport.send(message(to: recipient, content: content)) }
        }
    }

    @Test func `NOT-041 a mail reaches all its recipients over one connection, and the next mail takes the same`() async throws {
        try await PythonServer.with(smtpServerScript, ["plain"]) { server, port in
            let transport = try SMTPTransport(url: SecretString("smtp://127.0.0.1:\(port)"))
            let reply = try await transport.send(message(to: "a@example.com", "b@example.com"))
            #expect(reply == SMTPReply(code: 250, enhancedCode: "2.0.0", text: "2.0.0 queued as Q1"))
            try await transport.send(message(to: "c@example.com"))
            let mails = try await mails(server, count: 2)
            #expect(mails.map(\.to) == [["<a@example.com>", "<b@example.com>"], ["<c@example.com>"]])
            #expect(mails.map(\.connection) == [1, 1])
            #expect(mails[0].from == "<sender@example.com>")
            #expect(server.linesSoFar("COMMAND 1 EHLO").first == "COMMAND 1 EHLO localhost")
        }
    }

    @Test func `NOT-042 a connection is given no more than its number of mails`() async throws {
        try await PythonServer.with(smtpServerScript, ["plain"]) { server, port in
            var configuration = SMTPTransport.Configuration()
            #expect(configuration.maximumMails == 100 && configuration.maximumConnections == 4)
            configuration.maximumMails = 2
            let transport = try SMTPTransport(url: SecretString("smtp://127.0.0.1:\(port)"), configuration: configuration)
            for _ in 1...5 { try await transport.send(message(to: "a@example.com")) }
            #expect(try await mails(server, count: 5).map(\.connection) == [1, 1, 2, 2, 3])
        }
    }

    @Test func `NOT-042 four connections take 50 mails a second and more`() async throws {
        try await PythonServer.with(smtpServerScript, ["plain"]) { server, port in
            let transport = try SMTPTransport(url: SecretString("smtp://127.0.0.1:\(port)"))
            let message = message(to: "a@example.com")
            let began = ContinuousClock.now
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 1...100 { group.addTask { _ = try await transport.send(message) } }
                try await group.waitForAll()
            }
            // Two seconds, and a busy machine gets some more.
            #expect(ContinuousClock.now - began < .seconds(60))
            let connections = Set(try await mails(server, count: 100).map(\.connection))
            #expect(connections.count <= 4)
        }
    }

    @Test func `a message arrives byte for byte, dots and lone line ends included`() async throws {
        let lines = [".", "..", ".hidden", "plain", "", ".", "end."]
        let written = "Subject: x\n\n" + lines.joined(separator: "\n") + "\r\nlast\rlone"
        let expected = "Subject: x\r\n\r\n" + lines.joined(separator: "\r\n") + "\r\nlast\r\nlone\r\n"
        let long = String(repeating: ".0123456789abcdef\n", count: 8_000)
        try await PythonServer.with(smtpServerScript, ["plain"]) { server, port in
            let transport = try SMTPTransport(url: SecretString("smtp://127.0.0.1:\(port)"))
            try await transport.send(message(to: "a@example.com", content: Array(written.utf8)))
            try await transport.send(message(to: "a@example.com", content: Array(long.utf8)))
            try await transport.send(message(to: "a@example.com", content: Array(".first".utf8)))
            let mails = try await mails(server, count: 3)
            #expect(mails[0].data == hex(expected))
            #expect(mails[1].data == hex(String(repeating: ".0123456789abcdef\r\n", count: 8_000)))
            #expect(mails[2].data == hex(".first\r\n"))
        }
    }

    private func hex(_ text: String) -> String {
        text.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    @Test func `NOT-041 STARTTLS and a password are used where the relay asks for them`() async throws {
        try await Certificate.with(name: "DNS:localhost") { certificate in
            try await PythonServer.with(smtpServerScript, ["starttls", certificate.serverPath]) { server, port in
                var configuration = SMTPTransport.Configuration()
                configuration.certificateBundlePath = certificate.certificatePath
                // The loopback exemption is for plain relays; the implicit form below always encrypts.
                let transport = try SMTPTransport(
                    url: SecretString("smtp://us%65r:right@localhost:\(port)"), configuration: configuration, requiresTLS: true)
                try await transport.send(message(to: "a@example.com"))
                let mail = try #require(try await mails(server, count: 1).first)
                #expect(mail.tls)
                #expect(mail.user == "user")
                let wrong = try SMTPTransport(
                    url: SecretString("smtp://user:wrong@localhost:\(port)"), configuration: configuration, requiresTLS: true)
                let error = try await #require(throws: SMTPError.self) { try await wrong.send(message(to: "a@example.com")) }
                #expect(error == .permanent(SMTPReply(code: 535, enhancedCode: "5.7.8", text: "5.7.8 wrong password")))
            }
        }
    }

    @Test func `NOT-041 TLS from the first byte`() async throws {
        try await Certificate.with(name: "DNS:localhost") { certificate in
            try await PythonServer.with(smtpServerScript, ["tls", certificate.serverPath]) { server, port in
                var configuration = SMTPTransport.Configuration()
                configuration.certificateBundlePath = certificate.certificatePath
                let transport = try SMTPTransport(url: SecretString("smtps://localhost:\(port)"), configuration: configuration)
                try await transport.send(message(to: "a@example.com"))
                #expect(try await mails(server, count: 1).first?.tls == true)
                let untrusting = try SMTPTransport(url: SecretString("smtps://localhost:\(port)"))
                let error = try await #require(throws: SMTPError.self) { try await untrusting.send(message(to: "a@example.com")) }
                guard case .insecure = error else {
                    Issue.record(error)
                    return
                }
            }
        }
    }

    @Test func `NOT-041 without STARTTLS nothing is sent where TLS is required`() async throws {
        try await PythonServer.with(smtpServerScript, ["plain"]) { server, port in
            let transport = try SMTPTransport(url: SecretString("smtp://user:right@127.0.0.1:\(port)"), requiresTLS: true)
            let error = try await #require(throws: SMTPError.self) { try await transport.send(message(to: "a@example.com")) }
            guard case .insecure = error else {
                Issue.record(error)
                return
            }
            #expect(server.linesSoFar("COMMAND 1 MAIL").isEmpty)
            #expect(server.linesSoFar("COMMAND 1 AUTH").isEmpty)
        }
    }

    @Test func `NOT-043 refusals keep their codes and say whether they are for good`() async throws {
        let gone = try await failure(to: "nobody@example.com")
        #expect(gone == .permanent(SMTPReply(code: 550, enhancedCode: "5.1.1", text: "5.1.1 no such mailbox")))
        let policy = try await failure(to: "policy@example.com")
        #expect(policy == .permanent(SMTPReply(code: 554, enhancedCode: "5.7.1", text: "5.7.1 we do not like you")))
        let content = try await failure(to: "data-refused@example.com")
        #expect(content == .permanent(SMTPReply(code: 554, enhancedCode: "5.6.0", text: "5.6.0 not this content")))
        for recipient in ["put-off@example.com", "data-put-off@example.com"] {
            guard case .transient(let reply?, _) = try await failure(to: recipient) else {
                Issue.record("\(recipient) was not put off")
                continue
            }
            #expect(reply.code / 100 == 4)
            #expect(reply.enhancedCode?.hasPrefix("4.") == true)
        }
    }

    @Test func `NOT-043 only refusals of the address suppress it`() {
        for (code, enhanced, concerns) in [
            (550, "5.1.1", true), (550, nil, true), (553, nil, true), (550, "5.7.1", false), (554, nil, false), (554, "5.6.0", false),
            (550, "5.2.2", false), (450, "4.1.1", false), (421, nil, false), (550, "5.1.2", true), (551, "5.1.6", true),
        ] as [(Int, String?, Bool)] {
            #expect(SMTPReply(code: code, enhancedCode: enhanced).concernsAddress == concerns, "\(code) \(enhanced ?? "")")
        }
    }

    @Test func `NOT-033 a connection lost after the message is unknown, one lost before its end is not`() async throws {
        guard case .unknown = try await failure(to: "drop-after-data@example.com") else {
            Issue.record("must be unknown")
            return
        }
        guard case .unknown = try await failure(to: "silence@example.com", timeout: .seconds(10)) else {
            Issue.record("must be unknown")
            return
        }
        // More than the buffers of both ends hold together: a part of it is still to be sent when the connection goes.
        let large = [UInt8](repeating: UInt8(ascii: "x"), count: 16_000_000)
        let lines = Array(large.split(separator: 0).joined()) + Array("\r\n".utf8)
        guard
            case .transient(nil, _) = try await failure(
                to: "drop-in-data@example.com", content: Self.content + Self.content + lines + lines)
        else {
            Issue.record("must be transient")
            return
        }
    }

    @Test func `a relay that is not there is transient`() async throws {
        let transport = try SMTPTransport(url: SecretString("smtp://127.0.0.1:1"))
        let error = try await #require(throws: SMTPError.self) { try await transport.send(message(to: "a@example.com")) }
        guard case .transient(nil, _) = error else {
            Issue.record(error)
            return
        }
    }

    @Test(arguments: [
        "a@example.com>\r\nRCPT TO:<b@example.com", "a@example.com\nDATA", "a b@example.com", "a@b@c", "@example.com", "a@", "", "a",
        "<a@example.com>", "\"a\"@example.com", "ä@example.com", "a@example.com ", "a@example.com\u{0}",
        String(repeating: "x", count: 65) + "@example.com",
    ])
    func `NOT-017 an address that could be more than an address is refused before anything is sent`(address: String) async throws {
        let transport = try SMTPTransport(url: SecretString("smtp://127.0.0.1:9"))
        for message in [
            SMTPMessage(sender: "a@example.com", recipients: [address], content: Self.content),
            SMTPMessage(sender: address, recipients: ["a@example.com"], content: Self.content),
        ] {
            let error = try await #require(throws: SMTPError.self) { try await transport.send(message) }
            guard case .invalid(let reason) = error else {
                Issue.record(error)
                continue
            }
            #expect(address.isEmpty || address == "a" || !reason.contains(address))
        }
    }

    @Test(arguments: ["http://localhost", "localhost:25", "", "smtp://", "smtp://localhost/path", "smtp://a b"])
    func `a relay is an smtp or smtps address`(url: String) {
        #expect(throws: SMTPError.self) { try SMTPTransport(url: SecretString(url)) }
    }
}
