internal import Billing
internal import Core
internal import HTTPServer
internal import Identity
internal import Orgs

/// The body of a request to pay.
struct CreateCheckoutBody: Decodable {
    let planName: String
    let resourceType: String
    let resourceConfig: JSONValue
    let orgID: Org.ID?

    enum CodingKeys: String, CodingKey {
        case planName = "plan_name"
        case resourceType = "resource_type"
        case resourceConfig = "resource_config"
        case orgID = "org_id"
    }
}

/// The body of a request to end; all of it may be absent (BIL-048).
struct CancelSubscriptionBody: Decodable {
    let immediate: Bool?
    let confirm: String?
    let userID: User.ID?

    enum CodingKeys: String, CodingKey {
        case immediate, confirm
        case userID = "user_id"
    }

    /// At once or with the period.
    var mode: Subscription.Cancellation.Mode { immediate == true ? .immediate : .periodEnd }
}

/// The body of a request for a seat.
struct CreateSeatBody: Decodable {
    let planName: String
    let userID: User.ID?

    enum CodingKeys: String, CodingKey {
        case planName = "plan_name"
        case userID = "user_id"
    }
}

/// The body of a change of plan (wire contract, UpgradeSubscriptionRequest, with two keys more).
struct ChangePlanBody: Decodable {
    let planName: String
    let userID: User.ID?
    let interval: String?
    let quote: String?

    enum CodingKeys: String, CodingKey {
        case quote
        case planName = "new_plan_name"
        case userID = "user_id"
        case interval = "billing_interval"
    }

    /// How often it is to be billed.
    func wantedInterval() throws -> BillingInterval? {
        try interval.map { word in
            guard let interval = BillingInterval(rawValue: word), interval != .usageBased else {
                throw Problem.invalidField("billing_interval", message: "must be monthly or annual")
            }
            return interval
        }
    }

    /// The quote that is accepted.
    func acceptedQuote() throws -> PlanChangeQuote.Reference? {
        try quote.map { text in
            guard let reference = PlanChangeQuote.Reference(text) else {
                throw Problem.invalidField("quote", message: "must be a quote of this change")
            }
            return reference
        }
    }
}

/// What is answered, with every key present: a key left out is no default to the published client (wire contract 0.2).
enum BillingBodies {
    /// A subscription for whoever may see it; also for the routes of the packages above.
    static func subscription(_ view: SubscriptionView, displayName: String, now: Instant) -> JSONValue {
        let row = view.subscription
        let reversible = row.isEnding(at: now) ? row.endsAt : nil
        return [
            "id": .string(row.id.description), "resource_type": .string(row.resourceType.rawValue),
            "resource_id": .string(row.resource?.description ?? ""), "plan_name": .string(row.plan.key.name),
            "plan_display_name": .string(displayName), "billing_interval": .string(row.interval.rawValue),
            "status": .string(row.status.rawValue), "base_price_cents": .integer(view.price.minorUnits),
            "created_at": time(row.createdAt), "user_id": row.subscriber.map { .string($0.description) } ?? .null,
            "current_period_start": time(row.currentPeriod?.start), "current_period_end": time(row.currentPeriod?.end),
            "started_at": time(row.startedAt), "canceled_at": time(row.canceledAt), "ends_at": time(row.endsAt),
            "operation_id": row.operation.map { .string($0) } ?? .null,
            "cancellation_type": row.cancellation.map { .string($0.mode.rawValue) } ?? .null,
            "cancellation_origin": row.cancellation.map { .string($0.origin.rawValue) } ?? .null,
            "reversible_until": time(reversible), "keep_requested_at": .null, "provider_sync": .string(row.providerSync.rawValue),
            "grace_deadline": time(row.graceDeadline), "trial_end": time(row.trialEnd),
            "collection_paused": .bool(row.isCollectionPaused),
        ]
    }

    static func checkout(_ result: CheckoutResult) -> JSONValue {
        switch result {
        case .billingDisabled:
            [
                "checkout_url": .null, "session_id": .null, "subscription_id": .null, "requires_checkout": false, "billing_disabled": true,
            ]
        case .open(let url, let session, let subscription):
            [
                "checkout_url": .string(url), "session_id": .string(session.rawValue),
                "subscription_id": .string(subscription.description), "requires_checkout": true, "billing_disabled": false,
            ]
        }
    }

