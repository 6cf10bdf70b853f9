internal import CLibCrypto

/// Whether two byte strings are equal, in a time that does not depend on where they differ.
///
/// All bytes are always compared. Strings of different lengths are never equal; a length is no secret.
public func constantTimeEqual(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>) -> Bool {
    let left = Array(left)
    let right = Array(right)
    guard left.count == right.count else { return false }
    guard !left.isEmpty else { return true }
    return unsafe CRYPTO_memcmp(left, right, left.count) == 0
}

/// Whether two texts have the same UTF-8 bytes, in a time that does not depend on where they differ.
public func constantTimeEqual(_ left: String, _ right: String) -> Bool {
    constantTimeEqual(left.utf8, right.utf8)
}
