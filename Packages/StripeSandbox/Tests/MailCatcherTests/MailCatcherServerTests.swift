import Core
import EventLoops
import HTTPClient
import PlatformTesting
import Testing

@testable import MailCatcher

@Suite struct MailCatcherServerTests {
    private func get(_ transport: CurlTransport, _ port: Int, _ path: String, method: String = "GET") async throws -> ClientResponse {
        try await transport.send(ClientRequest(method, "http://127.0.0.1:\(port)\(path)"))
    }

    private func withCatcher(_ body: (MailCatcherServer.Ports, CurlTransport) async throws -> Void) async throws {
        let loops = try EventLoopGroup(count: 1, name: "mail")
        let server = MailCatcherServer(configuration: MailCatcherConfiguration(), dateSource: TestClock.fixed(), loops: loops)
        let ports = try await server.start()
        var configuration = CurlTransport.Configuration()
        configuration.allowsPlainLoopback = true
        let transport = CurlTransport(configuration: configuration)
        let result: Result<Void, any Error>
        do { result = .success(try await body(ports, transport)) } catch { result = .failure(error) }
        transport.close()
        await server.stop()
        loops.shutdown()
        try result.get()
    }

    @Test func `mail sent over SMTP can be read over HTTP and be forgotten`() async throws {
        try await withCatcher { ports, transport in
            let smtp = try SMTPTransport(url: SecretString("smtp://127.0.0.1:\(ports.smtp)"))
            try await smtp.send(
                SMTPMessage(
                    sender: "app@example.com", recipients: ["owner@example.com"],
                    content: Array("Subject: Your receipt\r\nTo: owner@example.com\r\n\r\nThank you.\r\n.hidden\r\n".utf8)))
            let answer = try await get(transport, ports.http, "/messages?to=owner@example.com")
            let json = try JSON.decode(JSONValue.self, from: answer.body)
            #expect(json["count"] == 1)
            let message = json["messages"]?.arrayValue?.first
            #expect(message?["subject"] == "Your receipt")
            #expect(message?["text"] == "Thank you.\n.hidden\n")
            #expect(message?["envelope"]?["from"] == "app@example.com")
            let page = try await get(transport, ports.http, "/")
            #expect(String(decoding: page.body, as: UTF8.self).contains("Your receipt"))
            #expect(try await get(transport, ports.http, "/messages", method: "DELETE").status == 204)
            #expect(try await get(transport, ports.http, "/messages/1").status == 404)
        }
    }

    private func mail(to recipient: String, template: String, subject: String = "Hello") -> SMTPMessage {
        let html =
            "<!DOCTYPE html><html><head><style>@media (prefers-color-scheme: dark) { p { color: #fff } }</style></head><body><p>Hi</p></body></html>"
        let text = """
            Subject: \(subject)\r\nTo: \(recipient)\r\nX-Trellis-Template: \(template)\r\nMIME-Version: 1.0\r
            Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nRead:\r\nhttps://app.example.com/x?token=1\r
            --b\r\nContent-Type: text/html\r\n\r\n\(html)\r\n--b--\r\n
            """
        return SMTPMessage(sender: "app@example.com", recipients: [recipient], content: Array(text.utf8))
    }

    @Test func `NOT-050 a test program finds mail by recipient, template and time, waits for it, and forgets all`() async throws {
        try await withCatcher { ports, transport in
            let smtp = try SMTPTransport(url: SecretString("smtp://127.0.0.1:\(ports.smtp)"))
            func count(_ query: String) async throws -> JSONValue? {
                try JSON.decode(JSONValue.self, from: try await get(transport, ports.http, "/v1/test/mail?\(query)").body)["count"]
            }
            #expect(try await count("to=ada@example.com") == 0)
            async let waited = count("to=ada@example.com&template=welcome&wait=25")
            try await smtp.send(mail(to: "bob@example.com", template: "welcome"))
            try await smtp.send(mail(to: "ada@example.com", template: "password_reset"))
            try await smtp.send(mail(to: "ada@example.com", template: "welcome"))
            #expect(try await waited == 1)
            #expect(try await count("to=ADA@example.com") == 2)
            #expect(try await count("template=welcome") == 2)
            #expect(try await count("since=2100-01-01T00:00:00Z") == 0)
            #expect(try await get(transport, ports.http, "/v1/test/mail", method: "DELETE").status == 204)
            #expect(try await count("wait=0") == 0)
        }
    }

