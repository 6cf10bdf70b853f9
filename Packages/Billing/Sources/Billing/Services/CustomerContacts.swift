public import Audit
public import Core
internal import Identity
internal import Jobs
public import Orgs

/// The billing settings of orgs by the customer's record, which the customer read shows too: one row, one version (ORG-083, BIL-071).
public struct CustomerContacts<Transaction: BillingTransaction>: BillingSettingsPort {
    private let currency: Currency
    private let dateSource: any DateSource

    /// Makes the port.
    ///
    /// - Parameter currency: what a customer is billed in whose record is made by the first who asks.
    public init(currency: Currency, dateSource: any DateSource) {
        self.currency = currency
        self.dateSource = dateSource
    }

    /// The record, locked; made by insert-on-conflict.
    public func settings(of org: Org.ID, in transaction: Transaction) async throws -> OrgBillingSettings {
        let customer = try await transaction.lockCustomer(of: org, currency: currency, now: dateSource.now)
        return try await settings(customer, in: transaction)
    }

    private func settings(_ customer: BillingCustomer, in transaction: Transaction) async throws -> OrgBillingSettings {
        let methods = try await transaction.paymentMethods(of: customer.org)
        return OrgBillingSettings(
            billingEmail: customer.billingEmail.flatMap(EmailAddress.init), contactName: customer.contactName, address: customer.address,
            taxID: customer.taxID, currency: customer.currency, isInvoiceBilled: customer.invoiceBillingEnabled,
            paymentTerms: customer.paymentTerms.rawValue, hasPaymentMethod: methods.contains { $0.state == .usable },
            version: Int(customer.version))
    }

    /// Row, entry and intent are one; a customer whom the provider does not know yet is made there with these values by the first checkout.
    public func store(
        _ settings: OrgBillingSettings, replacing old: OrgBillingSettings, of org: Org.ID, by actor: AuditActor, in transaction: Transaction
    ) async throws -> OrgBillingSettings {
        let fields = [
            ("billing_email", settings.billingEmail != old.billingEmail), ("contact_name", settings.contactName != old.contactName),
            ("address", settings.address != old.address), ("tax_id", settings.taxID != old.taxID),
        ]
        var customer = try await transaction.lockCustomer(of: org, currency: currency, now: dateSource.now)
        customer.billingEmail = settings.billingEmail?.description
        customer.contactName = settings.contactName
        customer.address = settings.address
        customer.taxID = settings.taxID
        let stored = try await transaction.save(
            contactOf: customer, changing: fields.filter(\.1).map(\.0), by: actor, at: dateSource.now)
        return try await self.settings(stored, in: transaction)
    }
}

extension BillingTransaction {
    /// Stores a locked customer's contact with its entry, and tells the provider where it knows the customer.
    ///
    /// - Parameter fields: the names of what changed; none when all of it is erased.
    @discardableResult
    func save(
        contactOf customer: BillingCustomer, changing fields: [String], by actor: AuditActor, at now: Instant
    ) async throws -> BillingCustomer {
        var stored = customer
        stored.version += 1
        try await record(BillingContactChangedEntry(customer: stored, fields: fields), by: actor)
        return try await tellProvider(of: customer, at: now)
    }

    /// Tells the provider once more what a locked customer says about itself.
    @discardableResult
    func tellProvider(of customer: BillingCustomer, at now: Instant) async throws -> BillingCustomer {
        try await save(customer)
        var stored = customer
        stored.version += 1
        guard let provider = stored.providerCustomer else { return stored }
        let contact = ProviderCommand.CustomerContact(
            org: stored.org, customer: provider, email: stored.billingEmail,
            address: stored.address?.split(whereSeparator: \.isNewline).joined(separator: ", "))
        // The version goes up with each change of the record, and the making of the customer is number 1.
        let intent = ProviderIntent(
            id: .make(at: now), org: stored.org, object: "customer:\(stored.org)", operationSequence: stored.version,
            command: .updateCustomer(contact), at: now)
        let kept = try await insert(intent)
        try await enqueue(SendProviderIntent(intent: kept.id), .sending(kept, at: now))
        return stored
    }
}
