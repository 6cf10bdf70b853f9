/// Why a cryptographic operation was refused. No case holds a key, a text or a position in one.
public enum CryptographyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A key has the wrong length or form.
    case invalidKey(String)
    /// A sealed value was not made with this key for this purpose, or was changed since.
    case notAuthentic
    /// A stored value does not have the form it must have.
    case malformed(String)
    /// The library refused; the text is its own reason, which holds no data.
    case library(String)

    /// What went wrong, for a log.
    public var description: String {
        switch self {
        case .invalidKey(let reason): "the key \(reason)"
        case .notAuthentic: "the sealed value is not authentic"
        case .malformed(let reason): "the value \(reason)"
        case .library(let reason): "libcrypto: \(reason)"
        }
    }
}
