internal import Audit
internal import Core
internal import Identity
internal import Jobs
internal import Observability
internal import Orgs

/// Sells by the provider's hosted page: checks first, then one row, one page, whoever asks how often (billing.md, section 8).
struct CheckoutService<Store: BillingStore>: Sendable {
    let store: Store
    let writer: SubscriptionWriter<Store.Transaction>
    let resources: SellableResources<Store.Transaction>
    let prices: PriceService<Store>
    let runner: ProviderIntentRunner<Store>
    let reader: ProviderNewsReader<Store>
    let applier: ProviderNewsApplier<Store.Transaction>
    let directory: any OrgDirectory
    let settings: BillingSettings
    let dateSource: any DateSource

    private var catalogue: Catalogue { writer.catalogue }
    private var now: Instant { dateSource.now }

    /// What is bought by whom, after all checks.
    private struct Sale: Sendable {
        let org: Org.ID
        let user: User.ID
        let plan: Plan
        let configuration: JSONValue
        /// The same caller, plan and wishes give the same text (BIL-020).
        let fingerprint: String
        let repository: String?
    }

    func start(_ request: CheckoutRequest) async throws -> CheckoutResult {
        guard settings.isEnabled else { return .billingDisabled }
        let sale = try await check(request)
        let checkout = try await openRow(for: sale)
        if let url = checkout.url, let session = checkout.session {
            return .open(url: url, session: session, subscription: checkout.subscription)
        }
        let customer = try await providerCustomer(of: sale, as: request.principal)
        let price = try await prices.sellablePrice(of: sale.plan, .monthly)
        try await ask(for: checkout, sale, customer: customer, price: price)
        return try await finish(checkout)
    }

    // MARK: Checks, in one fixed order (BIL-013)

    private func check(_ request: CheckoutRequest) async throws -> Sale {
        let org = try await payingOrg(request)
        let repository = request.resourceType == .repository ? request.configuration["repository_name"]?.stringValue : nil
        let plan = try catalogue.plan(named: request.planName, of: request.resourceType, repository: repository)
        guard catalogue.isOnSale(plan), plan.prices[.monthly] != nil else { throw BillingError.planNotAvailable(plan.key) }
        guard try await store.isOn(.sell) else { throw BillingError.salesPaused }
        let encoded = try ConfigurationLimits.check(request.configuration)
        try resources.resource(for: plan).validate(request.configuration, for: plan)
        if let (customer, methods) = try await store.customer(of: org) {
            guard !customer.invoiceBillingEnabled else { throw BillingError.checkoutNotRequired }
            // A card whose bank wants to see its owner is charged on the page, where the owner is (STR-E51).
            if methods.contains(where: { $0.isUsable(at: now) }), try await !awaitsConfirmation(of: org) {
                throw BillingError.paymentMethodOnFile
            }
            guard !customer.disputed else { throw BillingError.customerInDispute }
        }
        return Sale(
            org: org, user: request.principal.userID, plan: plan, configuration: request.configuration,
            fingerprint: "\(plan.reference)|" + encoded, repository: repository)
    }

    private func awaitsConfirmation(of org: Org.ID) async throws -> Bool {
        let since = now + .days(-1)
        return try await store.withTransaction(.system) { try await $0.wasConfirmationWanted(of: org, since: since) }
    }

    /// The org is explicit: the body's, or the one the request acts for (BIL-012).
    private func payingOrg(_ request: CheckoutRequest) async throws -> Org.ID {
        guard let named = request.namedOrg else {
            let scope = try request.principal.requireOrg()
            guard scope.role == .owner else { throw BillingError.ownerRequired }
            return scope.org
        }
        // It may be another one than the one that authentication looked at (ID-108, ID-134).
        let standing = try await directory.standing(of: request.principal.userID, in: named)
        guard let standing, let role = try request.principal.reach.requireRole(standing, in: named) else { throw BillingError.notOrgMember }
        guard role == .owner else {
            throw standing.role == .owner ? IdentityError.mfaEnrollmentRequired : BillingError.ownerRequired as any Error
        }
        return named
    }

