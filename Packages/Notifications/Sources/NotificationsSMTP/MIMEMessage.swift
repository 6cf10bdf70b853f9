internal import Core
internal import Notifications

/// A mail as bytes: header, then the text part and the HTML part as alternatives (NOT-016; RFC 5322, RFC 2045, RFC 2046).
///
/// Nothing in it comes from the clock or from chance, so the same mail is always the same bytes.
struct MIMEMessage {
    let bytes: [UInt8]

    init(_ email: Email, from identity: SenderIdentity) {
        let domain = identity.address.description.split(separator: "@").last.map(String.init) ?? "localhost"
        let boundary = "=_\(email.id)"
        let sender = identity.name.isEmpty ? "<\(identity.address)>" : "\(HeaderText.phrase(identity.name)) <\(identity.address)>"
        var header = [
            "From: \(sender)",
            "To: <\(email.recipient)>",
            "Subject: \(HeaderText.unstructured(email.subject, after: "Subject: ".utf8.count))",
            "Date: \(Self.date(email.date))",
            "Message-ID: <\(email.id)@\(domain)>",
            "Auto-Submitted: auto-generated",
            "X-Trellis-Mail: \(email.id)",
            "X-Trellis-Template: \(email.template.rawValue)",
            "MIME-Version: 1.0",
            "Content-Type: multipart/alternative;\r\n boundary=\"\(boundary)\"",
        ]
        if let url = email.unsubscribeURL {
            // RFC 2369, section 3.2, and RFC 8058: long addresses stand on a line of their own.
            header.insert(contentsOf: ["List-Unsubscribe:\r\n <\(url)>", "List-Unsubscribe-Post: List-Unsubscribe=One-Click"], at: 6)
        }
        if let replyTo = identity.replyTo { header.insert("Reply-To: <\(replyTo)>", at: 1) }
        var text = header.joined(separator: "\r\n") + "\r\n\r\n"
        for (type, part) in [("text/plain", email.text), ("text/html", email.html)] {
            text += "--\(boundary)\r\nContent-Type: \(type); charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
            text += QuotedPrintable.encode(part) + "\r\n"
        }
        text += "--\(boundary)--\r\n"
        bytes = Array(text.utf8)
    }

    /// RFC 5322, section 3.3.
    private static func date(_ instant: Instant) -> String {
        let date = instant.calendarDate
        let seconds = Int(instant.secondsSinceEpoch - date.startOfDay.secondsSinceEpoch)
        let time = [seconds / 3_600, seconds / 60 % 60, seconds % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
        // 1 January 1970 was a Thursday.
        let weekday = weekdays[((date.daysSinceEpoch + 4) % 7 + 7) % 7]
        return "\(weekday), \(date.day) \(months[date.month - 1]) \(date.year) \(time) +0000"
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
}

/// Texts as they may stand in a header: never a line end or control character of their own (NOT-017).
enum HeaderText {
    /// A subject: as it is when it is plain, else in encoded words (RFC 2047) folded under 76 columns.
    static func unstructured(_ text: String, after used: Int) -> String {
        let text = printable(text)
        let isPlain = text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F } && !text.contains("=?")
        return isPlain && text.utf8.count + used <= 76 ? text : encodedWords(text)
    }

    /// A name beside an address: quoted when it is plain, else in encoded words.
    static func phrase(_ text: String) -> String {
        let text = printable(text)
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }), !text.contains("=?"), text.utf8.count <= 60 else {
            return encodedWords(text)
        }
        let escaped = text.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
        return "\"\(escaped)\""
    }

    private static func printable(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) ? " " : $0 }))
    }

    /// Each word holds whole characters and at most 75 columns (RFC 2047, section 2).
    private static func encodedWords(_ text: String) -> String {
        var words: [String] = []
        var word = ""
        for scalar in text.unicodeScalars {
            let encoded = String(scalar).utf8.map(encoded).joined()
            if word.utf8.count + encoded.utf8.count > 54 {
                words.append(word)
                word = ""
            }
            word += encoded
        }
        words.append(word)
        return words.map { "=?utf-8?Q?\($0)?=" }.joined(separator: "\r\n ")
    }

    private static func encoded(_ byte: UInt8) -> String {
        switch byte {
        case UInt8(ascii: " "): "_"
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            String(Unicode.Scalar(byte))
        default: QuotedPrintable.escape(byte)
        }
    }
}

/// Quoted-printable (RFC 2045, section 6.7): lines of at most 76 columns, CRLF line ends, everything else ASCII.
enum QuotedPrintable {
    static func encode(_ text: String) -> String {
        var lines: [String] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            lines.append(contentsOf: encode(line: Array(line.utf8)))
        }
        return lines.joined(separator: "\r\n")
    }

    static func escape(_ byte: UInt8) -> String {
        let digits = Array("0123456789ABCDEF")
        return "=\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
    }

    private static func encode(line: [UInt8]) -> [String] {
        var lines: [String] = []
        var current = ""
        for (index, byte) in line.enumerated() {
            let isLast = index == line.count - 1
            let isBlank = byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
            let isPlain = (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "=") || isBlank && !isLast
            let piece = isPlain ? String(Unicode.Scalar(byte)) : escape(byte)
            if current.utf8.count + piece.utf8.count > 75 {
                lines.append(current + "=")
                current = ""
            }
            current += piece
        }
        return lines + [current]
    }
}
