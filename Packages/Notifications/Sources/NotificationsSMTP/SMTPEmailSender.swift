internal import Core
public import HTTPClient
public import Notifications

/// Hands mails to a relay by SMTP.
public struct SMTPEmailSender: EmailSender, Sendable {
    private let transport: SMTPTransport
    private let identity: SenderIdentity

    /// Makes a sender.
    public init(transport: SMTPTransport, identity: SenderIdentity) {
        self.transport = transport
        self.identity = identity
    }

    /// Hands a mail over; the same mail is the same bytes in every attempt.
    public func send(_ email: Email) async throws -> EmailReceipt {
        let message = SMTPMessage(
            sender: identity.address.description, recipients: [email.recipient.description],
            content: MIMEMessage(email, from: identity).bytes)
        do {
            let reply = try await transport.send(message)
            return EmailReceipt(reply: "\(reply.code) \(reply.text)")
        } catch let error as SMTPError {
            throw Self.refusal(error)
        }
    }

    static func refusal(_ error: SMTPError) -> EmailRefusal {
        switch error {
        case .invalid: .permanent(reason: error.description, concernsAddress: false)
        case .permanent(let reply): .permanent(reason: error.description, concernsAddress: reply.concernsAddress)
        // A wrong certificate is the operators' to repair; the mail waits for it.
        case .transient, .insecure: .temporary(reason: error.description)
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
