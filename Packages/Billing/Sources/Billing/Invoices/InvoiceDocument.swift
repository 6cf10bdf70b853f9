public import Core
public import Orgs

/// What stands on an own invoice, as it was when it got its number; nothing later alters it (BIL-080).
public struct InvoiceDocument: Sendable, Hashable, Codable {
    /// The version of this form.
    public let form: Int
    /// The number.
    public let number: String
    /// Who sells.
    public let issuer: Issuer
    /// Who pays.
    public let customer: Customer
    /// When it was issued.
    public let issuedAt: Instant
    /// When it is due.
    public let dueDate: Instant
    /// The terms in words that are shown, such as `net_30`.
    public let terms: String
    /// The currency of all amounts.
    public let currency: Currency
    /// What it bills.
    public let lines: [OwnInvoiceLine]
    /// The figures.
    public let sums: InvoiceSums
    /// The account credits it consumed, in the order of consumption.
    public let credits: [AppliedCredit]
    /// What is to be paid in money.
    public let amountDue: Int64

    /// Who sells, as printed.
    public struct Issuer: Sendable, Hashable, Codable {
        /// The name.
        public let name: String
        /// The address, line by line.
        public let address: [String]
        /// The tax id.
        public let taxID: String?
    }

    /// Who pays, as printed.
    public struct Customer: Sendable, Hashable, Codable {
        /// The org.
        public let org: Org.ID
        /// Its name.
        public let name: String
        /// Whom to ask for.
        public let contact: String?
        /// Where mail about money goes.
        public let email: String?
        /// The address, line by line.
        public let address: [String]
        /// The tax id.
        public let taxID: String?
    }

    /// A part of a credit that was consumed.
    public struct AppliedCredit: Sendable, Hashable, Codable {
        /// Which credit.
        public let credit: AccountCredit.ID
        /// How much of it.
        public let amount: Int64

        /// Names a part.
        public init(credit: AccountCredit.ID, amount: Int64) {
            self.credit = credit
            self.amount = amount
        }
    }

    /// Puts together what is printed.
    init(
        number: String, catalogue: Catalogue, customer: BillingCustomer, name: String?, invoice: OwnInvoice, credits: [AppliedCredit],
        at now: Instant
    ) {
        form = 1
        self.number = number
        issuer = Issuer(name: catalogue.issuer.name, address: catalogue.issuer.address, taxID: catalogue.issuer.taxID)
        self.customer = Customer(
            org: customer.org, name: name ?? customer.contactName ?? customer.org.description, contact: customer.contactName,
            email: customer.billingEmail, address: customer.address.map { $0.split(separator: "\n").map(String.init) } ?? [],
            taxID: customer.taxID)
        issuedAt = now
        dueDate = now + .days(customer.paymentTerms.days)
        terms = customer.paymentTerms.rawValue
        currency = invoice.currency
        lines = invoice.lines
        sums = invoice.sums
        self.credits = credits
        amountDue = invoice.sums.total - credits.reduce(0) { $0 + $1.amount }
    }
}

/// The bytes of a document, as they are kept beside their SHA-256, which the database makes and checks.
public struct FrozenDocument: Sendable, Hashable {
    /// The document as JSON, with sorted keys.
    public let bytes: [UInt8]

    /// Takes bytes as they were stored.
    public init(stored bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Freezes a document.
    init(_ document: InvoiceDocument) throws(MoneyRefusal) {
        guard let bytes = try? JSON.encode(document) else { throw .unreadableDocument }
        self.bytes = bytes
    }

    /// What stands on it.
    ///
    /// - Throws: ``MoneyRefusal/unreadableDocument`` when the bytes are no document of a form we know.
    public func content() throws(MoneyRefusal) -> InvoiceDocument {
        guard let document = try? JSON.decode(InvoiceDocument.self, from: bytes), document.form == 1 else { throw .unreadableDocument }
        return document
    }
}
