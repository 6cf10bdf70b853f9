internal import Core

extension Account {
    /// How long events can be read.
    private static let lifetime: Int64 = 30 * 86_400

    static let eventOperations: [Operation] = [
        Operation("GET", "/v1/events") { account, call in
            let type = try call.parameters.string("type")
            let types = try call.parameters.strings("types")
            let created = try call.parameters.timeFilter("created")
            let isDelivered = try call.parameters.bool("delivery_success")
            let oldest = account.occasion.now - lifetime
            return try account.page(account.events.newestFirst, call, url: "/v1/events") { event in
                event.created >= oldest && (type.map { Self.matches(event.type, $0) } ?? true) && types?.contains(event.type) != false
                    && created?.contains(event.created) != false
                    && (isDelivered == nil || isDelivered == (event.pendingWebhooks == 0 && !event.hasFailed))
            }
        },
        Operation("GET", "/v1/events/{id}") { account, call in
            try call.parameters.finish()
            guard let event = account.events[call.id], event.created >= account.occasion.now - lifetime else {
                throw StripeError.noSuch("event", call.id)
            }
            return event.json(in: account)
        },
    ]

    /// Whether a type is the one that is meant; `invoice.*` means all of invoices.
    static func matches(_ type: String, _ pattern: String) -> Bool {
        pattern == "*" || (pattern.hasSuffix("*") ? type.hasPrefix(pattern.dropLast()) : type == pattern)
    }
}
