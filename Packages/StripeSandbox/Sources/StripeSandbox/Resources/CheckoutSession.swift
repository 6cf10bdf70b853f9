internal import Core

struct CheckoutSession: Resource {
    struct LineItem: Codable, Hashable, Sendable {
        let id: String
        var price: String
        var quantity: Int64
    }

    static let object = "checkout.session"
    let id: String
    let created: Int64
    let mode: String
    var status = "open"
    var paymentStatus = "unpaid"
    var customer: String?
    var customerEmail: String?
    var currency: String?
    var lineItems: [LineItem] = []
    var successURL: String
    var cancelURL: String?
    var expiresAt: Int64
    var clientReference: String?
    var subscription: String?
    var setupIntent: String?
    var invoice: String?
    var metadata: [String: String] = [:]
    var subscriptionMetadata: [String: String] = [:]
    var subscriptionDescription: String?
    var trialDays: Int64?
    var collectsPaymentMethod = "always"
    var discounts: [DiscountWish] = []
    var allowsPromotionCodes = false
    /// The payment of a session that sells once.
    var paymentIntent: String?
    var paymentMetadata: [String: String] = [:]
    /// The intent of declined attempts, which the next attempt goes on with.
    var attemptedIntent: String?
    /// The card that waits for authentication.
    var pendingCard: TestCard?

    func total(in account: Account) -> Int64 {
        lineItems.reduce(0) { $0 + (account.prices[$1.price]?.unitAmount ?? 0) * $1.quantity }
    }

    /// What is charged when it is completed: nothing while a trial runs, and less what coupons take off.
    func amountDue(in account: Account) -> Int64 {
        trialDays == nil ? total(in: account) - amountOff(in: account) : 0
    }

    /// What coupons take off.
    func amountOff(in account: Account) -> Int64 {
        discounts.compactMap { $0.coupon.flatMap { account.coupons[$0] } }.reduce(0) { off, coupon in
            let rest = total(in: account) - off
            return off + (coupon.amountOff.map { min($0, rest) } ?? coupon.percentOff?.part(of: rest) ?? 0)
        }
    }

    func json(in account: Account) -> JSONValue {
        let amount: JSONValue = mode == "setup" ? .null : .integer(amountDue(in: account))
        let subtotal: JSONValue = mode == "setup" ? .null : .integer(trialDays == nil ? total(in: account) : 0)
        let email = customer.flatMap { account.customers[$0]?.email } ?? customerEmail
        var members: [String: JSONValue] = [
            "id": .string(id), "object": "checkout.session", "adaptive_pricing": ["enabled": false], "after_expiration": nil,
            "allow_promotion_codes": allowsPromotionCodes ? true : .null, "amount_subtotal": subtotal, "amount_total": amount,
            "automatic_tax": ["enabled": false, "liability": nil, "provider": nil, "status": nil], "billing_address_collection": nil,
            "branding_settings": nil, "cancel_url": JSONValue(cancelURL), "client_reference_id": JSONValue(clientReference),
            "client_secret": nil, "collected_information": nil, "consent": nil, "consent_collection": nil, "created": .integer(created),
            "currency": JSONValue(currency), "currency_conversion": nil, "custom_fields": [],
            "custom_text": ["after_submit": nil, "shipping_address": nil, "submit": nil, "terms_of_service_acceptance": nil],
            "customer": JSONValue(customer), "customer_account": nil, "customer_creation": nil,
            "customer_details": email.map { email in
                [
                    "address": nil, "business_name": nil, "email": .string(email), "individual_name": nil,
                    "name": JSONValue(customer.flatMap { account.customers[$0]?.name }), "phone": nil, "tax_exempt": "none", "tax_ids": nil,
                ]
            } ?? .null,
            "customer_email": JSONValue(customerEmail), "discounts": .array(discounts.map(\.json)), "expires_at": .integer(expiresAt),
            "invoice": JSONValue(invoice),
            "invoice_creation": nil, "livemode": false, "locale": nil, "metadata": JSONValue(metadata), "mode": .string(mode),
        ]
        members.merge(rest(in: account)) { _, new in new }
        return .object(members)
    }

    private func rest(in account: Account) -> [String: JSONValue] {
        [
            "origin_context": nil, "payment_intent": JSONValue(paymentIntent), "payment_link": nil,
            "payment_method_collection": mode == "subscription" ? .string(collectsPaymentMethod) : .null,
            "payment_method_configuration_details": nil,
            "payment_method_options": ["card": ["request_three_d_secure": "automatic"]], "payment_method_types": ["card"],
            "payment_status": .string(paymentStatus), "permissions": nil, "phone_number_collection": ["enabled": false],
            "recovered_from": nil, "saved_payment_method_options": nil, "setup_intent": JSONValue(setupIntent),
            "shipping_address_collection": nil, "shipping_cost": nil, "shipping_options": [], "status": .string(status),
            "submit_type": nil, "subscription": JSONValue(subscription), "success_url": .string(successURL),
            "total_details": mode == "setup"
                ? .null
                : [
                    "amount_discount": .integer(trialDays == nil ? amountOff(in: account) : 0), "amount_shipping": 0, "amount_tax": 0,
                ],
            "ui_mode": "hosted_page", "url": status == "open" ? .string(account.checkoutAddress(id)) : .null, "wallet_options": nil,
        ]
    }

    /// The success address with the session's id in its place.
    var filledSuccessURL: String {
        successURL.replacing("{CHECKOUT_SESSION_ID}", with: id)
    }
}
