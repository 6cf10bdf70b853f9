/// How billing works on a deployment, beside the catalogue.
public struct BillingSettings: Sendable, Hashable {
    /// Whether anybody is billed.
    public let isEnabled: Bool
    /// Whether only play money is taken: development and test.
    public let isSandboxMode: Bool
    /// Where the customer goes after paying; `{CHECKOUT_SESSION_ID}` is filled in by the provider.
    public let successURL: String
    /// Where the customer goes after giving up.
    public let cancelURL: String
    /// Where the customer goes from the provider's pages.
    public let portalReturnURL: String

    /// Describes a deployment.
    public init(isEnabled: Bool, isSandboxMode: Bool, successURL: String, cancelURL: String, portalReturnURL: String) {
        self.isEnabled = isEnabled
        self.isSandboxMode = isSandboxMode
        self.successURL = successURL
        self.cancelURL = cancelURL
        self.portalReturnURL = portalReturnURL
    }
}
