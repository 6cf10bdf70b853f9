internal import Core

struct Subscription: Resource {
    enum Status: String, Codable, Sendable, CaseIterable {
        case incomplete
        case incompleteExpired = "incomplete_expired"
        case trialing, active
        case pastDue = "past_due"
        case canceled, unpaid, paused

        /// Whether nothing can happen any more.
        var isTerminal: Bool { self == .canceled || self == .incompleteExpired }
    }

    struct CancellationDetails: Codable, Hashable, Sendable {
        var comment: String?
        var feedback: String?
        var reason: String?

        var json: JSONValue {
            ["comment": JSONValue(comment), "feedback": JSONValue(feedback), "feedback_option": nil, "reason": JSONValue(reason)]
        }
    }

    static let object = "subscription"
    let id: String
    let created: Int64
    let customer: String
    var status: Status
    var items: [SubscriptionItem]
    var currency: String
    var startDate: Int64
    var billingCycleAnchor: Int64
    var collectionMethod = "charge_automatically"
    var daysUntilDue: Int64?
    var defaultPaymentMethod: String?
    var description: String?
    var savesDefaultPaymentMethod = false
    var latestInvoice: String?
    var metadata: [String: String] = [:]
    var cancelAt: Int64?
    var cancelsAtPeriodEnd = false
    var canceledAt: Int64?
    var endedAt: Int64?
    var cancellationDetails = CancellationDetails()
    /// What happens to invoices while collection is paused.
    var pauseBehavior: String?
    var pauseResumesAt: Int64?
    var trialStart: Int64?
    var trialEnd: Int64?
    var missingPaymentMethod = "create_invoice"
    var testClock: String?
    var discounts: [String] = []
    /// The discounts that a call wants and that are not made yet.
    var wantedDiscounts: [DiscountWish]?
    var defaultTaxRates: [String] = []
    /// The schedule that decides over items and end.
    var schedule: String?
    var isFlexible = true
    /// When the billing mode was changed.
    var migratedAt: Int64?
    /// Differences of price that the next invoice charges or gives back.
    var prorations: [Proration] = []
    /// Whether a change is billed at once, while it is made.
    var billsProrationsNow = false
    /// Whether the change begins a period of its own, which is billed whole.
    var billsPeriodNow = false
    /// A change that waits for its payment (STR-157).
    var pendingUpdate: PendingUpdate?

    var currentPeriodStart: Int64 { items.map(\.periodStart).min() ?? startDate }
    var currentPeriodEnd: Int64 { items.map(\.periodEnd).min() ?? startDate }
    /// Ends by plan: by flag or by date.
    var isEnding: Bool { cancelsAtPeriodEnd || cancelAt != nil }

    func json(in account: Account) -> JSONValue {
        var items: [JSONValue] = []
        for item in self.items { items.append(item.json(in: account)) }
        return [
            "id": .string(id), "object": "subscription", "application": nil, "application_fee_percent": nil,
            "automatic_tax": ["disabled_reason": nil, "enabled": false, "liability": nil],
            "billing_cycle_anchor": .integer(billingCycleAnchor), "billing_cycle_anchor_config": nil,
            "billing_mode": isFlexible
                ? [
                    "flexible": ["proration_discounts": "included"], "type": "flexible", "updated_at": .integer(migratedAt ?? created),
                ] : ["flexible": nil, "type": "classic", "updated_at": nil],
            "billing_schedules": [], "billing_thresholds": nil, "cancel_at": JSONValue(cancelAt),
            "cancel_at_period_end": .bool(cancelsAtPeriodEnd), "canceled_at": JSONValue(canceledAt),
            "cancellation_details": cancellationDetails.json, "collection_method": .string(collectionMethod),
            "created": .integer(created), "currency": .string(currency), "customer": .string(customer), "customer_account": nil,
            "days_until_due": JSONValue(daysUntilDue), "default_payment_method": JSONValue(defaultPaymentMethod),
            "default_source": nil, "default_tax_rates": .array(defaultTaxRates.compactMap { account.taxRates[$0]?.json(in: account) }),
            "description": JSONValue(description), "discounts": .array(discounts.map { .string($0) }),
            "ended_at": JSONValue(endedAt), "invoice_settings": ["account_tax_ids": nil, "issuer": ["type": "self"]],
            "items": .list(items, url: "/v1/subscription_items?subscription=\(id)"), "latest_invoice": JSONValue(latestInvoice),
            "livemode": false, "metadata": JSONValue(metadata), "next_pending_invoice_item_invoice": nil, "on_behalf_of": nil,
            "pause_collection": pauseBehavior.map { ["behavior": .string($0), "resumes_at": JSONValue(pauseResumesAt)] } ?? .null,
            "payment_settings": [
                "payment_method_options": nil, "payment_method_types": nil,
                "save_default_payment_method": savesDefaultPaymentMethod ? "on_subscription" : "off",
            ],
            "pending_invoice_item_interval": nil, "pending_setup_intent": nil, "pending_update": pendingUpdate?.json(in: account) ?? .null,
            "schedule": JSONValue(schedule),
            "start_date": .integer(startDate), "status": .string(status.rawValue), "test_clock": JSONValue(testClock),
            "transfer_data": nil, "trial_end": JSONValue(trialEnd),
            "trial_settings": ["end_behavior": ["missing_payment_method": .string(missingPaymentMethod)]],
            "trial_start": JSONValue(trialStart),
        ]
    }
}

/// What a subscription will be once a bill is paid, and until when that counts.
struct PendingUpdate: Codable, Hashable, Sendable {
    let items: [SubscriptionItem]
    let billingCycleAnchor: Int64
    let invoice: String
    let expiresAt: Int64

    func json(in account: Account) -> JSONValue {
        var list: [JSONValue] = []
        for item in items { list.append(item.json(in: account)) }
        return [
            "billing_cycle_anchor": nil, "discounts": nil, "expires_at": .integer(expiresAt), "subscription_items": .array(list),
            "trial_end": nil, "trial_from_plan": nil,
        ]
    }
}

/// A price within a subscription, with its period.
struct SubscriptionItem: Resource, Hashable {
    static let object = "subscription_item"
    let id: String
    let created: Int64
    let subscription: String
    var price: String
    var quantity: Int64
    var periodStart: Int64
    var periodEnd: Int64
    var metadata: [String: String] = [:]
    var taxRates: [String] = []

    func json(in account: Account) -> JSONValue {
        let price = account.prices[price]
        return [
            "id": .string(id), "object": "subscription_item", "billed_until": .integer(periodEnd), "billing_thresholds": nil,
            "created": .integer(created), "current_period_end": .integer(periodEnd), "current_period_start": .integer(periodStart),
            "discounts": [], "metadata": JSONValue(metadata), "plan": price?.plan ?? .null, "price": price?.json(in: account) ?? .null,
            "quantity": .integer(quantity), "subscription": .string(subscription),
            "tax_rates": .array(taxRates.compactMap { account.taxRates[$0]?.json(in: account) }),
        ]
    }
}

/// A part of a period at a price that was changed in it.
struct Proration: Codable, Hashable, Sendable {
    let item: String
    let price: String
    let product: String
    let unitAmount: Int64
    let quantity: Int64
    /// Negative for what is not used any more.
    let amount: Int64
    let description: String
    let from: Int64
    let to: Int64
}
