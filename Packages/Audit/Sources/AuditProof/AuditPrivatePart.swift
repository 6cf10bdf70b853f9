public import Core
internal import Cryptography

/// What is personal in an entry: kept beside it under a salt, so that it can be erased without breaking the proof, and so that nobody finds out
/// by trying what was erased (AUD-059).
public struct AuditPrivatePart: Sendable, Hashable {
    /// The bytes that make its digest unguessable.
    public let salt: [UInt8]
    /// Its canonical JSON.
    public let body: [UInt8]

    /// Takes a part as it is kept.
    public init(salt: [UInt8], body: [UInt8]) {
        self.salt = salt
        self.body = body
    }

    /// Makes a part of facts, under a salt of its own.
    public init(of facts: [String: JSONValue], salt: [UInt8]) {
        self.init(salt: salt, body: CanonicalJSON.bytes(of: .object(facts)))
    }

    /// SHA-256 of salt and body: what the entry holds.
    public var digest: [UInt8] { SHA256.digest(of: salt + body) }
}
