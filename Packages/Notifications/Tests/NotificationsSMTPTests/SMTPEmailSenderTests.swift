import Core
import HTTPClient
import Notifications
import Testing

@testable import NotificationsSMTP

@Suite struct SMTPEmailSenderTests {
    static let reply550 = SMTPReply(code: 550, enhancedCode: "5.1.1", text: "no such mailbox ada@example.com")

    @Test(arguments: [
        (SMTPError.permanent(reply550), EmailRefusal.permanent(reason: "the relay refused with 550 5.1.1", concernsAddress: true)),
        (
            .permanent(SMTPReply(code: 554, enhancedCode: "5.7.1")),
            .permanent(reason: "the relay refused with 554 5.7.1", concernsAddress: false)
        ),
        (.transient(SMTPReply(code: 451), reason: "x"), .temporary(reason: "the relay put off with 451")),
        (.transient(nil, reason: "no connection"), .unreachable(reason: "no connection")),
        (.insecure(reason: "x"), .unreachable(reason: "the relay is not secure: x")),
        (.unknown(reason: "x"), .unknown(reason: "it is not known whether the relay took the mail: x")),
        (.invalid("x"), .permanent(reason: "x", concernsAddress: false)),
    ])
    func `NOT-043 what a relay says becomes what the outbox does, without an address`(error: SMTPError, refusal: EmailRefusal) {
        #expect(SMTPEmailSender.refusal(error) == refusal)
        #expect(!refusal.description.contains("@"))
    }

    @Test func `NOT-046 a relay that is not there is a temporary refusal`() async throws {
        let identity = try #require(SenderIdentity("Trellis <mail@trellis.example>"))
        // Port 1 of the loopback address: nothing listens there.
        let sender = SMTPEmailSender(transport: try SMTPTransport(url: SecretString("smtp://127.0.0.1:1")), identity: identity)
        try await refuses(sender)
        try await refuses(FailingEmailSender(.unreachable(reason: "down")))
    }

    private func refuses(_ sender: any EmailSender) async throws {
        let error = try await #require(throws: EmailRefusal.self) { try await sender.send(email()) }
        guard case .unreachable = error else {
            Issue.record(error)
            return
        }
    }

    @Test func `NOT-046 a recording sender keeps what it took`() async throws {
        let sender = RecordingEmailSender()
        let receipt = try await sender.send(email())
        #expect(receipt == EmailReceipt(reply: "250 recorded as 1"))
        #expect(sender.emails == [try email()])
    }

    private func email() throws -> Email {
        Email(
            id: Mail.ID(high: 1, low: 2), template: .welcome, recipient: try #require(MailAddress("ada@example.com")),
            date: Instant(secondsSinceEpoch: 0), subject: "x", html: "x", text: "x")
    }
}