    @Test func `NOT-049 pages list, search and show mail in every form, and neither they nor the mail may run or fetch anything`()
        async throws
    {
        try await withCatcher { ports, transport in
            let smtp = try SMTPTransport(url: SecretString("smtp://127.0.0.1:\(ports.smtp)"))
            try await smtp.send(mail(to: "ada@example.com", template: "welcome", subject: "Welcome <b>Ada</b>"))
            try await smtp.send(mail(to: "bob@example.com", template: "graph_ready", subject: "sales is ready"))
            func page(_ path: String) async throws -> (text: String, policy: String) {
                let answer = try await get(transport, ports.http, path)
                #expect(answer.status == 200, "\(path)")
                return (String(decoding: answer.body, as: UTF8.self), answer.headers["Content-Security-Policy"] ?? "")
            }
            for (words, found) in [("ada@", "Welcome"), ("graph_ready", "sales is ready"), ("READY", "sales is ready")] {
                let list = try await page("/?q=\(words)").text
                #expect(list.contains(found) && list.contains("Welcome") == (found == "Welcome"))
            }
            let shown = try await page("/mail/1?width=320&scheme=dark")
            #expect(shown.text.contains("Welcome &lt;b&gt;Ada&lt;/b&gt;") && !shown.text.contains("<b>Ada"))
            #expect(shown.text.contains("width=\"320\"") && shown.text.contains("sandbox=\"allow-popups"))
            #expect(shown.text.contains("<a href=\"https://app.example.com/x?token=1\">"))
            #expect(shown.text.contains("X-Trellis-Template") && shown.text.contains("/messages/1/raw"))
            #expect(!shown.text.contains("<script") && shown.policy.contains("default-src 'none'"))
            let light = try await page("/messages/1/html")
            let dark = try await page("/messages/1/html?scheme=dark")
            #expect(light.text.contains("prefers-color-scheme") && dark.text.contains("@media all"))
            #expect(dark.policy.contains("sandbox") && dark.policy.contains("default-src 'none'"))
        }
    }

