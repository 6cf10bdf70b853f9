internal import Core

struct SetupIntent: Resource {
    static let object = "setup_intent"
    let id: String
    let created: Int64
    var clientSecret: String
    var customer: String?
    var paymentMethod: String?
    var status = "requires_payment_method"
    var usage = "off_session"
    var description: String?
    var lastError: JSONValue?
    var cancellationReason: String?
    var metadata: [String: String] = [:]

    func json(in account: Account) -> JSONValue {
        [
            "id": .string(id), "object": "setup_intent", "application": nil, "automatic_payment_methods": nil,
            "cancellation_reason": JSONValue(cancellationReason), "client_secret": .string(clientSecret), "created": .integer(created),
            "customer": JSONValue(customer), "customer_account": nil, "description": JSONValue(description),
            "excluded_payment_method_types": nil, "flow_directions": nil, "last_setup_error": lastError ?? .null, "latest_attempt": nil,
            "livemode": false, "mandate": nil, "metadata": JSONValue(metadata),
            "next_action": status == "requires_action" ? account.authenticationAction(id) : .null,
            "on_behalf_of": nil, "payment_method": JSONValue(paymentMethod), "payment_method_configuration_details": nil,
            "payment_method_options": ["card": ["mandate_options": nil, "network": nil, "request_three_d_secure": "automatic"]],
            "payment_method_types": ["card"], "single_use_mandate": nil, "status": .string(status), "usage": .string(usage),
        ]
    }
}
