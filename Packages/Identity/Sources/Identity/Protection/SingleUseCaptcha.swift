public import Core

/// Remembers which captchas were used.
public protocol CaptchaLedger: Sendable {
    /// Notes a captcha as used if it was not in the last ten minutes; of callers at the same moment one is told so.
    ///
    /// - Returns: whether this caller is the first.
    func claim(_ digest: SecretDigest, at now: Instant) async throws -> Bool

    /// Forgets a captcha about which the service said nothing.
    func release(_ digest: SecretDigest) async throws
}

/// Takes each captcha once, whatever the service says of a second time (ID-054).
public struct SingleUseCaptcha: CaptchaVerifier {
    private let verifier: any CaptchaVerifier
    private let ledger: any CaptchaLedger
    private let secrets: any SecretMaker
    private let dateSource: any DateSource

    /// Puts a ledger before a service.
    public init(_ verifier: any CaptchaVerifier, ledger: any CaptchaLedger, secrets: any SecretMaker, dateSource: any DateSource) {
        self.verifier = verifier
        self.ledger = ledger
        self.secrets = secrets
        self.dateSource = dateSource
    }

    /// A ledger that does not answer is an outage: the captcha does not count as passed.
    public func verify(_ token: SecretString, from client: ClientContext) async -> CaptchaVerdict {
        let digest = secrets.digest(of: token)
        do {
            guard try await ledger.claim(digest, at: dateSource.now) else { return .refused }
            let verdict = await verifier.verify(token, from: client)
            if verdict == .unavailable { try await ledger.release(digest) }
            return verdict
        } catch {
            return .unavailable
        }
    }
}

/// A captcha that a test or the sandbox mode decides by the text of the token.
public struct ScriptedCaptcha: CaptchaVerifier {
    /// Makes it.
    public init() {}

    /// `pass…` passes, `outage…` is an outage, everything else is refused.
    public func verify(_ token: SecretString, from client: ClientContext) async -> CaptchaVerdict {
        token.withValue { $0.hasPrefix("pass") ? .passed : $0.hasPrefix("outage") ? .unavailable : .refused }
    }
}
