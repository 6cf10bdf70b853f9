internal import Core
internal import Cryptography

/// The header that lets a receiver know who sent an event (spec section 4).
enum WebhookSignature {
    /// - Parameter secrets: every active one signs; the whole text of each is its key.
    static func header(for body: [UInt8], at time: Int64, secrets: [String], form: SignatureForm = .valid) -> String? {
        let stamp =
            switch form {
            case .old: time - 3_600
            case .future: time + 3_600
            default: time
            }
        let codes = secrets.map { secret in code(body, stamp, secret: form == .wrong ? secret + "x" : secret) }
        switch form {
        case .missing: return nil
        case .onlyV0: return (["t=\(stamp)"] + codes.map { "v0=\($0)" }).joined(separator: ",")
        default: return (["t=\(stamp)"] + codes.map { "v1=\($0)" }).joined(separator: ",")
        }
    }

    private static func code(_ body: [UInt8], _ time: Int64, secret: String) -> String {
        Hex.encode(HMACSHA256.code(for: Array("\(time).".utf8) + body, key: SecretBytes(Array(secret.utf8))))
    }
}
