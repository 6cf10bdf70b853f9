public import Core

/// A password as somebody typed it, in NFC; it prints as redacted.
public struct Password: Sendable {
    /// The password.
    public let secret: SecretString

    /// Takes a password.
    public init(_ text: String) {
        secret = SecretString(text.composed)
    }

    /// How many characters it has.
    public var count: Int { secret.withValue { $0.count } }
}

/// A password's hash in PHC form, as it is kept.
public struct StoredPassword: Sendable, Hashable {
    /// The text of the hash.
    public let phc: String

    /// Wraps a hash.
    public init(phc: String) {
        self.phc = phc
    }
}

/// What checking a password found.
public enum PasswordVerdict: Sendable, Hashable {
    /// It is the one; when `isOutdated`, it should be hashed again with the present parameters.
    case matches(isOutdated: Bool)
    /// It is another.
    case differs
}
