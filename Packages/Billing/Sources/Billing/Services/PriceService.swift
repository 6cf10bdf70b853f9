internal import Audit
internal import Core
internal import Identity
internal import Jobs
internal import Orgs

/// Makes sure that the provider has exactly one product and one price for a plan, and that it charges what the catalogue says (BIL-006).
struct PriceService<Store: BillingStore>: Sendable {
    let store: Store
    let provider: any PaymentProvider
    let runner: ProviderIntentRunner<Store>
    let catalogue: Catalogue
    let dateSource: any DateSource

    /// The provider's price of a plan, made if there was none and compared with the catalogue.
    ///
    /// - Throws: ``BillingError/priceMismatch(_:)`` when it charges something else; then nothing is sold.
    func sellablePrice(of plan: Plan, _ interval: BillingInterval) async throws -> ProviderID {
        guard let amount = plan.prices[interval] else { throw BillingError.planNotAvailable(plan.key) }
        var known = try await stored(plan, interval)
        if known?.product == nil {
            let product = ProviderCommand.Product(plan: plan.reference, name: plan.displayName)
            try await run(.createProduct(product), about: "product:\(plan.key):\(plan.version)")
            known = try await stored(plan, interval)
        }
        // Rows made before names were kept have none: they are told once, which changes nothing.
        if let product = known?.product, known?.productName != plan.displayName {
            try await rename(product, of: plan)
        }
        if let product = known?.product, known?.price == nil {
            let price = ProviderCommand.Price(plan: plan.reference, interval: interval, amount: amount, product: product)
            try await run(.createPrice(price), about: "price:" + price.lookupKey)
            known = try await stored(plan, interval)
        }
        guard let price = known?.price else { throw BillingError.providerUncertain }
        try await compare(price, with: amount, interval, plan)
        return price
    }

    private func stored(_ plan: Plan, _ interval: BillingInterval) async throws -> PlanPrice? {
        try await store.withTransaction(.system) { transaction in
            try await transaction.lockedPrice(of: plan.reference, interval, catalogue.currency)
        }
    }

    /// One intent for each product and each price, whoever asks first (BIL-006: one product, one price).
    private func run(_ command: ProviderCommand, about object: String) async throws {
        let now = dateSource.now
        let intent = try await store.withTransaction(.system) { transaction in
            let intent = ProviderIntent(id: .make(at: now), org: nil, object: object, operationSequence: 1, command: command, at: now)
            let stored = try await transaction.insert(intent)
            if stored.id == intent.id {
                try await transaction.enqueue(SendProviderIntent(intent: stored.id), .sending(stored, at: now + .seconds(30)))
            }
            return stored
        }
        switch try await runner.settle(intent.id) {
        case .settled(_, .some(let refusal)): throw BillingError.providerRefused(code: refusal.code)
        case .later(_, let failure): throw failure.error
        case .busy, .absent: throw BillingError.providerTimeout
        case .settled(_, .none): break
        }
    }

    /// The display name has changed since the product was made: it is found by its id, never by its name (BIL-151).
    private func rename(_ product: ProviderID, of plan: Plan) async throws {
        let (object, now) = ("product:\(plan.key):\(plan.version)", dateSource.now)
        let intent = try await store.withTransaction(.system) { transaction in
            let sequence = try await transaction.nextOperationSequence(of: object)
            let intent = try await transaction.insert(
                ProviderIntent(
                    id: .make(at: now), org: nil, object: object, operationSequence: sequence,
                    command: .renameProduct(product: product, name: plan.displayName), at: now))
            try await transaction.enqueue(SendProviderIntent(intent: intent.id), .sending(intent, at: now + .seconds(30)))
            return intent
        }
        if case .later(_, let failure) = try await runner.settle(intent.id) { throw failure.error }
    }

    private func compare(_ price: ProviderID, with amount: Money, _ interval: BillingInterval, _ plan: Plan) async throws {
        let read: ProviderRead<ProviderPrice>
        do throws(ProviderFailure) { read = try await provider.price(price, budget: .interactive) } catch { throw error.error }
        if let object = read.object, object.matches(amount, interval) { return }
        let entry = PriceMismatchRefusedEntry(plan: plan.reference, interval: interval, amount: amount, price: price, found: read.object)
        _ = try await store.withTransaction(.system) { try await $0.record(entry, by: .system(component: "billing")) }
        throw BillingError.priceMismatch(plan.key)
    }
}
