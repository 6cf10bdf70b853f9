internal import Core
internal import Identity
internal import Jobs
internal import Orgs

/// A customer as we have it, to be compared with the provider's (BIL-123).
public struct ComparedCustomer: Sendable, Hashable {
    /// The customer.
    public let customer: BillingCustomer
    /// Its methods that are not detached.
    public let methods: [PaymentMethod]
    /// What of its credit is at the provider; `nil` when it never had any.
    public let providerCredit: Int64?

    /// Describes a customer.
    public init(customer: BillingCustomer, methods: [PaymentMethod], providerCredit: Int64?) {
        self.customer = customer
        self.methods = methods
        self.providerCredit = providerCredit
    }
}

extension DriftFinder {
    /// Compares a customer, its methods and its balance; one without credit owes us no explanation of a balance.
    static func compare(_ ours: ComparedCustomer, with theirs: ProviderWallet?) -> [Finding] {
        guard let id = ours.customer.providerCustomer else { return [] }
        guard let theirs else { return [Finding(category: .customerLink, ours: id.description, theirs: "none")] }
        var findings: [Finding] = []
        let (here, there) = (ours.methods.map(\.id), theirs.methods.map(\.id))
        let chosen = ours.methods.first(where: \.isDefault)?.id
        if Set(here) != Set(there) || theirs.defaultMethod.map({ $0 != chosen }) == true {
            findings.append(
                Finding(
                    category: .method, ours: "\(here.count), default \(chosen?.description ?? "none")",
                    theirs: "\(there.count), default \(theirs.defaultMethod?.description ?? "none")"))
        }
        if let credit = ours.providerCredit, let balance = theirs.balance, credit != -balance {
            findings.append(Finding(category: .balance, ours: "\(credit)", theirs: "\(-balance)"))
        }
        return findings
    }

    /// Compares what a price of ours costs there.
    static func compare(_ price: PlanPrice, with theirs: ProviderPrice?) -> Finding? {
        guard theirs?.matches(price.amount, price.interval) != true else { return nil }
        let text = theirs.map { price in
            "\(price.active ? "" : "inactive ")\(price.amount.map(String.init) ?? "?") \(price.currency) per \(price.interval ?? "?")"
        }
        return Finding(
            category: .amount, ours: "\(price.amount.minorUnits) \(price.amount.currency) \(price.interval.rawValue)",
            theirs: text ?? "none")
    }
}

extension ReconcileProviderHandler {
    /// Compares the prices that were sold by.
    func walkPrices(_ run: ReconciliationRun, at now: Instant) async throws -> ReconciliationRun {
        let prices = try await store.withTransaction(.system) { try await $0.soldPrices() }
        var found: [(ProviderID, DriftFinder.Finding)] = []
        for price in prices {
            guard let id = price.price else { continue }
            if let finding = DriftFinder.compare(price, with: try await provider.price(id, budget: .job).object) {
                found.append((id, finding))
            }
        }
        let findings = found
        return try await store.withTransaction(.system) { transaction in
            var run = run
            for (id, finding) in findings { try await note([finding], row: nil, org: nil, id, &run, at: now, in: transaction) }
            return try await advance(run, to: nil, at: now, in: transaction)
        }
    }

    /// Compares the next customers, each by two reads.
    func walkCustomers(_ run: ReconciliationRun, at now: Instant) async throws -> ReconciliationRun {
        let last = run.cursor.flatMap { Org.ID($0.rawValue) }
        let part = try await store.withTransaction(.system) { try await $0.customersToCompare(after: last, limit: Self.batch) }
        var found: [(ComparedCustomer, ProviderID, [DriftFinder.Finding])] = []
        for customer in part {
            guard let id = customer.customer.providerCustomer else { continue }
            let wallet = try await provider.wallet(of: id, budget: .job).object
            found.append((customer, id, DriftFinder.compare(customer, with: wallet)))
        }
        let findings = found
        return try await store.withTransaction(.system) { transaction in
            var run = run
            for (customer, id, items) in findings {
                try await note(items, row: nil, org: customer.customer.org, id, &run, at: now, in: transaction)
            }
            let last = part.count == Self.batch ? part.last?.customer.org : nil
            return try await advance(run, to: last.map { ProviderID($0.description) }, at: now, in: transaction)
        }
    }
}
