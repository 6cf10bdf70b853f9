import Core
import Notifications
import Testing

@testable import NotificationsSMTP

@Suite struct MIMEMessageTests {
    private func email(subject: String = "Hello", html: String = "<p>Hello</p>\n", text: String = "Hello\n") throws -> Email {
        Email(
            id: Mail.ID(high: 1, low: 2), template: .welcome, recipient: try #require(MailAddress("ada@example.com")),
            date: Instant(secondsSinceEpoch: 1_769_853_900), subject: subject, html: html, text: text)
    }

    private func message(_ email: Email, from: String = "Trellis <mail@trellis.example>") throws -> String {
        String(decoding: MIMEMessage(email, from: try #require(SenderIdentity(from))).bytes, as: UTF8.self)
    }

    @Test func `NOT-059 a mail that may be turned off says where, for one click, and no other says so`() throws {
        let plain = try email()
        #expect(try !message(plain).contains("List-Unsubscribe"))
        let mail = Email(
            id: plain.id, template: .renewalReminderMonthly, recipient: plain.recipient, date: plain.date, subject: plain.subject,
            html: plain.html,
            text: plain.text, unsubscribeURL: "https://app.example.com/mail/unsubscribe?token=x")
        let lines = try message(mail).split(separator: "\r\n", omittingEmptySubsequences: false).map(String.init)
        let index = try #require(lines.firstIndex(of: "List-Unsubscribe:"))
        #expect(lines[index + 1] == " <https://app.example.com/mail/unsubscribe?token=x>")
        #expect(lines.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"))
        #expect(try #require(lines.firstIndex(of: "")) > index)
    }

    @Test func `NOT-024 answers to a mail go where its brand says`() throws {
        var identity = try #require(SenderIdentity("Acme Graphs <mail@acme.example>"))
        let plain = String(decoding: MIMEMessage(try email(), from: identity).bytes, as: UTF8.self)
        #expect(!plain.contains("Reply-To:"))
        identity.replyTo = MailAddress("desk@acme.example")
        let lines = String(decoding: MIMEMessage(try email(), from: identity).bytes, as: UTF8.self).split(separator: "\r\n").map(
            String.init)
        #expect(lines[0] == "From: \"Acme Graphs\" <mail@acme.example>" && lines[1] == "Reply-To: <desk@acme.example>")
        #expect(lines.contains { $0.hasPrefix("Message-ID: <") && $0.hasSuffix("@acme.example>") })
    }

    @Test func `NOT-016 a mail has both parts, a stable id, the date of its queueing and says that a program sent it`() throws {
        let written = try message(email())
        let lines = written.split(separator: "\r\n", omittingEmptySubsequences: false).map(String.init)
        #expect(
            lines
                == """
                From: "Trellis" <mail@trellis.example>
                To: <ada@example.com>
                Subject: Hello
                Date: Sat, 31 Jan 2026 10:05:00 +0000
                Message-ID: <mail_0000000000000G000000000002@trellis.example>
                Auto-Submitted: auto-generated
                X-Trellis-Mail: mail_0000000000000G000000000002
                X-Trellis-Template: welcome
                MIME-Version: 1.0
                Content-Type: multipart/alternative;
                 boundary="=_mail_0000000000000G000000000002"

                --=_mail_0000000000000G000000000002
                Content-Type: text/plain; charset=utf-8
                Content-Transfer-Encoding: quoted-printable

                Hello

                --=_mail_0000000000000G000000000002
                Content-Type: text/html; charset=utf-8
                Content-Transfer-Encoding: quoted-printable

                <p>Hello</p>

                --=_mail_0000000000000G000000000002--

                """.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
        #expect(try message(email()) == written)
    }

    @Test(arguments: [
        "a\r\nBcc: eve@example.com", "a\nb", "a\rb", "a\u{0}b", "Grüße an ödön", "=?utf-8?Q?x?=", String(repeating: "lang ", count: 60),
        "😀 " + String(repeating: "é", count: 100), "",
    ])
    func `NOT-017 a subject never becomes another header and is folded under 78 columns`(subject: String) throws {
        let lines = try message(email(subject: subject)).split(separator: "\r\n", omittingEmptySubsequences: false)
        let header = lines.prefix { !$0.isEmpty }
        let names = header.filter { !$0.hasPrefix(" ") }.compactMap { $0.split(separator: ":").first }
        #expect(
            names == [
                "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Trellis-Mail", "X-Trellis-Template", "MIME-Version",
                "Content-Type",
            ])
        #expect(header.allSatisfy { $0.utf8.count <= 78 && $0.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F } })
    }

    @Test func `NOT-016 lines are at most 76 columns of ASCII and blanks at their ends are kept`() throws {
        let html = String(repeating: "ä=\t", count: 100) + "end \n" + String(repeating: "x", count: 300) + "\nlast"
        let encoded = QuotedPrintable.encode(html)
        for line in encoded.split(separator: "\r\n", omittingEmptySubsequences: false) {
            #expect(line.utf8.count <= 76)
            #expect(line.last != " " && line.last != "\t")
        }
        #expect(encoded.utf8.allSatisfy { $0 < 0x7F })
        #expect(decode(encoded) == html)
    }

    private func decode(_ text: String) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.replacing("=\r\n", with: "").replacing("\r\n", with: "\n").utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "=") {
                bytes.append(UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) ?? 0)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func `NOT-017 a sender's name is quoted, encoded or refused`() throws {
        #expect(try message(email(), from: "mail@trellis.example").hasPrefix("From: <mail@trellis.example>\r\n"))
        #expect(try message(email(), from: "A \"B\" \\C <mail@trellis.example>").hasPrefix(#"From: "A \"B\" \\C" <mail@trellis.example>"#))
        #expect(
            try message(email(), from: "Grüße <mail@trellis.example>").hasPrefix("From: =?utf-8?Q?Gr=C3=BC=C3=9Fe?= <mail@trellis.example>")
        )
        for text in ["", "x", "X <y>", "X <a@b", "<a@b\r\n>", "X <a@b> Y"] { #expect(SenderIdentity(text) == nil) }
    }
}
