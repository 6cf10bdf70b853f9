import Testing

@testable import MailCatcher

@Suite struct MIMETests {
    @Test func `both forms of a multipart message are decoded`() {
        let message = MIMEPart(
            parsing: Array(
                """
                From: =?utf-8?Q?Gr=C3=BC=C3=9Fe?= <a@example.com>\r
                Subject: =?UTF-8?B?SGVsbG8g?=\r
                 =?UTF-8?B?V29ybGQ=?=\r
                Content-Type: multipart/alternative; boundary="b;1"\r
                \r
                preamble\r
                --b;1\r
                Content-Type: text/plain; charset=utf-8\r
                Content-Transfer-Encoding: quoted-printable\r
                \r
                Caf=C3=A9 =\r
                au lait\r
                --b;1\r
                Content-Type: text/html; charset=utf-8\r
                Content-Transfer-Encoding: base64\r
                \r
                PHA+Q2Fmw6k8L3A+\r
                --b;1--\r
                epilogue\r

                """.utf8))
        #expect(message.header("from") == "Grüße <a@example.com>")
        #expect(message.header("Subject") == "Hello World")
        #expect(message.text(ofType: "text/plain") == "Café au lait")
        #expect(message.text(ofType: "text/html") == "<p>Café</p>")
    }

    @Test(arguments: [
        "", "\r\n", "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x", "a", "Subject: =?utf-8?Q?", "Subject: =?x?y?z?=\r\n\r\n",
    ])
    func `damaged messages are read as far as they go`(_ text: String) {
        let message = MIMEPart(parsing: Array(text.utf8))
        #expect(message.leaves.allSatisfy { $0.parts.isEmpty })
    }

    @Test func `damaged quoted-printable stays as it is`() {
        #expect(TransferEncoding.decode(Array("a=ZZ=".utf8)[...], "quoted-printable") == Array("a=ZZ=".utf8))
    }
}
