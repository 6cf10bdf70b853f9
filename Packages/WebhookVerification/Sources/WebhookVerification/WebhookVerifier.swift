internal import Cryptography
public import FoundationEssentials

/// Tells messages that we sent from those that somebody else did: the receiver's side of Standard Webhooks 1.0 (NOT-192).
///
/// Verify the bytes of the body as they came, before anything reads them as JSON, and know a message that comes again by its id.
public struct WebhookVerifier: Sendable {
    /// How far the time of a message may be from the receiver's: five minutes.
    public static let tolerance: TimeInterval = 300

    private let keys: [[UInt8]]

    /// Makes a verifier.
    ///
    /// - Parameter secrets: those of the endpoint (`whsec_…`); while a secret is changed for another, both.
    /// - Throws: ``WebhookSecretFault`` when there is none, or one is not what an endpoint's secret is.
    public init(secrets: [String]) throws(WebhookSecretFault) {
        guard !secrets.isEmpty else { throw .none }
        var keys: [[UInt8]] = []
        for secret in secrets {
            guard secret.hasPrefix("whsec_"), let key = Data(base64Encoded: String(secret.dropFirst(6))), !key.isEmpty else {
                throw .malformed
            }
            keys.append(Array(key))
        }
        self.keys = keys
    }

    /// Says which message it is, when one of the secrets signed it and its time is near.
    ///
    /// - Parameters:
    ///   - headers: those of the request, by their names in whatever case.
    ///   - body: as it came.
    ///   - now: the receiver's time.
    /// - Throws: ``WebhookRefusal``; answer with 400 then, and do nothing else.
    public func verify(headers: [String: String], body: some Collection<UInt8>, at now: Date) throws(WebhookRefusal) -> VerifiedWebhook {
        let fields = Dictionary(headers.map { ($0.key.lowercased(), $0.value) }) { first, _ in first }
        guard let id = fields["webhook-id"], !id.isEmpty, let time = fields["webhook-timestamp"], let given = fields["webhook-signature"]
        else { throw .headerMissing }
        // As it was written: `+1` or ` 1` would be another text than the one that is signed.
        guard let seconds = Int64(time), String(seconds) == time else { throw .timeMalformed }
        let sentAt = Date(timeIntervalSince1970: TimeInterval(seconds))
        guard abs(sentAt.timeIntervalSince(now)) <= Self.tolerance else { throw .timeTooFar }
        let signed = Array("\(id).\(time).".utf8) + Array(body)
        var isGenuine = false
        for key in keys {
            let own = Array("v1,\(Data(HMACSHA256.code(for: signed, key: SecretBytes(key))).base64EncodedString())".utf8)
            // Every signature is compared, so that the time tells nothing of which is right.
            for signature in given.split(separator: " ") where constantTimeEqual(own, Array(signature.utf8)) { isGenuine = true }
        }
        guard isGenuine else { throw .signatureWrong }
        return VerifiedWebhook(id: id, sentAt: sentAt, isReplay: fields["webhook-replay"] != nil)
    }
}

/// A message of ours.
public struct VerifiedWebhook: Sendable, Hashable {
    /// The same whenever the message comes again.
    public let id: String
    /// When this attempt was made.
    public let sentAt: Date
    /// Whether it was asked for once more.
    public let isReplay: Bool
}

/// Why a request is no message of ours.
public enum WebhookRefusal: Error, Hashable, Sendable {
    /// Id, time or signature is not there.
    case headerMissing
    /// The time is no whole number of seconds.
    case timeMalformed
    /// The time is more than ``WebhookVerifier/tolerance`` away: an old message that somebody sends again, or a clock that is wrong.
    case timeTooFar
    /// No secret made any of the signatures for this id, time and body.
    case signatureWrong
}

/// Why secrets verify nothing.
public enum WebhookSecretFault: Error, Hashable, Sendable {
    /// None was given.
    case none
    /// One is not `whsec_` and Base64.
    case malformed
}
