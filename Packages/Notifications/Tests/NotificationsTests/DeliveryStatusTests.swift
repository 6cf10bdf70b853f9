import Core
import Notifications
import Testing

@Suite struct DeliveryStatusTests {
    static let id = "mail_0000000000000G000000000002"

    /// As five mail systems write them.
    static let samples: [(system: String, text: String, kind: MailFeedback.Kind, code: String?)] = [
        (
            "Postfix",
            """
            From: MAILER-DAEMON@mx.example.com (Mail Delivery System)
            Content-Type: multipart/report; report-type=delivery-status; boundary="B1"

            --B1
            Content-Type: text/plain; charset=us-ascii

            This is the mail system at host mx.example.com.

            --B1
            Content-Type: message/delivery-status

            Reporting-MTA: dns; mx.example.com
            Arrival-Date: Sat, 31 Jan 2026 10:05:00 +0000 (UTC)

            Final-Recipient: rfc822; ada@example.com
            Original-Recipient: rfc822;Ada@example.com
            Action: failed
            Status: 5.1.1
            Diagnostic-Code: smtp; 550 5.1.1 <ada@example.com>: Recipient address rejected

            --B1
            Content-Type: message/rfc822

            Message-ID: <\(id)@trellis.example>
            Subject: Welcome

            --B1--
            """, .hardBounce, "5.1.1"
        ),
        (
            "Exim",
            """
            Content-Type: multipart/report; report-type=delivery-status; boundary=x

            --x
            Content-type: message/delivery-status

            Reporting-MTA: dns; relay.example.net

            Action: failed
            Final-Recipient: rfc822;ada@example.com
            Status: 5.0.0
            Remote-MTA: dns; mx.example.com
            Diagnostic-Code: smtp; 550 No such user

            --x
            Content-type: message/rfc822-headers

            X-Trellis-Mail: \(id)
            --x--
            """, .hardBounce, "5.0.0"
        ),
        (
            "Exchange",
            """
            Content-Type: multipart/report; report-type=delivery-status;
            \tboundary="y"
            In-Reply-To: <\(id)@trellis.example>

            --y
            Content-Type: message/delivery-status

            Reporting-MTA: dns;AM0PR01.prod.outlook.example
            Received-From-MTA: dns;relay.example.net

            Final-Recipient: rfc822;ada@example.com
            Action: failed
            Status: 5.1.10
            Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound;
             Recipient not found

            --y--
            """, .hardBounce, "5.1.10"
        ),
        (
            "Gmail",
            """
            Content-Type: multipart/report; boundary="z"; report-type=delivery-status
            References: <\(id)@trellis.example>

            --z
            Content-Type: message/delivery-status

            Reporting-MTA: dns; googlemail.example
            X-Original-Message-ID: <\(id)@trellis.example>

            Final-Recipient: rfc822; ada@example.com
            Action: delayed
            Status: 4.4.1
            Diagnostic-Code: smtp; The recipient server did not accept our requests to connect.
            Will-Retry-Until: Sat, 31 Jan 2026 23:05:00 -0800 (PST)

            --z--
            """, .delayed, "4.4.1"
        ),
        (
            "Sendmail",
            """
            Content-Type: multipart/report; report-type=delivery-status; boundary="s"

            --s
            Content-Type: message/delivery-status

            Reporting-MTA: dns; mail.example.org
            Original-Envelope-Id: \(id)

            Original-Recipient: rfc822;ada@example.com
            Final-Recipient: RFC822; ada@example.com
            Action: delivered (to mailbox)
            Status: 2.1.5

            --s--
            """, .delivered, "2.1.5"
        ),
    ]

    @Test(arguments: samples.indices)
    func `NOT-055 a report of each of five mail systems names our mail, the address, what became of it and the code`(index: Int) throws {
        let sample = Self.samples[index]
        for text in [sample.text, sample.text.replacing("\n", with: "\r\n")] {
            let report = DeliveryStatusReport(reading: Array(text.utf8))
            let feedback = try #require(report.feedback.first, "\(sample.system)")
            #expect(report.feedback.count == 1, "\(sample.system)")
            #expect(feedback.mail?.description == Self.id, "\(sample.system)")
            #expect(feedback.recipient == MailAddress("ada@example.com"), "\(sample.system)")
            #expect(feedback.kind == sample.kind, "\(sample.system)")
            #expect(feedback.code == sample.code, "\(sample.system)")
        }
    }

    @Test func `NOT-055 a failure that is not for ever is no hard bounce, and what is no report says nothing`() throws {
        let late = "Final-Recipient: rfc822; ada@example.com\nAction: failed\nStatus: 4.4.7\n\nMessage-ID: <\(Self.id)@x>\n"
        #expect(DeliveryStatusReport(reading: Array(late.utf8)).feedback.map(\.kind) == [.delayed])
        for text in [
            "", "Subject: out of office\n\nI am away.", "Action: failed\n\n", "\u{0}\u{1}Action: failed\nFinal-Recipient: rfc822; nobody",
        ] {
            #expect(DeliveryStatusReport(reading: Array(text.utf8)).feedback.isEmpty, "\(text)")
        }
        let two =
            "Final-Recipient: rfc822; a@example.com\nAction: failed\nStatus: 5.1.1\n\nFinal-Recipient: rfc822; b@example.com\nAction: relayed\n"
            + "\nMessage-ID: <\(Self.id)@x>\n"
        #expect(DeliveryStatusReport(reading: Array(two.utf8)).feedback.map(\.kind) == [.hardBounce, .delivered])
    }

    @Test func `NOT-051 NOT-055 a complaint says which mail is unwanted and by whom, and other feedback says nothing`() {
        // As the mail catcher sends it back, and as the large mail systems do (RFC 5965).
        func report(_ type: String) -> [MailFeedback] {
            let text = """
                Content-Type: multipart/report; report-type=feedback-report; boundary=report

                --report
                Content-Type: message/feedback-report

                Feedback-Type: \(type)
                User-Agent: mail.localhost/1.0
                Version: 1
                Original-Rcpt-To: ada@example.com

                --report
                Content-Type: text/rfc822-headers

                X-Trellis-Mail: \(Self.id)
                Subject: Your monthly summary

                --report--
                """
            return DeliveryStatusReport(reading: Array(text.utf8)).feedback
        }
        #expect(report("abuse").map(\.kind) == [.complaint])
        #expect(report("abuse").first?.recipient == MailAddress("ada@example.com") && report("abuse").first?.mail?.description == Self.id)
        for type in ["not-spam", "virus", ""] { #expect(report(type).isEmpty, "\(type)") }
    }

    @Test func `NOT-055 a report that names an address and no mail of ours is nobody's word`() {
        let forged = """
            Content-Type: multipart/report; report-type=delivery-status; boundary="B"

            --B
            Content-Type: message/delivery-status

            Final-Recipient: rfc822; billing@victim.example
            Action: failed
            Status: 5.1.1

            --B--
            """
        #expect(DeliveryStatusReport(reading: Array(forged.utf8)).feedback.isEmpty)
        let named = forged + "\nX-Trellis-Mail: \(Self.id)\n"
        #expect(DeliveryStatusReport(reading: Array(named.utf8)).feedback.count == 1)
    }
}