    // MARK: The row

    /// The checkout to go on with: the same one for the same wish, else a new one after older ones of the caller were closed.
    private func openRow(for sale: Sale) async throws -> Checkout {
        for _ in 1...4 {
            switch try await findOrMake(sale) {
            case .goOn(let checkout): return checkout
            case .close(let older): for checkout in older { _ = try await close(checkout) }
            }
        }
        throw BillingError.providerUncertain
    }

    private enum Found: Sendable {
        case goOn(Checkout)
        case close([Checkout])
    }

    private func findOrMake(_ sale: Sale) async throws -> Found {
        try await store.withTransaction(.system) { transaction in
            // The customer's lock makes this one at a time for an org: two tabs lead to one page (BIL-135).
            _ = try await transaction.lockCustomer(of: sale.org, currency: catalogue.currency, now: now)
            let rivals = try await transaction.lockedUnfinishedCheckouts(of: sale.org)
                .filter { Self.competes($0.checkout, $0.subscription, with: sale) }.map(\.checkout)
            if let same = rivals.first(where: { $0.fingerprint == sale.fingerprint && $0.startedBy == sale.user && isUsable($0) }) {
                return .goOn(same)
            }
            guard rivals.isEmpty else { return .close(rivals) }
            return .goOn(try await make(sale, in: transaction))
        }
    }

    /// Graphs compete by caller, seats by repository and subscriber; another owner's page is left alone (BIL-019).
    private static func competes(_ checkout: Checkout, _ row: Subscription, with sale: Sale) -> Bool {
        guard row.resourceType == sale.plan.key.resourceType, checkout.startedBy == sale.user else { return false }
        return row.plan.key.repository == sale.repository
    }

    private func isUsable(_ checkout: Checkout) -> Bool {
        checkout.state == .opening || checkout.expiresAt - now > .minutes(10)
    }

    private func make(_ sale: Sale, in transaction: Store.Transaction) async throws -> Checkout {
        let row = Subscription(
            id: .make(at: now), org: sale.org, resourceType: sale.plan.key.resourceType,
            subscriber: sale.plan.key.resourceType == .repository ? sale.user : nil, requestedBy: sale.user, plan: sale.plan.reference,
            interval: .monthly, configuration: sale.configuration, at: now)
        try await writer.create(row, plan: sale.plan, because: .user(sale.user, via: "checkout"), in: transaction)
        let checkout = Checkout(
            id: .make(at: now), org: sale.org, subscription: row.id, startedBy: sale.user, fingerprint: sale.fingerprint,
            intent: .make(at: now), expiresAt: now + catalogue.checkout.life, at: now)
        try await transaction.insert(checkout)
        try await transaction.enqueue(ExpireCheckout(subscription: row.id), ExpireCheckout.options(of: checkout))
        let wished = try resources.resource(for: sale.plan).wishedTier(in: sale.configuration)
        if let wished, wished != sale.plan.key.name {
            try await transaction.record(
                TierMismatchEntry(checkout: checkout, cause: nil, wished: wished, paid: sale.plan.reference),
                by: SubscriptionCause.user(sale.user, via: "checkout").actor)
        }
        return checkout
    }

    // MARK: At the provider

