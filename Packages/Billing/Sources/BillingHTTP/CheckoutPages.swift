public import HTTPServer
internal import Pages

/// Where the provider's hosted pages send a payer back to. They know nothing of the payer, who need not be signed in in this browser, and decide
/// nothing: what was paid is told by the provider's own message alone (STR-080).
public struct CheckoutPages: Sendable {
    /// Makes the pages.
    public init() {}

    /// Adds the pages to a table.
    public func register(on router: inout Router) {
        router.describe("Pages") { Self.descriptions }
        page(
            on: &router, "/billing/checkout/success", operation: "show_checkout_success_page", title: "Thank you",
            "As soon as the payment is confirmed, which takes a moment, everything is set up. A mail tells you when it is ready. You can close this page."
        )
        page(
            on: &router, "/billing/checkout/canceled", operation: "show_checkout_canceled_page", title: "Nothing was bought",
            "You left the payment page, and nothing was charged. You can begin again whenever you like.")
        page(
            on: &router, "/billing", operation: "show_billing_return_page", title: "Your billing details",
            "What you changed is taken over in a moment. You can close this page.")
    }

    private func page(on router: inout Router, _ path: String, operation: String, title: String, _ words: String) {
        router.addPage(.get, path, operation: operation, title: title) { _ in
            HTMLPage(title: title, content: .status(words)).response()
        }
    }
}
