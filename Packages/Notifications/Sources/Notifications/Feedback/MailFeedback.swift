/// What somebody who handles mail reports about one that a relay took (NOT-055).
public struct MailFeedback: Sendable, Hashable {
    /// What is reported.
    public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
        /// It is in the mailbox.
        case delivered
        /// It is late; somebody goes on trying.
        case delayed
        /// It came back for good.
        case hardBounce = "hard_bounce"
        /// The recipient reported it as unwanted.
        case complaint
    }

    /// Which mail, when the report names it.
    public let mail: Mail.ID?
    /// The address, when the report names it.
    public let recipient: MailAddress?
    /// What is reported.
    public let kind: Kind
    /// The enhanced status code, such as `5.1.1` (RFC 3463).
    public let code: String?

    /// - Returns: `nil` for a report about nothing that can be found.
    public init?(mail: Mail.ID?, recipient: MailAddress?, kind: Kind, code: String?) {
        guard mail != nil || recipient != nil else { return nil }
        self.mail = mail
        self.recipient = recipient
        self.kind = kind
        self.code = code.flatMap(Self.enhancedCode)
    }

    /// The first `class.subject.detail` in a text; anything else of it may name somebody and is left out.
    static func enhancedCode(_ text: String) -> String? {
        text.split { !($0.isNumber || $0 == ".") }.map(String.init).first { word in
            let numbers = word.split(separator: ".", omittingEmptySubsequences: false)
            return numbers.count == 3 && ["2", "4", "5"].contains(numbers[0]) && numbers.allSatisfy { (1...3).contains($0.utf8.count) }
        }
    }
}

/// An enhanced status code: `class.subject.detail` (RFC 3463).
public struct MailStatusCode: Sendable, Hashable, Codable, LosslessStringConvertible {
    /// The three numbers.
    public let description: String

    /// Anything that is not exactly a code is `nil`.
    public init?(_ description: String) {
        guard MailFeedback.enhancedCode(description) == description else { return nil }
        self.description = description
    }

    /// Decodes the text form.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let code = MailStatusCode(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "must be an enhanced status code")
        }
        self = code
    }

    /// Encodes the text form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
