#if canImport(Glibc)
internal import Glibc
#endif

/// A text that must not be shown: a key, a password, a token.
///
/// It has no textual form of its own: printing, logging or interpolating one gives `<redacted>`. Its value is reached only where it is used, and its bytes are
/// wiped when the last copy is dropped.
public struct SecretString: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let value: Bytes

    /// Takes a secret.
    public init(_ value: String) {
        self.value = Bytes(value)
    }

    /// Hands the secret to a closure, the only way to see it.
    public func withValue<Result, Failure: Error>(_ body: (String) throws(Failure) -> Result) throws(Failure) -> Result {
        try body(value.text)
    }

    /// Whether there is no character in it.
    public var isEmpty: Bool { value.isEmpty }

    /// `<redacted>`
    public var description: String { "<redacted>" }
    /// `<redacted>`
    public var debugDescription: String { "<redacted>" }
    /// Shows no part of the value.
    public var customMirror: Mirror { Mirror(self, children: []) }

    /// The bytes of the secret in one place, whoever holds a copy of the value. Nobody writes them between the first line and the last.
    private final class Bytes: @unchecked Sendable {
        private var memory: [UInt8]

        init(_ value: String) {
            memory = Array(value.utf8)
        }

        deinit {
            unsafe memory.withUnsafeMutableBytes { bytes in
                // Unlike a loop of stores this is not optimised away.
                if let start = bytes.baseAddress { unsafe explicit_bzero(start, bytes.count) }
            }
        }

        var isEmpty: Bool { memory.isEmpty }
        var text: String { String(decoding: memory, as: UTF8.self) }
    }
}
