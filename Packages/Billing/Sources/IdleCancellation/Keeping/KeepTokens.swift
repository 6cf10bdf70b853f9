public import Core
internal import Cryptography

/// Keep links by HMAC-SHA256: `base64url(claims).base64url(code)` without padding (IDL-047).
public struct KeepTokens: KeepTokenSigning {
    /// Keeps a code of this purpose from being one of another, should a key ever be shared.
    private static let domain = Array("trellis keep link v1\u{0}".utf8)

    private let keys: KeepKeys

    /// Makes a signer; the first key signs, all verify.
    public init(keys: KeepKeys) {
        self.keys = keys
    }

    /// The ids of the keys.
    public var keyIDs: [String] { keys.keys.map(\.id) }

    /// Signs claims.
    public func mint(_ claims: KeepClaims) throws -> KeepToken? {
        guard let key = keys.keys.first else { return nil }
        let bytes = try JSON.encode(SignedKeepClaims(claims, keyID: key.id))
        let code = HMACSHA256.code(for: Self.domain + bytes, key: key.secret)
        return KeepToken(Base64URL.encode(bytes) + "." + Base64URL.encode(code))
    }

    /// Verifies a token. What the claims say counts only after their signature was found good.
    public func verify(_ token: String, now: Instant) -> KeepTokenVerdict {
        guard token.utf8.count <= KeepToken.maximumLength else { return .invalid }
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let bytes = Base64URL.decode(parts[0]), let code = Base64URL.decode(parts[1]), !bytes.isEmpty,
            code.count == SHA256.byteCount
        else { return .invalid }
        guard let named = try? JSON.decode(NamedKey.self, from: bytes), let key = keys.keys.first(where: { $0.id == named.kid }) else {
            return .invalid
        }
        guard HMACSHA256.isValid(code, for: Self.domain + bytes, key: key.secret) else { return .invalid }
        // What reads the same and is written otherwise has a member twice, one more, or a foreign order.
        guard let signed = try? JSON.decode(SignedKeepClaims.self, from: bytes), let written = try? JSON.encode(signed), written == bytes,
            let claims = signed.claims
        else { return .invalid }
        guard now < claims.periodEnd else { return .expired }
        return .valid(claims, hash: SHA256.digest(of: token))
    }
}

private struct NamedKey: Decodable {
    let kid: String
}
