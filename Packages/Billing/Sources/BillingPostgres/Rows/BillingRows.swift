internal import Billing
internal import Core
internal import Identity
internal import Orgs
internal import Postgres

extension BillingCustomer {
    static let columns: Statement = """
        org_id, provider_customer_id, invoice_billing_enabled, payment_terms, billing_email, contact_name, address, tax_id, currency,
        delinquent_since, disputed, methods_synced_at, created_at, version
        """

    init(row: Row) throws {
        self.init(org: try row.decode("org_id"), currency: try row.currency("currency"), at: try row.decode("created_at"))
        providerCustomer = try row.providerID("provider_customer_id")
        invoiceBillingEnabled = try row.decode("invoice_billing_enabled")
        paymentTerms = try row.word("payment_terms")
        billingEmail = try row.decode("billing_email")
        contactName = try row.decode("contact_name")
        address = try row.decode("address")
        taxID = try row.decode("tax_id")
        delinquentSince = try row.decode("delinquent_since")
        disputed = try row.decode("disputed")
        methodsSyncedAt = try row.decode("methods_synced_at")
        version = try row.decode("version")
    }
}

extension PaymentMethod {
    static let columns: Statement = "org_id, provider_method_id, type, brand, last4, expiry_month, expiry_year, is_default, state"

    init(row: Row) throws {
        self.init(
            id: ProviderID(try row.decode("provider_method_id")), org: try row.decode("org_id"), type: try row.decode("type"),
            brand: try row.decode("brand"), last4: try row.decode("last4"),
            expiryMonth: try row.decode("expiry_month", as: Int32?.self).map(Int.init),
            expiryYear: try row.decode("expiry_year", as: Int32?.self).map(Int.init), isDefault: try row.decode("is_default"),
            state: try row.word("state"))
    }
}

extension Checkout {
    static let columns: Statement = """
        c.id AS checkout_id, c.org_id AS checkout_org_id, c.subscription_id, c.started_by, c.fingerprint, c.intent_id,
        c.provider_session_id, c.url, c.state, c.payment_status, c.expires_at, c.polled_at, c.created_at AS checkout_created_at
        """

    init(row: Row) throws {
        self.init(
            id: try row.decode("checkout_id"), org: try row.decode("checkout_org_id"), subscription: try row.decode("subscription_id"),
            startedBy: try row.decode("started_by"), fingerprint: try row.decode("fingerprint"), intent: try row.decode("intent_id"),
            expiresAt: try row.decode("expires_at"), at: try row.decode("checkout_created_at"))
        session = try row.providerID("provider_session_id")
        url = try row.decode("url")
        state = try row.word("state")
        paymentStatus = try row.decode("payment_status")
        polledAt = try row.decode("polled_at")
    }
}

extension PlanPrice {
    static let columns: Statement =
        "plan_key, plan_version, interval, currency, amount, provider_product_id, provider_price_id, provider_product_name"

    init(row: Row) throws {
        guard let key = PlanKey(try row.decode("plan_key", as: String.self)) else { throw row["plan_key"].failure("is no plan") }
        self.init(
            plan: PlanReference(key: key, version: Int(try row.decode("plan_version", as: Int32.self))), interval: try row.word("interval"),
            amount: Money(minorUnits: try row.decode("amount"), currency: try row.currency("currency")),
            product: try row.providerID("provider_product_id"), price: try row.providerID("provider_price_id"))
        productName = try row.decode("provider_product_name")
    }
}

extension ProviderIntent {
    static let columns: Statement = """
        id, org_id, object, op_seq, command, generation, state, attempts, request, first_sent_at, result, refusal, exchanges, created_at
        """

    init(row: Row) throws {
        self.init(
            id: try row.decode("id"), org: try row.decode("org_id"), object: try row.decode("object"),
            operationSequence: try row.decode("op_seq"), command: try row.own("command"),
            at: try row.decode("created_at"))
        generation = Int(try row.decode("generation", as: Int32.self))
        state = try row.word("state")
        attempts = Int(try row.decode("attempts", as: Int32.self))
        request = try row.optionalOwn("request")
        firstSentAt = try row.decode("first_sent_at")
        result = try row.optionalOwn("result")
        refusal = try row.decode("refusal")
        note(try row.own("exchanges"))
    }
}

extension InboundEvent {
    static let columns: Statement = """
        id, provider, provider_event_id, type, api_version, livemode, created_at, object_id, object_type, raw_references, body,
        received_at, state, outcome, park_reason, pulled, assigned_org_id, assigned_subscription_id
        """

    init(row: Row) throws {
        let event = VerifiedEvent(
            provider: try row.decode("provider"), id: ProviderID(try row.decode("provider_event_id")), type: try row.decode("type"),
            apiVersion: try row.decode("api_version"), livemode: try row.decode("livemode"), created: try row.decode("created_at"),
            objectID: try row.providerID("object_id"), objectType: try row.decode("object_type"),
            references: try row.own("raw_references"))
        self.init(
            id: try row.decode("id"), event, body: try row.decode("body"), receivedAt: try row.decode("received_at"),
            isPulled: try row.decode("pulled"))
        state = try row.word("state")
        outcome = try row.optionalWord("outcome", as: Outcome.self)
        parkReason = try row.optionalWord("park_reason", as: ParkReason.self)
        if let org = try row.decode("assigned_org_id", as: Org.ID?.self) {
            assigned = Assignment(org: org, subscription: try row.decode("assigned_subscription_id"))
        }
    }
}

extension Invoice {
    static let columns: Statement = """
        i.id, i.org_id, i.kind, i.subscription_id, i.number, i.provider_invoice_id, i.currency, i.subtotal, i.total, i.amount_due,
        i.amount_paid, i.status, i.period_start, i.period_end, i.due_date, i.paid_at, i.hosted_url, i.pdf_url, i.created_at,
        i.amount_credited
        """

    init(row: Row, lines: [InvoiceLine]) throws {
        self.init(
            id: try row.decode("id"), org: try row.decode("org_id"), kind: try row.word("kind"),
            subscription: try row.decode("subscription_id"), number: try row.decode("number"),
            providerInvoice: try row.providerID("provider_invoice_id"), currency: try row.currency("currency"),
            subtotal: try row.decode("subtotal"), total: try row.decode("total"), amountDue: try row.decode("amount_due"),
            amountPaid: try row.decode("amount_paid"), status: try row.word("status"), period: try row.period("period_start", "period_end"),
            dueDate: try row.decode("due_date"), paidAt: try row.decode("paid_at"), hostedURL: try row.decode("hosted_url"),
            pdfURL: try row.decode("pdf_url"), lines: lines, createdAt: try row.decode("created_at"))
        amountCredited = try row.decode("amount_credited")
    }
}
