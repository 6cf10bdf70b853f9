/// What a mail system sends back about a message that it had taken.
struct DeliveryReport {
    let kind: MailFault.Kind
    let recipient: String
    /// The message that it is about.
    let message: [UInt8]

    /// The report: of a failed delivery (RFC 3464), or of a complaint (RFC 5965); `nil` for another fault.
    var bytes: [UInt8]? {
        let (type, part, words): (String, String, String)
        switch kind {
        case .bounce:
            type = "delivery-status"
            words = "The message could not be delivered."
            part = """
                Content-Type: message/delivery-status

                Reporting-MTA: dns; mail.localhost

                Final-Recipient: rfc822; \(recipient)
                Action: failed
                Status: 5.1.1
                Diagnostic-Code: smtp; 550 5.1.1 No such mailbox

                """
        case .complaint:
            type = "feedback-report"
            words = "The recipient does not want the message."
            part = """
                Content-Type: message/feedback-report

                Feedback-Type: abuse
                User-Agent: mail.localhost/1.0
                Version: 1
                Original-Rcpt-To: \(recipient)

                """
        case .refuse, .slow, .dropBeforeData, .dropAfterData: return nil
        }
        let head = """
            Subject: A report about your message
            From: <mailer-daemon@mail.localhost>
            Auto-Submitted: auto-replied
            MIME-Version: 1.0
            Content-Type: multipart/report; report-type=\(type); boundary=report

            --report
            Content-Type: text/plain

            \(words)

            --report
            \(part)
            --report
            Content-Type: text/rfc822-headers


            """
        // Lines of a mail end with both characters; the headers of the message have them already.
        return Array(head.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n").utf8) + headers
            + Array("\r\n--report--\r\n".utf8)
    }

    /// The headers of the message: what comes before its first empty line.
    private var headers: [UInt8] {
        let end = message.indices.first { message[$0...].starts(with: [13, 10, 13, 10]) }
        return Array(message[..<(end.map { $0 + 2 } ?? message.endIndex)])
    }
}
