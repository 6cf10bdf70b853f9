internal import Core

/// What customers may do on the hosted page of their account.
struct PortalConfiguration: Resource {
    struct Features: Codable, Hashable, Sendable {
        var cancels = true
        var cancelsAtPeriodEnd = true
        var cancelProration = "none"
        var asksForReason = false
        var reasons: [String] = []
        var updatesCustomer = false
        var customerUpdates: [String] = []
        var showsInvoices = true
        var updatesMethods = true
        var updatesSubscription = false
        var subscriptionUpdates: [String] = []
        var updateProration = "none"
        /// The prices of each product among which a plan may be changed.
        var products: [Product] = []

        struct Product: Codable, Hashable, Sendable {
            var product: String
            var prices: [String]
        }

        var prices: [String] { products.flatMap(\.prices) }
    }

    static let object = "billing_portal.configuration"
    let id: String
    let created: Int64
    var updated: Int64
    var isDefault = false
    var isActive = true
    var name: String?
    var headline: String?
    var privacyPolicyURL: String?
    var termsURL: String?
    var defaultReturnURL: String?
    var features = Features()
    var metadata: [String: String] = [:]

    func json(in account: Account) -> JSONValue {
        [
            "id": .string(id), "object": .string(Self.object), "active": .bool(isActive), "application": nil,
            "business_profile": [
                "headline": JSONValue(headline), "privacy_policy_url": JSONValue(privacyPolicyURL),
                "terms_of_service_url": JSONValue(termsURL),
            ],
            "created": .integer(created), "default_return_url": JSONValue(defaultReturnURL), "features": featuresJSON,
            "is_default": .bool(isDefault), "livemode": false, "login_page": ["enabled": false, "url": nil],
            "metadata": JSONValue(metadata), "name": JSONValue(name), "updated": .integer(updated),
        ]
    }

    private var featuresJSON: JSONValue {
        [
            "customer_update": [
                "allowed_updates": .array(features.customerUpdates.map { .string($0) }), "enabled": .bool(features.updatesCustomer),
            ],
            "invoice_history": ["enabled": .bool(features.showsInvoices)],
            "payment_method_update": ["enabled": .bool(features.updatesMethods), "payment_method_configuration": nil],
            "subscription_cancel": [
                "cancellation_reason": [
                    "enabled": .bool(features.asksForReason), "feedback_options": nil,
                    "options": .array(features.reasons.map { .string($0) }),
                ],
                "enabled": .bool(features.cancels), "mode": features.cancelsAtPeriodEnd ? "at_period_end" : "immediately",
                "proration_behavior": .string(features.cancelProration),
            ],
            "subscription_pause": ["duration": ["interval_options": [], "type": "indefinite"], "enabled": false],
            "subscription_update": [
                "billing_cycle_anchor": "unchanged",
                "default_allowed_updates": .array(features.subscriptionUpdates.map { .string($0) }),
                "enabled": .bool(features.updatesSubscription),
                "products": .array(
                    features.products.map { product in
                        [
                            "adjustable_quantity": ["enabled": false, "maximum": nil, "minimum": 1],
                            "prices": .array(product.prices.map { .string($0) }), "product": .string(product.product),
                        ]
                    }),
                "proration_behavior": .string(features.updateProration), "schedule_at_period_end": ["conditions": []],
                "trial_update_behavior": "end_trial",
            ],
        ]
    }
}
