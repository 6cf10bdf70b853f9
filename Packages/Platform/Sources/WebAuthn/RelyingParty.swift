internal import Cryptography

/// Who asks for passkeys: the domain that they are bound to, and the pages that may use them (WebAuthn level 2, §5.1.2).
public struct RelyingParty: Sendable, Hashable {
    /// The domain, such as `example.com`.
    public let id: String
    /// The origins of the pages, such as `https://app.example.com`.
    public let origins: Set<String>

    /// Names a relying party.
    public init(id: String, origins: Set<String>) {
        self.id = id
        self.origins = origins
    }

    /// What the authenticator's data begins with.
    var idHash: [UInt8] { SHA256.digest(of: id) }
}

/// Why an answer of an authenticator was refused. No case holds anything of the answer.
public enum WebAuthnError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The client data is none, or of another ceremony, challenge or origin.
    case clientData(String)
    /// The attestation object or the authenticator's data is none, or not what was asked for.
    case authenticatorData(String)
    /// The signature is not the credential's.
    case signature

    /// What went wrong, for a log.
    public var description: String {
        switch self {
        case .clientData(let reason): "the client data \(reason)"
        case .authenticatorData(let reason): "the authenticator's data \(reason)"
        case .signature: "the signature is not the credential's"
        }
    }
}
