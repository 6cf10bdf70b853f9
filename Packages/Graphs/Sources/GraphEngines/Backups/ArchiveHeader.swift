internal import Cryptography

/// The head of an encrypted archive: version, the master key's id and the archive's own key, wrapped (GRA-115).
///
/// The own key is new for each archive, so changing the master key means wrapping it anew and leaving the body as it is (GRA-116).
struct ArchiveHeader {
    static let magic = Array("TRLBK".utf8)
    static let version: UInt8 = 1
    /// The size of one frame of clear bytes: 1 MiB.
    static let frameBytes = 1 << 20

    let keyID: String
    let wrappedKey: [UInt8]

    /// The bytes at the beginning of the object.
    var bytes: [UInt8] {
        Self.magic + [Self.version, UInt8(keyID.utf8.count)] + Array(keyID.utf8) + [UInt8(wrappedKey.count)] + wrappedKey
    }

    /// What binds every frame to this head.
    var digest: [UInt8] { SHA256.digest(of: bytes) }

    /// What binds a wrapped key to its purpose and its master key.
    static func purpose(ofKey keyID: String) -> [UInt8] {
        Array("trellis backup key \(keyID)".utf8)
    }

    /// What binds a frame to its place: another place, another archive or another end does not open.
    static func place(of frame: UInt64, isLast: Bool, in headerDigest: [UInt8]) -> [UInt8] {
        headerDigest + (0..<8).map { UInt8(truncatingIfNeeded: frame >> UInt64(56 - 8 * $0)) } + [isLast ? 1 : 0]
    }
}

/// Why an archive cannot be opened.
public enum ArchiveError: Error, Hashable, Sendable {
    /// It does not begin like an archive, or ends in the middle.
    case malformed
    /// It was made by a newer version.
    case unknownVersion(UInt8)
    /// The master key it names is not in the settings.
    case keyMissing(String)
    /// A byte was changed, cut, moved or added.
    case notAuthentic
}
