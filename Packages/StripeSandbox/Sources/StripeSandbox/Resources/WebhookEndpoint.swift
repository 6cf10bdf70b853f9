internal import Core

struct WebhookEndpoint: Resource {
    static let object = "webhook_endpoint"
    let id: String
    let created: Int64
    var url: String
    var enabledEvents: [String]
    var description: String?
    var apiVersion: String?
    var isEnabled = true
    /// The newest first; each signs.
    var secrets: [String]
    /// Until when the former secret signs too.
    var oldSecretEndsAt: Int64?
    var metadata: [String: String] = [:]

    func accepts(_ type: String) -> Bool {
        isEnabled && enabledEvents.contains { $0 == "*" || $0 == type }
    }

    func json(in account: Account) -> JSONValue {
        [
            "id": .string(id), "object": "webhook_endpoint", "api_version": JSONValue(apiVersion), "application": nil,
            "created": .integer(created), "description": JSONValue(description),
            "enabled_events": .array(enabledEvents.map { .string($0) }), "livemode": false, "metadata": JSONValue(metadata),
            "status": isEnabled ? "enabled" : "disabled", "url": .string(url),
        ]
    }
}
