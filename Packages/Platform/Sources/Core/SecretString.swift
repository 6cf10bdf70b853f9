/// A text that must not be shown: a key, a password, a token.
///
/// It has no textual form of its own: printing, logging or interpolating one gives `<redacted>`. Its value is reached only where it is used.
public struct SecretString: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let value: String

    /// Takes a secret.
    public init(_ value: String) {
        self.value = value
    }

    /// Hands the secret to a closure, the only way to see it.
    public func withValue<Result, Failure: Error>(_ body: (String) throws(Failure) -> Result) throws(Failure) -> Result {
        try body(value)
    }

    /// Whether there is no character in it.
    public var isEmpty: Bool { value.isEmpty }

    /// `<redacted>`
    public var description: String { "<redacted>" }
    /// `<redacted>`
    public var debugDescription: String { "<redacted>" }
    /// Shows no part of the value.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