    static func status(_ status: CheckoutStatus) -> JSONValue {
        [
            "status": .string(status.word.rawValue), "subscription_id": .string(status.subscription.description),
            "resource_id": status.resource.map { .string($0.description) } ?? .null,
            "operation_id": status.operation.map { .string($0) } ?? .null, "error": status.error.map { .string($0) } ?? .null,
        ]
    }

    static func customer(_ view: CustomerView) -> JSONValue {
        [
            "org_id": .string(view.customer.org.description), "has_payment_method": .bool(view.hasPaymentMethod),
            "invoice_billing_enabled": .bool(view.customer.invoiceBillingEnabled),
            "payment_methods": .array(view.methods.map(method)), "created_at": time(view.customer.createdAt),
            "stripe_customer_id": view.showsProviderIDs ? view.customer.providerCustomer.map { .string($0.rawValue) } ?? .null : .null,
            "synced_at": time(view.customer.methodsSyncedAt),
        ]
    }

    static func method(_ method: PaymentMethod) -> JSONValue {
        [
            "id": .string(method.id.rawValue), "type": .string(method.type), "is_default": .bool(method.isDefault),
            "brand": method.brand.map { .string($0) } ?? .null, "last4": method.last4.map { .string($0) } ?? .null,
            "exp_month": method.expiryMonth.map { .integer(Int64($0)) } ?? .null,
            "exp_year": method.expiryYear.map { .integer(Int64($0)) } ?? .null,
        ]
    }

    static func portal(_ result: PortalResult) -> JSONValue {
        switch result {
        case .billingDisabled: ["portal_url": .null, "billing_disabled": true]
        case .open(let url): ["portal_url": .string(url), "billing_disabled": false]
        }
    }

    static func invoices(_ invoices: [Invoice], total: Int) -> JSONValue {
        [
            "invoices": .array(invoices.map(invoice)), "total_count": .integer(Int64(total)),
            "has_more": .bool(total > invoices.count),
        ]
    }

    static func invoice(_ invoice: Invoice) -> JSONValue {
        [
            "id": .string(invoice.id.description), "status": .string(invoice.status.rawValue), "amount_due": .integer(invoice.amountDue),
            "amount_paid": .integer(invoice.amountPaid), "amount_credited": .integer(invoice.amountCredited),
            "currency": .string(invoice.currency.code), "created": time(invoice.createdAt),
            "line_items": .array(invoice.lines.map(line)), "number": invoice.number.map { .string($0) } ?? .null,
            "due_date": time(invoice.dueDate), "paid_at": time(invoice.paidAt), "invoice_pdf": invoice.pdfURL.map { .string($0) } ?? .null,
            "hosted_invoice_url": invoice.hostedURL.map { .string($0) } ?? .null,
            "subscription_id": invoice.subscription.map { .string($0.description) } ?? .null,
        ]
    }

    static func quote(_ quote: PlanChangeQuote) -> JSONValue {
        [
            "validate_only": true, "quote": .string(quote.reference.description),
            "subscription_id": .string(quote.subscription.description),
            "plan_name": .string(quote.plan.key.name), "billing_interval": .string(quote.interval.rawValue),
            "proration": .string(quote.proration.rawValue), "restarts_period": .bool(quote.restartsPeriod), "counted_from": time(quote.at),
            "expires_at": time(quote.expiresAt), "billed_at": time(quote.billedAt), "line_items": .array(quote.lines.map(line)),
            "total": .integer(quote.total), "amount_due": .integer(quote.amountDue), "currency": .string(quote.currency.code),
        ]
    }

    private static func line(_ line: InvoiceLine) -> JSONValue {
        [
            "description": .string(line.description), "amount": .integer(line.amount), "quantity": .integer(line.quantity),
            "period_start": time(line.period?.start), "period_end": time(line.period?.end),
        ]
    }

    static func upcoming(_ upcoming: UpcomingInvoice?) -> JSONValue {
        guard let upcoming else { return .null }
        return [
            "amount_due": .integer(upcoming.amountDue), "currency": .string(upcoming.currency.code),
            "period_start": time(upcoming.period.start), "period_end": time(upcoming.period.end),
            "line_items": .array(upcoming.lines.map(line)),
            "subscription_id": upcoming.subscription.map { .string($0.description) } ?? .null,
        ]
    }

    private static func time(_ instant: Instant?) -> JSONValue {
        instant.map { .string($0.description) } ?? .null
    }
}
