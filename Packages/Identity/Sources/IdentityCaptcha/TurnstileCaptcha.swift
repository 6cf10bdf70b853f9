internal import Audit
public import Core
public import HTTPClient
public import Identity

/// Captchas of Cloudflare Turnstile, checked on its server (developers.cloudflare.com/turnstile/get-started/server-side-validation).
public struct TurnstileCaptcha: CaptchaVerifier {
    /// How the service is asked.
    public struct Configuration: Sendable {
        /// The secret of the site.
        public var secret: SecretString
        /// The host on which the captcha must have been shown; `nil` for any that the site's key allows.
        public var host: String?
        /// The actions that a page may have named; empty for any.
        public var actions: Set<String> = []
        /// Where the service is.
        public var endpoint = "https://challenges.cloudflare.com/turnstile/v0/siteverify"

        /// Takes the secret of the site.
        public init(secret: SecretString, host: String?) {
            self.secret = secret
            self.host = host
        }
    }

    private let configuration: Configuration
    private let transport: any HTTPTransport

    /// Makes the adapter.
    public init(_ configuration: Configuration, transport: any HTTPTransport) {
        self.configuration = configuration
        self.transport = transport
    }

    /// At most five seconds. An answer that cannot be read, or blames our own secret, is an outage: it fails closed (ID-052).
    public func verify(_ token: SecretString, from client: ClientContext) async -> CaptchaVerdict {
        var form: [String: JSONValue] = [
            "secret": configuration.secret.withValue { .string($0) }, "response": token.withValue { .string($0) },
        ]
        // A network of IPv6 is no address, and is not sent.
        let network = client.network.auditKey
        if network.hasSuffix("/32") { form["remoteip"] = .string(String(network.dropLast(3))) }
        guard let body = try? JSON.encode(JSONValue.object(form)),
            let answer = try? await transport.send(
                ClientRequest(
                    "POST", configuration.endpoint, headers: ["Content-Type": "application/json", "Accept": "application/json"],
                    body: body, timeout: .seconds(5))),
            answer.status == 200, let verdict = try? JSON.decode(Answer.self, from: answer.body)
        else { return .unavailable }
        let faults = Set(verdict.errorCodes ?? [])
        guard faults.isDisjoint(with: ["missing-input-secret", "invalid-input-secret", "internal-error"]) else { return .unavailable }
        guard verdict.success else { return .refused }
        if let host = configuration.host, verdict.hostname != host { return .refused }
        guard configuration.actions.isEmpty || configuration.actions.contains(verdict.action ?? "") else { return .refused }
        return .passed
    }

    private struct Answer: Decodable {
        let success: Bool
        let hostname: String?
        let action: String?
        let errorCodes: [String]?

        enum CodingKeys: String, CodingKey {
            case success, hostname, action
            case errorCodes = "error-codes"
        }
    }
}

/// A captcha that is switched on by half: nothing starts so (ID-053).
public struct CaptchaMisconfigured: Error, Hashable, Sendable, CustomStringConvertible {
    /// The setting that is missing.
    public let missing: String

    /// What to do.
    public var description: String { "the captcha is switched on, but \(missing) is not set" }
}

extension TurnstileCaptcha.Configuration {
    /// Reads the two settings of a captcha: both, or none.
    ///
    /// - Returns: `nil` when neither is set.
    /// - Throws: ``CaptchaMisconfigured`` with the name of the one that is missing.
    public static func make(
        siteKey: String?, secret: SecretString?, host: String?
    ) throws(CaptchaMisconfigured) -> (settings: IdentitySettings.Captcha, configuration: TurnstileCaptcha.Configuration)? {
        let siteKey = siteKey.flatMap { $0.isEmpty ? nil : $0 }
        let secret = secret.flatMap { $0.isEmpty ? nil : $0 }
        switch (siteKey, secret) {
        case (nil, nil): return nil
        case (nil, _): throw CaptchaMisconfigured(missing: "TRELLIS_CAPTCHA_SITE_KEY")
        case (_, nil): throw CaptchaMisconfigured(missing: "TRELLIS_CAPTCHA_SECRET")
        case (let siteKey?, let secret?):
            return (IdentitySettings.Captcha(provider: "turnstile", siteKey: siteKey), Self(secret: secret, host: host))
        }
    }
}
