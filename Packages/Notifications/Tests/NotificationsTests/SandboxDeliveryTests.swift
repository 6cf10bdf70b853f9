import Core
import Notifications
import Testing

/// Where a sandbox may send.
@Suite struct SandboxDeliveryTests {
    private func email(to address: String) throws -> Email {
        Email(
            id: Mail.ID(high: 1, low: 2), template: .welcome, recipient: try #require(MailAddress(address)),
            date: Instant(secondsSinceEpoch: 0), subject: "Hello", html: "", text: "")
    }

    @Test func `NOT-047 a sandbox gives a real relay only what goes to domains that were named, and refuses the rest without a try`()
        async throws
    {
        let relay = RecordingEmailSender()
        let limited = SandboxDelivery(isSandbox: true, domains: ["Example.com"]).limiting(relay, to: "smtp.relay.example:587")
        _ = try await limited.send(try email(to: "ada@EXAMPLE.com"))
        for foreign in ["eve@example.org", "eve@sub.example.com", "eve@notexample.com"] {
            await #expect(
                throws: EmailRefusal.permanent(
                    reason: "a sandbox sends to the domains that were named and to no other", concernsAddress: false)
            ) { try await limited.send(try email(to: foreign)) }
        }
        #expect(relay.emails.map(\.recipient.normalized) == ["ada@example.com"])
        let unnamed = SandboxDelivery(isSandbox: true, domains: []).limiting(relay, to: "smtp.relay.example")
        await #expect(throws: EmailRefusal.self) { try await unnamed.send(try email(to: "ada@example.com")) }
    }

    @Test(arguments: ["127.0.0.1:2525", "localhost", "[::1]:25", "127.1.2.3"])
    func `NOT-047 the catcher of its own machine gets everything`(name: String) async throws {
        let catcher = RecordingEmailSender()
        _ = try await SandboxDelivery(isSandbox: true, domains: []).limiting(catcher, to: name).send(try email(to: "eve@example.org"))
        #expect(catcher.emails.count == 1)
    }

    @Test(arguments: ["127.0.0.1.evil.example", "localhost.example", "1270.0.0.1", "128.0.0.1"])
    func `NOT-047 what only looks like this machine is a real relay`(name: String) async throws {
        let relay = RecordingEmailSender()
        let limited = SandboxDelivery(isSandbox: true, domains: []).limiting(relay, to: name)
        await #expect(throws: EmailRefusal.self) { try await limited.send(try email(to: "eve@example.org")) }
        let production = SandboxDelivery(isSandbox: false, domains: []).limiting(relay, to: name)
        _ = try await production.send(try email(to: "eve@example.org"))
        #expect(relay.emails.count == 1)
    }
}
