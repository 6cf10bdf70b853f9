internal import Core

/// A report as mail systems send it back, about a delivery (RFC 3464, RFC 3462) or a complaint (RFC 5965): which mail, for whom, and what became of it.
public struct DeliveryStatusReport: Sendable, Hashable {
    /// One entry for each recipient that the report tells of.
    public let feedback: [MailFeedback]

    /// Reads a whole message. What cannot be understood is left out; a message without a status gives no entry.
    public init(reading message: [UInt8]) {
        let lines = Self.unfolded(String(decoding: message, as: UTF8.self))
        // Anybody can write to the mailbox for reports: one that names an address alone proves nothing, and could silence anyone.
        guard let mail = Self.mail(in: lines) else {
            feedback = []
            return
        }
        var feedback: [MailFeedback] = []
        var fields: [String: String] = [:]
        func close() {
            defer { fields = [:] }
            guard let kind = Self.kind(fields["action"], status: fields["status"], feedback: fields["feedback-type"]) else { return }
            let address = fields["original-recipient"] ?? fields["final-recipient"] ?? fields["original-rcpt-to"]
            // What stands before the semicolon is the kind of address (RFC 3464, section 2.3).
            let recipient = address?.split(separator: ";", maxSplits: 1).last.map {
                String($0).trimmedBlanks.filter { $0 != "<" && $0 != ">" }
            }
            if let entry = MailFeedback(
                mail: mail, recipient: recipient.flatMap { MailAddress($0) }, kind: kind,
                code: fields["status"] ?? fields["diagnostic-code"])
            {
                feedback.append(entry)
            }
        }
        for line in lines {
            guard let colon = line.firstIndex(of: ":") else {
                if line.allSatisfy(\.isWhitespace) { close() }
                continue
            }
            let name = line[..<colon].lowercased()
            if Self.names.contains(name) {
                if name == "final-recipient", fields["final-recipient"] != nil { close() }
                fields[name] = fields[name] ?? String(line[line.index(after: colon)...]).trimmedBlanks
            }
        }
        close()
        self.feedback = feedback
    }

    private static let names = [
        "original-recipient", "final-recipient", "action", "status", "diagnostic-code", "feedback-type", "original-rcpt-to",
    ]

    private static func kind(_ action: String?, status: String?, feedback: String?) -> MailFeedback.Kind? {
        if let feedback, action == nil { return feedback.lowercased() == "abuse" ? .complaint : nil }
        guard let action else { return nil }
        return switch action.lowercased().prefix(while: \.isLetter) {
        case "failed": status?.hasPrefix("4") == true ? .delayed : .hardBounce
        case "delayed": .delayed
        case "delivered", "relayed", "expanded": .delivered
        default: nil
        }
    }

    /// Our own header says it; where only the Message-ID came back, its first part does.
    private static func mail(in lines: [String]) -> Mail.ID? {
        for name in ["x-trellis-mail", "message-id", "original-envelope-id", "in-reply-to", "references"] {
            for line in lines where line.lowercased().hasPrefix(name + ":") {
                let words = line.split { !($0.isLetter || $0.isNumber || $0 == "_") }
                if let id = words.lazy.compactMap({ Mail.ID(String($0)) }).first { return id }
            }
        }
        return nil
    }

    /// Header fields that go on in the next line are one line (RFC 5322, section 2.2.3).
    private static func unfolded(_ text: String) -> [String] {
        var lines: [String] = []
        // A carriage return with a line feed is one character of Swift's.
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            if let first = line.first, first == " " || first == "\t", let last = lines.last, !last.isEmpty {
                lines[lines.count - 1] = last + " " + String(line).trimmedBlanks
            } else {
                lines.append(String(line))
            }
        }
        return lines
    }
}

extension String {
    fileprivate var trimmedBlanks: String {
        var text = Substring(self)
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
