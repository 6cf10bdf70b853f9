import Core
import EventLoops
import HTTPClient
import MailCatcher
import PlatformTesting
import Testing

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
}
