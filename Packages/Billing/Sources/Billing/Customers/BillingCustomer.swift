public import Audit
public import Core
public import Orgs

/// An org as one that pays: one row per org, made on first need (BIL-017, BIL-071).
public struct BillingCustomer: Sendable, Hashable, IdentifiedEntity, AuditReferable {
    /// The id of a customer: the bits of its org's.
    public typealias ID = Identifier<BillingCustomer>
    /// `bcus_…`
    public static let idPrefix = "bcus"
    /// How the audit log calls it.
    public static let auditKind = AuditReferenceKind.billingCustomer

    /// When invoices of net terms are due after their issue.
    public enum PaymentTerms: String, Codable, Sendable, CaseIterable {
        case net15 = "net_15"
        case net30 = "net_30"
        case net60 = "net_60"
        case net90 = "net_90"

        /// Days until an invoice is due.
        public var days: Int {
            switch self {
            case .net15: 15
            case .net30: 30
            case .net60: 60
            case .net90: 90
            }
        }
    }

    /// Who pays; also its key.
    public let org: Org.ID
    /// The customer at the provider; empty until something is bought.
    public var providerCustomer: ProviderID?
    /// Whether it pays our own invoices instead of by card.
    public var invoiceBillingEnabled: Bool
    /// When its own invoices are due.
    public var paymentTerms: PaymentTerms
    /// Where mail about money goes; empty means to all owners.
    public var billingEmail: String?
    /// Whom to ask for.
    public var contactName: String?
    /// The postal address, in lines.
    public var address: String?
    /// The number of the tax office.
    public var taxID: String?
    /// The currency it is billed in.
    public var currency: Currency
    /// Since when it owes something.
    public var delinquentSince: Instant?
    /// Whether it disputes a payment.
    public var disputed: Bool
    /// When its cards were last read from the provider.
    public var methodsSyncedAt: Instant?
    /// When it was made.
    public let createdAt: Instant
    /// Counts its changes.
    public var version: Int64

    /// Its own id: the bits of its org's.
    public var id: ID { ID(uuid: org.uuid) }

    /// Makes a new customer that owes and owns nothing yet.
    public init(org: Org.ID, currency: Currency, at now: Instant) {
        self.org = org
        self.currency = currency
        invoiceBillingEnabled = false
        paymentTerms = .net30
        disputed = false
        createdAt = now
        version = 1
    }
}

/// A card or account as it was last seen at the provider.
public struct PaymentMethod: Sendable, Hashable {
    /// Whether it can be charged, as far as the provider told.
    public enum State: String, Codable, Sendable { case usable, expired, detached }

    /// The provider's id.
    public let id: ProviderID
    /// Whose it is.
    public let org: Org.ID
    /// `card` or another word of the provider.
    public let type: String
    /// The brand of a card.
    public let brand: String?
    /// The last four digits.
    public let last4: String?
    /// The month after which a card ends, 1 to 12.
    public let expiryMonth: Int?
    /// The year in which a card ends.
    public let expiryYear: Int?
    /// Whether it is charged unless another is named.
    public var isDefault: Bool
    /// Whether it can be charged, as far as the provider told.
    public var state: State

    /// Describes a method.
    public init(
        id: ProviderID, org: Org.ID, type: String, brand: String?, last4: String?, expiryMonth: Int?, expiryYear: Int?,
        isDefault: Bool, state: State
    ) {
        self.id = id
        self.org = org
        self.type = type
        self.brand = brand
        self.last4 = last4
        self.expiryMonth = expiryMonth
        self.expiryYear = expiryYear
        self.isDefault = isDefault
        self.state = state
    }

    /// Whether it can be charged at an instant: not detached and not past the month printed on it (BIL-072).
    public func isUsable(at now: Instant) -> Bool {
        guard state == .usable else { return false }
        guard let expiryMonth, let expiryYear else { return true }
        let date = now.calendarDate
        return (date.year, date.month) <= (expiryYear, expiryMonth)
    }

    /// The last second of the month that is printed on a card.
    public var lastInstant: Instant? {
        guard let expiryYear, let expiryMonth else { return nil }
        return CardMonth(year: expiryYear, month: expiryMonth).lastInstant
    }
}

/// The month that is printed on a card, up to whose end it can be charged.
public struct CardMonth: Sendable, Hashable {
    /// The year.
    public let year: Int
    /// The month, 1 to 12.
    public let month: Int

    /// Names a month.
    public init(year: Int, month: Int) {
        self.year = year
        self.month = month
    }

    /// The month in which an instant is, by UTC.
    public init(holding instant: Instant) {
        self.init(year: instant.calendarDate.year, month: instant.calendarDate.month)
    }

    /// Its last second; `nil` for what is no month.
    public var lastInstant: Instant? {
        guard (1...12).contains(month), (1_970...9_999).contains(year) else { return nil }
        let first = CalendarDate(year: year, month: month, day: 1)
        return Instant(secondsSinceEpoch: Int64(first.daysSinceEpoch) * 86_400).addingMonths(1, anchoredOnDay: 1) - .seconds(1)
    }
}
