internal import Core

struct PaymentIntent: Resource {
    static let object = "payment_intent"
    let id: String
    let created: Int64
    let clientSecret: String
    var customer: String?
    var amount: Int64
    var currency: String
    var invoice: String?
    var status = "requires_payment_method"
    var amountReceived: Int64 = 0
    var paymentMethod: String?
    var latestCharge: String?
    var lastError: JSONValue?
    var description: String?
    var canceledAt: Int64?
    var cancellationReason: String?
    var metadata: [String: String] = [:]
    var captureMethod = "automatic_async"
    var setupFutureUsage: String? = "off_session"
    var receiptEmail: String?
    var statementDescriptor: String?

    /// What was authorised and waits to be captured.
    var amountCapturable: Int64 { status == "requires_capture" ? amount : 0 }

    func json(in account: Account) -> JSONValue {
        [
            "id": .string(id), "object": "payment_intent", "amount": .integer(amount), "amount_capturable": .integer(amountCapturable),
            "amount_details": ["tip": [:]], "amount_received": .integer(amountReceived), "application": nil, "application_fee_amount": nil,
            "automatic_payment_methods": nil, "canceled_at": JSONValue(canceledAt),
            "cancellation_reason": JSONValue(cancellationReason), "capture_method": .string(captureMethod),
            "client_secret": .string(clientSecret), "confirmation_method": "automatic", "created": .integer(created),
            "currency": .string(currency), "customer": JSONValue(customer), "customer_account": nil,
            "description": JSONValue(description), "excluded_payment_method_types": nil, "last_payment_error": lastError ?? .null,
            "latest_charge": JSONValue(latestCharge), "livemode": false, "metadata": JSONValue(metadata),
            "next_action": status == "requires_action" ? account.authenticationAction(id) : .null, "on_behalf_of": nil,
            "payment_details": invoice.map { ["order_reference": .string($0)] } ?? .null,
            "payment_method": JSONValue(paymentMethod), "payment_method_configuration_details": nil,
            "payment_method_options": [
                "card": ["installments": nil, "mandate_options": nil, "network": nil, "request_three_d_secure": "automatic"]
            ],
            "payment_method_types": ["card"], "processing": nil, "receipt_email": JSONValue(receiptEmail), "review": nil,
            "setup_future_usage": JSONValue(setupFutureUsage), "shipping": nil, "source": nil,
            "statement_descriptor": JSONValue(statementDescriptor),
            "statement_descriptor_suffix": nil, "status": .string(status), "transfer_data": nil, "transfer_group": nil,
        ]
    }
}

/// What joins an invoice and the payment intent that pays it.
struct InvoicePayment: Resource {
    static let object = "invoice_payment"
    let id: String
    let created: Int64
    let invoice: String
    let paymentIntent: String
    var amountRequested: Int64
    var amountPaid: Int64?
    var currency: String
    var status = "open"
    var paidAt: Int64?
    var canceledAt: Int64?

    func json(in account: Account) -> JSONValue {
        [
            "id": .string(id), "object": "invoice_payment", "amount_paid": JSONValue(amountPaid),
            "amount_requested": .integer(amountRequested), "created": .integer(created), "currency": .string(currency),
            "invoice": .string(invoice), "is_default": true, "livemode": false,
            "payment": ["payment_intent": .string(paymentIntent), "type": "payment_intent"], "status": .string(status),
            "status_transitions": ["canceled_at": JSONValue(canceledAt), "paid_at": JSONValue(paidAt)],
        ]
    }
}
