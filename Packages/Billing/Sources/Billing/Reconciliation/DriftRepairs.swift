public import Audit
public import Core
internal import Identity
internal import Jobs
internal import Orgs

/// Repairs differences from the provider on the orders of people, by the commands that exist for everybody (BIL-124).
public struct DriftRepairs<Store: BillingStore>: Sendable {
    let store: Store
    let writer: SubscriptionWriter<Store.Transaction>

    private var now: Instant { writer.dateSource.now }

    /// Why nothing was done.
    public enum Refusal: Error, Hashable, Sendable {
        /// There is no such difference.
        case notFound
        /// It is over.
        case closed(DriftItem.State)
        /// No command helps: a person has to find out.
        case byHand(DriftItem.Category)
        /// The row or object that it was about is not as it was; the next comparison tells.
        case outdated
        /// Nobody says who orders it.
        case nobody
        /// A reason has 10 to 200 characters.
        case reason
    }

    /// What a repair would do; nothing is written.
    public func propose(_ id: DriftItem.ID) async throws -> DriftRepairPlan {
        try await store.withTransaction(.system) { transaction in
            let (item, row) = try await locked(id, in: transaction)
            let repair = try Self.repair(of: item)
            let step = try await step(repair, item, row, in: transaction)
            return DriftRepairPlan(item: item, repair: repair, effects: step.effects(on: item), isRepeated: item.repairedBy != nil)
        }
    }

    /// Orders the repair. Ordered before, it is not ordered again; whether it helped, the next comparison says.
    ///
    /// - Parameter name: who orders it, by name.
    public func apply(
        _ id: DriftItem.ID, because reason: String, by name: String, as actor: AuditActor
    ) async throws -> DriftRepairPlan {
        try Self.check(name, reason)
        return try await store.withTransaction(.system) { transaction in
            var (item, row) = try await locked(id, in: transaction)
            let repair = try Self.repair(of: item)
            let step = try await step(repair, item, row, in: transaction)
            guard item.repairedBy == nil else {
                return DriftRepairPlan(item: item, repair: repair, effects: step.effects(on: item), isRepeated: true)
            }
            try await carry(out: step, on: &row, because: reason, run: item.id.description, in: transaction)
            item.repairedBy = name
            item.reason = reason
            try await transaction.save(item, at: now)
            try await decide(item, step.effects(on: item), actor: name, in: transaction)
            try await transaction.record(
                ProviderDriftRepairOrderedEntry(item: item, repair: repair, effects: step.effects(on: item)), by: actor)
            return DriftRepairPlan(item: item, repair: repair, effects: step.effects(on: item), isRepeated: false)
        }
    }

    /// Says that a difference may stay: found again as it is, it is not told again, until an instant or for good.
    public func dismiss(
        _ id: DriftItem.ID, until instant: Instant?, because reason: String, by name: String, as actor: AuditActor
    ) async throws -> DriftItem {
        try Self.check(name, reason)
        return try await store.withTransaction(.system) { transaction in
            var (item, _) = try await locked(id, in: transaction)
            item.state = .dismissed
            item.dismissedBy = name
            item.dismissedUntil = instant
            item.reason = reason
            try await transaction.save(item, at: now)
            try await transaction.record(ProviderDriftDismissedEntry(item: item), by: actor)
            return item
        }
    }

    /// What a run found; the newest one that is over without an id (BIL-125).
    public func report(of id: ReconciliationRun.ID?) async throws -> ReconciliationReport? {
        try await store.withTransaction(.system) { transaction in
            guard let run = try await transaction.reconciliationRun(id) else { return nil }
            return ReconciliationReport(run: run, items: try await transaction.differences(during: run))
        }
    }

    private static func check(_ name: String, _ reason: String) throws(Refusal) {
        guard !name.isEmpty, name.count <= 100 else { throw .nobody }
        guard (10...200).contains(reason.count) else { throw .reason }
    }

    private static func repair(of item: DriftItem) throws(Refusal) -> DriftRepair {
        guard let repair = DriftRule.outcome(DriftRule.Facts(item)) else { throw .byHand(item.category) }
        return repair
    }

    /// The difference and its row, locked behind their customer (BIL-134).
    private func locked(_ id: DriftItem.ID, in transaction: Store.Transaction) async throws -> (item: DriftItem, row: Subscription?) {
        guard let seen = try await transaction.driftItem(id) else { throw Refusal.notFound }
        var row: Subscription?
        if let subscription = seen.subscription {
            row = try await transaction.lockWithCustomer(subscription, currency: writer.catalogue.currency, now: now)
        } else if let org = seen.org {
            _ = try await transaction.lockCustomer(of: org, currency: writer.catalogue.currency, now: now)
        }
        guard let item = try await transaction.lockedDriftItem(id) else { throw Refusal.notFound }
        guard item.state == .open else { throw Refusal.closed(item.state) }
        return (item, row)
    }

