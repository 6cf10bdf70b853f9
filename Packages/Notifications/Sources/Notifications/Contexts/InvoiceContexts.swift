public import Core

/// An invoice is to be paid by its date (NOT-132).
public struct InvoiceIssuedContext: MailContext {
    /// `invoice_issued`
    public static let template = MailTemplate.invoiceIssued
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text),
        .mandatory("number", .text),
        .mandatory("amount", .money),
        .optional("due_at", .instant),
        .mandatory("billing", .link),
    ]

    /// The name of the org.
    public let org: String
    /// The id of the org.
    public let orgID: String
    /// The number of the invoice.
    public let number: String
    /// How much it is.
    public let amount: Money
    /// When it is due.
    public let dueAt: Instant?

    /// Makes the values.
    public init(org: String, orgID: String, number: String, amount: Money, dueAt: Instant?) {
        self.org = org
        self.orgID = orgID
        self.number = number
        self.amount = amount
        self.dueAt = dueAt
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org), "billing": .link(.page(.billing(org: orgID))),
            "number": .text(number),
            "amount": .money(amount),
            "due_at": .optional(dueAt) { .instant($0) },
        ]
    }
}

/// An invoice is due soon (NOT-134).
public struct InvoiceDueSoonContext: MailContext {
    /// `invoice_due_soon`
    public static let template = MailTemplate.invoiceDueSoon
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text),
        .mandatory("number", .text),
        .mandatory("amount", .money),
        .mandatory("due_at", .instant),
        .mandatory("billing", .link),
    ]

    /// The name of the org.
    public let org: String
    /// The id of the org.
    public let orgID: String
    /// The number of the invoice.
    public let number: String
    /// How much of it is open.
    public let amount: Money
    /// When it is due.
    public let dueAt: Instant

    /// Makes the values.
    public init(org: String, orgID: String, number: String, amount: Money, dueAt: Instant) {
        self.org = org
        self.orgID = orgID
        self.number = number
        self.amount = amount
        self.dueAt = dueAt
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org), "billing": .link(.page(.billing(org: orgID))),
            "number": .text(number),
            "amount": .money(amount),
            "due_at": .instant(dueAt),
        ]
    }
}

/// An invoice was not paid in time (NOT-134).
public struct InvoiceOverdueContext: MailContext {
    /// `invoice_overdue`
    public static let template = MailTemplate.invoiceOverdue
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text),
        .mandatory("number", .text),
        .mandatory("amount", .money),
        .mandatory("due_at", .instant),
        .mandatory("days", .integer),
        .mandatory("billing", .link),
    ]

    /// The name of the org.
    public let org: String
    /// The id of the org.
    public let orgID: String
    /// The number of the invoice.
    public let number: String
    /// How much of it is open.
    public let amount: Money
    /// When it was due.
    public let dueAt: Instant
    /// How many days ago that was.
    public let days: Int64

    /// Makes the values.
    public init(org: String, orgID: String, number: String, amount: Money, dueAt: Instant, days: Int64) {
        self.org = org
        self.orgID = orgID
        self.number = number
        self.amount = amount
        self.dueAt = dueAt
        self.days = days
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org), "billing": .link(.page(.billing(org: orgID))),
            "number": .text(number),
            "amount": .money(amount),
            "due_at": .instant(dueAt),
            "days": .integer(days),
        ]
    }
}

/// An invoice does not stand as it was (NOT-135).
public struct InvoiceCorrectedContext: MailContext {
    /// `invoice_corrected`
    public static let template = MailTemplate.invoiceCorrected
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text),
        .mandatory("number", .text),
        .mandatory("amount", .money),
        .required("is_void", .flag),
        .mandatory("billing", .link),
    ]

    /// The name of the org.
    public let org: String
    /// The id of the org.
    public let orgID: String
    /// The number of the invoice.
    public let number: String
    /// How much it was.
    public let amount: Money
    /// Whether it was withdrawn; else it was written off.
    public let isVoid: Bool

    /// Makes the values.
    public init(org: String, orgID: String, number: String, amount: Money, isVoid: Bool) {
        self.org = org
        self.orgID = orgID
        self.number = number
        self.amount = amount
        self.isVoid = isVoid
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org), "billing": .link(.page(.billing(org: orgID))),
            "number": .text(number),
            "amount": .money(amount),
            "is_void": .flag(isVoid),
        ]
    }
}
