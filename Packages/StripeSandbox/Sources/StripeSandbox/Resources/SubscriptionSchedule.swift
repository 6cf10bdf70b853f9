internal import Core

/// What a subscription is to be, phase after phase.
struct SubscriptionSchedule: Resource {
    enum Status: String, Codable, CaseIterable, Sendable {
        case notStarted = "not_started"
        case active, completed, released, canceled

        var isOver: Bool { self != .notStarted && self != .active }
    }

    struct PhaseItem: Codable, Hashable, Sendable {
        var price: String
        var quantity: Int64
        var metadata: [String: String] = [:]
    }

    struct Phase: Codable, Hashable, Sendable {
        var start: Int64
        var end: Int64
        var items: [PhaseItem]
        var currency: String
        var prorationBehavior = "create_prorations"
        var collectionMethod: String?
        var trialEnd: Int64?
        var description: String?
        var metadata: [String: String] = [:]
    }

    static let object = "subscription_schedule"
    let id: String
    let created: Int64
    let customer: String
    var status = Status.notStarted
    var phases: [Phase]
    var endBehavior = "release"
    var collectionMethod = "charge_automatically"
    var defaultPaymentMethod: String?
    var subscription: String?
    var releasedSubscription: String?
    var releasedAt: Int64?
    var canceledAt: Int64?
    var completedAt: Int64?
    var metadata: [String: String] = [:]
    var testClock: String?
    /// The end that a notice is set for.
    var announcedEnd: Int64?

    /// The phase that runs at a time.
    func phase(at time: Int64) -> Phase? {
        status == .active ? phases.last { $0.start <= time && time < $0.end } : nil
    }

    func json(in account: Account) -> JSONValue {
        [
            "id": .string(id), "object": "subscription_schedule", "application": nil,
            "billing_mode": ["flexible": ["proration_discounts": "included"], "type": "flexible", "updated_at": .integer(created)],
            "canceled_at": JSONValue(canceledAt), "completed_at": JSONValue(completedAt), "created": .integer(created),
            "current_phase": phase(at: account.now(testClock)).map {
                ["end_date": .integer($0.end), "start_date": .integer($0.start)]
            } ?? .null,
            "customer": .string(customer), "customer_account": nil,
            "default_settings": [
                "application_fee_percent": nil, "automatic_tax": ["disabled_reason": nil, "enabled": false, "liability": nil],
                "billing_cycle_anchor": "automatic", "billing_thresholds": nil, "collection_method": .string(collectionMethod),
                "default_payment_method": JSONValue(defaultPaymentMethod), "default_source": nil, "description": nil,
                "invoice_settings": ["account_tax_ids": nil, "days_until_due": nil, "issuer": ["type": "self"]], "on_behalf_of": nil,
                "transfer_data": nil,
            ],
            "end_behavior": .string(endBehavior), "livemode": false, "metadata": JSONValue(metadata), "pause_schedules": [],
            "phases": .array(phases.map { json(of: $0) }), "released_at": JSONValue(releasedAt),
            "released_subscription": JSONValue(releasedSubscription), "status": .string(status.rawValue),
            "subscription": JSONValue(subscription), "test_clock": JSONValue(testClock),
        ]
    }

    private func json(of phase: Phase) -> JSONValue {
        [
            "add_invoice_items": [], "application_fee_percent": nil, "billing_cycle_anchor": nil, "billing_thresholds": nil,
            "collection_method": JSONValue(phase.collectionMethod), "currency": .string(phase.currency), "default_payment_method": nil,
            "default_tax_rates": [], "description": JSONValue(phase.description), "discounts": [], "end_date": .integer(phase.end),
            "invoice_settings": nil,
            "items": .array(
                phase.items.map { item in
                    [
                        "billing_thresholds": nil, "discounts": [], "metadata": JSONValue(item.metadata), "plan": .string(item.price),
                        "price": .string(item.price), "quantity": .integer(item.quantity), "tax_rates": [],
                    ]
                }),
            "metadata": JSONValue(phase.metadata), "on_behalf_of": nil, "proration_behavior": .string(phase.prorationBehavior),
            "start_date": .integer(phase.start), "transfer_data": nil, "trial_end": JSONValue(phase.trialEnd),
        ]
    }
}
