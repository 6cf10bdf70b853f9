internal import Cryptography

/// HTTP basic authentication (RFC 7617), where Stripe's user name is the key.
enum BasicCredentials {
    static func user(_ encoded: String) -> String? {
        guard let bytes = Base64.decode(encoded), let text = String(validating: bytes, as: UTF8.self) else { return nil }
        return text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).first.map(String.init)
    }
}
