import Core
import Testing

/// A product with a monthly price of 20 dollars, and a customer, made over the API.
struct Shop {
    let sandbox: Sandbox
    let price: String
    let customer: String

    init(_ sandbox: Sandbox, amount: Int = 2_000, interval: String = "month", lookupKey: String = "standard") async throws {
        self.sandbox = sandbox
        let product = try await sandbox.call("POST", "/v1/products", [("name", "Standard graph")])
        price = try await sandbox.call(
            "POST", "/v1/prices",
            [
                ("product", product.id), ("currency", "usd"), ("unit_amount", "\(amount)"), ("recurring[interval]", interval),
                ("lookup_key", lookupKey),
            ]
        ).id
        customer = try await sandbox.call("POST", "/v1/customers", [("email", "owner@example.com"), ("metadata[trellis_org]", "org_1")]).id
    }

    /// Attaches a ready-made card and makes it the customer's default.
    @discardableResult
    func attach(_ card: String) async throws -> String {
        let method = try await sandbox.call("POST", "/v1/payment_methods/\(card)/attach", [("customer", customer)]).id
        try await sandbox.call("POST", "/v1/customers/\(customer)", [("invoice_settings[default_payment_method]", method)])
        return method
    }

    func subscribe(_ more: [(String, String)] = []) async throws -> Sandbox.Answer {
        try await sandbox.call("POST", "/v1/subscriptions", [("customer", customer), ("items[0][price]", price)] + more)
    }

    func checkout(_ more: [(String, String)] = []) async throws -> Sandbox.Answer {
        try await sandbox.call(
            "POST", "/v1/checkout/sessions",
            [
                ("mode", "subscription"), ("customer", customer), ("line_items[0][price]", price), ("line_items[0][quantity]", "1"),
                ("success_url", "https://app.example.com/done?session={CHECKOUT_SESSION_ID}"),
                ("cancel_url", "https://app.example.com/back"),
                ("subscription_data[metadata][trellis_subscription]", "bsub_1"),
            ] + more)
    }

    func subscription(_ id: String) async throws -> JSONValue {
        try await sandbox.call("GET", "/v1/subscriptions/\(id)").json
    }
}
