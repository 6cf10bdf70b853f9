/// Why a resource may run. No code path can activate a subscription without one of these four (billing.md, section 1).
public enum Backing: Hashable, Sendable {
    /// A subscription at the payment provider pays: card-billed.
    case providerSubscription(ProviderID)
    /// The org pays our own invoices by its terms: invoice-billed.
    case netTerms
    /// Given away, with the reason on record.
    case complimentary(reason: String)
    /// Nobody is billed on this deployment.
    case billingDisabled
}

extension Backing {
    /// Whether the provider charges for it.
    public var isCardBilled: Bool {
        if case .providerSubscription = self { true } else { false }
    }

    /// The word that is stored and shown for the kind of backing.
    public var kind: String {
        switch self {
        case .providerSubscription: "provider_subscription"
        case .netTerms: "net_terms"
        case .complimentary: "complimentary"
        case .billingDisabled: "billing_disabled"
        }
    }

    /// What is stored beside the kind: the provider's id or the reason.
    public var detail: String? {
        switch self {
        case .providerSubscription(let id): id.rawValue
        case .complimentary(let reason): reason
        case .netTerms, .billingDisabled: nil
        }
    }

    /// Reads the two stored parts; anything that ``kind`` and ``detail`` cannot produce is `nil`.
    public init?(kind: String, detail: String?) {
        switch (kind, detail) {
        case ("provider_subscription", .some(let id)): self = .providerSubscription(ProviderID(id))
        case ("net_terms", nil): self = .netTerms
        case ("complimentary", .some(let reason)): self = .complimentary(reason: reason)
        case ("billing_disabled", nil): self = .billingDisabled
        default: return nil
        }
    }
}
