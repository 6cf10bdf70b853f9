internal import Core
public import HTTPClient
public import Notifications

/// Hands mails to a relay by SMTP.
public struct SMTPEmailSender: EmailSender, Sendable {
    private let transport: SMTPTransport
    private let identity: SenderIdentity
    private let brands: [String: SenderIdentity]

    /// Makes a sender.
    ///
    /// - Parameter brands: whom mails of other brands are from, by their names.
    public init(transport: SMTPTransport, identity: SenderIdentity, brands: [String: SenderIdentity] = [:]) {
        self.transport = transport
        self.identity = identity
        self.brands = brands
    }

    /// Hands a mail over; the same mail is the same bytes in every attempt.
    public func send(_ email: Email) async throws -> EmailReceipt {
        let identity = email.brand.flatMap { brands[$0] } ?? identity
        let message = SMTPMessage(
            sender: identity.address.description, recipients: [email.recipient.description],
            content: MIMEMessage(email, from: identity).bytes)
        do {
            let reply = try await transport.send(message)
            return EmailReceipt(reply: "\(reply.code) \(reply.text)", queueID: Self.queueID(in: reply.text))
        } catch let error as SMTPError {
            throw Self.refusal(error)
        }
    }

    /// The bytes of a mail as they travel, for those who want to see them.
    public static func source(of email: Email, from identity: SenderIdentity) -> [UInt8] {
        MIMEMessage(email, from: identity).bytes
    }

    /// What relays call a mail stands behind one of these words; Postfix, Exim, Sendmail and Exchange each have their own.
    static func queueID(in reply: String) -> String? {
        let words = reply.split { $0 == " " || $0 == "<" || $0 == ">" || $0 == ";" }
        for (index, word) in words.enumerated() {
            if word.hasPrefix("id="), word.count > 3 { return String(word.dropFirst(3)) }
            if word == "as" || word == "message", index > 0, index + 1 < words.count { return String(words[index + 1]) }
        }
        return nil
    }

    static func refusal(_ error: SMTPError) -> EmailRefusal {
        switch error {
        case .invalid: .permanent(reason: error.description, concernsAddress: false)
        case .permanent(let reply): .permanent(reason: error.description, concernsAddress: reply.concernsAddress)
        case .transient(.some, _): .temporary(reason: error.description)
        // Nobody was there, or nobody to trust: a wrong certificate is the operators' to repair, and the mail waits for it.
        case .transient(.none, _), .insecure: .unreachable(reason: error.description)
        case .unknown: .unknown(reason: error.description)
        }
    }
}

/// Who mails are from.
public struct SenderIdentity: Sendable, Hashable {
    /// The name shown beside the address.
    public let name: String
    /// The address: sender, and where bounces go.
    public let address: MailAddress
    /// Where answers go, when that is not the sender.
    public var replyTo: MailAddress?

    /// Makes an identity.
    public init(name: String, address: MailAddress) {
        self.name = name
        self.address = address
    }

    /// Reads `Name <address>` or an address alone, as the setting `TRELLIS_MAIL_FROM` gives it; anything else is `nil`.
    public init?(_ text: String) {
        guard let start = text.lastIndex(of: "<"), text.hasSuffix(">") else {
            guard let address = MailAddress(text) else { return nil }
            self.init(name: "", address: address)
            return
        }
        guard let address = MailAddress(String(text[text.index(after: start)...].dropLast())) else { return nil }
        self.init(name: text[..<start].split(separator: " ").joined(separator: " "), address: address)
    }
}
