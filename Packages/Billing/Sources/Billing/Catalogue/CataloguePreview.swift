public import Core

/// What another catalogue would change (BIL-010): the subscriptions that it touches, and what is earned a month before and after.
///
/// Nobody pays anything else by the activation itself: subscriptions keep the version that they bought (BIL-005).
public struct CataloguePreview: Sendable, Hashable {
    /// A plan that differs, or is new, or gone.
    public struct Line: Sendable, Hashable {
        /// Which plan.
        public let plan: PlanKey
        /// `added`, `gone`, or what of it differs.
        public let changes: [String]
        /// Live subscriptions that have it.
        public let subscriptions: Int
        /// What they pay a month, in minor units.
        public let before: Int64
        /// What they would pay a month once all of them had the new version, in minor units.
        public let after: Int64
    }

    /// The version that is active; `nil` when none is.
    public let from: String?
    /// The version that would be.
    public let to: String
    /// The plans that differ.
    public let lines: [Line]
    /// The other parts of the file that differ.
    public let sections: [String]
    /// Live subscriptions.
    public let subscriptions: Int
    /// Live subscriptions of plans that differ.
    public let touched: Int
    /// What is earned a month now.
    public let before: Money
    /// What would be earned a month once everybody had the new versions.
    public let after: Money
    /// Plans that live subscriptions have and the new catalogue lacks: it cannot be activated.
    public let orphaned: [PlanKey]

    /// Whether the new one is the active one.
    public var isActive: Bool { from == to }
    /// Whether prices differ, which takes two operators (ADM-016).
    public var changesPrices: Bool { lines.contains { $0.changes.contains("prices") } }

    /// Compares two catalogues over what is sold.
    public init(from old: Catalogue?, to new: Catalogue, version: String, holdings: [PlanHolding]) {
        from = old?.version
        to = version
        subscriptions = holdings.reduce(0) { $0 + $1.subscriptions }
        let held = Dictionary(grouping: holdings, by: \.plan.key)
        let keys = Set(new.plans.keys).union(old?.plans.keys ?? [:].keys).union(held.keys)
        lines = keys.sorted().compactMap { key in
            let changes = Self.changes(from: old?.plans[key], to: new.plans[key])
            guard !changes.isEmpty else { return nil }
            let holdings = held[key] ?? []
            return Line(
                plan: key, changes: changes, subscriptions: holdings.reduce(0) { $0 + $1.subscriptions },
                before: Self.monthly(holdings) { $0.amount }, after: Self.monthly(holdings) { new.price(after: $0) })
        }
        touched = lines.reduce(0) { $0 + $1.subscriptions }
        before = Money(minorUnits: Self.monthly(holdings) { $0.amount }, currency: new.currency)
        after = Money(minorUnits: Self.monthly(holdings) { new.price(after: $0) }, currency: new.currency)
        orphaned = held.keys.filter { new.plans[$0] == nil }.sorted()
        let parts = (old?.document.objectValue ?? [:], new.document.objectValue ?? [:])
        sections = Set(parts.0.keys).union(parts.1.keys).filter { $0 != "plans" && parts.0[$0] != parts.1[$0] }.sorted()
    }

    /// A twelfth of a year's price is counted in twelfths, and rounded down once.
    private static func monthly(_ holdings: [PlanHolding], _ price: (PlanHolding) -> Money) -> Int64 {
        holdings.reduce(0) { $0 + price($1).minorUnits * Int64($1.paying) * Int64(12 / $1.interval.months) } / 12
    }

    private static func changes(from old: Plan?, to new: Plan?) -> [String] {
        switch (old, new) {
        case (.none, .none): []
        case (.none, .some): ["added"]
        case (.some, .none): ["gone"]
        case (.some(let old), .some(let new)):
            [
                ("version \(old.version) to \(new.version)", old.version != new.version), ("name", old.displayName != new.displayName),
                ("description", old.description != new.description || old.features != new.features), ("prices", old.prices != new.prices),
                ("trial", old.trialDays != new.trialDays), ("credits", old.monthlyCredits != new.monthlyCredits),
                ("limits", old.limits != new.limits), ("sale", old.sellable != new.sellable || old.comingSoon != new.comingSoon),
                ("policies", old.policies != new.policies),
            ].filter(\.1).map(\.0)
        }
    }
}

extension CataloguePreview {
    /// As operators read it.
    public var text: String {
        var rows = ["catalogue \(from.map { $0.prefix(12) } ?? "none") to \(to.prefix(12))"]
        for line in lines {
            rows.append("  \(line.plan): \(line.changes.joined(separator: ", "))")
            guard line.subscriptions > 0 else { continue }
            rows.append(
                "    \(line.subscriptions) subscriptions, monthly \(Self.words(line.before)) now, \(Self.words(line.after)) by the new prices"
            )
        }
        if !sections.isEmpty { rows.append("  other parts: \(sections.joined(separator: ", "))") }
        rows.append("subscriptions touched: \(touched) of \(subscriptions)")
        let currency = before.currency.code.uppercased()
        rows.append("monthly revenue: \(currency) \(Self.words(before.minorUnits)) now, \(Self.words(after.minorUnits)) by the new prices")
        rows.append("Subscriptions keep the version that they bought; nobody pays anything else by the activation.")
        rows += orphaned.map { "REFUSED: \($0) is gone and has subscriptions; list it with \"sellable\": false" }
        return rows.joined(separator: "\n") + "\n"
    }

    /// As entries and stored versions tell it.
    public var json: JSONValue {
        [
            "from": from.map { .string($0) } ?? .null, "to": .string(to), "subscriptions": .integer(Int64(subscriptions)),
            "touched": .integer(Int64(touched)), "currency": .string(before.currency.code), "monthly_before": .integer(before.minorUnits),
            "monthly_after": .integer(after.minorUnits), "sections": .array(sections.map { .string($0) }),
            "plans": .array(
                lines.map { line in
                    [
                        "plan": .string(line.plan.description), "changes": .array(line.changes.map { .string($0) }),
                        "subscriptions": .integer(Int64(line.subscriptions)), "monthly_before": .integer(line.before),
                        "monthly_after": .integer(line.after),
                    ]
                }), "orphaned": .array(orphaned.map { .string($0.description) }),
        ]
    }

    private static func words(_ cents: Int64) -> String {
        let rest = String(cents % 100)
        return "\(cents / 100)." + (rest.count < 2 ? "0" : "") + rest
    }
}

extension Catalogue {
    /// What a holding would pay under this catalogue; what it no longer sells is paid as before.
    fileprivate func price(after holding: PlanHolding) -> Money {
        guard let price = plans[holding.plan.key]?.prices[holding.interval], price.currency == holding.amount.currency else {
            return holding.amount
        }
        return price
    }
}
