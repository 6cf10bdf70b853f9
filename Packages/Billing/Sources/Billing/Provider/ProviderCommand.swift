public import Core
public import Orgs

/// A change asked of the payment provider, with everything the request needs; it is what an intent stores.
public enum ProviderCommand: Codable, Hashable, Sendable {
    /// Makes the customer of an org.
    case createCustomer(Customer)
    /// Tells the provider what a customer says about itself now.
    case updateCustomer(CustomerContact)
    /// Makes the product of a plan.
    case createProduct(Product)
    /// Makes the price of a plan.
    case createPrice(Price)
    /// Opens the hosted payment page.
    case openCheckout(Session)
    /// Closes a hosted payment page.
    case expireCheckout(session: ProviderID)
    /// Starts a subscription on the card on file.
    case createSubscription(Sale)
    /// Ends a subscription with its period.
    case cancelAtPeriodEnd(subscription: ProviderID)
    /// Ends a subscription now, without a bill for it.
    case cancelNow(subscription: ProviderID)
    /// Takes back the end of a subscription.
    case takeBackEnd(subscription: ProviderID)
    /// Ends a subscription with its period and marks whose decision it was, in one update (IDL-027).
    case setIdleEnd(IdleEnd)
    /// Takes such an end and its mark back, in one update.
    case clearIdleEnd(IdleEnd)
    /// Takes only the mark away: the end was taken back in the provider's pages.
    case clearIdleMark(IdleEnd)
    /// Gives a payment back.
    case refund(Refund)
    /// Bring a part of a credit to the customer's balance, or back (BIL-116).
    case moveBalance(BalanceMove)
    /// Bring a part of a credit to the customer's balance by a credit note on the paid invoice that it comes from (STR-033, BIL-116).
    case issueCreditNote(BalanceMove, invoice: ProviderID)
    /// Opens the customer's own pages.
    case openPortal(customer: ProviderID, returnURL: String)
    /// Tells the provider the present name of a plan (BIL-151).
    case renameProduct(product: ProviderID, name: String)
    /// Opens the page on which a method is added (BIL-074).
    case openSetup(MethodSetup)
    /// Makes a method the one that a customer is charged with (BIL-075).
    case setDefaultMethod(customer: ProviderID, method: ProviderID)
    /// Charges a subscription with another method (BIL-075).
    case setSubscriptionMethod(subscription: ProviderID, method: ProviderID)
    /// Takes a method from its customer (BIL-074).
    case detachMethod(ProviderID)
    /// Tries to collect an open invoice once more, because its payer asked (BIL-092).
    case payInvoice(ProviderID)
    /// Charges another price from now on.
    case changePrice(PriceChange)
}

extension ProviderCommand {
    /// The customer to make.
    public struct Customer: Codable, Hashable, Sendable {
        /// Whose it is.
        public let org: Org.ID
        /// Where the provider sends its mail.
        public let email: String?
        /// The org's name.
        public let name: String?

        /// Describes a customer.
        public init(org: Org.ID, email: String?, name: String?) {
            self.org = org
            self.email = email
            self.name = name
        }
    }

    /// What a customer says about itself; what is `nil` is taken out at the provider.
    public struct CustomerContact: Codable, Hashable, Sendable {
        /// Whose it is.
        public let org: Org.ID
        /// The customer at the provider.
        public let customer: ProviderID
        /// Where the provider sends its mail.
        public let email: String?
        /// The postal address, its lines in one.
        public let address: String?

        /// Describes a contact.
        public init(org: Org.ID, customer: ProviderID, email: String?, address: String?) {
            self.org = org
            self.customer = customer
            self.email = email
            self.address = address
        }
    }

    /// The product to make; it is found again by its metadata, never by its name (BIL-151).
    public struct Product: Codable, Hashable, Sendable {
        /// The plan it stands for.
        public let plan: PlanReference
        /// Its name: the display name of the plan and nothing else.
        public let name: String

        /// Describes a product.
        public init(plan: PlanReference, name: String) {
            self.plan = plan
            self.name = name
        }
    }

    /// The price to make; it is found again by its lookup key (BIL-006).
    public struct Price: Codable, Hashable, Sendable {
        /// The plan it is the price of.
        public let plan: PlanReference
        /// How often it is charged.
        public let interval: BillingInterval
        /// How much.
        public let amount: Money
        /// The product it belongs to.
        public let product: ProviderID

        /// Describes a price.
        public init(plan: PlanReference, interval: BillingInterval, amount: Money, product: ProviderID) {
            self.plan = plan
            self.interval = interval
            self.amount = amount
            self.product = product
        }

        /// Derived from plan, version, interval and currency, so that one price has one key.
        public var lookupKey: String {
            "trellis:\(plan.key):\(plan.version):\(interval.rawValue):\(amount.currency)"
        }
    }