    @Test
    func `NOT-051 a test makes recipients refuse, now or for ever, connections end before and after the message, and reports come later`()
        async throws
    {
        try await withCatcher { ports, transport in
            let smtp = try SMTPTransport(url: SecretString("smtp://127.0.0.1:\(ports.smtp)"))
            func fault(_ fault: JSONValue) async throws -> Int {
                try await transport.send(
                    ClientRequest(
                        "POST", "http://127.0.0.1:\(ports.http)/faults", headers: ["Content-Type": "application/json"],
                        body: try JSON.encode(fault))
                ).status
            }
            func caught(_ recipient: String) async throws -> [JSONValue] {
                let answer = try await get(transport, ports.http, "/messages?to=\(recipient)")
                return try JSON.decode(JSONValue.self, from: answer.body)["messages"]?.arrayValue ?? []
            }
            func outcome(_ recipient: String) async -> String {
                do {
                    try await smtp.send(mail(to: recipient, template: "welcome"))
                    return "taken"
                } catch SMTPError.transient(let reply, _) {
                    return "transient \(reply?.code ?? 0)"
                } catch SMTPError.permanent(let reply) {
                    return "permanent \(reply.code)"
                } catch SMTPError.unknown {
                    return "unknown"
                } catch {
                    return "\(error)"
                }
            }
            for (address, kind, code) in [
                ("later@example.com", "refuse", 451), ("@never.example.com", "refuse", 550),
                ("before@example.com", "drop_before_data", nil),
                ("after@example.com", "drop_after_data", nil), ("bounce@example.com", "bounce", nil),
                ("complaint@example.com", "complaint", nil),
            ] as [(String, String, Int64?)] {
                let wish: JSONValue = [
                    "address": .string(address), "kind": .string(kind), "code": code.map { .integer($0) } ?? .null, "count": 1,
                ]
                #expect(try await fault(wish) == 201, "\(kind)")
            }
            for wrong in [["address": "*", "kind": "refuse"], ["address": "*", "kind": "slow"], ["address": "*", "kind": "explode"]]
                as [JSONValue]
            {
                #expect(try await fault(wrong) == 422)
            }
            #expect(await outcome("later@example.com") == "transient 451")
            #expect(await outcome("ada@never.example.com") == "permanent 550")
            // Nobody has taken it, and the sender may send it again.
            #expect(await outcome("before@example.com").hasPrefix("transient"))
            #expect(try await caught("before@example.com").isEmpty)
            // It is there, and the sender cannot know (NOT-033).
            #expect(await outcome("after@example.com") == "unknown")
            #expect(try await caught("after@example.com").count == 1)
            // Each fault was for one time.
            for address in ["later@example.com", "ada@never.example.com", "before@example.com"] {
                #expect(await outcome(address) == "taken")
                #expect(try await caught(address).count == 1)
            }

            #expect(try await caught("app@example.com").isEmpty)
            #expect(await outcome("bounce@example.com") == "taken")
            #expect(await outcome("complaint@example.com") == "taken")
            let reports = try await caught("app@example.com")
            #expect(reports.count == 2 && reports.allSatisfy { $0["envelope"]?["from"] == "" })
            for (report, words) in zip(
                reports,
                [
                    ["Final-Recipient: rfc822; bounce@example.com", "Action: failed", "Status: 5.1.1"],
                    ["Feedback-Type: abuse", "Original-Rcpt-To: complaint@example.com"],
                ])
            {
                let id = try #require(report["id"]?.integerValue)
                let raw = String(decoding: try await get(transport, ports.http, "/messages/\(id)/raw").body, as: UTF8.self)
                // The headers of the message stand at its end: by them the product knows which it was.
                for word in words + ["X-Trellis-Template: welcome"] { #expect(raw.contains("\r\n\(word)\r\n"), "\(word): \(raw)") }
            }
        }
    }

    @Test func `NOT-051 a slow answer waits for as long as was said, and the message is there already`() {
        let mailbox = Mailbox(dateSource: TestClock.fixed())
        mailbox.setFaults([MailFault(address: "*", kind: .slow, seconds: 7, count: 1)])
        var session = SMTPSession(mailbox: mailbox)
        func send() -> SMTPSession.Reaction {
            let lines = ["EHLO c", "MAIL FROM:<a@example.com>", "RCPT TO:<b@example.com>", "DATA", "Subject: x", "", "x", "."]
            return session.receive(Array((lines.joined(separator: "\r\n") + "\r\n").utf8))
        }
        let (slow, quick) = (send(), send())
        #expect(slow.delay == .seconds(7) && quick.delay == .zero)
        #expect(mailbox.messages.count == 2)
        #expect(String(decoding: slow.output, as: UTF8.self).hasSuffix("250 2.0.0 OK: message 1\r\n"))
    }

    @Test func `NOT-048 the newest 2000 messages are kept`() {
        let mailbox = Mailbox(dateSource: TestClock.fixed())
        for number in 1...2_003 { _ = mailbox.add(from: "a@example.com", to: ["b@example.com"], Array("Subject: \(number)\r\n\r\n".utf8)) }
        #expect(mailbox.messages.count == 2_000)
        #expect(mailbox.messages.first?.id == 4)
        #expect(mailbox.lastID == 2_003)
    }
}
