import Core
import Cryptography

extension SimulatedWorld {
    /// A body as the provider would deliver it now.
    func signed(_ body: [UInt8]) -> Mailbag.Letter {
        let time = now.secondsSinceEpoch
        let mac = HMACSHA256.code(for: Array("\(time).".utf8) + body, key: SecretBytes(Array(Self.webhookSecret.utf8)))
        return Mailbag.Letter(signature: "t=\(time),v1=\(Hex.encode(mac))", body: body)
    }
}
