internal import Core

/// Something that happened, as it was then.
struct Event: Resource {
    static let object = "event"
    let id: String
    let created: Int64
    let type: String
    let data: JSONValue
    let previous: JSONValue?
    let requestID: String?
    let idempotencyKey: String?
    /// How many endpoints have not acknowledged it yet.
    var pendingWebhooks: Int64 = 0
    /// Whether an endpoint has refused it for good.
    var hasFailed = false

    func json(in account: Account) -> JSONValue {
        var data: [String: JSONValue] = ["object": self.data]
        if let previous { data["previous_attributes"] = previous }
        return [
            "id": .string(id), "object": "event", "api_version": .string(StripeVersion.pinned), "created": .integer(created),
            "data": .object(data), "livemode": false, "pending_webhooks": .integer(pendingWebhooks),
            "request": ["id": JSONValue(requestID), "idempotency_key": JSONValue(idempotencyKey)], "type": .string(type),
        ]
    }
}