    private func providerCustomer(of sale: Sale, as principal: Principal) async throws -> ProviderID {
        let name = try await directory.org(sale.org)?.name.description
        let now = now
        let (known, intent) = try await store.withTransaction(.system) { transaction -> (ProviderID?, ProviderIntent.ID?) in
            let customer = try await transaction.lockCustomer(of: sale.org, currency: catalogue.currency, now: now)
            if let id = customer.providerCustomer { return (id, nil) }
            let spec = ProviderCommand.Customer(org: sale.org, email: customer.billingEmail ?? principal.email.description, name: name)
            let object = "customer:\(sale.org)"
            let next = try await transaction.nextOperationSequence(of: object)
            func intent(_ sequence: Int64) -> ProviderIntent {
                ProviderIntent(
                    id: .make(at: now), org: sale.org, object: object, operationSequence: sequence, command: .createCustomer(spec), at: now)
            }
            var wanted = intent(max(1, next - 1))
            var stored = try await transaction.insert(wanted)
            if stored.isSettled {
                // The customer of then was deleted at the provider (STR-103): another one is made.
                wanted = intent(next)
                stored = try await transaction.insert(wanted)
            }
            if stored.id == wanted.id {
                try await transaction.enqueue(SendProviderIntent(intent: stored.id), .sending(stored, at: now + .seconds(30)))
            }
            return (nil, stored.id)
        }
        if let known { return known }
        guard let intent else { throw BillingError.providerUncertain }
        try await settle(intent)
        guard let id = try await store.customer(of: sale.org)?.customer.providerCustomer else { throw BillingError.providerUncertain }
        return id
    }

    private func ask(for checkout: Checkout, _ sale: Sale, customer: ProviderID, price: ProviderID) async throws {
        let now = now
        let session = ProviderCommand.Session(
            org: sale.org, subscription: checkout.subscription, customer: customer, price: price, successURL: settings.successURL,
            cancelURL: settings.cancelURL, allowPromotionCodes: catalogue.checkout.allowPromotionCodes, trialDays: sale.plan.trialDays,
            expiresAt: now + catalogue.checkout.life)
        try await store.withTransaction(.system) { transaction in
            let intent = ProviderIntent(
                id: checkout.intent, org: sale.org, object: "checkout:\(checkout.id)", operationSequence: 1,
                command: .openCheckout(session), at: now)
            // A repeated request finds the first one's intent and goes on with it (BIL-021).
            guard try await transaction.lockedIntent(checkout.intent) == nil else { return }
            let stored = try await transaction.insert(intent)
            try await transaction.enqueue(SendProviderIntent(intent: stored.id), .sending(stored, at: now + .seconds(30)))
        }
    }

    private func finish(_ checkout: Checkout) async throws -> CheckoutResult {
        try await settle(checkout.intent)
        let stored = try await store.withTransaction(.system) { try await $0.lockedCheckout(of: checkout.subscription) }
        guard let stored, let url = stored.url, let session = stored.session else { throw BillingError.providerUncertain }
        return .open(url: url, session: session, subscription: stored.subscription)
    }

    private func settle(_ intent: ProviderIntent.ID) async throws {
        switch try await runner.settle(intent) {
        case .settled(_, .none): break
        case .settled(_, .some(let refusal)): throw SubscriptionService<Store>.error(refusal)
        case .later(_, let failure): throw failure.error
        case .busy, .absent: throw BillingError.providerTimeout
        }
    }

