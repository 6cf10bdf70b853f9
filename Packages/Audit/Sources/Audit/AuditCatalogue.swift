/// Reads what the log is made of: its types, and the keys that sign it.
public protocol AuditCatalogueReader: Sendable {
    /// Every type of entry, by name (AUD-079).
    func types() async throws -> [AuditEventType]
    /// The public keys that sign checkpoints, the oldest first (AUD-045).
    func keys() async throws -> [AuditPublicKey]
}

/// The public part of a key that signs checkpoints.
public struct AuditPublicKey: Sendable, Hashable {
    /// Its name.
    public let id: String
    /// Its 32 bytes (RFC 8032).
    public let bytes: [UInt8]
    /// The key that vouches for it.
    public let endorsedBy: String?
    /// What that key signed.
    public let endorsement: [UInt8]?

    /// Describes a key.
    public init(id: String, bytes: [UInt8], endorsedBy: String?, endorsement: [UInt8]?) {
        self.id = id
        self.bytes = bytes
        self.endorsedBy = endorsedBy
        self.endorsement = endorsement
    }
}
