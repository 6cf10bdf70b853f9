internal import Core
internal import Cryptography
public import Identity

/// Ranges of stolen passwords are named by SHA-1.
public struct SHA1BreachDigest: BreachDigest {
    /// Makes the digest.
    public init() {}

    /// By libcrypto.
    public func digits(of password: Password) -> String {
        Hex.encode(SHA1.digest(of: password.secret.withValue { Array($0.utf8) })).uppercased()
    }
}
