public import Cryptography
public import Graphs

/// Links to backups: what they say and a code over it, by a key derived for this purpose alone (SEC-027, SEC-071).
public struct SignedDownloadLinks: DownloadSigning {
    private let key: SecretBytes

    /// What comes first in what is signed, so that no code of another purpose fits.
    private static let purpose = "trellis backup download 1:"

    /// Makes links.
    ///
    /// - Parameter master: the product's master key.
    public init(master: SecretBytes) {
        key = HKDF.key(from: master, purpose: "backup-downloads")
    }

    /// The claims and their code, both in the alphabet of addresses, with a dot between.
    public func token(for download: BackupDownload) -> String {
        let claims = Array(download.claims.utf8)
        return Base64URL.encode(claims) + "." + Base64URL.encode(code(for: claims))
    }

    /// Compares the code in constant time before a claim is read.
    public func download(in token: String) -> BackupDownload? {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard token.utf8.count <= 1_024, parts.count == 2, let claims = Base64URL.decode(parts[0]), let code = Base64URL.decode(parts[1]),
            HMACSHA256.isValid(code, for: Array(Self.purpose.utf8) + claims, key: key)
        else { return nil }
        return BackupDownload(claims: String(decoding: claims, as: UTF8.self))
    }

    private func code(for claims: [UInt8]) -> [UInt8] {
        HMACSHA256.code(for: Array(Self.purpose.utf8) + claims, key: key)
    }
}