    // MARK: What a repair is

    private enum Step {
        case look(ProviderSubject)
        case order(ProviderCommand, object: String)
        case ask(ProviderCommand)
        case end(Subscription)
        case tell(BillingCustomer)

        /// What is ordered, and of what.
        func effects(on item: DriftItem) -> [String] {
            switch self {
            case .look: ["read_again \(item.object.description)"]
            case .order(let command, _), .ask(let command): ["\(command.kind) \(item.object.description)"]
            case .end(let row): ["end \(row.id)"]
            case .tell(let customer): ["update_customer \(customer.org)"]
            }
        }
    }

    private func step(
        _ repair: DriftRepair, _ item: DriftItem, _ row: Subscription?, in transaction: Store.Transaction
    ) async throws -> Step {
        switch repair {
        case .readAgain: return .look(item.subject)
        case .endThere:
            guard let row else { return .order(.cancelNow(subscription: item.object), object: "drift:\(item.object.rawValue)") }
            guard row.isTerminal, !row.isEnding(at: now), row.providerLink?.subscription == item.object else { throw Refusal.outdated }
            return .ask(.cancelNow(subscription: item.object))
        case .endHere:
            guard let row, row.isLive, !row.isTerminal, row.providerLink?.subscription == item.object else { throw Refusal.outdated }
            return .end(row)
        case .oldPrice:
            guard let row, row.status == .active,
                let price = try await transaction.lockedPrice(of: row.plan, row.interval, writer.catalogue.currency)?.price,
                let order = ProviderCommand.PriceChange(
                    of: row, to: price, under: nil, restartsPeriod: false, from: now)
            else { throw Refusal.outdated }
            return .ask(
                .changePrice(
                    ProviderCommand.PriceChange(
                        subscription: order.subscription, item: order.item, price: order.price, proration: .none, from: now)))
        case .sendContact:
            guard let org = item.org else { throw Refusal.outdated }
            return .tell(try await transaction.lockCustomer(of: org, currency: writer.catalogue.currency, now: now))
        case .sendName:
            guard let price = try await transaction.prices(ofProduct: item.object).first, let name = price.productName else {
                throw Refusal.outdated
            }
            return .order(
                .renameProduct(product: item.object, name: name), object: "product:\(price.plan.key):\(price.plan.version)")
        }
    }

    private func carry(
        out step: Step, on row: inout Subscription?, because reason: String, run: String, in transaction: Store.Transaction
    ) async throws {
        switch step {
        case .look(let subject):
            try await transaction.enqueue(SyncProviderObject(subject: subject), .looking(at: subject, because: run))
        case .order(let command, let object):
            let sequence = try await transaction.nextOperationSequence(of: object)
            let intent = try await transaction.insert(
                ProviderIntent(id: .make(at: now), org: nil, object: object, operationSequence: sequence, command: command, at: now))
            try await transaction.enqueue(SendProviderIntent(intent: intent.id), .sending(intent, at: now))
        case .ask(let command):
            guard var next = row else { throw Refusal.outdated }
            _ = try await writer.ask(command, of: &next, in: transaction)
            try await transaction.save(next)
            row = next
        case .end(let ending):
            row = try await writer.apply(
                .ended(at: now, .admin, reason: reason), to: ending, because: .system("drift repair"), in: transaction)
        case .tell(let customer):
            try await transaction.tellProvider(of: customer, at: now)
        }
    }

    private func decide(_ item: DriftItem, _ effects: [String], actor: String, in transaction: Store.Transaction) async throws {
        try await transaction.insert(Decision(repairing: item, under: writer.catalogue.version, effects: effects, actor: actor, at: now))
    }
}

extension Decision {
    /// What is done about a difference.
    init(repairing item: DriftItem, under catalogue: String?, effects: [String], actor: String, at now: Instant) throws {
        let facts = DriftRule.Facts(item)
        self.init(
            id: .make(at: now), org: item.org, subscription: item.subscription, rule: .driftRepair, version: Rule.driftRepair.version,
            catalogue: catalogue, inputs: try JSON.decode(JSONValue.self, from: JSON.encode(facts)),
            outcome: .string(DriftRule.outcome(facts)?.rawValue ?? "by_hand"), effects: effects,
            actor: actor, at: now)
    }
}

extension DriftItem {
    /// What tells the looks at one payment apart: at its refunds and at its disputes.
    var reading: String { category == .dispute ? ":disputes" : "" }

    /// What is read again to repair it.
    var subject: ProviderSubject {
        switch category {
        case .method: .wallet(customer: object)
        case .invoice: .invoice(object)
        case .refund: .refunds(payment: object)
        case .dispute: .disputes(payment: object)
        default: .subscription(object)
        }
    }
}
