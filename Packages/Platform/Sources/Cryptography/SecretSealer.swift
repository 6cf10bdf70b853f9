/// Seals secrets that have to be stored and used again: `v1.<key id>.<nonce>.<ciphertext and tag>` (SEC-074).
///
/// A value is bound to the place it is stored in, so that a copy in another row does not open.
public struct SecretSealer: Sendable {
    private let ring: KeyRing

    /// Makes a sealer over data keys of 32 bytes.
    ///
    /// - Throws: ``CryptographyError/invalidKey(_:)`` for a key of another length.
    public init(keys ring: KeyRing) throws(CryptographyError) {
        for key in ring.keys { _ = try AESGCM(key: key.secret) }
        self.ring = ring
    }

    /// Seals bytes for a place such as `notifications.mail/secret/mail_01J…` with the newest key.
    public func seal(
        _ plaintext: [UInt8], place: String, from source: some RandomSource = SystemRandomSource()
    ) throws(CryptographyError) -> String {
        let sealed = try AESGCM(key: ring.newest.secret).seal(plaintext, authenticating: Array(place.utf8), from: source)
        let nonce = Base64URL.encode(sealed.prefix(AESGCM.nonceByteCount))
        return "v1.\(ring.newest.id).\(nonce).\(Base64URL.encode(sealed.dropFirst(AESGCM.nonceByteCount)))"
    }

    /// Opens a sealed value in its place, with whichever key it names.
    ///
    /// - Throws: ``CryptographyError/malformed(_:)`` for another form, ``CryptographyError/invalidKey(_:)`` for a key that is gone,
    ///   ``CryptographyError/notAuthentic`` for a changed value or another place.
    public func open(_ sealed: String, place: String) throws(CryptographyError) -> [UInt8] {
        let parts = sealed.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "v1", let nonce = Base64URL.decode(parts[2]), let body = Base64URL.decode(parts[3]),
            nonce.count == AESGCM.nonceByteCount
        else { throw .malformed("is not a sealed secret") }
        guard let key = ring.key(named: String(parts[1])) else { throw .invalidKey("that sealed this value is not configured") }
        return try AESGCM(key: key.secret).open(nonce + body, authenticating: Array(place.utf8))
    }
}
