public import Audit
public import Core
public import Identity
public import Jobs

/// What an org tells the seller about itself as a payer. It is Billing's record; Orgs shows and edits it and keeps no copy (ORG-083).
public struct OrgBillingSettings: Sendable, Hashable {
    /// Where mail about money goes; `nil` for all active owners (ORG-086).
    public var billingEmail: EmailAddress?
    /// Whom to ask for.
    public var contactName: String?
    /// The postal address, in lines.
    public var address: String?
    /// The number of the tax office.
    public var taxID: String?
    /// The currency it is billed in.
    public let currency: Currency
    /// Whether it pays invoices instead of by card.
    public let isInvoiceBilled: Bool
    /// When invoices are due, such as `net_30`.
    public let paymentTerms: String
    /// Whether there is something to charge.
    public let hasPaymentMethod: Bool
    /// Goes up with each change.
    public let version: Int

    /// Makes settings.
    public init(
        billingEmail: EmailAddress?, contactName: String?, address: String?, taxID: String?, currency: Currency, isInvoiceBilled: Bool,
        paymentTerms: String, hasPaymentMethod: Bool, version: Int
    ) {
        self.billingEmail = billingEmail
        self.contactName = contactName
        self.address = address
        self.taxID = taxID
        self.currency = currency
        self.isInvoiceBilled = isInvoiceBilled
        self.paymentTerms = paymentTerms
        self.hasPaymentMethod = hasPaymentMethod
        self.version = version
    }
}

/// Changed settings; what is kept stays, and `nil` empties a field.
public struct OrgBillingSettingsChanges: Sendable, Hashable {
    /// Where mail about money goes.
    public var billingEmail: FieldChange<EmailAddress?>
    /// Whom to ask for.
    public var contactName: FieldChange<String?>
    /// The postal address.
    public var address: FieldChange<String?>
    /// The number of the tax office.
    public var taxID: FieldChange<String?>

    /// Makes changes.
    public init(
        billingEmail: FieldChange<EmailAddress?> = .keep, contactName: FieldChange<String?> = .keep, address: FieldChange<String?> = .keep,
        taxID: FieldChange<String?> = .keep
    ) {
        self.billingEmail = billingEmail
        self.contactName = contactName
        self.address = address
        self.taxID = taxID
    }

    /// The settings after the change.
    public func applied(to old: OrgBillingSettings) -> OrgBillingSettings {
        var new = old
        if case .set(let value) = billingEmail { new.billingEmail = value }
        if case .set(let value) = contactName { new.contactName = value }
        if case .set(let value) = address { new.address = value }
        if case .set(let value) = taxID { new.taxID = value }
        return new
    }
}

/// Keeps the settings: Billing does. Both work inside the caller's transaction.
public protocol BillingSettingsPort<Transaction>: Sendable {
    /// What can be done in the transaction.
    associatedtype Transaction: OrgTransaction

    /// The settings, locked; the record is made by the first who asks, however many ask at once (ORG-084).
    func settings(of org: Org.ID, in transaction: Transaction) async throws -> OrgBillingSettings

    /// Stores changed settings with their entry, and the intent to tell the provider (ORG-085).
    ///
    /// - Returns: the settings as they are now, with their new version.
    func store(
        _ settings: OrgBillingSettings, replacing old: OrgBillingSettings, of org: Org.ID, by actor: AuditActor,
        in transaction: Transaction
    ) async throws -> OrgBillingSettings
}

/// Where mail about money goes has changed: the new and the old address are told (ORG-085).
public struct OrgBillingContactChanged: DomainEvent, Hashable {
    /// `orgs.billing_contact_changed`
    public static let topic = "orgs.billing_contact_changed"
    /// The org.
    public let org: Org.ID
    /// The address before; `nil` stands for all active owners.
    public let oldEmail: String?
    /// The address now; `nil` stands for all active owners.
    public let newEmail: String?
    /// The owner who changed it; `nil` in events from before this was told.
    public let changedBy: User.ID?

    /// Makes the event.
    public init(org: Org.ID, oldEmail: String?, newEmail: String?, changedBy: User.ID?) {
        self.org = org
        self.oldEmail = oldEmail
        self.newEmail = newEmail
        self.changedBy = changedBy
    }

    /// By org.
    public var eventKey: String { org.description }
}
