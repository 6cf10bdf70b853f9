public import Core

/// A subscription as the provider shows it, with only what decisions need.
public struct ProviderSubscription: Codable, Hashable, Sendable {
    /// The provider's word for how far it has come; a word we do not know parks the event (BIL-024).
    public enum Status: String, Codable, Sendable, CaseIterable {
        case incomplete
        case incompleteExpired = "incomplete_expired"
        case trialing, active
        case pastDue = "past_due"
        case canceled, unpaid, paused
    }

    /// Its id.
    public let id: ProviderID
    /// Who pays.
    public let customer: ProviderID
    /// How far it has come; `nil` for a word we do not know.
    public let status: Status?
    /// Our own ids, as we tagged it.
    public let tags: ProviderTags
    /// Its one item.
    public let item: ProviderID?
    /// What is charged.
    public let price: ProviderID?
    /// What is paid for now (STR-120).
    public let period: Period?
    /// When its trial ends.
    public let trialEnd: Instant?
    /// When it ends by plan: the date, else the period end when the flag is set (STR-122).
    public let endsAt: Instant?
    /// When it ended.
    public let endedAt: Instant?
    /// Why it was ended: `cancellation_requested`, `payment_failed`, `payment_disputed`, `retention` or a newer word.
    public var cancellationReason: String?
    /// The newest invoice.
    public let latestInvoice: ProviderInvoice?
    /// The card it is charged to.
    public let defaultMethod: ProviderID?
    /// What only some decisions need; `nil` where it was not read.
    public var terms: ProviderTerms?

    /// Describes a subscription.
    public init(
        id: ProviderID, customer: ProviderID, status: Status?, tags: ProviderTags, item: ProviderID?, price: ProviderID?,
        period: Period?, trialEnd: Instant?, endsAt: Instant?, endedAt: Instant?, cancellationReason: String?,
        latestInvoice: ProviderInvoice?, defaultMethod: ProviderID?
    ) {
        self.id = id
        self.customer = customer
        self.status = status
        self.tags = tags
        self.item = item
        self.price = price
        self.period = period
        self.trialEnd = trialEnd
        self.endsAt = endsAt
        self.endedAt = endedAt
        self.cancellationReason = cancellationReason
        self.latestInvoice = latestInvoice
        self.defaultMethod = defaultMethod
    }
}

/// Our own ids on an object of the provider (STR-011).
public struct ProviderTags: Codable, Hashable, Sendable {
    /// The intent that made it.
    public let intent: String?
    /// The org.
    public let org: String?
    /// The subscription.
    public let subscription: String?

    /// Describes tags.
    public init(intent: String? = nil, org: String? = nil, subscription: String? = nil) {
        self.intent = intent
        self.org = org
        self.subscription = subscription
    }
}

/// A hosted payment page as the provider shows it.
public struct ProviderCheckout: Codable, Hashable, Sendable {
    /// Whether it can be paid.
    public enum Status: String, Codable, Sendable { case open, complete, expired }
    /// Whether it was paid.
    public enum PaymentStatus: String, Codable, Sendable {
        case paid, unpaid
        case noPaymentRequired = "no_payment_required"
    }

    /// Its id.
    public let id: ProviderID
    /// The page.
    public let url: String?
    /// Whether it can be paid; `nil` for a word we do not know.
    public let status: Status?
    /// Whether it was paid; `nil` for a word we do not know.
    public let paymentStatus: PaymentStatus?
    /// Who pays.
    public let customer: ProviderID?
    /// What came of it.
    public let subscription: ProviderID?
    /// Our own ids.
    public let tags: ProviderTags
    /// Until when it can be paid.
    public let expiresAt: Instant?

    /// Describes a page.
    public init(
        id: ProviderID, url: String?, status: Status?, paymentStatus: PaymentStatus?, customer: ProviderID?,
        subscription: ProviderID?, tags: ProviderTags, expiresAt: Instant?
    ) {
        self.id = id
        self.url = url
        self.status = status
        self.paymentStatus = paymentStatus
        self.customer = customer
        self.subscription = subscription
        self.tags = tags
        self.expiresAt = expiresAt
    }
}

/// An invoice as the provider shows it.
public struct ProviderInvoice: Codable, Hashable, Sendable {
    /// Money that was taken for it.
    public struct Payment: Codable, Hashable, Sendable {
        /// What a refund names.
        public let intent: ProviderID
        /// How much was taken.
        public let amount: Int64

        /// Describes a payment.
        public init(intent: ProviderID, amount: Int64) {
            self.intent = intent
            self.amount = amount
        }
    }