    /// Closes an older page: at the provider first, then here (BIL-019).
    ///
    /// - Returns: whether nothing was open at the provider, so that what it sells is given up already.
    /// - Throws: ``BillingError/checkoutAlreadyPaid`` when it was completed; an error about the provider when it cannot be known.
    func close(_ checkout: Checkout) async throws -> Bool {
        let now = now
        let (intent, isRetired) = try await store.withTransaction(.system) { transaction -> (ProviderIntent.ID?, Bool) in
            _ = try await transaction.lockCustomer(of: checkout.org, currency: catalogue.currency, now: now)
            guard let row = try await transaction.lockedSubscription(checkout.subscription),
                var stored = try await transaction.lockedCheckout(of: row.id), [.opening, .open, .unknown].contains(stored.state)
            else { return (nil, false) }
            if let session = stored.session {
                let intent = ProviderIntent(
                    id: .make(at: now), org: stored.org, object: "close:\(stored.id)", operationSequence: 1,
                    command: .expireCheckout(session: session), at: now)
                let kept = try await transaction.insert(intent)
                try await transaction.enqueue(SendProviderIntent(intent: kept.id), .sending(kept, at: now + .seconds(30)))
                return (kept.id, false)
            }
            // Nothing was asked of the provider yet, so nothing is open there.
            if try await transaction.lockedIntent(stored.intent) == nil {
                stored.state = .retired
                try await transaction.save(stored)
                try await transaction.record(CheckoutRetiredEntry(checkout: stored, cause: nil), by: .system(component: "billing"))
                try await writer.apply(
                    .abandoned(.user, reason: "checkout retired"), to: row, because: .system("checkout"), in: transaction)
                return (nil, true)
            }
            return (stored.intent, false)
        }
        guard let intent else { return isRetired }
        try await settle(intent)
        let after = try await store.withTransaction(.system) { transaction in
            try await transaction.lockedIntent(intent)
        }
        if case .some(.closure(.complete)) = after?.result { throw BillingError.checkoutAlreadyPaid }
        return false
    }

    // MARK: Status

    func status(session: ProviderID, as principal: Principal) async throws -> CheckoutStatus {
        guard var found = try await store.checkout(ofSession: session) else { throw BillingError.notFound }
        let standing = try await directory.standing(of: principal.userID, in: found.checkout.org)
        guard try principal.reach.requireRole(standing, in: found.checkout.org) != nil else { throw BillingError.notFound }
        let isWaiting = found.subscription.status == .pending || found.subscription.status == .pendingPayment
        if isWaiting, try await store.takePoll(of: found.checkout.id, org: found.checkout.org, at: now, interval: .seconds(10)) {
            await look(at: session)
            found = try await store.checkout(ofSession: session) ?? found
        }
        let row = found.subscription
        return CheckoutStatus(
            word: Self.word(of: row), subscription: row.id, resource: row.resource, operation: row.operation, error: row.failure?.message)
    }

    /// The customer may be back before the webhook (BIL-023); what cannot be read now comes with the next call.
    private func look(at session: ProviderID) async {
        do {
            let news = try await reader.read(.checkout(session), budget: .interactive)
            _ = try await store.withTransaction(.system) { try await applier.apply(news, event: nil, in: $0) }
        } catch {
            runner.log.warning("a checkout could not be read", ["error": .string(errorChain(error))])
        }
    }

    private static func word(of row: Subscription) -> CheckoutStatus.Word {
        switch row.status {
        case .pending, .pendingPayment: .pendingPayment
        case .provisioning: .provisioning
        case .failed: .failed
        case .unpaid where row.startedAt == nil: .failed
        case .canceled: .canceled
        case .active, .upgrading, .pastDue, .unpaid, .paused: .active
        }
    }
}

/// How large wishes may be (BIL-014).
enum ConfigurationLimits {
    static let maximumBytes = 16 * 1_024
    static let maximumDepth = 8

    /// Refuses what is too large or nested too deeply; gives the canonical text.
    static func check(_ configuration: JSONValue) throws -> String {
        guard case .object = configuration else {
            throw BillingError.invalidConfiguration(pointer: "", reason: "must be an object")
        }
        guard depth(of: configuration) <= maximumDepth else {
            throw BillingError.invalidConfiguration(pointer: "", reason: "must not be nested deeper than \(maximumDepth) levels")
        }
        let bytes = try JSON.encode(configuration)
        guard bytes.count <= maximumBytes else {
            throw BillingError.invalidConfiguration(pointer: "", reason: "must not be larger than 16 KB")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func depth(of value: JSONValue) -> Int {
        switch value {
        case .array(let elements): 1 + (elements.map(depth).max() ?? 0)
        case .object(let members): 1 + (members.values.map(depth).max() ?? 0)
        default: 0
        }
    }
}
