internal import Core
public import Cryptography
public import Notifications

/// Links that turn mails off: what they say and a code over it, by a key derived for this purpose alone (SEC-027).
public struct SignedUnsubscribeLinks: UnsubscribeLinks {
    private let publicURL: String
    private let newest: SecretBytes
    private let keys: [SecretBytes]

    /// What comes first in what is signed, so that no code of another purpose fits.
    private static let purpose = "trellis unsubscribe 1:"
    /// Where the page is.
    public static let path = "/mail/unsubscribe"

    /// Makes links.
    ///
    /// - Parameter publicURL: where our pages begin, without a slash at the end.
    /// - Parameter masters: the master keys, newest first: the first one signs, and a link of an older one stays good.
    public init?(publicURL: String, masters: [SecretBytes]) {
        let keys = masters.map { HKDF.key(from: $0, purpose: "mail-unsubscribe") }
        guard let newest = keys.first else { return nil }
        self.publicURL = publicURL
        self.newest = newest
        self.keys = keys
    }

    /// Only for what a person may turn off without signing in (NOT-059).
    public func url(for mail: Mail) -> String? {
        guard mail.template.mailClass == .optional, mail.template.category.lockedBecause == nil else { return nil }
        let hash = SHA256.digest(of: Array(mail.recipient.normalized.utf8))
        let text = "\(mail.template.category.rawValue).\(Base64URL.encode(hash)).\(mail.id)"
        return "\(publicURL)\(Self.path)?token=\(text).\(Base64URL.encode(code(text, newest)))"
    }

    /// Compares the code in constant time before anything is read.
    public func claims(of token: String) -> UnsubscribeClaims? {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard token.utf8.count <= 512, parts.count == 4, let given = Base64URL.decode(parts[3]) else { return nil }
        let text = Array((Self.purpose + parts[..<3].joined(separator: ".")).utf8)
        guard keys.contains(where: { HMACSHA256.isValid(given, for: text, key: $0) }), let category = MailCategory(rawValue: parts[0]),
            category.lockedBecause == nil, let hash = Base64URL.decode(parts[1]), hash.count == 32, let mail = Mail.ID(parts[2])
        else { return nil }
        return UnsubscribeClaims(category: category, addressHash: hash, mail: mail)
    }

    private func code(_ text: String, _ key: SecretBytes) -> [UInt8] {
        HMACSHA256.code(for: Array((Self.purpose + text).utf8), key: key)
    }
}
