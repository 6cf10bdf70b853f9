public import Core
public import Cryptography

/// Signatures of Standard Webhooks 1.0: `v1,` and the HMAC-SHA256 over id, time and body (NOT-179).
public enum StandardWebhook {
    /// How far the time of a message may be from ours.
    public static let tolerance: Duration = .minutes(5)
    private static let prefix = "whsec_"

    /// A new secret of 32 random bytes.
    public static func makeSecret(from source: some RandomSource = SystemRandomSource()) -> SecretString {
        SecretString(prefix + Base64.encode(source.bytes(count: 32)))
    }

    /// The header fields of a message.
    ///
    /// - Parameter secrets: those in force; each gives a signature, so that a receiver with either of two is content (NOT-180).
    public static func headers(id: String, at instant: Instant, body: [UInt8], secrets: [SecretString]) -> [(name: String, value: String)] {
        let time = String(instant.secondsSinceEpoch)
        let signatures = secrets.compactMap { signature(id: id, time: time, body: body, secret: $0) }
        return [("webhook-id", id), ("webhook-timestamp", time), ("webhook-signature", signatures.joined(separator: " "))]
    }

    /// Whether one of the signatures of a message is that of a secret, and its time is near ours.
    public static func isValid(
        id: String?, timestamp: String?, signature given: String?, body: [UInt8], secrets: [SecretString], at now: Instant
    ) -> Bool {
        guard let id, let timestamp, let given, let seconds = Int64(timestamp), abs(seconds - now.secondsSinceEpoch) <= 300 else {
            return false
        }
        let signatures = given.split(separator: " ").map { Array($0.utf8) }
        var isValid = false
        for secret in secrets {
            guard let own = signature(id: id, time: timestamp, body: body, secret: secret).map({ Array($0.utf8) }) else { continue }
            for other in signatures where constantTimeEqual(own, other) { isValid = true }
        }
        return isValid
    }

    private static func signature(id: String, time: String, body: [UInt8], secret: SecretString) -> String? {
        let key: [UInt8]? = secret.withValue { Base64.decode($0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : $0) }
        guard let key, !key.isEmpty else { return nil }
        return "v1,\(Base64.encode(HMACSHA256.code(for: Array("\(id).\(time).".utf8) + body, key: SecretBytes(key))))"
    }
}
