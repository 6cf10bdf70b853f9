internal import Core

/// What a call wants of one item of a subscription.
struct ItemChange: Sendable {
    /// The item that is changed or taken away; `nil` adds another.
    var item: String?
    var price: Price?
    var quantity: Int64?
    var isRemoved = false
    var taxRates: [String]?
    /// The item's metadata as they will be; `nil` leaves them.
    var metadata: [String: String]?
    /// The name of the parameter that a refusal is about.
    var param: String
}

extension Account {
    /// Reads one entry of `items`: with an id it is the item of that id, without one it is another item, as Stripe has it.
    func readItem(_ entry: Parameters, of subscription: Subscription) throws -> ItemChange {
        let id = try entry.string("id")
        if let id, !subscription.items.contains(where: { $0.id == id }) {
            throw StripeError.noSuchParameter("subscription_item", id, param: entry.fullName("id"))
        }
        var change = try readItemParts(entry, of: subscription, item: id)
        change.isRemoved = try entry.bool("deleted") ?? false
        guard id != nil || change.price != nil else { throw entry.missing("price") }
        return change
    }

    /// What items have in common wherever they are named.
    func readItemParts(_ parameters: Parameters, of subscription: Subscription, item: String?) throws -> ItemChange {
        let present = subscription.items.first { $0.id == item }
        var change = ItemChange(item: item, param: parameters.fullName("price"))
        if parameters.has("price") {
            let price = try recurringPrice(parameters)
            guard price.currency == subscription.currency else {
                throw StripeError.invalid(
                    "The currency of a subscription cannot be changed; it is \(subscription.currency).", param: change.param)
            }
            change.price = price
        }
        change.quantity = try parameters.integer("quantity", in: 0...1_000_000)
        change.taxRates = try readTaxRates(parameters, "tax_rates")
        if parameters.has("metadata") {
            var metadata = present?.metadata ?? [:]
            try parameters.changeMetadata(&metadata)
            change.metadata = metadata
        }
        return change
    }

    /// Makes changes of items, and notes what they cost for the rest of the period.
    func change(_ subscription: inout Subscription, by changes: [ItemChange], _ date: Int64?, _ behavior: String?) throws {
        if let behavior, !["none", "create_prorations", "always_invoice"].contains(behavior) {
            throw StripeError.invalid("Invalid proration_behavior", param: "proration_behavior")
        }
        guard !changes.isEmpty else { return }
        let before = subscription.items
        for change in changes { try self.change(&subscription, by: change) }
        guard !subscription.items.isEmpty else {
            throw StripeError.refused(
                "A subscription must have at least one active plan. To cancel all plans, delete the subscription instead of its items.")
        }
        guard subscription.items.count <= 20 else { throw StripeError.invalid("A subscription can have up to 20 items.", param: "items") }
        if subscription.billsPeriodNow { return try beginPeriod(of: &subscription, after: before[0], date, behavior) }
        if behavior == "none" { return }
        var parts: [Proration] = []
        for old in before {
            let new = subscription.items.first { $0.id == old.id }
            guard new.map({ ($0.price, $0.quantity) == (old.price, old.quantity) }) != true else { continue }
            let from = try prorationDate(date, in: old, subscription)
            guard from < old.periodEnd else { continue }
            parts.append(proration(of: old, from: from, isUnused: true))
            if let new { parts.append(proration(of: new, from: from, isUnused: false)) }
        }
        for new in subscription.items where !before.contains(where: { $0.id == new.id }) {
            parts.append(proration(of: new, from: try prorationDate(date, in: new, subscription), isUnused: false))
        }
        guard !parts.isEmpty else { return }
        // A trial has cost nothing so far.
        if subscription.trialEnd.map({ $0 > now(subscription.testClock) }) == true { return }
        subscription.prorations += parts
        subscription.billsProrationsNow = behavior == "always_invoice"
    }

    private func change(_ subscription: inout Subscription, by change: ItemChange) throws {
        guard let id = change.item, let index = subscription.items.firstIndex(where: { $0.id == id }) else {
            return try add(change, to: &subscription)
        }
        if change.isRemoved {
            subscription.items.remove(at: index)
            return
        }
        if let price = change.price, price.id != subscription.items[index].price {
            try checkIsNew(price, in: subscription, change.param)
            if price.interval != prices[subscription.items[index].price]?.interval {
                guard subscription.items.count == 1 else {
                    throw StripeError.invalid(
                        "The simulator changes the interval of subscriptions with one item only.", param: change.param)
                }
                subscription.billsPeriodNow = subscription.trialEnd.map { $0 <= now(subscription.testClock) } ?? true
            }
            subscription.items[index].price = price.id
        }
        subscription.items[index].quantity = change.quantity ?? subscription.items[index].quantity
        subscription.items[index].taxRates = change.taxRates ?? subscription.items[index].taxRates
        subscription.items[index].metadata = change.metadata ?? subscription.items[index].metadata
    }

    /// Another item joins the period that runs.
    private func add(_ change: ItemChange, to subscription: inout Subscription) throws {
        guard let price = change.price else { return }
        try checkIsNew(price, in: subscription, change.param)
        guard let sibling = subscription.items.first(where: { prices[$0.price]?.interval == price.interval }) else {
            throw StripeError.invalid(
                "The simulator adds items whose interval the subscription has already.", param: change.param)
        }
        let time = now(subscription.testClock)
        // Reading makes nothing, so the id follows from what is read: the subscription, the price and the time.
        let seed = (subscription.id + price.id).utf8.reduce(UInt64(bitPattern: time)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        var generator = IDGenerator(seed: seed)
        subscription.items.append(
            SubscriptionItem(
                id: generator.id("si", length: 14), created: time, subscription: subscription.id, price: price.id,
                quantity: change.quantity ?? 1, periodStart: sibling.periodStart, periodEnd: sibling.periodEnd,
                metadata: change.metadata ?? [:], taxRates: change.taxRates ?? []))
    }

    private func checkIsNew(_ price: Price, in subscription: Subscription, _ param: String) throws {
        guard !subscription.items.contains(where: { $0.price == price.id }) else {
            throw StripeError.refused(
                "Cannot add multiple subscription items with the same plan: \(price.id)", param: param)
        }
    }
}
