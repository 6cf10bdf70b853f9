public import Core

/// Signs and verifies keep links.
public protocol KeepTokenSigning: Sendable {
    /// Signs claims with the newest key; the same claims and key give the same token.
    ///
    /// - Returns: `nil` when no key is configured: then no mail has a link (IDL-054).
    func mint(_ claims: KeepClaims) throws -> KeepToken?

    /// Verifies a token: shape, key, signature, claims, end, in this order (IDL-048). Nothing is asked of the database.
    func verify(_ token: String, now: Instant) -> KeepTokenVerdict

    /// The ids of the keys that verify, newest first.
    var keyIDs: [String] { get }
}

/// A signed keep link's secret part.
public struct KeepToken: Sendable, Hashable {
    /// How long one may be (IDL-047).
    public static let maximumLength = 1_024
    /// The text that stands in the link.
    public let text: SecretString

    /// Takes a text.
    init(_ text: String) {
        self.text = SecretString(text)
    }

    /// Whether two are the same.
    public static func == (left: KeepToken, right: KeepToken) -> Bool {
        left.text.withValue { left in right.text.withValue { left == $0 } }
    }

    /// Hashes the text.
    public func hash(into hasher: inout Hasher) {
        text.withValue { hasher.combine($0) }
    }
}

/// What verifying says.
public enum KeepTokenVerdict: Sendable, Hashable {
    /// It is ours and works; with the SHA-256 of the token, by which its use is remembered.
    case valid(KeepClaims, hash: [UInt8])
    /// It is ours, and its period has ended.
    case expired
    /// It is not ours, whatever the reason.
    case invalid
}
