public import Core

/// Where Stripe is reached and by which secrets.
public struct StripeConfiguration: Sendable {
    /// The version every call names and every answer is read by; it is not to be chosen by callers (STR-005).
    public static let apiVersion = "2026-08-26.dahlia"
    /// The address of Stripe itself.
    public static let stripeAddress = "https://api.stripe.com"

    /// The address before `/v1/…`, without a slash at its end.
    public let apiBase: String
    /// The key of every call.
    public let secretKey: SecretString
    /// Whether test keys, and plain HTTP to this very machine, are allowed; live keys never are then (BIL-133).
    public let isSandboxMode: Bool
    /// What the product and its version are called in `User-Agent`.
    public let userAgent: String

    /// Checks a configuration.
    ///
    /// - Throws: ``StripeConfigurationError`` for a key of the other mode, or an address that is neither HTTPS nor, in sandbox mode,
    ///   this machine (STR-001, STR-026).
    public init(
        apiBase: String = stripeAddress, secretKey: SecretString, isSandboxMode: Bool, userAgent: String = "Trellis/1.0"
    ) throws(StripeConfigurationError) {
        let base = apiBase.hasSuffix("/") ? String(apiBase.dropLast()) : apiBase
        guard base.hasPrefix("https://") || isSandboxMode && Self.isLoopback(base) else { throw .insecureAddress }
        let isTest = secretKey.withValue { $0.hasPrefix("sk_test_") || $0.hasPrefix("rk_test_") }
        let isLive = secretKey.withValue { $0.hasPrefix("sk_live_") || $0.hasPrefix("rk_live_") }
        guard isTest || isLive else { throw .unknownKey }
        guard isTest == isSandboxMode else { throw .keyOfOtherMode }
        self.apiBase = base
        self.secretKey = secretKey
        self.isSandboxMode = isSandboxMode
        self.userAgent = userAgent
    }

    private static func isLoopback(_ base: String) -> Bool {
        guard base.hasPrefix("http://") else { return false }
        let rest = base.dropFirst("http://".count)
        if rest.hasPrefix("[::1]") { return rest.count == 5 || rest.dropFirst(5).first == ":" }
        let host = rest.prefix { $0 != ":" && $0 != "/" }
        return host == "127.0.0.1" || host == "localhost"
    }
}

/// Why a configuration of the provider is not used.
public enum StripeConfigurationError: Error, Hashable, Sendable {
    /// The address is neither HTTPS nor this machine in sandbox mode.
    case insecureAddress
    /// The key is neither a test nor a live key.
    case unknownKey
    /// A live key in sandbox mode, or a test key in production.
    case keyOfOtherMode
    /// There is no webhook secret, or one that does not begin with `whsec_` (STR-048).
    case unusableWebhookSecret
}