    /// Its id; a preview has none worth keeping (STR-E24).
    public let id: ProviderID
    /// Who pays.
    public let customer: ProviderID?
    /// What it bills (STR-121).
    public let subscription: ProviderID?
    /// The number on it.
    public let number: String?
    /// How far it has come; `nil` for a word we do not know.
    public let status: Invoice.Status?
    /// The currency of all amounts.
    public let currency: Currency
    /// What its lines add up to.
    public let subtotal: Int64
    /// Subtotal less discounts plus tax.
    public let total: Int64
    /// What is to be paid.
    public let amountDue: Int64
    /// What was paid.
    public let amountPaid: Int64
    /// What is still to be paid.
    public let amountRemaining: Int64
    /// What time it bills.
    public let period: Period?
    /// When it was made.
    public let created: Instant
    /// When it has to be paid.
    public let dueDate: Instant?
    /// When it was paid.
    public let paidAt: Instant?
    /// A page for the customer.
    public let hostedURL: String?
    /// The document for the customer.
    public let pdfURL: String?
    /// When the provider tries the card again.
    public let nextAttempt: Instant?
    /// What it bills, line by line.
    public let lines: [InvoiceLine]
    /// Money that was taken for it.
    public let payments: [Payment]
    /// How often the provider has tried to collect it; `nil` when it does not say.
    public var attemptCount: Int64?
    /// What credit notes took off it, before and after it was paid; `nil` when the provider does not say.
    public var amountCredited: Int64?
    /// What coupons took off it; `nil` when the provider does not say.
    public var discount: Int64?
    /// What came in beyond it; `nil` when the provider does not say.
    public var amountOverpaid: Int64?
    /// Whether it is sent to be paid by its day, and not charged; `nil` when the provider does not say.
    public var isSent: Bool?

    /// Describes an invoice.
    public init(
        id: ProviderID, customer: ProviderID?, subscription: ProviderID?, number: String?, status: Invoice.Status?,
        currency: Currency, subtotal: Int64, total: Int64, amountDue: Int64, amountPaid: Int64, amountRemaining: Int64,
        period: Period?, created: Instant, dueDate: Instant?, paidAt: Instant?, hostedURL: String?, pdfURL: String?,
        nextAttempt: Instant?, lines: [InvoiceLine], payments: [Payment]
    ) {
        self.id = id
        self.customer = customer
        self.subscription = subscription
        self.number = number
        self.status = status
        self.currency = currency
        self.subtotal = subtotal
        self.total = total
        self.amountDue = amountDue
        self.amountPaid = amountPaid
        self.amountRemaining = amountRemaining
        self.period = period
        self.created = created
        self.dueDate = dueDate
        self.paidAt = paidAt
        self.hostedURL = hostedURL
        self.pdfURL = pdfURL
        self.nextAttempt = nextAttempt
        self.lines = lines
        self.payments = payments
    }

    /// Whether nothing is owed for it: paid, or nothing had to be.
    public var isSettled: Bool { status == .paid || (status != .draft && status != .void && amountRemaining <= 0 && amountDue <= 0) }
}

/// A price as the provider shows it.
public struct ProviderPrice: Codable, Hashable, Sendable {
    /// Its id.
    public let id: ProviderID
    /// Whose price it is.
    public let product: ProviderID?
    /// How much; `nil` when the provider does not say in whole minor units.
    public let amount: Int64?
    /// In what.
    public let currency: String
    /// `month` or `year`.
    public let interval: String?
    /// How many intervals one period has.
    public let intervalCount: Int64?
    /// Whether it can be sold.
    public let active: Bool
    /// The key it is found by.
    public let lookupKey: String?

    /// Describes a price.
    public init(
        id: ProviderID, product: ProviderID?, amount: Int64?, currency: String, interval: String?, intervalCount: Int64?,
        active: Bool, lookupKey: String?
    ) {
        self.id = id
        self.product = product
        self.amount = amount
        self.currency = currency
        self.interval = interval
        self.intervalCount = intervalCount
        self.active = active
        self.lookupKey = lookupKey
    }

    /// Whether it charges exactly what the catalogue says (BIL-006).
    public func matches(_ amount: Money, _ interval: BillingInterval) -> Bool {
        let months = (self.interval == "year" ? 12 : 1) * (intervalCount ?? 1)
        return active && self.amount == amount.minorUnits && currency == amount.currency.code && self.interval != nil
            && months == Int64(interval.months)
    }
}

/// A product as the provider shows it.
public struct ProviderProduct: Codable, Hashable, Sendable {
    /// Its id.
    public let id: ProviderID
    /// What bills call it.
    public let name: String
    /// Whether it can be sold.
    public let active: Bool

    /// Describes a product.
    public init(id: ProviderID, name: String, active: Bool) {
        self.id = id
        self.name = name
        self.active = active
    }
}

/// A card or account as the provider shows it.
public struct ProviderMethod: Codable, Hashable, Sendable {
    /// Its id.
    public let id: ProviderID
    /// `card` or another word.
    public let type: String
    /// The brand of a card.
    public let brand: String?
    /// The last four digits.
    public let last4: String?
    /// The month after which a card ends.
    public let expiryMonth: Int?
    /// The year in which a card ends.
    public let expiryYear: Int?

    /// Describes a method.
    public init(id: ProviderID, type: String, brand: String?, last4: String?, expiryMonth: Int?, expiryYear: Int?) {
        self.id = id
        self.type = type
        self.brand = brand
        self.last4 = last4
        self.expiryMonth = expiryMonth
        self.expiryYear = expiryYear
    }
}

/// A customer's methods as the provider shows them.
public struct ProviderWallet: Codable, Hashable, Sendable {
    /// All methods that are attached.
    public let methods: [ProviderMethod]
    /// The one that is charged unless another is named.
    public let defaultMethod: ProviderID?
    /// Where the provider sends its mail; it is compared, never taken over (STR-102).
    public var email: String?
    /// What the customer owes there beside its bills; below zero it is owed something.
    public var balance: Int64?

    /// Describes a wallet.
    public init(methods: [ProviderMethod], defaultMethod: ProviderID?, email: String? = nil, balance: Int64? = nil) {
        self.methods = methods
        self.defaultMethod = defaultMethod
        self.email = email
        self.balance = balance
    }
}
