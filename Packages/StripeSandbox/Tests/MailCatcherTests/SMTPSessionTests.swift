import PlatformTesting
import Testing

@testable import MailCatcher

@Suite struct SMTPSessionTests {
    let mailbox = Mailbox(dateSource: TestClock.fixed())

    private func converse(_ lines: String...) -> [String] {
        var session = SMTPSession(mailbox: mailbox)
        let reaction = session.receive(Array(lines.map { $0 + "\r\n" }.joined().utf8))
        return String(decoding: reaction.output, as: UTF8.self).split(separator: "\r\n").map { String($0.prefix(3)) }
    }

    @Test func `commands that come all at once are answered in their order`() {
        let codes = converse(
            "EHLO client", "MAIL FROM:<a@example.com> SIZE=100", "RCPT TO:<b@example.com>", "DATA", "Subject: Hello", "", "..dot", ".",
            "QUIT")
        #expect(codes.suffix(5) == ["250", "250", "354", "250", "221"])
        #expect(mailbox.messages.first?.content.header("Subject") == "Hello")
        #expect(mailbox.messages.first?.content.text(ofType: "text/plain") == ".dot\n")
    }

    @Test(arguments: [
        ("MAIL FROM:<a@example.com>", "503"), ("RCPT TO:<a@example.com>", "503"), ("DATA", "503"), ("WHAT", "500"), ("NOOP", "250"),
        ("VRFY a", "252"),
    ])
    func `commands before their time are refused`(_ command: String, _ code: String) {
        #expect(converse(command) == [code])
    }

    @Test func `a message that says it is too large is refused before it is sent`() {
        #expect(converse("EHLO c", "MAIL FROM:<a@example.com> SIZE=999999999").last == "552")
        #expect(converse("EHLO c", "MAIL FROM:<a@example.com> SIZE=x").last == "501")
        #expect(converse("EHLO c", "MAIL FROM:a@example.com").last == "501")
    }

    @Test func `a line that never ends closes the conversation`() {
        var session = SMTPSession(mailbox: mailbox)
        #expect(session.receive([UInt8](repeating: 65, count: 5_000)).closes)
    }

    @Test func `RSET forgets sender and recipients`() {
        #expect(converse("EHLO c", "MAIL FROM:<a@example.com>", "RSET", "DATA").last == "503")
    }

    @Test func `a recipient that is to be refused is refused as often as was said`() {
        mailbox.setFaults([MailFault(address: "@busy.example.com", code: 451, count: 1)])
        let codes = converse("EHLO c", "MAIL FROM:<a@example.com>", "RCPT TO:<x@busy.example.com>", "RCPT TO:<x@busy.example.com>")
        #expect(codes.suffix(2) == ["451", "250"])
    }
}
