internal import Audit
internal import Core
internal import Identity
internal import Jobs
internal import Orgs

extension ProviderNewsApplier {
    /// Compares a price with the catalogue's amount; nothing is sold by one that differs (STR-108, BIL-006).
    func compare(price id: ProviderID, with object: ProviderPrice?, in transaction: Transaction) async throws -> Outcome {
        guard let row = try await transaction.price(ofProvider: id) else { return .ignored(nil) }
        if let finding = DriftFinder.compare(row, with: object) {
            try await settle(finding, of: id, isSame: false, org: nil, in: transaction)
        } else {
            try await close(.amount, of: id, in: transaction)
        }
        return .ignored(nil)
    }

    /// Compares a product with the name that we gave it (STR-108, BIL-151).
    func compare(product id: ProviderID, with object: ProviderProduct?, in transaction: Transaction) async throws -> Outcome {
        guard let row = try await transaction.prices(ofProduct: id).first, let ours = row.productName else { return .ignored(nil) }
        let theirs = object.map { ($0.active ? "" : "inactive ") + $0.name } ?? "none"
        try await settle(
            DriftFinder.Finding(category: .product, ours: ours, theirs: theirs), of: id, isSame: theirs == ours, org: nil, in: transaction)
        return .ignored(nil)
    }

    /// Compares where the provider sends its mail with where we want it sent; ours stays, and neither address is written down (STR-102).
    func compare(contact: (customer: ProviderID, email: String?), of customer: BillingCustomer, in transaction: Transaction) async throws {
        guard let ours = customer.billingEmail, customer.providerCustomer == contact.customer else { return }
        let finding = DriftFinder.Finding(category: .contact, ours: "the billing e-mail", theirs: "another address")
        try await settle(
            finding, of: contact.customer, isSame: contact.email?.lowercased() == ours.lowercased(), org: customer.org, in: transaction)
    }

    /// Notes that the provider could not finalise a bill: nobody is charged until somebody looks (STR-092).
    func noteFinalizationFailure(of invoice: ProviderInvoice, org: Org.ID, in transaction: Transaction) async throws {
        let finding = DriftFinder.Finding(
            category: .finalization, ours: "to be finalised", theirs: invoice.status?.rawValue ?? "unknown")
        try await settle(finding, of: invoice.id, isSame: invoice.status != .draft, org: org, in: transaction)
    }

    /// Ends the difference about a bill that was finalised after all.
    func endFinalizationFailure(of invoice: ProviderID, in transaction: Transaction) async throws {
        try await close(.finalization, of: invoice, in: transaction)
    }

    private func settle(
        _ finding: DriftFinder.Finding, of object: ProviderID, isSame: Bool, org: Org.ID?, in transaction: Transaction
    ) async throws {
        guard !isSame else { return try await close(finding.category, of: object, in: transaction) }
        let now = writer.dateSource.now
        let item = DriftItem(
            id: .make(at: now), org: org, subscription: nil, object: object, category: finding.category, ours: finding.ours,
            theirs: finding.theirs, foundAt: now)
        guard try await transaction.note(item, in: nil) == .new else { return }
        try await transaction.record(ProviderDriftDetectedEntry(item: item), by: .system(component: "billing"))
    }

    private func close(_ category: DriftItem.Category, of object: ProviderID, in transaction: Transaction) async throws {
        for item in try await transaction.closeDrift(of: object, category, at: writer.dateSource.now) {
            try await transaction.record(ProviderDriftRepairedEntry(item: item), by: .system(component: "billing"))
        }
    }
}