    /// The hosted page to open (BIL-018).
    public struct Session: Codable, Hashable, Sendable {
        /// Who pays.
        public let org: Org.ID
        /// What is bought.
        public let subscription: Subscription.ID
        /// The customer at the provider.
        public let customer: ProviderID
        /// What is charged.
        public let price: ProviderID
        /// Where the customer goes after paying.
        public let successURL: String
        /// Where the customer goes after giving up.
        public let cancelURL: String
        /// Whether promotion codes may be entered.
        public let allowPromotionCodes: Bool
        /// Days without a charge.
        public let trialDays: Int
        /// Until when it can be paid.
        public let expiresAt: Instant

        /// Describes a page.
        public init(
            org: Org.ID, subscription: Subscription.ID, customer: ProviderID, price: ProviderID, successURL: String,
            cancelURL: String, allowPromotionCodes: Bool, trialDays: Int, expiresAt: Instant
        ) {
            self.org = org
            self.subscription = subscription
            self.customer = customer
            self.price = price
            self.successURL = successURL
            self.cancelURL = cancelURL
            self.allowPromotionCodes = allowPromotionCodes
            self.trialDays = trialDays
            self.expiresAt = expiresAt
        }
    }

    /// The subscription to start (BIL-029).
    public struct Sale: Codable, Hashable, Sendable {
        /// Who pays.
        public let org: Org.ID
        /// What is bought.
        public let subscription: Subscription.ID
        /// The customer at the provider.
        public let customer: ProviderID
        /// What is charged.
        public let price: ProviderID
        /// The card.
        public let method: ProviderID
        /// Days without a charge.
        public let trialDays: Int
        /// The first period, where it is to begin at an instant that has passed: where the last one of ours ended (BIL-089).
        public let period: Period?

        /// Describes a sale.
        public init(
            org: Org.ID, subscription: Subscription.ID, customer: ProviderID, price: ProviderID, method: ProviderID, trialDays: Int,
            period: Period? = nil
        ) {
            self.org = org
            self.subscription = subscription
            self.customer = customer
            self.price = price
            self.method = method
            self.trialDays = trialDays
            self.period = period
        }
    }

    /// An end that idleness decided.
    public struct IdleEnd: Codable, Hashable, Sendable {
        /// The subscription at the provider.
        public let subscription: ProviderID
        /// What tells this end from every other: the id of the case.
        public let mark: String

        /// Describes an end.
        public init(subscription: ProviderID, mark: String) {
            self.subscription = subscription
            self.mark = mark
        }
    }

    /// The payment to give back.
    public struct Refund: Codable, Hashable, Sendable {
        /// Which subscription it was for.
        public let subscription: Subscription.ID
        /// The payment at the provider.
        public let payment: ProviderID
        /// How much.
        public let amount: Money

        /// Describes a refund.
        public init(subscription: Subscription.ID, payment: ProviderID, amount: Money) {
            self.subscription = subscription
            self.payment = payment
            self.amount = amount
        }
    }

    /// Another price of a running subscription.
    public struct PriceChange: Codable, Hashable, Sendable {
        /// When the difference is charged.
        public enum Proration: String, Codable, Sendable {
            /// At once, by an invoice of its own.
            case alwaysInvoice = "always_invoice"
            /// With the next invoice.
            case createProrations = "create_prorations"
            /// Not at all.
            case none
        }

        /// The provider's subscription.
        public let subscription: ProviderID
        /// The one item of it.
        public let item: ProviderID
        /// What it is to cost.
        public let price: ProviderID
        /// When the difference is charged.
        public let proration: Proration
        /// From when the difference counts.
        public let from: Instant
        /// Whether a period of another length begins, which is charged at once; `nil` for no, as orders of old have it.
        public var restartsPeriod: Bool?

        /// Describes the change.
        public init(subscription: ProviderID, item: ProviderID, price: ProviderID, proration: Plan.Policies.Proration, from: Instant) {
            self.subscription = subscription
            self.item = item
            self.price = price
            self.proration =
                switch proration {
                case .chargeNow: .alwaysInvoice
                case .nextInvoice: .createProrations
                case .none: .none
                }
            self.from = from
        }
    }

    /// The word by which metrics and logs name the kind.
    public var kind: String {
        switch self {
        case .createCustomer: "create_customer"
        case .updateCustomer: "update_customer"
        case .createProduct: "create_product"
        case .createPrice: "create_price"
        case .openCheckout: "open_checkout"
        case .expireCheckout: "expire_checkout"
        case .createSubscription: "create_subscription"
        case .cancelAtPeriodEnd: "cancel_at_period_end"
        case .cancelNow: "cancel_now"
        case .takeBackEnd: "take_back_end"
        case .setIdleEnd: "set_idle_end"
        case .clearIdleEnd: "clear_idle_end"
        case .clearIdleMark: "clear_idle_mark"
        case .refund: "refund"
        case .moveBalance: "move_balance"
        case .issueCreditNote: "issue_credit_note"
        case .openPortal: "open_portal"
        case .renameProduct: "rename_product"
        case .openSetup: "open_setup"
        case .setDefaultMethod: "set_default_method"
        case .setSubscriptionMethod: "set_subscription_method"
        case .detachMethod: "detach_method"
        case .payInvoice: "pay_invoice"
        case .changePrice: "change_price"
        }
    }
}
